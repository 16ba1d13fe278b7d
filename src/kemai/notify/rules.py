"""Decisions about messages."""

from datetime import datetime, time, timedelta

from kemai.kit.errors import Reason
from kemai.kit.moments import COMPANY_ZONE
from kemai.notify.models import Message

DELAYS = [
    ("15", "15 分钟后"),
    ("60", "1 小时后"),
    ("240", "4 小时后"),
    ("tomorrow", "明天上午 9 点"),
    ("week", "一周后上午 9 点"),
]
MORNING = time(9)


def until(delay: str, now: datetime) -> datetime:
    """The moment until which a message is put off."""
    if delay.isdigit():
        return now + timedelta(minutes=int(delay))
    day = now.astimezone(COMPANY_ZONE).date() + timedelta(days=7 if delay == "week" else 1)
    return datetime.combine(day, MORNING, COMPANY_ZONE)


def why_not_put_off(message: Message, by: object) -> str | None:
    """What is read needs no putting off."""
    return Reason("这条提醒已读，不用再推迟。", "wrong_state", 409) if message.read_at else None
