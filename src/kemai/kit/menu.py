"""The menu by work area, from the declarations and the rights of the person (SYS-14)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest

from kemai.kit.entity import Entity, Page, pages, registry

AREAS = {
    "工作台": "layout-dashboard",
    "客户": "users",
    "跟进": "phone-call",
    "商机": "target-arrow",
    "服务": "headset",
    "销售": "file-invoice",
    "采购": "shopping-cart",
    "库存": "building-warehouse",
    "财务": "coins",
    "文档": "folder",
    "报表": "chart-bar",
    "系统": "settings",
}
SECTIONS = {"系统设置": "系统"}  # a heading inside an area; a declaration may name it as its area


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `words` are the names under which people look for the page too."""

    title: str
    href: str
    icon: str
    words: str
    section: str = ""


@dataclass(frozen=True)
class Line:
    """A line of the menu that leads to a list of the kit's own, such as what one has imported. `allowed(rights)` says who has it."""

    menu: str
    path: str
    icon: str
    area: str
    menu_order: int
    allowed: Callable[[frozenset[str]], bool]
    title: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Area:
    """One work area with what the person may use in it."""

    title: str
    icon: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class HeaderCount:
    """A counter in the top bar: to-dos, announcements, reminders. `count(request)` is asked on every whole page.

    `latest(request)` gives the newest thing that is counted, with `pk`, `text` and `link`: it is said as soon as it comes.
    """

    title: str
    href: str
    icon: str
    count: Callable[[HttpRequest], int]
    hot: bool = False
    latest: Callable[[HttpRequest], Any] | None = None
    order: int = 50


header_counts: list[HeaderCount] = []


def _of_any(right: str, has: Callable[[Entity], object]) -> Callable[[frozenset[str]], bool]:
    return lambda rights: any(has(entity) and entity.right(right) in rights for entity in registry.values())


LINES = (
    Line("导入记录", "imports", "cloud-upload", "系统", 58, _of_any("import", lambda entity: entity.imports)),
    Line(
        "批量修改记录",
        "bulk-edits",
        "edit",
        "系统",
        59,
        _of_any("change", lambda entity: entity.menu and entity.form),
        aliases=("批量修改", "撤销批量修改"),
    ),
)


def areas_for(by: Any) -> tuple[Area, ...]:
    """The areas in which the person may use something."""
    return _areas(by.access.rights, len(registry), len(pages))


def makers_for(by: Any) -> tuple[Entry, ...]:
    """The kinds of which the person may make a record, for 「+ 新增」."""
    return _makers(by.access.rights, len(registry))


def current_entry(areas: tuple[Area, ...], path: str) -> Entry | None:
    """The entry that leads to the page that is open."""
    entries = [entry for area in areas for entry in area.entries]
    return next((entry for entry in entries if path == entry.href or path.startswith(f"{entry.href}/")), None)


def home_for(by: Any) -> str:
    """Where the person begins: the workbench where there is one, otherwise the first list of their work; "" when they may do nothing."""
    if not by.access.rights:
        return ""
    workbench = pages.get("workbench")
    if workbench and (not workbench.right or workbench.right in by.access.rights):
        return f"/{workbench.path.strip('/')}"
    areas = areas_for(by)
    first = next((area for area in areas if area.title != "工作台"), areas[0] if areas else None)
    return first.entries[0].href if first else ""


@lru_cache(maxsize=256)
def _areas(rights: frozenset[str], *_sizes: int) -> tuple[Area, ...]:
    found: dict[str, list[tuple[int, Entry]]] = {title: [] for title in AREAS}
    for declared in _declared(rights):
        area = SECTIONS.get(declared.area, declared.area)
        if area in found:
            found[area].append((declared.menu_order, _entry(declared)))
    return tuple(
        Area(title, AREAS[title], tuple(entry for _, entry in sorted(entries, key=_place)))
        for title, entries in found.items()
        if entries
    )


def _place(ordered: tuple[int, Entry]) -> tuple[bool, str, int, str]:
    order, entry = ordered
    return bool(entry.section), entry.section, order, entry.title


def _declared(rights: frozenset[str]) -> Iterator[Entity | Page | Line]:
    for entity in registry.values():
        if entity.menu and entity.right("view") in rights:
            yield entity
    for page in pages.values():
        if page.menu and (not page.right or page.right in rights):
            yield page
    yield from (line for line in LINES if line.allowed(rights))


def _entry(declared: Entity | Page | Line) -> Entry:
    path = declared.slug if isinstance(declared, Entity) else declared.path.strip("/")
    words = [declared.menu, declared.title, *declared.aliases]
    if isinstance(declared, Entity):
        words += [view.title for view in declared.views]
    section = declared.area if declared.area in SECTIONS else ""
    return Entry(declared.menu, f"/{path}", declared.icon, " ".join(dict.fromkeys(words)), section)


@lru_cache(maxsize=256)
def _makers(rights: frozenset[str], *_sizes: int) -> tuple[Entry, ...]:
    kinds = [
        entity
        for entity in registry.values()
        if entity.menu and entity.form and entity.form.create and entity.right("add") in rights
    ]
    titles = list(AREAS)
    kinds.sort(key=lambda entity: (_area_place(titles, entity), entity.menu_order))
    return tuple(Entry(entity.title, f"/{entity.slug}/new", entity.icon, "") for entity in kinds)


def _area_place(titles: list[str], entity: Entity) -> int:
    area = SECTIONS.get(entity.area, entity.area)
    return titles.index(area) if area in titles else len(titles)
