"""Help in Chinese for every page (USE-05): Markdown beside the declarations, `<app>/help/<name>.md`, named as the kind or page that it is about.

Lines before the first heading say more: `area:` where it stands in the manual, `order:` its place there, `words:` other names under which people
look for it, `with:` the shared pages (list, record, form …) that are true of this page too, `right:` who may read it. What a kind has no file for
is told by its declaration.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from kemai.kit import menu
from kemai.kit.access import may
from kemai.kit.columns import bound_columns
from kemai.kit.doors import form_specs
from kemai.kit.entity import Entity, registry
from kemai.kit.entity import pages as declared_pages
from kemai.kit.errors import NotFound
from kemai.kit.text import fold, initials_of, reading_of

FIRST, LAST = "入门", "通用"  # the manual's own areas, before and after those of the menu
EXCERPT = 60  # characters around what was found
MOST = 30  # hits
IN_SEARCH = 4  # hits below the search box of the top bar
_HEAD = re.compile(r"^(area|order|words|with|right): *(.*)$")
_LINK = re.compile(r'<a href="/help/([^"#]+)[^"]*">(.*?)</a>')
_MARKS = re.compile(r"[#*`>|]|\]\([^)]*\)|!?\[|^\s*[-:]+\s*$", re.MULTILINE)


@dataclass(frozen=True)
class HelpPage:
    """One page of the manual, as its file has it."""

    name: str
    title: str
    text: str  # Markdown, without the title
    area: str = LAST
    order: int = 50
    words: str = ""
    parts: Sequence[str] = ()
    right: str = ""

    @property
    def summary(self) -> str:
        """Its first sentence."""
        first = next((line for line in self.text.splitlines() if line.strip() and not line.startswith("#")), "")
        return _plain(first).split("。")[0] + "。"


@dataclass(frozen=True)
class Found:
    """A page in which something was found. `href` leads to the heading below which it stands."""

    name: str
    title: str
    heading: str
    text: str
    href: str


@dataclass
class Chapter:
    """The pages of one work area."""

    title: str
    pages: list[HelpPage] = field(default_factory=list)


def manual(by: Any) -> list[Chapter]:
    """All that the person may read, by work area in the menu's order."""
    areas = [FIRST, *menu.AREAS, LAST]
    chapters = {area: Chapter(area) for area in areas}
    for page in sorted(_every().values(), key=lambda page: (page.order, page.title)):
        if _may_read(page, by):
            chapters[page.area].pages.append(page)
    return [chapter for chapter in chapters.values() if chapter.pages]


def page_of(by: Any, name: str) -> HelpPage:
    """The help of a kind or page. Raises NotFound where there is none, or none for this person."""
    page = _every().get(name)
    if page is None or not _may_read(page, by):
        raise NotFound("这里还没有帮助。")
    return page


def parts_of(page: HelpPage) -> list[HelpPage]:
    """The shared pages that are true of this one too."""
    return [_every()[name] for name in page.parts]


def whole_text(page: HelpPage) -> str:
    """The page and its parts as plain words: what a reader of the page reads."""
    return "\n".join(f"{one.title}\n{_plain(one.text)}" for one in (page, *parts_of(page)))


def address_for(path: str) -> str:
    """The help of the page that stands at this address of the product."""
    wanted = path.strip("/")
    steps = wanted.split("/")
    for entity in registry.values():
        if entity.slug == steps[0]:
            return f"/help/{entity.name}"
    for page in declared_pages.values():
        if page.path.strip("/") == wanted and page.name in _every():
            return f"/help/{page.name}"
    return f"/help/{steps[0]}" if steps[0] in _every() else "/help"


def find(by: Any, text: str) -> list[Found]:
    """Where the manual speaks of it: titles, other names and headings by pinyin too, and every sentence; titles first."""
    wanted = fold(text.strip()[:100])
    if not wanted:
        return []
    hits: list[tuple[int, Found]] = []
    for chapter in manual(by):
        for page in chapter.pages:
            hits += _hits(page, wanted)
    return [hit for _, hit in sorted(hits, key=lambda one: one[0])][:MOST]


def _hits(page: HelpPage, wanted: str) -> Iterator[tuple[int, Found]]:
    """At most one hit below each heading, none but the page itself when its name is meant."""
    if any(wanted in form for word in (page.title, *page.words.split()) for form in _forms(word)):
        yield 0, Found(page.name, page.title, "", page.summary, f"/help/{page.name}")
        return
    for anchor, heading, text in sections(page.text):
        href = f"/help/{page.name}" + (f"#{anchor}" if heading else "")
        plain = _plain(text)
        at = fold(plain).find(wanted)
        if heading and any(wanted in form for form in _forms(heading)):
            yield 1, Found(page.name, page.title, heading, _cut(plain, 0), href)
        elif at >= 0:
            yield 2, Found(page.name, page.title, heading, _cut(plain, at), href)


