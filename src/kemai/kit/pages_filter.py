"""「数据过滤」 on the list page: its rows to be filled in, and its chips to be clicked away (LST-04)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, shell
from kemai.kit.columns import BoundColumn
from kemai.kit.filters import CONDITIONS, TEXTUAL, conditions_for
from kemai.kit.listing import Listing


def filter_part(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/filter: the rows of 「数据过滤」, loaded when it is opened."""
    entity = shell.entity_or_404(slug)
    listing = doors.list_of(entity, request.employee, request.GET.dict())
    fields = [
        {
            "name": column.name, "label": column.label, "kind": _filter_kind(column), "conds": conditions_for(column.kind),
            "choices": [[value, word] for value, word in _filter_choices(column, listing.by) or ()],
        }
        for column in listing.columns
        if column.column.filters and not column.column.fetch
    ]  # fmt: skip
    asked = listing.question.filter or {"op": "and", "rows": []}
    context = {"fields": fields, "conditions": CONDITIONS, "asked": asked, "narrowed": bool(listing.question.filter)}
    return shell.show(request, "kit/filter.html", context)


def _filter_kind(column: BoundColumn) -> str:
    if column.kind in ("date", "time"):
        return "date"
    return "text" if column.kind in TEXTUAL else "number" if column.is_number else column.kind


def _filter_choices(column: BoundColumn, by: Any) -> Sequence[tuple[Any, str]] | None:
    if column.kind == "choice":
        return column.spec.choices()
    if column.kind == "bool":
        return [("是", "是"), ("否", "否")]
    return column.spec.options(by) if column.is_reference else None


def chips_of(listing: Listing, address: Callable[..., str]) -> list[dict[str, str]]:
    """The filter's rows in words, each with the address of the list without it."""
    asked = listing.question.filter
    if not asked:
        return []
    by_name = {column.name: column for column in listing.columns}
    chips = []
    for position, row in enumerate(asked["rows"]):
        column = by_name.get(row["field"])
        rest = [other for at, other in enumerate(asked["rows"]) if at != position]
        without = (
            json.dumps({"op": asked["op"], "rows": rest}, ensure_ascii=False, separators=(",", ":")) if rest else ""
        )
        chips.append({
            "label": column.label if column else row["field"],
            "cond": CONDITIONS.get(row["cond"], ""),
            "value": _value_words(column, row["value"], listing.by) if column else str(row["value"]),
            "href": address(filter=without, page=""),
        })  # fmt: skip
    return chips


def _value_words(column: BoundColumn, value: Any, by: Any) -> str:
    if value in (None, ""):
        return "空"
    for known, word in _filter_choices(column, by) or ():
        if str(known) == str(value):
            return word.strip()
    if column.kind == "bool":
        return "是" if str(value).lower() in ("1", "true", "是") else "否"
    return str(value)
