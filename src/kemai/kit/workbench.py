"""「我的工作台」 (WRK-01): the page after log-in is made of cards, and every app brings its own.

cards.append(Card("todos", "待办事宜", load=…, column=1, order=10, right="interaction.view"))

`load(by)` is asked for one person; it reads a bounded number of rows, whatever the company has. Page and API show the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kemai.kit import menu, shell
from kemai.kit.access import may, require
from kemai.kit.entity import Page, Tone, entity_by_slug, pages, register_pages
from kemai.kit.errors import NotFound
from kemai.kit.filters import filter_text
from kemai.kit.lunar import lunar_of
from kemai.kit.moments import COMPANY_ZONE

MOST_MAKERS = 6
WEEKDAYS = "一二三四五六日"
GREETINGS = ((5, "夜深了"), (9, "早上好"), (12, "上午好"), (14, "中午好"), (18, "下午好"), (24, "晚上好"))


@dataclass(frozen=True)
class Deed:
    """A button beside an item. `asks` opens the deed's dialog; otherwise it is done at once."""

    label: str
    href: str
    asks: bool = False


@dataclass(frozen=True)
class Item:
    """One line of a card: what it is, facts below it, and at its end when, in a colour with an icon."""

    title: str
    href: str = ""
    facts: Sequence[str] = ()
    end: str = ""
    tone: Tone = ""
    icon: str = ""
    deeds: Sequence[Deed] = ()


@dataclass(frozen=True)
class Figure:
    """A number that leads to the list of what it counts."""

    label: str
    value: int
    href: str
    note: str = ""


@dataclass(frozen=True)
class Line:
    """Somebody's or something's figures, one per heading of the table."""

    title: str
    figures: Sequence[Figure]


@dataclass(frozen=True)
class Content:
    """What a card shows. `count` stands beside its title, `hot` when it is urgent; `href` leads to all of it."""

    items: Sequence[Item] = ()
    figures: Sequence[Figure] = ()
    lines: Sequence[Line] = ()
    count: int | None = None
    hot: bool = False
    href: str = ""
    href_text: str = "全部"
    empty: str = ""


@dataclass(frozen=True)
class Card:
    """One card. `late` ones come by a request of their own when the page stands; a card whose `load` gives None is left out."""

    name: str
    title: str
    load: Callable[[Any], Content | None]
    column: int = 1
    order: int = 50
    right: str = ""
    late: bool = False


cards: list[Card] = []


def cards_for(by: Any) -> list[Card]:
    """The cards that the person may have, in their order."""
    return sorted((card for card in cards if may(by, card.right)), key=lambda card: (card.column, card.order))


def filtered(path: str, *rows: tuple[str, str, Any], **params: Any) -> str:
    """The address of a list with its filter set: rows of field, condition, value."""
    asked = {"op": "and", "rows": [{"field": field, "cond": cond, "value": value} for field, cond, value in rows]}
    return shell.address(path, **params, filter=filter_text(asked) if rows else "")


def load(by: Any) -> dict[str, Any]:
    """The whole workbench as plain values, for programs."""
    loaded = [(card, card.load(by)) for card in cards_for(by)]
    return {
        **greeting(by),
        "makers": _makers(by),
        "cards": [
            {"name": card.name, "title": card.title, "column": card.column, **asdict(content)}
            for card, content in loaded
            if content is not None
        ],
    }


def greeting(by: Any) -> dict[str, str]:
    """Good morning, and what day it is, by both calendars."""
    now = timezone.now().astimezone(COMPANY_ZONE)
    word = next(word for until, word in GREETINGS if now.hour < until)
    lunar = lunar_of(now.date())
    day = f"{now.year} 年 {now.month} 月 {now.day} 日 星期{WEEKDAYS[now.weekday()]}"
    return {"greeting": f"{word}，{by.name}", "day": day, "lunar": lunar.text if lunar else ""}


def _makers(by: Any) -> list[dict[str, str]]:
    """What is made in daily work; what belongs to the system's own pages stays there."""
    makers = [one for one in menu.makers_for(by) if _area(one.href) not in ("系统", "系统设置")]
    return [{"title": one.title, "href": one.href, "icon": one.icon} for one in makers[:MOST_MAKERS]]


def _area(href: str) -> str:
    entity = entity_by_slug(href.strip("/").partition("/")[0])
    return entity.area if entity else ""


def page(request: HttpRequest) -> HttpResponse:
    """GET /workbench: the page; what takes longer follows card by card."""
    by = request.employee
    require(by, pages["workbench"].right)
    shown = [(card, None if card.late else card.load(by)) for card in cards_for(by)]
    columns = [
        [(card, content) for card, content in shown if card.column == number and (card.late or content is not None)]
        for number in (1, 2, 3)
    ]
    context = {**greeting(by), "makers": _makers(by), "columns": [column for column in columns if column]}
    return shell.show(request, "kit/workbench.html", context)


def card_part(request: HttpRequest, name: str) -> HttpResponse:
    """GET /workbench/cards/{name}: one card."""
    by = request.employee
    card = next((card for card in cards_for(by) if card.name == name), None)
    if card is None:
        raise NotFound
    content = card.load(by)
    if content is None:
        return HttpResponse()
    return shell.show(request, "kit/workbench_card.html", {"card": replace(card, late=False), "content": content})


register_pages(
    Page(
        "workbench", "我的工作台", "workbench", "kit/workbench.html", load, area="工作台", icon="layout-dashboard", menu="我的工作台",
        menu_order=0, aliases=["首页", "工作台", "今天"],
    )
)  # fmt: skip
