"""Writes: telling, and having read."""

from typing import Any

from django.utils import timezone

from kemai.kit.journal import Journal, happens_at
from kemai.kit.workflow import deed
from kemai.notify.models import Message


def tell(employee: Any, text: str, *, link: str = "", log: Journal | None = None) -> None:
    """Tells an employee something, in the caller's transaction; with `log` it is taken back with the deed."""
    message = Message(employee=employee, text=text[:300], link=link, at=happens_at())
    if log is None:
        message.save(force_insert=True)
    else:
        log.insert(message)


@deed("message.read", right="message.view")
def message_read(message: Message, *, by: Any, log: Journal) -> None:
    """The person has read it; it is no longer counted."""
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())
