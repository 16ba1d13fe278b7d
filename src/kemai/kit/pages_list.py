"""The list page of every kind of record, and what belongs to it: filter, page size, export, the choices of pickers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from kemai.kit import doors, shell
from kemai.kit.access import may, require
from kemai.kit.columns import BoundColumn
from kemai.kit.entity import Action, Entity, View, entity_by_slug, registry
from kemai.kit.errors import Malformed, NotFound
from kemai.kit.filters import CONDITIONS, TEXTUAL, conditions_for
from kemai.kit.inputs import Input, inputs_of
from kemai.kit.listing import PAGE_SIZES, Listing, Question
from kemai.kit.models import ListSetting
from kemai.kit.pages_rows import Head, rows_html
from kemai.kit.text import fold, initials_of, reading_of
from kemai.kit.values import bind

PICK_LIMIT = 20


@dataclass(frozen=True)
class Button:
    """One deed of the toolbar."""

    verb: str
    label: str
    icon: str
    needs: str  # one, some
    key: str = ""
    danger: bool = False
    dialog: bool = True
    why: str = ""


def entity_or_404(slug: str) -> Entity:
    """The declaration behind an address. Raises NotFound."""
    entity = entity_by_slug(slug)
    if entity is None:
        raise NotFound("没有这个页面，请检查地址。")
    return entity


def list_page(request: HttpRequest, entity: Entity) -> HttpResponse:
    """GET /{slug}: the whole page, or the list alone when a script asks for it."""
    by = request.employee
    require(by, entity.right("view"))
    params = request.GET.dict()
    listing = Listing(entity, by, Question.of(entity, params, by, page_size=kept_page_size(by, entity)))
    if listing.question.page > listing.pages:
        listing = Listing(
            entity,
            by,
            Question.of(entity, {**params, "page": str(listing.pages)}, by, page_size=listing.question.page_size),
        )
    context = list_context(listing)
    if not shell.is_part(request) or request.headers.get("HX-Target") != "list":
        return shell.show(request, "kit/list.html", context | toolbar_context(listing))
    response = shell.show(request, "kit/list_part.html", context | {"tabs_too": True})
    here = list_address(listing.question, entity, sized="page_size" in params)
    if not request.headers.get("HX-Current-URL", "").endswith(here):
        replaces = request.headers.get("KM-Address") == "replace"
        response["HX-Replace-Url" if replaces else "HX-Push-Url"] = here
    return response


def kept_page_size(by: Any, entity: Entity) -> int:
    """The person's own page size of a list, or the usual one."""
    values = (
        ListSetting.objects.filter(employee=by.pk, kind=entity.name, view="").values_list("values", flat=True).first()
    )
    return values.get("page_size", 50) if values else 50


def list_address(question: Question, entity: Entity, *, sized: bool = False, **changes: Any) -> str:
    """The address that asks this question, with some of it changed; the first page goes without saying."""
    params: dict[str, Any] = {**question.as_params(), "page": question.page if question.page > 1 else ""}
    if sized:
        params["page_size"] = question.page_size
    return shell.address(f"/{entity.slug}", **{**params, **changes})


def list_context(listing: Listing) -> dict[str, Any]:
    """What the list part shows: heads, rows, chips, pager."""
    entity, question = listing.entity, listing.question
    rows = listing.rows
    view, heads = listing.view, heads_of(listing)
    ending = f"?view={view.name}" if entity.views else ""
    return {
        "entity": entity,
        "view": view,
        "question": question,
        "heads": heads,
        "rows": rows_html(heads, rows, f"/{entity.slug}", ending) if rows else "",
        "total": listing.total,
        "pages": listing.pages,
        "page_links": page_links(listing),
        "page_href": lambda number: list_address(question, entity, page=number if number > 1 else ""),
        "page_sizes": PAGE_SIZES,
        "chips": chips_of(listing),
        "tabs": tabs_of(listing),
        "narrowed": bool(question.q or question.filter or question.options),
        "clear": shell.address(f"/{entity.slug}", view=question.view),
        "no_filter": list_address(question, entity, filter="", page=""),
        "may_add": may_add(listing.by, entity),
        "new": new_address(entity, view),
        "buttons": buttons_of(listing),
    }


