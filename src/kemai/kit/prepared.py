"""Queries that every page asks, their SQL worked out once per process: the ORM takes longer to build them than the database to answer.

_main = Prepared(lambda: Contact.objects.filter(OneOf("customer_id", Ids("ids")), is_main=True).values_list("customer_id", "name"))
rows = _main.rows(ids=[1, 2, 3])
_all = PreparedRecords(lambda: Contact.objects.filter(customer_id=Slot("customer", BigAutoField())).select_related("department"))
contacts = _all.records(customer=7)
_both = Together(Prepared(lambda: contacts.values_list(CountAll())), Prepared(lambda: shares.values_list(CountAll())))
contacts, shares = _both.row(customer=7)
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import Col
from django.db.models.query import RelatedPopulator, get_related_populators
from django.utils.functional import cached_property

AS_THEY_ARE = frozenset({int, str, type(None)})  # what every driver takes
MOST_PACKED = 100  # columns: what a function of SQLite takes
PLANNED = 200  # statements of which a connection of PostgreSQL keeps the plan


class Slot(models.Expression):
    """A value in a filter that is given when the query is asked: `filter(owner=Slot("who", BigAutoField()))`."""

    def __init__(self, name: str, output_field: models.Field) -> None:
        super().__init__(output_field=output_field)
        self.name = name
        self._plain = isinstance(output_field, models.CharField | models.IntegerField)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple]:
        return "%s", (self,)

    def prepare(self, value: Any) -> Any:
        """The value as the driver takes it."""
        if self._plain and type(value) in AS_THEY_ARE:
            return value
        return self.output_field.get_db_prep_value(value, connection)


class Ids(Slot):
    """Any number of ids that are given when the query is asked, for `OneOf`."""

    array = "bigint[]"

    def __init__(self, name: str) -> None:
        super().__init__(name, models.BigIntegerField())

    def prepare(self, value: Iterable[Any]) -> Any:
        return as_one(value)


def as_one(ids: Iterable[int]) -> str:
    """Ids as one parameter, a text: the driver of PostgreSQL takes a millisecond for a thousand ids of a list."""
    listed = ",".join(map(str, ids))
    return f"{{{listed}}}" if _on_postgres() else f"[{listed}]"


@cache
def _on_postgres() -> bool:
    return connection.vendor == "postgresql"


class Words(Ids):
    """Any number of texts that are given when the query is asked, for `OneOf`."""

    array = "text[]"

    def prepare(self, value: Iterable[Any]) -> Any:
        return list(value) if _on_postgres() else json.dumps(list(value))


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
        return f"{key} {test}", (*params, self.ids if isinstance(self.ids, Ids) else as_one(self.ids))


class AllIds(models.Func):
    """The ids of all rows as one list: a thousand rows of one number each would cost more than finding them. No aggregate for Django, which
    would group by the key."""

    function = "json_group_array"
    output_field = models.JSONField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="coalesce(jsonb_agg(%(expressions)s), '[]')", **extra)


class CountAll(models.Func):
    """How many rows there are, as one row. No aggregate for Django, which would group by the key."""

    function = "COUNT"
    template = "%(function)s(*)"
    arity = 0
    output_field = models.IntegerField()


@dataclass(frozen=True)
class Statement:
    """A query's SQL, worked out."""

    sql: str
    params: Sequence[Any]  # with the slots among them
    converters: Sequence[tuple[int, list, Any]]  # what changes the values of which column
    packed: str = ""  # the same for SQLite, with all rows in one text; "" where they cannot be written so

    def converted(self, rows: list[Any]) -> list[Any]:
        """Rows of the database as rows of Django."""
        if not self.converters:
            return rows
        changed = [list(row) for row in rows]
        for at, functions, expression in self.converters:
            for row in changed:
                value = row[at]
                for convert in functions:
                    value = convert(value, expression, connection)
                row[at] = value
        return changed


class Prepared:
    """A values_list() query of plain fields with slots. `build` is called at the first use."""

    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self._build = build

    def rows(self, **values: Any) -> list[Any]:
        """The rows with these values in the slots; a list does as well as a tuple for one."""
        asked = self.statement
        database = _direct() if asked.packed else None
        if database is None:
            return asked.converted(_ask(asked.sql, asked.params, values))
        ((text,),) = _ask_directly(database, asked.packed, asked.params, values)
        return asked.converted(json.loads(text))

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        asked = self.statement
        return next(iter(asked.converted(_ask(asked.sql, asked.params, values)[:1])), None)

    @cached_property
    def statement(self) -> Statement:
        """The query's SQL."""
        compiler = self._build().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        self._take(compiler)
        selected = [expression for expression, *_ in compiler.select]
        found = compiler.get_converters(selected)
        converters = [(at, _quick(functions), expression) for at, (functions, expression) in found.items()]
        return Statement(sql, list(params), converters, _packed(sql, selected))

    def _take(self, compiler: Any) -> None:
        """What else is to be kept of the compiled query."""


