"""Many new rows whose values were worked out before they are written, perhaps by another process: each is packed as JSON.

A statement gets all of them as one parameter, and the database takes the values out: to hand them over one by one takes twice the time, and most of
the work is done where there is time for it (docs/adr/0016).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from django.db import connection, models

from kemai.kit.bulk import fresh, new_ids


def packed(values: Sequence[Any]) -> bytes:
    """Values as the inner part of a JSON list, in UTF-8."""
    return orjson.dumps(values, _plain, orjson.OPT_PASSTHROUGH_DATETIME)[1:-1]


def listed(rows: Sequence[bytes]) -> bytes:
    """Packed rows, each a whole JSON list, as one parameter."""
    return b"[%b]" % b",".join(rows)


def each_row() -> str:
    """What a statement selects from, the parameter in it; `value` is a row."""
    if connection.vendor == "postgresql":
        return "jsonb_array_elements(convert_from(%s, 'UTF8')::jsonb)"
    return "jsonb_each(CAST(%s AS TEXT))"


def _plain(value: Any) -> str:
    ops = connection.ops
    if isinstance(value, datetime):
        return str(ops.adapt_datetimefield_value(value))
    if isinstance(value, date):
        return str(ops.adapt_datefield_value(value))
    raise TypeError(f"{type(value)} cannot be packed")


class PackedRows:
    """How new records of a model are packed, and inserted.

    `names`: the columns that are packed, `known_later`: those that are not known before the rows are inserted, as attributes. The others are the
    same in all rows: as `insert` is told, or their defaults. For plain tables only: texts, whole numbers, yes and no, days, moments, lists of words.
    """

    def __init__(self, model: type[models.Model], names: Sequence[str], known_later: Sequence[str] = ()) -> None:
        self.model, self.names, self.known_later = model, tuple(names), tuple(known_later)

    def pack(self, values: Mapping[str, Any]) -> bytes:
        """What is known of a row; what the values do not name has its default."""
        found = [values.get(name, default) for name, default in self._defaults]
        for at, encoder in self._lists:
            found[at] = json.dumps(found[at], cls=encoder) if found[at] else "[]"
        return packed(found)

    def insert(
        self, rows: Sequence[bytes], later: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
    ) -> Sequence[int]:
        """Inserts what `pack` has made, in the caller's transaction, and returns the ids. `later`: what was not known, row by row. Raises
        IntegrityError as a save does."""
        ids = new_ids(self.model, len(rows))
        heads = map(packed, zip(ids, *(later[name] for name in self.known_later), strict=True))
        whole = [b"[%b,%b]" % both for both in zip(heads, rows, strict=True)]
        statement, others = self._statement
        given = [item.get_db_prep_save(same.get(item.attname, default), connection) for item, default in others]
        with connection.cursor() as cursor:
            cursor.execute(statement, [*given, listed(whole)])
        return ids

    @property
    def defaults(self) -> Mapping[str, Any]:
        """What every column holds of which nothing is said, by attribute."""
        return fresh(self.model, {}).__dict__

    @cached_property
    def _fields(self) -> dict[str, models.Field]:
        return {item.attname: item for item in self.model._meta.local_concrete_fields}

    @cached_property
    def _defaults(self) -> list[tuple[str, Any]]:
        return [(name, self.defaults[name]) for name in self.names]

    @cached_property
    def _lists(self) -> list[tuple[int, type[json.JSONEncoder] | None]]:
        """Where lists of words stand, and how they are written."""
        fields = [(at, self._fields[name]) for at, name in enumerate(self.names)]
        return [(at, item.encoder) for at, item in fields if isinstance(item, models.JSONField)]

    @cached_property
    def _statement(self) -> tuple[str, list[tuple[models.Field, Any]]]:
        """The statement, and the columns that are the same in all rows, with their defaults."""
        key = str(self.model._meta.pk.attname)
        by_row = [self._fields[name] for name in (key, *self.known_later, *self.names)]
        same = [item for item in self._fields.values() if item not in by_row]
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(item.column)) for item in [*by_row, *same])
        values = [_as_stored(f"value->>{at}", item) for at, item in enumerate(by_row)]
        values += [_as_stored("%s", item) for item in same]
        table = quote(self.model._meta.db_table)
        statement = f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)} FROM {each_row()}"
        return statement, [(item, self.defaults[item.attname]) for item in same]


def _as_stored(value: str, item: models.Field) -> str:
    """PostgreSQL is told what a text stands for; a text that is too long for its column is refused, as by a save."""
    if connection.vendor != "postgresql" or isinstance(item, models.CharField | models.TextField):
        return value
    return f"({value})::{item.rel_db_type(connection) if item.primary_key else item.db_type(connection)}"
