"""Writes: telling, and having read."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from kemai.kit.journal import Journal, happens_at
from kemai.kit.workflow import deed
from kemai.notify import rules
from kemai.notify.models import Message


def tell(employee: Any, text: str, *, link: str = "", log: Journal | None = None) -> None:
    """Tells an employee something, in the caller's transaction; with `log` it is taken back with the deed."""
    message = Message(employee=employee, text=text[:300], link=link, at=happens_at())
    if log is None:
        message.save(force_insert=True)
    else:
        log.insert(message)


def remind(messages: Sequence[Message]) -> None:
    """Tells many people something that has a key, each only once."""
    now = timezone.now()
    for one in messages:
        one.text, one.at = one.text[:300], one.at or now
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def settle(keys: Iterable[str]) -> None:
    """What these messages remind of is done, or is another time: they wait no more, and it can be told anew."""
    found = Message.objects.filter(key__in=list(keys))
    found.filter(read_at__isnull=True).update(read_at=timezone.now())
    found.update(key="")


@deed("message.read", right="message.view")
def message_read(message: Message, *, by: Any, log: Journal) -> None:
    """The person has read it; it is no longer counted."""
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())


@deed("message.put_off", right="message.view", guards=[rules.why_not_put_off])
def message_put_off(message: Message, *, delay: str, by: Any, log: Journal) -> Message:
    """「稍后提醒」: not counted until then (WRK-02)."""
    Message.objects.filter(pk=message.pk).update(put_off_until=rules.until(delay, timezone.now()))
    return message