def toolbar_context(listing: Listing) -> dict[str, Any]:
    """What the toolbar shows beside the list."""
    entity, by = listing.entity, listing.by
    return {
        "hint": entity.search.hint if entity.search else "名称",
        "options": option_inputs(listing),
        "may_export": may(by, entity.right("export")),
        "may_print": may(by, entity.right("print")),
        "may_import": entity.imports is not None and may(by, entity.right("import")),
    }


def may_add(by: Any, entity: Entity) -> bool:
    """Whether the person may make records of the kind."""
    return bool(entity.form and entity.form.create and may(by, entity.right("add")))


def may_change(by: Any, entity: Entity) -> bool:
    """Whether the person has the right to change records of the kind."""
    return bool(entity.form and entity.form.change and may(by, entity.right("change")))


def new_address(entity: Entity, view: View | None, **params: Any) -> str:
    """Where 「新增」 leads."""
    return shell.address(f"/{entity.slug}/new", view=view.name if view and entity.views else "", **params)


def heads_of(listing: Listing) -> list[Head]:
    """The table's heads. A click sorts up, then down, then not at all (LST-06)."""
    question, entity = listing.question, listing.entity
    sorted_by, falling = question.sort.lstrip("-"), question.sort.startswith("-")
    heads = []
    for column in listing.shown:
        state = ("descending" if falling else "ascending") if column.name == sorted_by and question.sort else ""
        following = {"": column.name, "ascending": f"-{column.name}", "descending": ""}[state]
        sort = list_address(question, entity, sort=following, page="") if column.sort_path else ""
        heads.append(Head(column, column.label, sort, state))
    return heads


def page_links(listing: Listing) -> list[tuple[int | None, str]]:
    """Numbers of the pager with their addresses: first, the neighbourhood of this page, last; None stands for a gap."""
    page, pages = listing.question.page, listing.pages
    near = {1, pages, *range(max(1, page - 2), min(pages, page + 2) + 1)}
    if page <= 3:
        near |= set(range(1, min(pages, 5) + 1))
    if page >= pages - 2:
        near |= set(range(max(1, pages - 4), pages + 1))
    links: list[tuple[int | None, str]] = []
    last = 0
    for number in sorted(near):
        if number - last > 1:
            links.append((None, ""))
        links.append((number, list_address(listing.question, listing.entity, page=number if number > 1 else "")))
        last = number
    return links


def tabs_of(listing: Listing) -> list[dict[str, Any]]:
    """The views with their counts: from the counts by owner, or the present total alone (D3)."""
    entity = listing.entity
    tabs = []
    for view in entity.all_views:
        here = view.name == listing.view.name
        count: int | None = None
        if entity.owner:
            count = listing.count_of(listing.reach if here and not listing.question.options else view.reach(listing.by))
        elif here and not (listing.question.q or listing.question.filter):
            count = listing.total
        tabs.append({
            "name": view.name, "title": view.title, "count": count, "here": here,
            "href": shell.address(f"/{entity.slug}", view=view.name if entity.views else ""),
        })  # fmt: skip
    return tabs


def chips_of(listing: Listing) -> list[dict[str, str]]:
    """The filter's rows in words, each with the address without it."""
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
            "href": list_address(listing.question, listing.entity, filter=without, page=""),
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


def _filter_choices(column: BoundColumn, by: Any) -> Sequence[tuple[Any, str]] | None:
    if column.kind == "choice":
        return column.spec.choices()
    if column.kind == "bool":
        return [("是", "是"), ("否", "否")]
    return column.spec.options(by) if column.is_reference else None


def buttons_of(listing: Listing) -> list[Button]:
    """The deeds of this view that the person has a right to."""
    entity, by, view = listing.entity, listing.by, listing.view
    buttons = []
    if may_change(by, entity):
        buttons.append(Button("edit", "修改", "pencil", "one", key="alt+e"))
    if deletes_in(entity, by, view):
        buttons.append(Button("delete", "删除", "trash", "some", key="alt+d", danger=True))
    for action in entity.actions:
        if stands_in(entity, action, view) and action.allowed(by, view.name):
            needs = "one" if view.name in action.single else "some"
            dialog = bool(action.fields or action.ask)
            buttons.append(Button(action.verb, action.label, action.icon, needs, danger=action.danger, dialog=dialog))
    return buttons


def deletes_in(entity: Entity, by: Any, view: View) -> bool:
    """Whether 「删除」 stands on this list."""
    here = entity.delete_views is None or view.name in entity.delete_views
    return entity.delete is not None and here and may(by, entity.right("delete"))