def sections(text: str) -> list[tuple[str, str, str]]:
    """(anchor, heading, text) of each part that begins with a heading of the second level; the first has none."""
    pieces = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    found = [("", "", pieces[0])]
    found += [(f"s{at // 2 + 1}", pieces[at], pieces[at + 1]) for at in range(1, len(pieces) - 1, 2)]
    return found


def html_of(page: HelpPage, by: Any) -> SafeString:
    """The page as HTML. Markup in the text is shown and not obeyed; links lead nowhere but to pages of the manual that the person may read."""

    def link(found: re.Match) -> str:
        target = _every().get(found[1])
        return found[0] if target and _may_read(target, by) else found[2]

    return mark_safe(_LINK.sub(link, _html(page.text, page.name)))


@cache
def _html(text: str, name: str) -> str:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.validateLink = lambda url: url.startswith(("/help", "/static/kit/help/", "#"))  # type: ignore[method-assign]
    tokens = reader.parse(text)
    number = 0
    for token in tokens:
        if token.type == "heading_open" and token.tag == "h2":
            number += 1
            token.attrSet("id", f"s{number}" if name else "")
        if token.type == "table_open":
            token.attrSet("class", "km-help-table")
        for child in token.children or ():
            if child.type == "image":
                child.attrSet("src", static(str(child.attrGet("src")).removeprefix("/static/")))
                child.attrSet("loading", "lazy")
    return str(reader.renderer.render(tokens, reader.options, {}))


def _may_read(page: HelpPage, by: Any) -> bool:
    if page.name in registry:
        return may(by, registry[page.name].right("view"))
    right = page.right or (declared_pages[page.name].right if page.name in declared_pages else "")
    return not right or may(by, right)


@cache
def _every() -> dict[str, HelpPage]:
    """Every page there is. Raises ValueError for a file that names an area or a part that does not exist."""
    found: dict[str, HelpPage] = {}
    for app in apps.get_app_configs():
        folder = Path(app.path) / "help"
        for file in sorted(folder.glob("*.md")) if app.name.startswith("kemai.") and folder.is_dir() else ():
            found[file.stem] = read(file.stem, file.read_text(encoding="utf-8"))
    for declared in declared_pages.values():
        if declared.helps and declared.name in found:
            page = found[declared.name]
            found[page.name] = replace(page, text=f"{page.text}\n\n{declared.helps()}")
    for entity in registry.values():
        if entity.name not in found:
            area = menu.SECTIONS.get(entity.area, entity.area) or LAST
            found[entity.name] = HelpPage(
                entity.name, entity.menu or entity.title, _declared_text(entity), area, entity.menu_order, " ".join(entity.aliases),
                ("list", "record", "form"),
            )  # fmt: skip
    for page in found.values():
        if page.area not in (FIRST, LAST, *menu.AREAS):
            raise ValueError(f"help/{page.name}.md stands in an area {page.area!r} that does not exist")
        if strange := [part for part in page.parts if part not in found]:
            raise ValueError(f"help/{page.name}.md has a part {strange[0]!r} that does not exist")
    return found


def _declared_text(entity: Entity) -> str:
    """What the declaration itself says: what the list is for, its buttons and the fields of its form."""
    lines = [entity.help or f"这里列出您能看到的全部{entity.title}。"]
    if entity.actions:
        lines += ["", "## 按钮", ""]
        lines += [
            f"- **{action.label}**：{action.help or action.ask or '见按钮打开的对话框。'}" for action in entity.actions
        ]
    fields = {spec.name: (spec.label, spec.field.help) for spec in form_specs(entity)} if entity.form else {}
    fields |= {
        column.name: (column.label, "") for column in bound_columns(entity) if column.name not in (*fields, "version")
    }
    lines += ["", "## 字段", "", *(f"- **{label}** {words}" for label, words in fields.values())]
    lines += ["", f"页签：{'、'.join(tab.title for tab in entity.tabs)}。"] if entity.tabs else []
    return "\n".join(lines)


def read(name: str, text: str) -> HelpPage:
    """A file as a page. Raises ValueError when it does not begin with a title."""
    head: dict[str, str] = {}
    lines = text.splitlines()
    while lines and (known := _HEAD.match(lines[0])):
        head[known[1]] = known[2].strip()
        lines.pop(0)
    body = "\n".join(lines).strip()
    title, _, rest = body.partition("\n")
    if not title.startswith("# "):
        raise ValueError(f"help/{name}.md does not begin with its title")
    return HelpPage(
        name, title[2:].strip(), rest.strip(), head.get("area", LAST), int(head.get("order", 50)), head.get("words", ""),
        tuple(head.get("with", "").split()), head.get("right", ""),
    )  # fmt: skip


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub(" ", text).split())


def _cut(text: str, at: int) -> str:
    start = max(0, at - EXCERPT // 2)
    piece = text[start : start + 2 * EXCERPT]
    return ("…" if start else "") + piece + ("…" if start + 2 * EXCERPT < len(text) else "")


@cache
def _forms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    reading = reading_of(folded)
    return folded, reading.lower(), initials_of(reading)
