"""The list page of every kind of record, and its export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from kemai.kit import bulk_edit, doors, pages_filter, shell
from kemai.kit.access import may, require
from kemai.kit.categories import tree_of
from kemai.kit.columns import BoundColumn
from kemai.kit.entity import Action, Entity, View
from kemai.kit.errors import Malformed, NotFound
from kemai.kit.filters import filter_text
from kemai.kit.finding import find_next, found_json
from kemai.kit.inputs import Input, inputs_of
from kemai.kit.layouts import PAGE_SIZES, ColumnLayout, default_question, layout_of, mode_of
from kemai.kit.listing import Listing
from kemai.kit.pages_rows import Head, rows_html
from kemai.kit.pages_tree import tree_part
from kemai.kit.question import Question
from kemai.kit.search_names import searched_by_name
from kemai.kit.values import bind

EXPORT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
A_COLUMN = "km-column"  # stands for a column in the address that sorts by one
CHECK_WIDTH = 44  # px of the column of check boxes
NO_FILTER = '{"rows":[]}'  # says that no filter is wished, where the list has one by default
Address = Callable[..., str]  # the address of this list with some of the question changed


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
    freely: bool = False  # does something without a chosen record too


@dataclass(frozen=True)
class ViewTab:
    """One view of a kind, as its tab shows it."""

    name: str
    title: str
    count: int | None
    here: bool
    href: str


def list_page(request: HttpRequest, entity: Entity) -> HttpResponse:
    """GET /{slug}: the whole page, or the list alone when a script asks for it."""
    by = request.employee
    require(by, entity.right("view"))
    params = request.GET.dict()
    view = entity.view(params.get("view", ""))
    if view is None:
        raise NotFound
    layout, alone = layout_of(by, entity, view), shell.is_part(request) and request.headers.get("HX-Target") == "list"
    params |= _place(layout, params, entity, view)
    if added := _defaults(layout, params, by, entity, view):
        params |= added
        if not alone:  # what follows, exports and deeds on all that match, goes by the address
            return HttpResponseRedirect(shell.address(f"/{entity.slug}", **params))
    listing = _listing(entity, by, params, layout)
    late = listing.counts_late and request.headers.get("HX-Target") != "pager"
    if not late and listing.question.page > listing.pages:
        listing = _listing(entity, by, {**params, "page": str(listing.pages)}, layout)
    address = partial(list_address, listing.question, entity, layout, sized="page_size" in params)
    context = list_context(listing, address, layout, late=late) | {"chips": pages_filter.chips_of(listing, address)}
    if shell.is_part(request) and request.headers.get("HX-Target") == "pager":
        return shell.show(request, "kit/list_part.html", context)
    if not alone:
        return shell.show(request, "kit/list.html", context | toolbar_context(listing))
    response = shell.show(request, "kit/list_part.html", context | {"tabs_too": True})
    if not _is_same(request.headers.get("HX-Current-URL", ""), address()):
        replaces = request.headers.get("KM-Address") == "replace"
        response["HX-Replace-Url" if replaces else "HX-Push-Url"] = address()
    return response


def _defaults(layout: ColumnLayout, params: Mapping[str, str], by: Any, entity: Entity, view: View) -> dict[str, str]:
    """What the list's default for everybody adds to a question that says nothing about it (LST-19)."""
    if not (layout.sort or layout.filter) or {"sort", "filter"} <= params.keys():
        return {}
    found = default_question(layout, by, entity, view)
    if "filter" in found:
        found["filter"] = filter_text(found["filter"])
    return {name: value for name, value in found.items() if name not in params}


def _place(layout: ColumnLayout, params: Mapping[str, str], entity: Entity, view: View) -> dict[str, str]:
    """「列表方式」 for a question that says nothing about it, which the page's script then writes into the address; and no category that is
    there no more (LST-11)."""
    if entity.classified is None or not (tree := tree_of(entity.name)):
        return {"mode": "", "node": ""} if {"mode", "node"} & params.keys() else {}
    if view.public:
        return {"mode": "", "node": ""}
    node = params.get("node", "")
    gone = node.isascii() and node.isdigit() and int(node) not in tree.by_id
    return {"mode": params.get("mode") or mode_of(layout, entity, view), "node": "" if gone else node}


def _listing(entity: Entity, by: Any, params: Mapping[str, str], layout: ColumnLayout) -> Listing:
    return Listing(entity, by, Question.of(entity, params, by, page_size=layout.page_size), layout=layout)


def _is_same(one: str, other: str) -> bool:
    """Whether two addresses ask the same."""
    first, second = urlsplit(one), urlsplit(other)
    return first.path == second.path and parse_qs(first.query) == parse_qs(second.query)


