"""「数据过滤」: rows of field, condition, value, joined by one 并且 or 或者 (LST-04)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q

from kemai.kit.columns import BoundColumn
from kemai.kit.errors import Malformed
from kemai.kit.moments import day_range, read_date
from kemai.kit.values import BadValue, readable

CONDITIONS = {
    "contains": "包含",
    "gt": "大于",
    "lt": "小于",
    "lte": "小于等于",
    "gte": "大于等于",
    "eq": "等于",
    "ne": "不等于",
}
TEXTUAL = frozenset({"text", "long", "phone", "email", "url", "tags"})
ROWS_LIMIT = 20
VALUES_LIMIT = 100  # of one row that means any of several


def conditions_for(kind: str) -> tuple[str, ...]:
    """The conditions that a field of this kind offers."""
    if kind in TEXTUAL or kind == "reference":
        return ("contains", "eq", "ne")
    return ("eq", "ne") if kind in ("choice", "bool") else ("gt", "lt", "lte", "gte", "eq", "ne")


def parse_filter(raw: Any) -> dict[str, Any] | None:
    """The filter as it came, as JSON text or already read; None when there is none. Raises Malformed when it has another shape."""
    if raw in (None, "", {}):
        return None
    try:
        asked = json.loads(raw) if isinstance(raw, str) else raw
        rows = [
            {"field": str(row["field"]), "cond": str(row["cond"]), "value": _plain(row.get("value", ""))}
            for row in asked["rows"]
        ]
        joined = asked.get("op", "and")
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Malformed("bad_filter", "过滤条件的格式不对。") from None
    if joined not in ("and", "or") or len(rows) > ROWS_LIMIT:
        raise Malformed("bad_filter", f"过滤条件最多 {ROWS_LIMIT} 行，用“并且”或“或者”连接。")
    return {"op": joined, "rows": rows} if rows else None


def filter_text(asked: Mapping[str, Any]) -> str:
    """The filter as an address carries it."""
    return json.dumps(asked, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        if len(value) > VALUES_LIMIT or not all(isinstance(one, str | int) for one in value):
            raise ValueError
        return [_plain(one) for one in value]
    return readable(value) if isinstance(value, str) else value


def why_unusable(asked: Mapping[str, Any], columns: Sequence[BoundColumn]) -> str:
    """Why a filter cannot be asked over these columns, whatever its values; "" when it can."""
    usable = {column.name: column for column in columns if column.filterable}
    for row in asked["rows"]:
        column = usable.get(row["field"])
        if column is None:
            return "过滤条件里有不能使用的字段。"
        if row["cond"] not in conditions_for(column.kind):
            return f"{column.label}不能用这个条件。"
    return ""


def condition_of(asked: Mapping[str, Any], columns: Sequence[BoundColumn], by: Any) -> Q:
    """The condition of a filter over the columns that the person may have; another field is refused, so that it cannot be guessed (D8)."""
    if why := why_unusable(asked, columns):
        raise Malformed("bad_filter", why)
    by_name = {column.name: column for column in columns}
    whole: Q | None = None
    for row in asked["rows"]:
        part = _row(by_name[row["field"]], row["cond"], row["value"], by)
        whole = part if whole is None else whole & part if asked["op"] == "and" else whole | part
    return whole if whole is not None else Q()


def _row(column: BoundColumn, cond: str, value: Any, by: Any) -> Q:
    if isinstance(value, list):
        return _any_of(column, cond, value, by)
    if column.kind in TEXTUAL:
        text = value if isinstance(value, str) else ""
        if column.kind == "tags":
            return _tags(column, cond, text)
        if cond == "contains":
            return Q(**{f"{column.path}__icontains": text})
        exact = Q(**{column.path: text})
        return exact if cond == "eq" else ~exact
    if column.kind == "reference":
        return _reference(column, cond, value, by)
    if value in (None, ""):
        empty = Q(**{f"{column.path}__isnull": True})
        if isinstance(column.spec.model_field, models.CharField):
            empty |= Q(**{column.path: ""})
        return empty if cond == "eq" else ~empty
    if column.kind == "time":
        return _moment(column, cond, value)
    try:
        read = column.spec.read(value, by, "page")
    except BadValue as error:
        raise Malformed("bad_filter", str(error)) from None
    return _compared(column.path, cond, read)


def _any_of(column: BoundColumn, cond: str, values: Sequence[Any], by: Any) -> Q:
    """One of several values, or none of them."""
    if column.kind not in ("choice", "reference") or cond == "contains" or not values:
        raise Malformed("bad_filter", f"{column.label}不能用几个值来过滤。")
    found = Q()
    for value in values:
        found |= _row(column, "eq", value, by)
    return found if cond == "eq" else ~found


def _tags(column: BoundColumn, cond: str, text: str) -> Q:
    """Words in a list: the list is stored as JSON, as people wrote the words (TagsField)."""
    if not text:
        return Q() if cond == "contains" else Q(**{column.path: []}) if cond == "eq" else ~Q(**{column.path: []})
    quoted = json.dumps(text, ensure_ascii=False)
    if cond == "contains":
        return Q(**{f"{column.path}__icontains": quoted[1:-1]})
    exact = Q(**{f"{column.path}__icontains": quoted})
    return exact if cond == "eq" else ~exact


def _reference(column: BoundColumn, cond: str, value: Any, by: Any) -> Q:
    if value in (None, ""):
        empty = Q(**{f"{column.path}__isnull": True})
        return ~empty if cond == "ne" else empty
    names = column.spec.source.names()
    if cond == "contains":
        if names is None:
            return Q(**{f"{column.path}__{column.spec.source.entity.title_field}__icontains": str(value)})
        return Q(
            **{f"{column.path}_id__in": [pk for pk, name in names.items() if str(value).casefold() in name.casefold()]}
        )
    try:
        pk = column.spec.source.find(by, value)
    except (TypeError, ValueError):
        pk = None
    if pk is None:
        raise Malformed("bad_filter", f"{column.label}中没有「{str(value)[:40]}」。")
    exact = Q(**{f"{column.path}_id": pk})
    return exact if cond == "eq" else ~exact


def _moment(column: BoundColumn, cond: str, value: Any) -> Q:
    """A day means all its instants (D16)."""
    day = read_date(value if not isinstance(value, str) else value[:11].split("T")[0])
    if day is None:
        raise Malformed("bad_filter", f"{column.label}应为日期，例如 2026-03-05。")
    start, end = day_range(day)
    within = Q(**{f"{column.path}__gte": start, f"{column.path}__lt": end})
    return {
        "eq": within,
        "ne": ~within,
        "gt": Q(**{f"{column.path}__gte": end}),
        "gte": Q(**{f"{column.path}__gte": start}),
        "lt": Q(**{f"{column.path}__lt": start}),
        "lte": Q(**{f"{column.path}__lt": end}),
    }[cond]


def _compared(path: str, cond: str, value: Any) -> Q:
    if cond in ("eq", "ne"):
        exact = Q(**{path: value})
        return exact if cond == "eq" else ~exact
    return Q(**{f"{path}__{cond}": value})
