"""Writes: to-dos. They follow from contact records; people put them off and tick them off (INT-04)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import BigAutoField, F, Q, QuerySet

from kemai.customers.models import Customer, OwnershipChange
from kemai.customers.queries import visible_customers
from kemai.kit.errors import Invalid
from kemai.kit.journal import Journal
from kemai.kit.prepared import OneOf, PreparedRecords, Slot
from kemai.kit.workflow import deed
from kemai.notify.services import settle
from kemai.people.models import Employee
from kemai.teamwork import rules
from kemai.teamwork.models import Interaction, Todo

_present = PreparedRecords(
    lambda: Todo.objects.filter(
        Q(done_at__isnull=True) | Q(interaction_id=Slot("latest", BigAutoField())),
        customer_id=Slot("customer", BigAutoField()),
    ).select_related("interaction")
)


def todos_follow(customer: Customer, latest: Interaction | None, *, log: Journal) -> None:
    """Makes the to-do that the customer's latest record plans, and ends all others: a later contact has settled them."""
    present = _present.records(customer=customer.pk, latest=latest.pk if latest else 0)
    plan = latest if latest and latest.next_contact_at else None
    own = None
    for todo in present:
        if plan and todo.interaction_id == plan.pk:
            own = todo
        elif todo.interaction.next_contact_at is None:
            _drop(todo, log)  # its record plans nothing any more
        else:
            _settle(todo)
            log.update(todo, done_at=log.now, done_by=log.by)
    if plan:
        _keep(customer, plan, own, log)


def todos_follow_many(latest: Sequence[tuple[Customer, Interaction]], *, log: Journal) -> None:
    """`todos_follow` for the latest records of many customers: where there is no to-do yet, few statements for all."""
    ids, records = [customer.pk for customer, _ in latest], [one.pk for _, one in latest]
    present = Todo.objects.filter(Q(done_at__isnull=True) | OneOf("interaction_id", records), OneOf("customer_id", ids))
    busy = set(present.values_list("customer_id", flat=True))
    plans = [(customer, one) for customer, one in latest if one.next_contact_at and customer.pk not in busy]
    changes = OwnershipChange.objects.filter(OneOf("customer_id", [customer.pk for customer, _ in plans]))
    moved_at = dict(changes.order_by("pk").values_list("customer_id", "at"))
    log.insert_many([_new(customer, plan, moved_at.get(customer.pk), log) for customer, plan in plans])
    for customer, one in latest:
        if customer.pk in busy:
            todos_follow(customer, one, log=log)


def _facts(plan: Interaction) -> dict[str, Any]:
    name = plan.contact.name if plan.contact_id else ""
    text = rules.text_of(plan.next_step, rules.people_of(name, plan.contact_name))[:200]
    return {"due_at": plan.next_contact_at, "text": text}


def _new(customer: Customer, plan: Interaction, moved_at: datetime | None, log: Journal) -> Todo:
    past = plan.next_contact_at and plan.next_contact_at <= log.now  # written or imported later: no news
    whose = rules.who_follows_up(plan.employee_id, plan.created_at, customer.owner_id, moved_at)
    return Todo(
        interaction_id=plan.pk,
        customer=customer,
        employee_id=whose,
        reminded_at=log.now if past else None,
        **_facts(plan),
    )


def _keep(customer: Customer, plan: Interaction, todo: Todo | None, log: Journal) -> None:
    if todo is None:
        moved_at = OwnershipChange.objects.filter(customer=customer).order_by("-pk").values_list("at", flat=True)
        log.insert(_new(customer, plan, moved_at.first(), log))
        return
    facts = _facts(plan)
    moved = todo.due_at != facts["due_at"]
    if moved:
        _settle(todo)
        facts["reminded_at"] = None
    if todo.done_at and (moved or not todo.ticked):
        facts |= {"done_at": None, "done_by": None, "ticked": False}
    log.update(todo, **facts)


