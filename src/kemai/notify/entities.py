"""What people see of messages: 提醒."""

from kemai.kit.entity import Action, Column, Entity, register
from kemai.kit.menu import HeaderCount, header_counts
from kemai.notify import queries, services
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
    ],
    actions=[
        Action(
            "read",
            "标为已读",
            services.message_read,
            right="message.view",
            icon="check",
            help="看过的提醒不再计入右上角的数字。",
        )
    ],
)

register(messages)
header_counts.append(
    HeaderCount("提醒", "/messages", "bell", lambda request: queries.unread_count(request.employee), hot=True)
)
