"""What a database knows of how much its tables hold, from which it plans its statements (D3)."""

from django.apps import apps
from django.db import connection

from kemai.kit.jobs import nightly

FEW = 100  # rows; of a table with fewer nothing is kept: it may be large tomorrow, and a plan for a small one reads all of it


def renew_statistics() -> None:
    """Has the database look at its tables anew; never inside a transaction. Some seconds at a million records, a table at a time.

    SQLite never does so by itself. It looks at nothing but the tables of models: of the tables behind a full-text index it would keep what it saw
    even if these were empty then, and each merge of grams would read all of them.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
            return
        tables = [model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed]
        large = [table for table in dict.fromkeys(tables) if _has_many(table)]
        for table in large:
            cursor.execute(f'ANALYZE "{table}"')
        if "sqlite_stat1" in connection.introspection.table_names(cursor):
            marks = ", ".join(["%s"] * len(large))
            cursor.execute(f"DELETE FROM sqlite_stat1 WHERE tbl NOT IN ({marks})", large)
    connection.close()  # each connection knows what was kept when it was opened


def _has_many(table: str) -> bool:
    with connection.cursor() as looking:
        looking.execute(f'SELECT count(*) FROM (SELECT 1 FROM "{table}" LIMIT {FEW})')
        return looking.fetchone()[0] >= FEW


@nightly("statistics.renew")
def _renew() -> None:
    if connection.vendor == "sqlite":
        renew_statistics()
        return
    with connection.cursor() as cursor:
        # PostgreSQL does it when a fifth of a table has changed; until then each row that an index has found is looked up in the table
        tables = ", ".join(connection.ops.quote_name(name) for name in connection.introspection.table_names(cursor))
        cursor.execute(f"VACUUM (ANALYZE, SKIP_LOCKED) {tables}")
