"""The page of one record: head, fields, time line, and the tabs that are loaded when opened."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from django.db.models import BigAutoField, Model
from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, pages_field, pages_list, shell, tabs
from kemai.kit.access import may, require
from kemai.kit.columns import BoundColumn, Cell
from kemai.kit.entity import Action, Entity, Field, Tab, View, as_field, registry
from kemai.kit.errors import NotFound
from kemai.kit.inputs import Input, inputs_of, warnings_of
from kemai.kit.listing import Listing
from kemai.kit.pages_walk import walk_of
from kemai.kit.prepared import CountAll, Prepared, Slot, Together
from kemai.kit.question import Question
from kemai.kit.timeline import timeline_of

MAP = "https://uri.amap.com/search?keyword="  # opened by a person's click alone
RECENT = 20  # entries of the time line that stand open
TAB_ROWS = 20
PHONE = re.compile(r"^[\d+\-() ]{6,}$")


@dataclass
class Shown:
    """One field of the page: its label, its words, and where they lead."""

    label: str
    cell: Cell
    kind: str
    href: str = ""
    wide: bool = False
    warning: str = ""
    edit: str = ""  # address of its input, where the person may change it here


@dataclass
class Deed:
    """One button of the head; `why` is the sentence that refuses it now."""

    verb: str
    label: str
    icon: str
    why: str = ""
    primary: bool = False
    danger: bool = False
    dialog: bool = True
    href: str = ""
    key: str = ""


@dataclass
class Jot:
    """A deed whose fields stand open on the page: the first one to be typed into at once, the others beside it (INT-05)."""

    action: Action
    target: str
    text: Input
    more: list[Input]


@dataclass
class TabHead:
    """A tab with its count."""

    tab: Tab
    count: int | None


def record_page(request: HttpRequest, entity: Entity, pk: int) -> HttpResponse:
    """GET /{slug}/{id}: the whole record, or through a public view its public fields alone."""
    by = request.employee
    view_name = request.GET.get("view", "")
    seen = doors.see(entity, by, pk, view_name)
    view = entity.view(view_name)
    if view is None:
        raise NotFound
    title = title_of(seen)
    context: dict[str, Any] = {
        "entity": entity, "seen": seen, "pk": pk, "view": view, "title": title, "states": states_of(seen),
        "crumb": {"title": view.title, "href": shell.address(f"/{entity.slug}", view=view.name if entity.views else "")},
        "here": shell.address(f"/{entity.slug}/{pk}", **{name: value for name, value in request.GET.items() if name != "tab"}),
        "walk": walk_of(entity, by, pk, request.GET.dict()),
    }  # fmt: skip
    if seen.record is None:
        context |= {"groups": public_groups(seen), "public": True, "deeds": deeds_in_public(entity, by, view)}
        context["may_print"] = may(by, entity.right("print"))
        return shell.show(request, "kit/record.html", context)
    record, deeds = seen.record, deeds_of(entity, by, seen.record, view)
    context |= {
        "groups": groups_of(
            seen, links_of(seen, by), by if any(deed.verb == "edit" and not deed.why for deed in deeds) else None
        ),
        "deeds": deeds,
        "figures": entity.figures(record, by) if entity.figures else (),
        "moments": timeline_of(entity, record, by),
        "recent": RECENT,
        "jots": jots_of(entity, by, record),
        "tabs": tab_heads(tabs_for(entity, by), record, by),
        "may_print": may(by, entity.right("print")),
    }
    return shell.show(request, "kit/record.html", context | {"reached_by": reached_by(context["groups"])})


def public_groups(seen: doors.Seen) -> list[tuple[str, list["Shown"]]]:
    """What everybody may know of a record."""
    return [("公开信息", [shown_of(column, cell, {}) for column, cell in pairs_of(seen) if not column.column.title])]


def pairs_of(seen: doors.Seen) -> Iterable[tuple[BoundColumn, Cell]]:
    """Columns and cells side by side."""
    return zip(seen.columns, seen.row.cells, strict=True)


def title_of(seen: doors.Seen) -> str:
    """The record's name."""
    found = next((cell.text for column, cell in pairs_of(seen) if column.column.title), "")
    return found or (str(seen.record) if seen.record is not None else seen.entity.title)