def list_address(
    question: Question, entity: Entity, layout: ColumnLayout, *, sized: bool = False, **changes: Any
) -> str:
    """The address that asks this question, with some of it changed; the first page goes without saying."""
    params: dict[str, Any] = {**question.as_params(), "page": question.page if question.page > 1 else "", **changes}
    if sized:
        params["page_size"] = question.page_size
    if layout.filter and not params.get("filter"):
        params["filter"] = NO_FILTER
    return shell.address(f"/{entity.slug}", **params)


def list_context(listing: Listing, address: Address, layout: ColumnLayout, *, late: bool = False) -> dict[str, Any]:
    """What the list part shows: heads, rows, chips, pager. `late`: the total follows by a request of its own (PRF-02)."""
    entity, question = listing.entity, listing.question
    sheet = listing.sheet
    view, heads = listing.view, heads_of(listing, address, layout)
    ending = f"?view={view.name}" if entity.views else ""
    tree, buttons = tree_part(listing, address, layout), buttons_of(listing)
    pages = question.page + (len(sheet.ids) == question.page_size) if late else listing.pages
    return {
        "tree": tree,
        "entity": entity,
        "view": view,
        "question": question,
        "heads": heads,
        "width": CHECK_WIDTH + sum(head.width for head in heads),
        "rows": rows_html(heads, sheet, f"/{entity.slug}", ending) if sheet.ids else "",
        "total": None if late else listing.total,
        "pages": pages,
        "page_links": ((question.page, address()),) if late else page_links(listing, address),
        "page_ways": tuple(page_href(address, number) for number in (1, question.page - 1, question.page + 1, pages)),
        "here": address(),
        "page_sizes": PAGE_SIZES,
        "tabs": tabs_of(listing),
        "narrowed": bool(question.q or question.filter or question.options),
        "clear": shell.address(f"/{entity.slug}", view=question.view, filter=NO_FILTER if layout.filter else ""),
        "sums": dict.fromkeys(column.name for column in listing.shown if column.column.sums),
        "sums_href": shell.address(f"/{entity.slug}/sums", **question.as_params()),
        "me": listing.by,
        "no_filter_text": NO_FILTER if layout.filter else "",
        "no_filter": address(filter="", page=""),
        "may_add": may_add(listing.by, entity),
        "new": new_address(entity, view, **({entity.classified.field: question.node} if entity.classified else {})),
        "buttons": buttons,
        "bulk_deeds": tuple(button for button in buttons if button.needs == "some"),
    }


def toolbar_context(listing: Listing) -> dict[str, Any]:
    """What the toolbar shows beside the list."""
    entity, by = listing.entity, listing.by
    return {
        "hint": _search_hint(listing),
        "options": option_inputs(listing),
        "may_export": may(by, entity.right("export")),
        "may_print": may(by, entity.right("print")),
        "may_import": entity.imports is not None and may(by, entity.right("import")),
    }


def _search_hint(listing: Listing) -> str:
    """What quick search looks through, in the box."""
    search = listing.entity.search
    if search:
        return "名称、拼音" if listing.view.public else search.hint
    return "、".join(column.label for column in searched_by_name(listing.entity, listing.columns))


def may_add(by: Any, entity: Entity) -> bool:
    """Whether the person may make records of the kind."""
    return bool(entity.form and entity.form.create and may(by, entity.right("add")))


def may_change(by: Any, entity: Entity) -> bool:
    """Whether the person has the right to change records of the kind."""
    return bool(entity.form and entity.form.change and may(by, entity.right("change")))


def new_address(entity: Entity, view: View | None, **params: Any) -> str:
    """Where 「新增」 leads."""
    return shell.address(f"/{entity.slug}/new", view=view.name if view and entity.views else "", **params)


def heads_of(listing: Listing, address: Address, layout: ColumnLayout) -> tuple[Head, ...]:
    """The table's heads. A click sorts up, then down, then not at all (LST-06)."""
    shown = tuple(listing.shown)
    widths = tuple(layout.width(column) for column in shown)
    labels = tuple(column.label for column in shown)  # a dictionary may be given another title
    by_column = address(sort=A_COLUMN, page=""), address(sort="", page="")
    return _heads(shown, labels, widths, layout.locked(shown), listing.question.sort, *by_column)


