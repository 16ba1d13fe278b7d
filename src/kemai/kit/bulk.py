"""Many rows at once: one prepared statement for all of them, several times as quick as Django's `bulk_create` on wide tables."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

_AS_IT_IS = frozenset({str, int, bool, type(None)})
_WITH_CARE = (models.JSONField, models.DecimalField)


def insert_rows(records: Sequence[models.Model]) -> None:
    """Inserts records of one model inside the caller's transaction and gives them their ids. Raises IntegrityError as a save does.

    For plain tables only: one integer key that the database counts, no inheritance, no values made by the database.
    """
    if not records:
        return
    model = type(records[0])
    statement, readers = _statement(model)
    for record, pk in zip(records, _new_ids(model, len(records)), strict=True):
        record.pk = pk
    with connection.cursor() as cursor:
        cursor.executemany(statement, [[read(record) for read in readers] for record in records])
    for record in records:
        record._state.adding, record._state.db = False, "default"


@cache
def _statement(model: type[models.Model]) -> tuple[str, list[Callable[[Any], Any]]]:
    fields = model._meta.local_concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(item.column)) for item in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", [_reader(item) for item in fields]


def _reader(item: models.Field) -> Callable[[Any], Any]:
    name, prepare = item.attname, item.get_db_prep_save
    plain = _AS_IT_IS if not isinstance(item, _WITH_CARE) else frozenset({type(None)})

    def read(record: Any) -> Any:
        value = getattr(record, name)
        return value if type(value) in plain else prepare(value, connection)

    return read


def _new_ids(model: type[models.Model], count: int) -> range | list[int]:
    """Ids that nobody else gets: the transaction holds SQLite's only write lock, PostgreSQL's sequence counts for all."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [table, model._meta.pk.column, count],
            )
            return [pk for (pk,) in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    last = found[0] if found else 0
    return range(last + 1, last + count + 1)
