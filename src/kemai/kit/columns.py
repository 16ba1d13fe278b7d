"""From a declared column to what a page, an export, an API answer shows; and which columns a person may have at all (D8)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property

from kemai.kit.access import may
from kemai.kit.entity import Column, Entity, Mark, View
from kemai.kit.moments import COMPANY_ZONE, show_time
from kemai.kit.money import format_money
from kemai.kit.values import Spec, bind

NUMERIC = frozenset({"int", "number", "money"})
NOTHING = None, ""  # value and text of what a `fetch` knows nothing of


@dataclass(slots=True)
class Cell:
    """One value of one row: `raw` for programs, `text` for people, and the mark of a state."""

    raw: Any
    text: str
    mark: Mark | None = None
    ref: int | None = None  # id of the record that a reference points to


@dataclass(slots=True)
class Strip:
    """One column of several rows: values for programs, texts for people."""

    raws: Sequence[Any]
    texts: Sequence[str]


@dataclass(eq=False)
class BoundColumn:
    """A column with its model field: knows what to fetch, how to show it, how it filters and sorts."""

    entity: Entity
    column: Column
    spec: Spec = field(init=False)

    def __post_init__(self) -> None:
        self.spec = bind(self.entity.model, self.column)

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def label(self) -> str:
        return self.column.label or self.spec.label

    @cached_property
    def kind(self) -> str:
        return self.spec.kind

    @property
    def is_number(self) -> bool:
        return self.kind in NUMERIC

    @property
    def filterable(self) -> bool:
        """Whether it can be filtered, found and queried by: worked-out values cannot."""
        return self.column.filters and not self.column.fetch

    @cached_property
    def path(self) -> str:
        return (self.column.path or self.column.name).replace(".", "__")

    @cached_property
    def is_reference(self) -> bool:
        return self.kind == "reference" and self.spec.source is not None

    @cached_property
    def sort_path(self) -> str:
        """The ORM path to sort by; "" where the column does not sort."""
        if self.column.sort is not None:
            return self.column.sort
        return "" if self.column.fetch or self.kind in ("references", "tags", "long") else self.path

    @cached_property
    def target_kind(self) -> str:
        """The kind that a reference points to, for its link."""
        return self.spec.source.kind if self.is_reference else ""

    def needs(self) -> list[str]:
        """The ORM paths to fetch."""
        if self.column.fetch:
            return []
        if not self.is_reference:
            return [self.path]
        if self.spec.source.names() is not None:
            return [f"{self.path}_id"]
        target = self.spec.source.entity
        return [f"{self.path}_id", f"{self.path}__{target.title_field}"]

    def strip(self, values: Mapping[str, Sequence[Any]], by: Any, loaded: dict[Any, Any]) -> "Strip":
        """The column in all rows, from what was fetched by path; what columns look up together is kept in `loaded`.

        A column at a time: fifty rows hold a thousand values, and this is what a server does all day.
        """
        if self.column.fetch:
            found = _fetch(self.column.fetch, values["pk"], by, loaded)
            pairs = [found.get(pk, NOTHING) for pk in values["pk"]]
            return Strip([raw for raw, _ in pairs], [text for _, text in pairs])
        if self.is_reference:
            return self._references(values)
        raws = values[self.path]
        if self.kind == "choice":
            words = dict(self.spec.choices())
            return Strip(raws, [str(words.get(raw, raw or "")) for raw in raws])
        show = _SHOW.get(self.kind)
        if show is None:
            return Strip(raws, ["" if raw is None else str(raw) for raw in raws])
        return Strip(raws, [show(raw) for raw in raws])

    def cells_of(self, strip: "Strip") -> list[Cell]:
        """The column's cells, one by one."""
        marks, refs = self.column.marks, self.is_reference and not self.column.fetch
        return [
            Cell(raw, text, marks.get(raw) if marks else None, raw if refs else None)
            for raw, text in zip(strip.raws, strip.texts, strict=True)
        ]

    def written(self, values: Mapping[str, Sequence[Any]], by: Any, loaded: dict[Any, Any]) -> Sequence[Any]:
        """What a file holds of this column: numbers, days and times of the company as such, everything else as people read it."""
        stored = not self.column.fetch and not self.is_reference
        if stored and (self.is_number or self.kind == "date"):
            return values[self.path]
        if stored and self.kind == "time":
            return [_local(value) for value in values[self.path]]
        strip = self.strip(values, by, loaded)
        if self.is_number or self.kind == "date":
            return strip.raws
        if self.kind == "time":
            return [_local(raw) for raw in strip.raws]
        return strip.texts

    def _references(self, values: Mapping[str, Sequence[Any]]) -> "Strip":
        raws, names = values[f"{self.path}_id"], self.spec.source.names()
        if names is not None:
            return Strip(raws, [names.get(raw, "") for raw in raws])
        return Strip(raws, [name or "" for name in values[self.needs()[1]]])


