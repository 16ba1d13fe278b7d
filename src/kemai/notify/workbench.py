"""The card 「提醒」 of the workbench."""

from typing import Any

from kemai.kit.shell import short_moment
from kemai.kit.workbench import Card, Content, Deed, Item, cards
from kemai.notify import queries

MOST = 6
told_by_cards: list[
    str
] = []  # keys of messages begin with these where another card of the workbench shows what they are about


def messages(by: Any) -> Content:
    """What one has not read yet, the latest first; not what another card tells already."""
    items = [
        Item(
            one.text, one.link or "/messages", [short_moment(one.at)], icon="bell",
            deeds=[Deed("稍后提醒", f"/messages/{one.pk}/put_off?back=/workbench", asks=True), Deed("已读", f"/messages/{one.pk}/read")],
        )
        for one in queries.unread(by, MOST, besides=tuple(told_by_cards))
    ]  # fmt: skip
    return Content(
        items,
        count=queries.count_besides(by, tuple(told_by_cards)),
        hot=True,
        href="/messages",
        empty="没有未读的提醒。",
    )


cards.append(Card("messages", "提醒", messages, column=2, order=10, right="message.view"))
