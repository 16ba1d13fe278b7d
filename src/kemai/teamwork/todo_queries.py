"""Reads: to-dos, and which of them wait for whom (INT-04)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigAutoField, Count, DateTimeField, Q, QuerySet
from django.utils import timezone

from kemai.customers.queries import through_customer
from kemai.kit.entity import Tone
from kemai.kit.moments import day_range, show_time
from kemai.kit.prepared import Ids, OneOf, Prepared, Slot
from kemai.kit.reach import Reach
from kemai.people.models import Employee
from kemai.teamwork.models import Todo
from kemai.teamwork.rules import people_of, state_of

WEEK = timedelta(days=7)
WHOSE = [("line", "下属的"), ("all", "全部")]


def with_whom(todo: Todo, by: Employee) -> list[str]:
    """What its question tells of a to-do: the customer, and with whom it was the last time."""
    last = todo.interaction
    return [
        f"{todo.customer.name}，上次联系人：{people_of(last.contact.name if last.contact else '', last.contact_name)}。"
    ]


def todo_reach(by: Employee) -> Reach:
    """To-dos of the customers that I see."""
    return through_customer(by)


def whose(by: Employee, options: Mapping[str, Any]) -> Q:
    """Mine; with `whose` "line" those of my subordinates, with "all" everybody's that I see."""
    wanted = options.get("whose") or ""
    if wanted == "all":
        return Q()
    return Q(OneOf("employee_id", by.access.subordinates)) if wanted == "line" else Q(employee_id=by.pk)


def waiting(by: Employee, options: Mapping[str, Any]) -> Q:
    """「待跟进」: not done."""
    return whose(by, options) & Q(done_at__isnull=True)


def today(by: Employee, options: Mapping[str, Any]) -> Q:
    """「今天」: not done, to be done at some time of today."""
    start, end = day_range(timezone.localdate())
    return waiting(by, options) & Q(due_at__gte=start, due_at__lt=end)


def overdue(by: Employee, options: Mapping[str, Any]) -> Q:
    """「已逾期」: not done, and its time is past."""
    return waiting(by, options) & Q(due_at__lt=timezone.now())


def finished(by: Employee, options: Mapping[str, Any]) -> Q:
    """「已完成」: ticked off, or settled by a later record."""
    return whose(by, options) & Q(done_at__isnull=False)


# --- columns of a page -------------------------------------------------------------------------------------------------


_times = Prepared(lambda: Todo.objects.filter(OneOf("pk", Ids("ids"))).values_list("pk", "due_at", "done_at"))
_people = Prepared(
    lambda: Todo.objects.filter(OneOf("pk", Ids("ids"))).values_list(
        "pk", "interaction__contact__name", "interaction__contact_name"
    )
)
_next = Prepared(
    lambda: Todo.objects.filter(OneOf("customer_id", Ids("ids")), done_at__isnull=True).values_list(
        "customer_id", "due_at"
    )
)


def states(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """How each of these to-dos stands now."""
    now = timezone.now()
    return {pk: state_of(due_at, done_at, now) for pk, due_at, done_at in _times.rows(ids=ids)}


def tone(facts: Mapping[str, Any]) -> Tone:
    """Overdue ones are orange, with their word and icon (LST-13)."""
    return "orange" if not facts["done_at"] and facts["due_at"] < timezone.now() else ""


def people(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """With whom the last contact was."""
    return {pk: (people_of(name or "", others),) * 2 for pk, name, others in _people.rows(ids=ids)}


def next_contacts(ids: Sequence[int], by: Any) -> dict[int, tuple[datetime, str]]:
    """When each of these customers is to be contacted next."""
    return {pk: (due_at, show_time(due_at)) for pk, due_at in _next.rows(ids=ids)}


# --- what waits for one person -----------------------------------------------------------------------------------------


_due = Prepared(
    lambda: (
        Todo.objects.filter(
            employee_id=Slot("who", BigAutoField()), done_at__isnull=True, due_at__lt=Slot("until", DateTimeField())
        )
        .values("employee_id")
        .annotate(count=Count("pk"))
        .values_list("count")
    )
)


def due_count(by: Employee) -> int:
    """How many to-dos are overdue or for today, for the header."""
    found = _due.first(who=by.pk, until=day_range(timezone.localdate())[1])
    return found[0] if found else 0


def header_count(by: Employee) -> int:
    """The same for the top bar: nothing for who may not see contact records."""
    return due_count(by) if by.access.has("interaction.view") else 0


def open_count(employee: Employee) -> int:
    """How many open to-dos somebody has."""
    return Todo.objects.filter(employee=employee, done_at__isnull=True).count()


def mine_until(by: Employee, until: datetime, most: int) -> QuerySet[Todo]:
    """The person's open to-dos before that time, the oldest first, those of customers that they see."""
    mine = Todo.objects.filter(employee=by, done_at__isnull=True, due_at__lt=until)
    return todo_reach(by).apply(mine).select_related("customer").order_by("due_at", "pk")[:most]