def states_of(seen: doors.Seen) -> list[Cell]:
    """The marks that stand beside the name."""
    return [cell for column, cell in pairs_of(seen) if column.column.marks and cell.text]


def links_of(seen: doors.Seen, by: Any) -> dict[tuple[str, int], str]:
    """The addresses of the records that this one refers to, where they are within the person's range and have a page worth opening."""
    wanted: dict[str, set[int]] = {}
    for column, cell in pairs_of(seen):
        entity = registry.get(column.target_kind) if column.is_reference else None
        if cell.ref and entity is not None and entity.menu and entity.names is None and may(by, entity.right("view")):
            wanted.setdefault(entity.name, set()).add(cell.ref)
    links = {}
    for kind, ids in wanted.items():
        entity = registry[kind]
        for pk in entity.visible(by).filter(pk__in=ids).values_list("pk", flat=True):
            links[kind, pk] = f"/{entity.slug}/{pk}"
    return links


def shown_of(
    column: BoundColumn, cell: Cell, links: Mapping[tuple[str, int], str], item: Field | None = None, warning: str = ""
) -> Shown:
    """A field of the page from its cell; `item` is the field of the form behind it."""
    href = ""
    if cell.ref:
        href = links.get((column.target_kind, cell.ref), "")
    elif cell.text and column.kind == "email":
        href = f"mailto:{cell.text}"
    elif cell.text and (column.kind == "phone" or column.name in ("phone", "mobile")) and PHONE.match(cell.text):
        href = f"tel:{cell.text.replace(' ', '')}"
    elif cell.text and column.name == "address":
        href = MAP + quote(cell.text)
    elif cell.text and (column.kind == "url" or column.name == "website"):
        href = cell.text if cell.text.startswith(("http://", "https://")) else f"http://{cell.text}"
    label = (item.label if item else "") or column.label
    wide = column.kind == "long" or bool(item and item.wide)
    return Shown(label, cell, column.kind, href, wide, warning)


def reached_by(groups: Iterable[tuple[str, list[Shown]]]) -> list[Shown]:
    """What a phone can do with the record: its numbers to call, its place on the map (FRM-10)."""
    entries = [entry for _, shown in groups for entry in shown]
    calls = {entry.href: entry for entry in reversed(entries) if entry.href.startswith("tel:")}
    return [*list(reversed(calls.values()))[:2], *[entry for entry in entries if entry.href.startswith(MAP)][:1]]


def groups_of(
    seen: doors.Seen, links: Mapping[tuple[str, int], str], editor: Any = None
) -> list[tuple[str, list[Shown]]]:
    """The form's groups with the values of its fields, then what the system itself keeps. `editor` may change the record here."""
    entity = seen.entity
    found = {column.name: (column, cell) for column, cell in pairs_of(seen)}
    warnings = warnings_of(entity, seen.record)
    groups, placed = [], set()
    for group in entity.form.groups if entity.form else ():
        fields = [as_field(item) for item in group.fields]
        placed |= {item.name for item in fields}
        shown = [
            shown_of(*found[item.name], links, item, warnings.get(item.name, ""))
            for item in fields
            if item.name in found
        ]
        for item, entry in zip((item for item in fields if item.name in found), shown, strict=True):
            if editor and pages_field.stands_here(item, item.kind or entry.kind, editor):
                entry.edit = f"/{entity.slug}/{seen.row.id}/field/{item.name}"
        if shown:
            groups.append((group.title, shown))
    rest = [
        shown_of(column, cell, links)
        for column, cell in pairs_of(seen)
        if column.name not in placed
        and not column.column.title
        and column.name != "version"
        and not (column.column.marks and cell.text)
    ]
    if rest:
        groups.append(("其他信息" if groups else "基本信息", rest))
    return groups


