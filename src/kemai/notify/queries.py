"""Reads: a person's own messages."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigAutoField, Count, DateTimeField, Max, Q, QuerySet
from django.utils import timezone

from kemai.kit.prepared import Prepared, Slot
from kemai.kit.reach import Reach
from kemai.notify.models import Message


def own_messages(by: Any) -> Reach:
    """One's own messages and nobody else's."""
    return Reach(owners=frozenset({by.pk}), owner="employee")


def _waiting(who: Any, now: Any) -> QuerySet[Message]:
    """What waits to be read: not what was put off until later."""
    later = Q(put_off_until__isnull=True) | Q(put_off_until__lte=now)
    return Message.objects.filter(later, employee_id=who, read_at__isnull=True)


_unread = Prepared(
    lambda: (
        _waiting(Slot("who", BigAutoField()), Slot("now", DateTimeField()))
        .values("employee_id")
        .annotate(count=Count("pk"), latest=Max("pk"))
        .values_list("count", "latest")
    )
)


def unread_count(by: Any) -> int:
    """How many messages wait, for the header."""
    found = _unread.first(who=by.pk, now=timezone.now())
    return found[0] if found else 0


def unread(by: Any, most: int, besides: Sequence[str] = ()) -> list[Message]:
    """The messages that wait, the latest first; without those whose keys begin with `besides`."""
    return list(_without(_waiting(by.pk, timezone.now()), besides).order_by("-pk")[:most])


def count_besides(by: Any, besides: Sequence[str]) -> int:
    """How many messages wait, without those whose keys begin with `besides`."""
    return _without(_waiting(by.pk, timezone.now()), besides).count()


def _without(messages: QuerySet[Message], besides: Sequence[str]) -> QuerySet[Message]:
    for beginning in besides:
        messages = messages.exclude(key__startswith=beginning)
    return messages


def latest_unread(by: Any) -> Message | None:
    """The newest message that waits, to be said at once on the page that is open."""
    return next(iter(unread(by, 1)), None)
