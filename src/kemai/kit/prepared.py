"""Queries that every page asks, their SQL worked out once per process: the ORM takes longer to build them than the database to answer.

_main = Prepared(lambda: Contact.objects.filter(OneOf("customer_id", Ids("ids")), is_main=True).values_list("customer_id", "name"))
rows = _main.rows(ids=[1, 2, 3])
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models
from django.db.models import F, QuerySet


class Slot(models.Expression):
    """A value in a filter that is given when the query is asked: `filter(owner=Slot("who", BigAutoField()))`."""

    def __init__(self, name: str, output_field: models.Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple]:
        return "%s", (self,)

    def prepare(self, value: Any) -> Any:
        """The value as the driver takes it."""
        return self.output_field.get_db_prep_value(value, connection)


class Ids(Slot):
    """Any number of ids that are given when the query is asked, for `OneOf`."""

    array = "bigint[]"

    def __init__(self, name: str) -> None:
        super().__init__(name, models.BigIntegerField())

    def prepare(self, value: Iterable[Any]) -> Any:
        return _as_one(value)


def _as_one(ids: Iterable[int]) -> str:
    """As a text: the driver of PostgreSQL takes a millisecond for a thousand ids of a list."""
    return f"{{{','.join(map(str, ids))}}}" if connection.vendor == "postgresql" else json.dumps(list(ids))


class Words(Ids):
    """Any number of texts that are given when the query is asked, for `OneOf`."""

    array = "text[]"

    def prepare(self, value: Iterable[Any]) -> Any:
        return list(value) if connection.vendor == "postgresql" else json.dumps(list(value))


class OneOf(models.Expression):
    """A condition for filter(): `key` (a path or an expression) is one of these numbers or, with `Words`, texts; all of them are one parameter.

    `__in` binds each by itself, which costs more than finding a thousand.
    """

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, key: Any, ids: Iterable[int] | Ids) -> None:
        super().__init__()
        self.key: Any = F(key) if isinstance(key, str) else key
        self.ids = ids

    def get_source_expressions(self) -> list:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple]:
        key, params = compiler.compile(self.key)
        array = self.ids.array if isinstance(self.ids, Ids) else Ids.array
        test = f"= ANY(%s::{array})" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        return f"{key} {test}", (*params, self.ids if isinstance(self.ids, Ids) else _as_one(self.ids))


class AllIds(models.Func):
    """The ids of all rows as one list: a thousand rows of one number each would cost more than finding them. No aggregate for Django, which
    would group by the key."""

    function = "json_group_array"
    output_field = models.JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="coalesce(jsonb_agg(%(expressions)s), '[]')", **extra)


class Prepared:
    """A values_list() query of plain fields with slots. `build` is called at the first use."""

    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self._build = build
        self._kept: tuple[str, list[Any], list[tuple[int, list, Any]]] | None = None

    def rows(self, **values: Any) -> list[tuple]:
        """The rows with these values in the slots."""
        sql, params, converters = self._kept or self._compile()
        given = [param.prepare(values[param.name]) if isinstance(param, Slot) else param for param in params]
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        if not converters:
            return rows
        changed = [list(row) for row in rows]
        for at, functions, expression in converters:
            for row in changed:
                value = row[at]
                for convert in functions:
                    value = convert(value, expression, connection)
                row[at] = value
        return changed  # type: ignore[return-value]  # a list does as well as a tuple

    def first(self, **values: Any) -> tuple | None:
        """The first row, or None."""
        return next(iter(self.rows(**values)), None)

    def _compile(self) -> tuple[str, list[Any], list[tuple[int, list, Any]]]:
        compiler = self._build().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        expressions = [selected[0] for selected in compiler.select]
        found = compiler.get_converters(expressions)
        converters = [(at, _quick(functions), expression) for at, (functions, expression) in found.items()]
        self._kept = sql, list(params), converters
        return self._kept


def _quick(functions: list) -> list:
    """The converters of a value; an instant of SQLite gets its zone at half the cost, for a page holds a hundred."""
    usual = getattr(connection.ops, "convert_datetimefield_value", None)
    return [_instant] if functions == [usual] else functions


def _instant(value: datetime | str | None, *_: Any) -> datetime | None:
    if value is None:
        return None
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)
