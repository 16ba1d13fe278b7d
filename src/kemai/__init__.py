"""Kemai 客脉."""

import sys

import pysqlite3

# The SQLite of many systems is years old: it can damage a WAL file in rare cases and answers LIKE on trigram tables
# wrongly. A current one is swapped in before anything else imports `sqlite3`; one process must never open the same
# file with two SQLite libraries.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

__version__ = "0.1.0"
