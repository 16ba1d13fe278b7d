"""Reads: a person's own messages."""

from typing import Any

from kemai.kit.reach import Reach
from kemai.notify.models import Message


def own_messages(by: Any) -> Reach:
    """One's own messages and nobody else's."""
    return Reach(owners=frozenset({by.pk}), owner="employee")


def unread_count(by: Any) -> int:
    """How many messages wait, for the header."""
    return Message.objects.filter(employee_id=by.pk, read_at__isnull=True).count()
