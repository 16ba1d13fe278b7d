"""One record on paper: its fields and what stands in its tabs, or the list of one tab (CUS-20, CUS-21)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kemai.kit import doors, pages_record, shell, tabs
from kemai.kit.access import may, require
from kemai.kit.entity import Entity, Tab, registry
from kemai.kit.errors import NotFound
from kemai.kit.listing import Listing
from kemai.kit.moments import show_time
from kemai.kit.question import Question

MOST = 500  # rows of one tab on paper


@dataclass
class Sheet:
    """One tab on paper."""

    title: str
    heads: list[tuple[str, bool]]  # words, whether they stand above numbers
    rows: list[list[str]]
    total: int


def print_page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET /{slug}/{id}/print: the record with its tabs, with `tab` the list of that tab alone; in a public view its public fields alone."""
    entity, by = shell.entity_or_404(slug), request.employee
    doors.enter(entity, by, "print")
    seen = doors.see(entity, by, pk, request.GET.get("view", ""))
    name, words = request.GET.get("tab", ""), request.GET.get("q", "")
    sheets: list[Sheet] = []
    groups: Any = ()
    if seen.record is None:
        groups = pages_record.public_groups(seen)
    elif name:
        tab = entity.tab(name)
        if tab is None:
            raise NotFound
        if tab.kind:
            require(by, registry[tab.kind].right("print"))
        sheets = [sheet_of(entity, tab, pk, by, words)]
    else:
        groups = pages_record.groups_of(seen, {})
        sheets = [sheet for sheet in _sheets(entity, pk, by) if sheet.rows]
    context = {
        "entity": entity, "title": pages_record.title_of(seen), "states": pages_record.states_of(seen), "groups": groups, "sheets": sheets,
        "words": words, "most": MOST, "now": show_time(timezone.now()), "back": shell.address(f"/{slug}/{pk}", tab=name, view=request.GET.get("view", "")),
    }  # fmt: skip
    return shell.show(request, "kit/print.html", context)


def _sheets(entity: Entity, pk: int, by: Any) -> Iterator[Sheet]:
    """Every tab that the person may print. Deeds of the past are looked up on the screen and not printed along."""
    for tab in pages_record.tabs_for(entity, by):
        if tab.prints and (not tab.kind or may(by, registry[tab.kind].right("print"))):
            yield sheet_of(entity, tab, pk, by)


def sheet_of(entity: Entity, tab: Tab, pk: int, by: Any, words: str = "") -> Sheet:
    """The list of a tab within the person's range; `words` narrow it as its quick search does. Raises Forbidden, NotFound."""
    if not tab.kind:
        _, all_rows = tabs.tab_rows(entity, by, pk, tab.name)
        heads, rows = tabs.heads_of(tab, all_rows), tabs.rows_with(tab, all_rows, words)
        cells = [[str(row.get(key) or "") for key in heads] for row in rows[:MOST]]
        return Sheet(tab.title, [(word, False) for word in heads.values()], cells, len(rows))
    _, _, child, records = tabs.tab_records(entity, by, pk, tab.name)
    listing = Listing(child, by, Question.of(child, {"q": words}, by), records=records)
    columns = pages_record.tab_columns(tab, listing)
    found = listing.rows_of(list(listing.ordered.values_list("pk", flat=True)[:MOST]), columns)
    heads_of_columns = [(column.label, column.is_number) for column in columns]
    return Sheet(tab.title, heads_of_columns, [[cell.text for cell in row.cells] for row in found], listing.total)
