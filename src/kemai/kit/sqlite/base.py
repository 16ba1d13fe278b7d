"""Who wants to write asks again every few milliseconds while another process does (SQLite has one write lock and no queue for it).

SQLite itself asks ever more seldom, up to every 100 ms. A large import gives the lock back for some milliseconds between two chunks, and who asks so
seldom misses that again and again: a save took 2.5 s where a chunk takes half a second.
"""

import time

from django.db import OperationalError
from django.db.backends.sqlite3 import base

IMPATIENT = 40  # milliseconds: SQLite asks after 1, 2, 5, 10 … of them, and then begins anew


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions wait for the write lock like that; at most as long as the option `timeout` says."""

    def _start_transaction_under_autocommit(self) -> None:
        seconds = self.settings_dict["OPTIONS"]["timeout"]
        until = time.monotonic() + seconds
        self.connection.execute(f"PRAGMA busy_timeout = {IMPATIENT}")
        try:
            while True:
                try:
                    return super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave it out
                except OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > until:
                        raise
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