class PreparedRecords(Prepared):
    """A query of whole records with slots, with those that select_related() joins."""

    _shape: tuple[type[Model], int, int, list[str], list[RelatedPopulator]]

    def records(self, **values: Any) -> list[Any]:
        """The records with these values in the slots."""
        rows = self.rows(**values)  # works the shape out
        model, start, stop, names, populators = self._shape
        found = []
        for row in rows:
            record = model.from_db(connection.alias, names, row[start:stop])
            for populator in populators:
                populator.populate(row, record)
            found.append(record)
        return found

    def record(self, **values: Any) -> Any:
        """The first record, or None."""
        return next(iter(self.records(**values)), None)

    def _take(self, compiler: Any) -> None:
        own = compiler.klass_info
        start, stop = own["select_fields"][0], own["select_fields"][-1] + 1
        names = [selected[0].target.attname for selected in compiler.select[start:stop]]
        populators = get_related_populators(own, compiler.select, connection.alias)  # type: ignore[call-arg]  # the types are of a later Django
        self._shape = own["model"], start, stop, names, populators


class Together:
    """Queries that give one value each, asked in one statement."""

    def __init__(self, *parts: Prepared) -> None:
        self._parts = parts

    def row(self, **values: Any) -> tuple:
        """The value of each with these values in the slots; None for one that gives no row."""
        asked = self._statement
        return tuple(asked.converted(_ask(asked.sql, asked.params, values))[0])

    @cached_property
    def _statement(self) -> Statement:
        parts = [part.statement for part in self._parts]
        return Statement(
            f"SELECT {', '.join(f'({part.sql})' for part in parts)}",
            [param for part in parts for param in part.params],
            [(at, *how) for at, part in enumerate(parts) for _, *how in part.converters],
        )


def ids_of(records: QuerySet) -> list[int]:
    """The ids of a query in its order, read at once: Django takes them a hundred at a time."""
    try:
        sql, params = records.values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [pk for (pk,) in cursor.fetchall()]


def _ask(sql: str, params: Sequence[Any], values: Mapping[str, Any]) -> list[tuple]:
    if (database := _direct()) is not None:
        return _ask_directly(database, sql, params, values)
    with _cursor() as cursor:
        cursor.execute(sql, _given(params, values))
        return cursor.fetchall()


def _given(params: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
    return [param.prepare(values[param.name]) if isinstance(param, Slot) else param for param in params]


def _direct() -> Any:
    """SQLite's connection, where nobody listens to its statements: Django's cursor takes as long as a short one itself."""
    database = connections[DEFAULT_DB_ALIAS]
    alone = database.vendor == "sqlite" and not (database.execute_wrappers or database.queries_logged)
    return database if alone else None


def _ask_directly(database: Any, sql: str, params: Sequence[Any], values: Mapping[str, Any]) -> list[tuple]:
    database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        return database.connection.execute(_as_driver(sql), _given(params, values)).fetchall()


def _packed(sql: str, selected: Sequence[Any]) -> str:
    """The statement with all its rows as one text, which is then read at once.

    Between two rows the driver lets other threads run: fifty rows are fifty changes of thread where several pages are made at a time.
    """
    plain = all(isinstance(one, Col) and not isinstance(one.target, models.BinaryField) for one in selected)
    if connection.vendor != "sqlite" or not plain or len(selected) > MOST_PACKED:
        return ""
    names = ", ".join(f"c{at}" for at in range(len(selected)))
    return f"WITH packed({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM packed"


@lru_cache(maxsize=4096)
def _as_driver(sql: str) -> str:
    """A statement with its parameters as SQLite's driver writes them."""
    from django.db.backends.sqlite3.base import SQLiteCursorWrapper

    return SQLiteCursorWrapper.convert_query(None, sql)  # type: ignore[arg-type]  # looks at nothing of the cursor


def _cursor() -> Any:
    """A cursor; on PostgreSQL one by which the driver has a statement planned once that comes again and again, where the settings allow it.

    Django's own binds values in this process, so that no statement is ever the same.
    """
    wrapper: Any = connection.cursor()
    planned = connection.vendor == "postgresql" and connection.settings_dict["OPTIONS"].get("prepare_threshold")
    if planned and not connection.queries_logged:  # a log of statements is to show their values
        from django.db.backends.postgresql import base  # the driver need not be there

        binding: Any = base.ServerBindingCursor
        wrapper.cursor = binding(connection.connection)
        connection.connection.prepared_max = PLANNED
    return wrapper


def _quick(functions: list) -> list:
    """The converters of a value; an instant of SQLite gets its zone at half the cost, for a page holds a hundred."""
    usual = getattr(connection.ops, "convert_datetimefield_value", None)
    return [_instant] if functions == [usual] else functions


def _instant(value: datetime | str | None, *_: Any) -> datetime | None:
    if isinstance(value, str):
        return datetime.fromisoformat(f"{value}+00:00")
    return None if value is None else value.replace(tzinfo=UTC)
