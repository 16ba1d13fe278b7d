"""The search box of the top bar: records of every kind that is searched, and pages, as far as the person may see them (WRK-03).

Each list is asked as its own page would ask it, so that range and public fields hold here as there (D8).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from kemai.kit import help, menu
from kemai.kit.access import may
from kemai.kit.entity import Entity, View, registry
from kemai.kit.listing import Listing
from kemai.kit.question import Question
from kemai.kit.shell import address
from kemai.kit.text import fold, initials_of, reading_of

IN_GROUP = 5  # hits of one list that are shown
PAGES = 8
LONGEST = 200


@dataclass(frozen=True)
class Hit:
    """One record or page that was found."""

    title: str
    text: str
    href: str
    id: int = 0


@dataclass(frozen=True)
class Group:
    """What was found in one list. `href` leads to all of it; `more`: there is more than is shown."""

    kind: str
    view: str
    title: str
    icon: str
    href: str
    more: bool
    hits: list[Hit]


def find(by: Any, text: str) -> tuple[list[Group], list[Hit]]:
    """Records by list, each record once, and pages. A single letter or digit finds pages only."""
    text = text.strip()[:LONGEST]
    if not fold(text):
        return [], []
    short = len(text) == 1 and text.isascii()
    return [] if short else list(_groups(by, text)), pages(by, text)


def _groups(by: Any, text: str) -> Iterator[Group]:
    for entity in sorted(registry.values(), key=_place):
        if entity.search is None or not may(by, entity.right("view")):
            continue
        shown: set[int] = set()
        for view in entity.all_views:
            if group := _in_list(by, text, entity, view, shown):
                yield group


def _place(entity: Entity) -> tuple[int, int]:
    """Where a kind stands in the menu: what people work with before the system's set-up."""
    area = menu.SECTIONS.get(entity.area, entity.area)
    areas = list(menu.AREAS)
    return areas.index(area) if area in areas else len(areas), entity.menu_order


def _in_list(by: Any, text: str, entity: Entity, view: View, shown: set[int]) -> Group | None:
    """The newest hits of a list, without those that stand in an earlier one of the same kind."""
    listing = Listing(entity, by, Question(view=view.name, q=text, page_size=IN_GROUP + len(shown) + 1))
    ids = [pk for pk in listing.ids if pk not in shown]
    if not ids:
        return None
    title = next((column for column in listing.columns if column.column.title), listing.columns[0])
    beside = [column for column in listing.columns if column.column.phone and column is not title][:3]
    ending = f"?view={view.name}" if entity.views else ""
    hits = [
        Hit(
            row.cells[0].text, " · ".join(cell.text for cell in row.cells[1:] if cell.text),
            f"/{entity.slug}/{row.id}{ending}", row.id,
        )
        for row in listing.rows_of(ids[:IN_GROUP], [title, *beside])
    ]  # fmt: skip
    shown.update(ids[:IN_GROUP])
    all_of_it = address(f"/{entity.slug}", view=view.name if entity.views else "", q=text)
    name = view.title if entity.views else entity.title
    return Group(entity.name, view.name, name, entity.icon, all_of_it, len(ids) > IN_GROUP, hits)


def helps(by: Any, text: str) -> list[Hit]:
    """Pages of the manual whose name or heading it is, or that speak of it."""
    found = help.find(by, text) if len(text.strip()) > 1 else []
    return [
        Hit(f"{one.title}：{one.heading}" if one.heading else one.title, one.text, one.href)
        for one in found[: help.IN_SEARCH]
    ]


def pages(by: Any, text: str) -> list[Hit]:
    """Entries of the menu by their words, the words of the sources, and pinyin (SYS-14)."""
    wanted = fold(text)
    entries = [(area, entry) for area in menu.areas_for(by) for entry in area.entries]
    found = [
        (not fold(entry.title).startswith(wanted), Hit(entry.title, area.title, entry.href))
        for area, entry in entries
        if any(wanted in form for word in entry.words.split() for form in _forms(word))
    ]
    return [hit for _, hit in sorted(found, key=lambda one: one[0])][:PAGES]


@lru_cache(maxsize=2000)
def _forms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    reading = reading_of(folded)
    return folded, reading.lower(), initials_of(reading)
