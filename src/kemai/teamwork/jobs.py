"""What teamwork reminds of at its time (WRK-02)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from kemai.kit.jobs import each_minute, nightly
from kemai.kit.journal import journal
from kemai.notify.models import Message
from kemai.notify.services import remind
from kemai.teamwork.models import Todo
from kemai.teamwork.todo_services import todos_come_home, todos_of_strangers

AT_ONCE = 500


@each_minute
def remind_of_todos() -> int:
    """Who is to contact a customer hears of it when the time has come: all of them in this minute. Returns how many were told."""
    now, told = timezone.now(), 0
    while (some := _remind_some(now)) is not None:
        told += some
    return told


def _remind_some(now: datetime) -> int | None:
    """Tells of the next ones, so many in a transaction that others can write in between; None when none is left."""
    with transaction.atomic():
        waiting = Todo.objects.filter(due_at__lte=now, done_at__isnull=True, reminded_at__isnull=True)
        due = list(waiting.select_related("customer", "employee").order_by("due_at", "pk")[:AT_ONCE])
        if not due:
            return None
        told = [one for one in due if one.employee]
        remind(
            [
                Message(employee=one.employee, key=one.message_key, link=f"/todos/{one.pk}", text=f"该联系「{one.customer.name}」了：{one.text}")
                for one in told
            ]
        )  # fmt: skip
        Todo.objects.filter(pk__in=[one.pk for one in due]).update(reminded_at=now)
    return len(told)


@nightly("teamwork.ended_shares")
def take_todos_home() -> None:
    """Whose share has ended, or who stands above the owner no longer, or has lost a role: what they had planned is the customers' owners'."""
    if todos_of_strangers():
        with journal(by=None, deed="todo.change", note="原来的人已看不到客户") as log:
            log.kind, log.title = "todo", f"{todos_come_home(log=log)} 个待办"
