"""Writes: telling, and having read."""

from typing import Any

from django.utils import timezone

from kemai.kit.journal import Journal, happens_at
from kemai.kit.workflow import deed
from kemai.notify.models import Message


def tell(employee: Any, text: str, *, link: str = "") -> None:
    """Tells an employee something, in the caller's transaction."""
    Message.objects.create(employee=employee, text=text[:300], link=link, at=happens_at())


@deed("message.read", right="message.view")
def message_read(message: Message, *, by: Any, log: Journal) -> None:
    """The person has read it; it is no longer counted."""
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=timezone.now())
