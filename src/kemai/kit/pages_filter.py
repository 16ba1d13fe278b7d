"""「数据过滤」 and 「组合查询」 on the list page: rows to be filled in, kept and loaded, and chips to be clicked away (LST-03, LST-04)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, shell
from kemai.kit.access import may
from kemai.kit.columns import BoundColumn
from kemai.kit.errors import Conflict, Invalid
from kemai.kit.filters import CONDITIONS, TEXTUAL, conditions_for, filter_text
from kemai.kit.inputs import Input, inputs_of
from kemai.kit.listing import Listing
from kemai.kit.saved_filters import colleagues_spec, delete_filter, filters_json, save_filter

TICKED = 60  # choices of a reference that 「组合查询」 offers to be ticked


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
        if column.filterable
    ]  # fmt: skip
    asked = listing.question.filter or {"op": "and", "rows": []}
    saved = filters_json(listing.by, entity, listing.view)
    loaded = next((one for one in saved if one["mine"] and one["filter"] == asked), None)
    context = {
        "fields": fields,
        "conditions": CONDITIONS,
        "asked": asked,
        "entity": entity,
        "saved": saved,
        "loaded": loaded,
        "colleagues": _colleagues(listing.by, loaded["colleagues"] if loaded else []),
    }
    return shell.show(request, "kit/filter.html", context)


def _colleagues(by: Any, chosen: Sequence[int]) -> Input | None:
    """Whom to share with; None for who may not look at people."""
    spec = colleagues_spec()
    return inputs_of([spec], by, raw={spec.name: chosen})[0] if may(by, f"{spec.field.refers}.view") else None


def save(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/filters: keeps the filter under a name (LST-04)."""
    entity = shell.entity_or_404(slug)
    raw = {**request.POST.dict(), "colleagues": [pk for pk in request.POST.getlist("colleagues") if pk]}
    try:
        kept = save_filter(request.employee, entity, shell.view_or_404(entity, request.POST), raw)
    except (Conflict, Invalid) as error:
        if not shell.is_part(request):
            raise
        event = "exists" if error.code == "exists" else "unsaved"
        return shell.tell(HttpResponse(status=204), **{f"filter-{event}": error.message})
    said = f"已保存过滤条件「{kept.name}」。"
    if shell.is_part(request):
        return shell.tell(HttpResponse(status=204), toast=said, **{"filter-saved": kept.pk})
    return shell.go(request, shell.local_path(request, f"/{entity.slug}"), said)


def forget(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """POST /{slug}/filters/{pk}/delete: deletes one of one's own saved filters."""
    entity = shell.entity_or_404(slug)
    said = f"已删除过滤条件「{delete_filter(request.employee, entity, pk)}」。"
    if shell.is_part(request):
        return shell.tell(HttpResponse(status=204), toast=said)
    return shell.go(request, shell.local_path(request, f"/{entity.slug}"), said)


def query_dialog(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/query: 「组合查询」, all fields of the record with a fitting operator each (LST-03). It becomes a filter."""
    entity = shell.entity_or_404(slug)
    listing = doors.list_of(entity, request.employee, request.GET.dict())
    shown = listing.shown
    columns = sorted((one for one in listing.columns if one.filterable), key=lambda one: one not in shown)
    asked = listing.question.filter or {"op": "and", "rows": []}
    known: dict[str, dict[str, Any]] = {column.name: {} for column in columns}
    rest = []  # what the form has no place for stays as it is
    for row in asked["rows"] if asked["op"] == "and" else ():
        if row["cond"] in ("ne", "gt", "lt") or row["field"] not in known or row["cond"] in known[row["field"]]:
            rest.append(row)
        else:
            known[row["field"]][row["cond"]] = row["value"]
    options = listing.view.query_options
    if any(listing.question.options.get(name) for name in options):
        options = {}  # who has chosen a range searches in it
    fields = [_query_field(column, known[column.name], listing.by) for column in columns]
    context = {
        "entity": entity,
        "view": listing.view,
        "fields": [field for field in fields if field["control"] != "many" or field["choices"]],
        "rest": rest,
        "options": options,
        "blank": not any(known.values()),
    }
    return shell.show(request, "kit/query.html", context)


def _query_field(column: BoundColumn, asked: Mapping[str, Any], by: Any) -> dict[str, Any]:
    """One field of 「组合查询」: part of a text, from and to, or several of the choices."""
    choices = _filter_choices(column, by)
    if choices is not None and column.is_reference and len(choices) > TICKED:
        choices = None  # part of the name is quicker than a long list
    control = "many" if choices is not None and column.kind != "bool" else "one" if choices is not None else "text"
    if column.is_number or column.kind in ("date", "time"):
        control = "range"
    equal = asked.get("eq", [])
    chosen = {str(one) for one in (equal if isinstance(equal, list) else [equal])}
    return {
        "name": column.name,
        "label": column.label,
        "control": control,
        "exact": "eq" in asked and control == "text",
        "type": "date" if column.kind in ("date", "time") else "text",
        "mode": "decimal" if column.is_number else "",
        "choices": [(str(value), word.strip()) for value, word in choices or ()],
        "chosen": chosen,
        "text": asked.get("contains", asked.get("eq", "")),
        "from": asked.get("gte", equal if control == "range" and equal else ""),
        "to": asked.get("lte", equal if control == "range" and equal else ""),
    }


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
        without = filter_text({"op": asked["op"], "rows": rest}) if rest else ""
        chips.append({
            "label": column.label if column else row["field"],
            "cond": CONDITIONS.get(row["cond"], ""),
            "value": _value_words(column, row["value"], listing.by) if column else str(row["value"]),
            "href": address(filter=without, page=""),
        })  # fmt: skip
    return chips


def words_of(listing: Listing) -> str:
    """The filter in one line: for print, and for the question whether to keep it."""
    joint = " 或者 " if listing.question.filter and listing.question.filter["op"] == "or" else " 并且 "
    chips = chips_of(listing, lambda **changes: "")
    return joint.join(f"{chip['label']}{chip['cond']} {chip['value']}" for chip in chips)


def _value_words(column: BoundColumn, value: Any, by: Any) -> str:
    if isinstance(value, list):
        return "、".join(_value_words(column, one, by) for one in value)
    if value in (None, ""):
        return "空"
    for known, word in _filter_choices(column, by) or ():
        if str(known) == str(value):
            return word.strip()
    if column.kind == "bool":
        return "是" if str(value).lower() in ("1", "true", "是") else "否"
    return str(value)