def todo_drop(interaction: Interaction, *, log: Journal) -> None:
    """The record goes, to the bin or to another customer: what it planned goes with it, and is told of no more."""
    for todo in Todo.objects.filter(interaction=interaction):
        _drop(todo, log)


def _drop(todo: Todo, log: Journal) -> None:
    _settle(todo)
    log.delete(todo)


def _settle(todo: Todo) -> None:
    """What was told of it waits no more."""
    if todo.reminded_at:
        settle([todo.message_key])


def todos_move(customers: Sequence[int], owner: int | None, *, log: Journal) -> int:
    """Customers changed hands: what is open goes to the new owner, in the pool to nobody. Returns how many."""
    return _hand_on(Todo.objects.filter(OneOf("customer_id", customers), done_at__isnull=True), owner, log)


def hand_over_todos(former: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """What somebody who left still had to do for others' customers; that of their own has gone with these (ORG-02)."""
    _hand_on(Todo.objects.filter(employee=former, done_at__isnull=True), successor.pk, log)


def todos_come_home(customers: Sequence[int] | None = None, *, log: Journal) -> int:
    """To-dos at these customers, or at any, of people who see them no longer go to the owners, for nobody else would do them. Returns how many."""
    moved = 0
    for owner, ids in todos_of_strangers(customers).items():
        moved += _hand_on(Todo.objects.filter(pk__in=ids), owner, log)
    return moved


def todos_of_strangers(customers: Sequence[int] | None = None) -> dict[int | None, list[int]]:
    """The open to-dos at these customers, or at any, of people who do not see them, by the customers' owners."""
    others = Todo.objects.filter(done_at__isnull=True, employee__isnull=False).exclude(employee=F("customer__owner"))
    if customers is not None:
        others = others.filter(OneOf("customer_id", customers))
    found: dict[int | None, list[int]] = defaultdict(list)
    for who in Employee.objects.filter(pk__in=others.values("employee")):
        theirs = list(others.filter(employee=who).values_list("pk", "customer_id", "customer__owner_id"))
        asked = OneOf("pk", {of for _, of, _ in theirs})
        seen = set(visible_customers(who).filter(asked).values_list("pk", flat=True))
        for pk, of, owner in theirs:
            if of not in seen:
                found[owner].append(pk)
    return found


def _hand_on(todos: QuerySet[Todo], to: int | None, log: Journal) -> int:
    """Gives open to-dos to somebody, who is told at their time; whom they leave is reminded no longer."""
    moving = [todo for todo in todos if todo.employee_id != to]
    for todo in moving:
        _settle(todo)
    return log.update_many(moving, employee=to, reminded_at=None)


@deed("todo.done", right="interaction.add", guards=[rules.why_not_do, rules.why_not_open])
def todo_done(todo: Todo, *, by: Employee, log: Journal) -> Todo:
    """「完成」: ticked off by hand, without a record."""
    _settle(todo)
    log.update(todo, done_at=log.now, done_by=by, ticked=True)
    return todo


@deed("todo.reopen", right="interaction.add", guards=[rules.why_not_do, rules.why_not_reopen])
def todo_reopen(todo: Todo, *, by: Employee, log: Journal) -> Todo:
    """「恢复」: ticked off by mistake."""
    log.update(todo, done_at=None, done_by=None, ticked=False)
    return todo


@deed("todo.put_off", right="interaction.add", guards=[rules.why_not_do, rules.why_not_open])
def todo_put_off(todo: Todo, *, due_at: datetime, by: Employee, log: Journal) -> Todo:
    """「改期」: another time, which the record then plans. Raises Invalid for one that is past."""
    if due_at <= log.now:
        raise Invalid({"due_at": ["请选择将来的时间。"]})
    _settle(todo)
    log.update(todo.interaction, next_contact_at=due_at)
    log.update(todo, due_at=due_at, reminded_at=None)
    return todo
