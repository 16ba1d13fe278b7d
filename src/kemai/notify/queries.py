"""Reads: a person's own messages."""

from typing import Any

from django.db.models import BigAutoField, Count

from kemai.kit.prepared import Prepared, Slot
from kemai.kit.reach import Reach
from kemai.notify.models import Message


def own_messages(by: Any) -> Reach:
    """One's own messages and nobody else's."""
    return Reach(owners=frozenset({by.pk}), owner="employee")


_unread = Prepared(
    lambda: (
        Message.objects.filter(employee_id=Slot("who", BigAutoField()), read_at__isnull=True)
        .values("employee_id")
        .annotate(count=Count("pk"))
        .values_list("count")
    )
)


def unread_count(by: Any) -> int:
    """How many messages wait, for the header."""
    found = _unread.first(who=by.pk)
    return found[0] if found else 0
