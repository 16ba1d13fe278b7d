"""What people see of messages: 提醒."""

from kemai.kit.entity import Action, Column, Entity, Field, register
from kemai.kit.menu import HeaderCount, header_counts
from kemai.notify import (
    queries,
    rules,
    services,
    workbench,  # noqa: F401  its card is declared by being imported
)
from kemai.notify.models import Message

messages = Entity(
    name="message",
    slug="messages",
    title="提醒",
    model=Message,
    reach=queries.own_messages,
    area="工作台",
    menu="提醒",
    icon="bell",
    title_field="text",
    columns=[
        Column("text", sort="", title=True, width=520),
        Column("at", sort="", phone=True, width=140),
        Column("read_at", sort="", width=140),
        Column("put_off_until", sort="", width=140),
    ],
    actions=[
        Action(
            "read",
            "标为已读",
            services.message_read,
            right="message.view",
            icon="check",
            help="看过的提醒不再计入右上角的数字。",
        ),
        Action(
            "put_off",
            "稍后提醒",
            services.message_put_off,
            right="message.view",
            icon="alarm",
            help="到时间再提醒，在那以前不计入右上角的数字。",
            fields=[Field("delay", "什么时候", choices=rules.DELAYS, required=True, default="60")],
        ),
    ],
)

register(messages)
header_counts.append(
    HeaderCount(
        "提醒", "/messages", "bell", lambda request: queries.unread_count(request.employee), hot=True,
        latest=lambda request: queries.latest_unread(request.employee),
    )
)  # fmt: skip