@lru_cache(maxsize=1000)
def _heads(
    shown: tuple[BoundColumn, ...], labels: tuple[str, ...], widths: tuple[int, ...], locked: int, sort: str, sorts: str, unsorted: str,
) -> tuple[Head, ...]:  # fmt: skip
    """`sorts`: the address that sorts by A_COLUMN; `unsorted`: the one that does not sort."""
    sorted_by, falling = sort.lstrip("-"), sort.startswith("-")
    heads = []
    for at, (column, label, width) in enumerate(zip(shown, labels, widths, strict=True)):
        state = ("descending" if falling else "ascending") if column.name == sorted_by and sort else ""
        following = {"": column.name, "ascending": f"-{column.name}", "descending": ""}[state]
        href = sorts.replace(f"sort={A_COLUMN}", f"sort={following}") if following else unsorted
        lock = "edge" if at == locked - 1 else "inner" if at < locked else ""
        heads.append(Head(column, label, href if column.sort_path else "", state, width, lock))
    return tuple(heads)


def page_href(address: Address, number: int) -> str:
    """The address of a page of the list; the first one goes without saying."""
    return address(page=number if number > 1 else "")


def page_links(listing: Listing, address: Address) -> tuple[tuple[int | None, str], ...]:
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
        links.append((number, page_href(address, number)))
        last = number
    return tuple(links)


def tabs_of(listing: Listing) -> tuple[ViewTab, ...]:
    """The views with their counts: from the counts by owner, or the present total alone (D3)."""
    entity = listing.entity
    tabs = []
    for view in entity.all_views:
        here = view.name == listing.view.name
        count: int | None = None
        reach = listing.reach if here and not listing.question.options else view.reach(listing.by)
        if entity.owner and listing.counts_quickly(reach):
            count = listing.count_of(reach)
        elif here and not (listing.question.q or listing.question.filter or listing.counts_late):
            count = listing.total
        href = shell.address(f"/{entity.slug}", view=view.name if entity.views else "")
        tabs.append(ViewTab(view.name, view.title, count, here, href))
    return tuple(tabs)


def buttons_of(listing: Listing) -> tuple[Button, ...]:
    """The deeds of this view that the person has a right to."""
    entity, by, view = listing.entity, listing.by, listing.view
    buttons = []
    if may_change(by, entity):
        buttons.append(Button("edit", "修改", "pencil", "one", key="alt+e"))
    if bulk_edit.offered(entity, by):
        buttons.append(Button("bulk-edit", "批量修改", "edit", "some"))
    if deletes_in(entity, by, view):
        buttons.append(Button("delete", "删除", "trash", "some", key="alt+d", danger=True))
    for action in entity.actions:
        if stands_in(entity, action, view) and action.allowed(by, view.name):
            needs = "one" if view.name in action.single else "some"
            dialog = bool(action.fields or action.ask)
            look = action.icon, needs, action.key, action.danger, dialog
            buttons.append(Button(action.verb, action.label, *look, freely=action.freely))
    return tuple(buttons)


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


def sums(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/sums: the row of sums over all that match, asked for by the list when it stands (LST-17)."""
    entity = shell.entity_or_404(slug)
    listing = doors.list_of(entity, request.employee, request.GET.dict())
    layout = layout_of(listing.by, entity, listing.view)
    shown = layout.shown(listing.columns, listing.view)
    found = listing.sums(shown)
    context = {
        "heads": heads_of(listing, lambda **changes: "", layout),
        "sums": {
            column.name: column.strip({column.path: [found[column.name]]}, listing.by, {}).texts[0]
            for column in shown
            if column.name in found
        },
        "total": listing.total,
    }
    return shell.show(request, "kit/list_sums.html", context)


def find(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/find: where the next record is whose column holds the value (LST-05)."""
    entity = shell.entity_or_404(slug)
    by, params = request.employee, request.GET
    doors.enter(entity, by)
    layout = layout_of(by, entity, shell.view_or_404(entity, params))
    return JsonResponse(found_in(_listing(entity, by, params.dict(), layout), params))


def found_in(listing: Listing, params: Mapping[str, str]) -> dict[str, Any]:
    """The next match of `column` and `value` after the record `after`."""
    after = params.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
    return found_json(listing, find_next(listing, params.get("column", ""), params.get("value", ""), number))


def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET /{slug}/export: all that match, with the columns of the list, as .xlsx or (`format=csv`) .csv (LST-10)."""
    entity = shell.entity_or_404(slug)
    require(request.employee, entity.right("export"))
    from kemai.kit.exporting import export as write  # heavy: only where it is used (D18)

    wanted = request.GET.get("format") or "xlsx"
    if wanted not in EXPORT_TYPES:
        raise Malformed("bad_format", "导出的格式只能是 xlsx 或 csv。")
    listing = doors.list_of(entity, request.employee, request.GET.dict())
    name, content = write(listing, format=wanted)
    response = StreamingHttpResponse(content, content_type=EXPORT_TYPES[wanted])
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