def deeds_of(entity: Entity, by: Any, record: Any, view: View) -> list[Deed]:
    """What may be done with the record now, and what is refused with which reason."""
    made = []
    base = f"/{entity.slug}/{record.pk}"
    for action, reason in doors.actions_on(entity, by, record):
        made.append(Deed(
            action.verb, action.label, action.icon, reason or "", action.primary, action.danger, bool(action.fields or action.ask),
            f"{base}/{action.verb}",
        ))  # fmt: skip
    if pages_list.may_change(by, entity):
        why = doors.refuses_change(entity, by, record) or ""
        made.insert(0, Deed("edit", "修改", "pencil", why, False, False, False, f"{base}/edit", "alt+e"))
    if pages_list.deletes_in(entity, by, view) and in_delete_reach(entity, by, record.pk):
        made.append(Deed("delete", "删除", "trash", "", False, True, True, f"{base}/delete", "alt+d"))
    if made and not any(deed.primary and not deed.why for deed in made):
        first = next((deed for deed in made if not deed.why and not deed.danger), None)
        if first:
            first.primary = True
    return made


def jots_of(entity: Entity, by: Any, record: Any) -> list[Jot]:
    """The deeds that stand open on the record's page, as far as they may be done now."""
    found = []
    for action in entity.actions:
        if action.inline and action.allowed(by) and doors.refuses(action, record, by) is None:
            text, *more = inputs_of(doors.action_specs(action), by, scope=action.verb)
            found.append(Jot(action, f"/{entity.slug}/{record.pk}/{action.verb}", text, more))
    return found


def in_delete_reach(entity: Entity, by: Any, pk: int) -> bool:
    """Whether the door of deletion finds the record."""
    records = entity.delete_reach(by) if entity.delete_reach else entity.visible(by)
    return records.filter(pk=pk).exists()


def deeds_in_public(entity: Entity, by: Any, view: View) -> list[Deed]:
    """Through a public view: the deeds of its list, for whoever has the right; the service says what is refused."""
    return [
        Deed(
            action.verb,
            action.label,
            action.icon,
            dialog=bool(action.fields or action.ask),
            danger=action.danger,
            primary=action.primary,
        )
        for action in entity.actions
        if view.name in action.views and action.allowed(by, view.name)
    ]


def tabs_for(entity: Entity, by: Any) -> list[Tab]:
    """The tabs that the person may open."""
    return [
        tab
        for tab in entity.tabs
        if may(by, tab.right or (registry[tab.kind].right("view") if tab.kind in registry else ""))
    ]


def tab_heads(tabs: Sequence[Tab], record: Any, by: Any) -> list[TabHead]:
    """The tabs' titles and counts. What is counted in tables alone is counted in one statement."""
    plain = [tab for tab in tabs if tab.kind and not tab.count and registry[tab.kind].sees_all_of(by, tab.by, record)]
    asked = _counts(tuple((registry[tab.kind].model, tab.by) for tab in plain))
    counts = dict(zip((tab.name for tab in plain), asked.row(record=record.pk) if plain else (), strict=True))
    return [TabHead(tab, counts[tab.name] if tab.name in counts else count_of(tab, record, by)) for tab in tabs]


def count_of(tab: Tab, record: Any, by: Any) -> int | None:
    """How much a tab holds; None where nobody counts it."""
    if tab.count:
        return tab.count(record, by)
    return registry[tab.kind].related(by, tab.by, record).count() if tab.kind else None


@cache
def _counts(hanging: tuple[tuple[type[Model], str], ...]) -> Together:
    """How many records of each of these models hang on a record by this path."""
    slot = Slot("record", BigAutoField())

    def counted(model: type[Model], path: str) -> Prepared:
        return Prepared(lambda: model._base_manager.filter(**{path: slot}).order_by().values_list(CountAll()))

    return Together(*(counted(model, path) for model, path in hanging))