def stands_in(entity: Entity, action: Action, view: View) -> bool:
    """Whether the deed's button stands on this list; a kind with a single list has all its deeds there."""
    return view.name in action.views or not entity.views


def option_inputs(listing: Listing) -> list[Input]:
    """The view's own options beside the search box."""
    specs = [bind(None, option) for option in listing.view.options]
    return inputs_of(specs, listing.by, raw=listing.question.options)


def filter_part(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/filter: the rows of 「数据过滤」, loaded when it is opened."""
    entity = entity_or_404(slug)
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


def keep_layout(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/layout: keeps the page size for this person and list."""
    entity = entity_or_404(slug)
    by = request.employee
    require(by, entity.right("view"))
    size = request.POST.get("page_size", "")
    if size not in {str(known) for known in PAGE_SIZES}:
        raise Malformed("out_of_bounds", "每页行数只能是 20、50 或 100。")
    ListSetting.objects.update_or_create(
        employee_id=by.pk, kind=entity.name, view="", defaults={"values": {"page_size": int(size)}}
    )
    if shell.is_part(request):
        return HttpResponse(status=204)
    return shell.go(request, shell.local_path(request, f"/{entity.slug}"))


def reset_layout(request: HttpRequest) -> HttpResponse:
    """POST /me/reset-layout: 「清除格式配置」 (SYS-07)."""
    ListSetting.objects.filter(employee_id=request.employee.pk).delete()
    return shell.go(request, shell.local_path(request, "/"), "列表的格式已恢复为默认。")


def export(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """GET /{slug}/export: all that match, with the columns of the list (LST-10)."""
    entity = entity_or_404(slug)
    require(request.employee, entity.right("export"))
    from kemai.kit.exporting import export as write  # heavy: only where it is used (D18)

    listing = doors.list_of(entity, request.employee, request.GET.dict())
    name, content = write(listing)
    response = StreamingHttpResponse(
        content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def pick(request: HttpRequest, kind: str) -> HttpResponse:
    """GET /pick/{kind}: what a picker offers, found on the server within the person's range (FRM-03)."""
    entity = registry.get(kind)
    if entity is None:
        raise NotFound
    by, text = request.employee, request.GET.get("q", "").strip()[:200]
    if entity.options is not None:
        return JsonResponse({"items": _among_options(entity.options(by), text)})
    records = _narrowed_by(entity, request.GET)(entity.visible(by))
    if text:
        records = Listing(entity, by, Question(view=entity.all_views[0].name, q=text), records=records).matching()
    ids = list(records.order_by("-pk").values_list("pk", flat=True)[:PICK_LIMIT])
    return JsonResponse({"items": _offers(entity, by, ids)})


def _among_options(options: Sequence[tuple[int, str]], text: str) -> list[dict[str, Any]]:
    """The choices that hold the text, by their words or their pinyin."""
    wanted = fold(text)
    found = [
        (pk, word.strip()) for pk, word in options if not wanted or any(wanted in form for form in _forms(word.strip()))
    ]
    return [{"id": pk, "text": word, "hint": ""} for pk, word in found[:PICK_LIMIT]]


@lru_cache(maxsize=10_000)
def _forms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    reading = reading_of(folded)
    return folded, reading.lower(), initials_of(reading)


def _narrowed_by(entity: Entity, params: Mapping[str, str]) -> Any:
    """Narrows the choices to those of another field's value: the contacts of the chosen customer."""
    depends, value = params.get("depends", ""), params.get("value", "")
    known = {model_field.name for model_field in entity.model._meta.fields if model_field.is_relation}
    if depends not in known or not (value.isascii() and value.isdigit() and len(value) < 19):
        return lambda records: records
    return lambda records: records.filter(**{f"{depends}_id": int(value)})


def _offers(entity: Entity, by: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    view = entity.all_views[0]
    columns = [column for column in doors.columns_for(by, entity, None) if column.column.title or column.column.phone]
    titles = [at for at, column in enumerate(columns) if column.column.title]
    hinted = may(by, entity.right("view"))
    rows = Listing(entity, by, Question(view=view.name)).rows_of(ids, columns)
    offers = []
    for row in rows:
        hints = [cell.text for at, cell in enumerate(row.cells) if at not in titles and cell.text]
        text = row.cells[titles[0]].text if titles else str(row.id)
        offers.append({"id": row.id, "text": text, "hint": " ".join(hints[:3]) if hinted else ""})
    return offers