@dataclass(frozen=True)
class Part:
    """A column's `fetch` that shares its look-up with others: `load(ids, by)` runs once for all columns that show a part of what it finds."""

    load: Callable[[Sequence[int], Any], Mapping[int, Any]]
    pick: Callable[[Any], tuple[Any, str]]

    def __call__(self, ids: Sequence[int], by: Any) -> dict[int, tuple[Any, str]]:
        return self.of(self.load(ids, by))

    def of(self, found: Mapping[int, Any]) -> dict[int, tuple[Any, str]]:
        """This column's values from what was found."""
        return {pk: self.pick(facts) for pk, facts in found.items()}


def _fetch(fetch: Callable, ids: Sequence[int], by: Any, loaded: dict[Any, Any]) -> Mapping[int, tuple[Any, str]]:
    if not isinstance(fetch, Part):
        return fetch(ids, by)
    if fetch.load not in loaded:
        loaded[fetch.load] = fetch.load(ids, by)
    return fetch.of(loaded[fetch.load])


def _local(value: datetime | None) -> datetime | None:
    """A moment by the company's clock, without its zone, as workbooks have it."""
    return value.astimezone(COMPANY_ZONE).replace(tzinfo=None) if value else None


_SHOW: dict[str, Callable[[Any], str]] = {
    "time": show_time,
    "date": lambda value: value.isoformat() if value else "",
    "bool": lambda value: "是" if value else "否",
    "money": lambda value: "" if value is None else format_money(value),
    "number": lambda value: (
        "" if value is None else f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    ),
    "tags": lambda value: "、".join(value or []),
}


def columns_for(by: Any, entity: Entity, view: View | None) -> list[BoundColumn]:
    """The columns that the person may have in this view: one answer for list, filter, sort, search, export, print and API (D8).

    In a public view only the public fields of the record (CUS-08); its name is always one. What another kind tells needs its right.
    """
    bound = bound_columns(entity)
    if hidden := {column.name for column in bound if not may(by, column.column.right)}:
        bound = [column for column in bound if column.name not in hidden]
    if view is None or not view.public or entity.public_fields is None:
        return bound
    public = entity.public_fields()
    return [column for column in bound if column.name in public or column.column.title]


def bound_columns(entity: Entity) -> list[BoundColumn]:
    """All columns of a kind, bound once per process."""
    kept = _bound.get(entity.name)
    if kept is None or len(kept) != len(entity.columns):
        kept = _bound[entity.name] = [BoundColumn(entity, column) for column in entity.columns]
    return kept


_bound: dict[str, list[BoundColumn]] = {}


def as_api(column: BoundColumn, cell: Cell) -> dict[str, Any]:
    """The value as the API carries it: references by id with a `…_display` twin, amounts as text, times with their zone."""
    raw = cell.raw
    if isinstance(raw, datetime):
        raw = raw.astimezone(COMPANY_ZONE).isoformat()
    elif isinstance(raw, date):
        raw = raw.isoformat()
    elif isinstance(raw, Decimal):
        raw = f"{raw:f}"
    if column.is_reference or column.kind in ("choice", "reference", "references"):
        return {column.name: raw, f"{column.name}_display": cell.text}
    return {column.name: raw}