def came_from(request: HttpRequest, entity: Entity) -> str:
    """The list with its question when a part is asked for from there (the 「明细栏」), "" otherwise."""
    address = urlsplit(request.headers.get("HX-Current-URL", ""))
    return f"{address.path}?{address.query}" if address.path == f"/{entity.slug}" else ""


def tab_part(request: HttpRequest, slug: str, pk: int, name: str, *, alone: bool = True) -> HttpResponse:
    """GET /{slug}/{id}/tabs/{tab}: what the tab holds; not `alone` inside a page that tells its count already."""
    entity = shell.entity_or_404(slug)
    by = request.employee
    require(by, entity.right("view"))
    tab = entity.tab(name)
    if tab is None:
        raise NotFound
    adds = entity.action(tab.adds) if tab.adds else None
    context: dict[str, Any] = {
        "entity": entity, "pk": pk, "tab": tab, "adds": adds if adds and adds.allowed(by) else None,
        "back": came_from(request, entity) or f"/{entity.slug}/{pk}?tab={tab.name}", "here": f"/{entity.slug}/{pk}/tabs/{tab.name}",
        "alone": alone, "q": request.GET.get("q", ""), "to_print": printing(entity, tab, pk, by),
    }  # fmt: skip
    if tab.kind:
        context |= related_context(request, entity, tab, pk, context["back"])
        context["adds_why"] = doors.refuses(adds, context["record"], by) if adds else None
        return shell.show(request, tab.template or "kit/tab.html", context)
    record, rows = tabs.tab_rows(entity, by, pk, name)
    found = tabs.rows_with(tab, rows, context["q"])
    pages = max(1, -(-len(found) // TAB_ROWS))
    page = min(max(1, int(asked) if (asked := request.GET.get("page", "")).isdecimal() else 1), pages)
    shown = found if tab.template else found[(page - 1) * TAB_ROWS : page * TAB_ROWS]
    context |= {
        "record": record, "rows": shown, "heads": tabs.heads_of(tab, rows), "total": len(found), "page": page, "pages": pages,
        "adds_why": doors.refuses(adds, record, by) if adds else None,
    }  # fmt: skip
    if tab.context:
        context |= tab.context(record, by)
    return shell.show(request, tab.template or "kit/tab_rows.html", context)


def printing(entity: Entity, tab: Tab, pk: int, by: Any) -> str:
    """Where a tab's list is printed, "" for who may not (CUS-20)."""
    rights = {entity.right("print"), registry[tab.kind].right("print") if tab.kind else entity.right("print")}
    return f"/{entity.slug}/{pk}/print?tab={tab.name}" if all(may(by, right) for right in rights) else ""


def tab_columns(tab: Tab, listing: Listing) -> list[BoundColumn]:
    """The columns of related records as the tab shows them: not the one that leads back to the record."""
    wanted = [column for column in listing.columns if column.name in tab.columns] if tab.columns else listing.shown
    head = tab.by.split("__")[0]
    return [column for column in wanted if column.name != head]


def related_context(request: HttpRequest, entity: Entity, tab: Tab, pk: int, back: str) -> dict[str, Any]:
    """A page of related records, as their own declaration shows them."""
    by = request.employee
    record, _, other, records = tabs.tab_records(entity, by, pk, tab.name)
    params = {"q": request.GET.get("q", ""), "page": request.GET.get("page", ""), "page_size": str(TAB_ROWS)}
    listing = Listing(other, by, Question.of(other, params, by), records=records)
    head, columns = tab.by.split("__")[0], tab_columns(tab, listing)
    return {
        "record": record,
        "other": other,
        "listing": listing,
        "columns": columns,
        "rows": listing.rows_of(listing.ids, columns),
        "title_at": next((at for at, column in enumerate(columns) if column.column.title), 0),
        "new": shell.address(f"/{other.slug}/new", **{head: record.pk}, back=back)
        if pages_list.may_add(by, other)
        else "",
        "may_change": pages_list.may_change(by, other),
        "may_delete": (tab.delete or other.delete) is not None and may(by, other.right("delete")),
    }
