"""What tests need to hold every kind of record to the same contract (tests/contract): records to look at, answers worked out without the
list engine, values that no field may take.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key
from typing import Any

from django.db.models import Model

from kemai.kit.columns import BoundColumn
from kemai.kit.entity import Entity
from kemai.kit.filters import TEXTUAL, conditions_for
from kemai.kit.moments import COMPANY_ZONE, read_date
from kemai.kit.values import Spec

LONG_TEXT = "长" * 100_000
EMOJI = "👩‍👩‍👧‍👦 𠮷野家 🚀"
INFINITE = float("inf")  # what 1e400 becomes in JSON


@dataclass(frozen=True)
class Maker:
    """How the contract gets records of one kind.

    `make(insider, number)` makes one that the insider sees; records of different numbers differ. `everybody` says that nobody who has the
    right is out of range. `along` are rights that one needs beside the kind's own to see its records: those of what they hang on.
    """

    make: Callable[[Any, int], Model]
    everybody: bool = False
    along: Sequence[str] = ()


# --- answers worked out by hand ----------------------------------------------------------------------------------------


def value_at(record: Any, path: str) -> Any:
    """The value at the end of an ORM path, read from the record itself."""
    for step in path.split("__"):
        if record is None:
            return None
        record = getattr(record, step)
    return record.pk if isinstance(record, Model) else record


def sorted_by_hand(records: Sequence[Model], path: str, *, falling: bool) -> list[int]:
    """The ids in the order of the values at the path, empty ones the smallest, the id deciding between equals."""

    def compare(one: Model, other: Model) -> int:
        left, right = (value_at(record, path) for record in (one, other))
        if left == right:
            return (one.pk > other.pk) - (one.pk < other.pk)
        if left is None or right is None:
            return -1 if left is None else 1
        return -1 if left < right else 1

    return [record.pk for record in sorted(records, key=cmp_to_key(compare), reverse=falling)]


def asked_values(column: BoundColumn, records: Sequence[Model]) -> list[Any]:
    """Values to filter a column by: those that stand in it, a part of a text, none."""
    found: list[Any] = []
    for record in records:
        value = value_at(record, column.path)
        if column.kind == "tags":
            found += value or []
        elif column.kind == "bool":
            found += ["是", "否"]
        elif isinstance(value, datetime):
            found.append(value.astimezone(COMPANY_ZONE).date().isoformat())
        elif value not in (None, ""):
            found.append(value if isinstance(value, int) else str(value))
        if column.kind in TEXTUAL and isinstance(value, str) and len(value) > 2:
            found.append(value[1:-1])
    return list(dict.fromkeys([*found, ""]))


def filtered_by_hand(
    records: Sequence[Model], column: BoundColumn, cond: str, asked: Any, words: Mapping[int, str]
) -> set[int]:
    """The ids of the records that meet a condition. `words` are the texts of the column by record, for references."""
    holds = _matcher(column, cond, asked, words)
    return {record.pk for record in records if holds(record)}


def _matcher(column: BoundColumn, cond: str, asked: Any, words: Mapping[int, str]) -> Callable[[Any], bool]:
    def value(record: Any) -> Any:
        found = value_at(record, column.path)
        return found.astimezone(COMPANY_ZONE).date() if isinstance(found, datetime) else found

    if cond == "contains":
        if column.kind == "reference" and asked == "":
            return lambda record: value(record) is None
        if column.kind == "reference":
            return lambda record: value(record) is not None and str(asked).casefold() in words[record.pk].casefold()
        if column.kind == "tags":
            return lambda record: any(str(asked).casefold() in tag.casefold() for tag in value(record)) or asked == ""
        return lambda record: str(asked).casefold() in value(record).casefold()
    if column.kind == "tags":
        return lambda record: (asked in value(record) or (asked == "" and not value(record))) == (cond == "eq")
    if asked == "" and column.kind not in TEXTUAL:
        return lambda record: (value(record) in (None, "")) == (cond == "eq")
    read = asked
    if column.kind == "time":
        read = read_date(asked)
    elif column.kind not in TEXTUAL and column.kind != "reference":
        read = column.spec.read(asked, None, "page")
    if cond in ("eq", "ne"):
        return lambda record: (value(record) == read) == (cond == "eq")
    compare = {
        "gt": lambda left, right: left > right,
        "lt": lambda left, right: left < right,
        "gte": lambda left, right: left >= right,
        "lte": lambda left, right: left <= right,
    }[cond]
    return lambda record: value(record) is not None and compare(value(record), read)


def filter_questions(column: BoundColumn, records: Sequence[Model]) -> Iterator[tuple[str, Any]]:
    """Every condition of a column with every value to ask for."""
    for cond in conditions_for(column.kind):
        for asked in asked_values(column, records):
            yield cond, asked


# --- values that a field cannot take -----------------------------------------------------------------------------------

_NOT_TEXT: Sequence[Any] = (1, 2.5, True, ["a"], {"a": 1}, LONG_TEXT)
_NOT_NUMBER: Sequence[Any] = ("多少", True, [1], {"a": 1}, "NaN", "Infinity", INFINITE, "1e30", 10**40, LONG_TEXT)
_WRONG: Mapping[str, Sequence[Any]] = {
    "text": _NOT_TEXT,
    "long": _NOT_TEXT,
    "phone": _NOT_TEXT,
    "url": (*_NOT_TEXT, "javascript:alert(1)"),
    "password": (1, True, ["a"], LONG_TEXT),
    "email": (*_NOT_TEXT, "not an address", f"{EMOJI}@example.com"),
    "int": (*_NOT_NUMBER, "1.5", 2.5),
    "number": (*_NOT_NUMBER, "1.23456"),
    "money": (*_NOT_NUMBER, "1.234"),
    "date": ("2026-02-30", "明天", 20260305, True, ["2026-03-05"], {"a": 1}, LONG_TEXT, EMOJI),
    "time": ("2026-03-05 25:00", "明天", 20260305, True, ["2026-03-05"], {"a": 1}, LONG_TEXT),
    "bool": ("也许", 2, ["是"], {"a": 1}, LONG_TEXT),
    "choice": ("没有这个选项", 12345, True, ["a"], {"a": 1}, LONG_TEXT, EMOJI),
    "reference": (-1, 0, 2**62, 2**70, 1.5, INFINITE, True, [1], {"a": 1}, "没有这个名称", "-1", LONG_TEXT, EMOJI),
    "references": ([-1], [0], [2**70], [True], [[1]], ["没有这个名称"], {"a": 1}, True, 5, LONG_TEXT, [None]),
    "tags": ([1], [["a"]], {"a": 1}, True, 5, LONG_TEXT, ["长" * 31]),
    "weights": (["a"], [1.5], {"a": 1}, True, LONG_TEXT),
    "file": ("x", 1, ["a"], {"a": 1}, True),
}


def wrong_values(spec: Spec) -> Sequence[Any]:
    """Values that must be refused for this field, on every door."""
    return _WRONG[spec.kind]


def is_chinese(text: str) -> bool:
    """Whether a sentence speaks Chinese."""
    return any("一" <= char <= "鿿" for char in text)


def snapshot(entity: Entity) -> list[dict[str, Any]]:
    """Everything that the table of a kind holds."""
    return list(entity.model._base_manager.order_by("pk").values())
