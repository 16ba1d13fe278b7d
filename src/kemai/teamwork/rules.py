"""Decisions about contact records and to-dos: sentences in Chinese, or None."""

from datetime import datetime, timedelta

from kemai.kit.errors import Reason
from kemai.kit.moments import days_between
from kemai.people.models import Employee
from kemai.teamwork.models import SUMMARY_LENGTH, Interaction, Todo

AHEAD = timedelta(days=1)  # a record tells what was; clocks and time zones may differ


def why_not_change(interaction: Interaction, by: Employee) -> str | None:
    """The author, and the customer's owner for what predecessors and helpers wrote (CUS-13, CUS-15); others need 「客户管理删除及修改」."""
    if by.pk in (interaction.employee_id, interaction.customer.owner_id) or by.access.has("customer.manage"):
        return None
    return Reason(f"这是{interaction.employee.name}的交往记录，只有本人和客户负责人可以修改或删除。", "not_owner", 403)


def why_not_comment(interaction: Interaction, by: Employee) -> str | None:
    """Supervisors of the author comment; the author answers (INT-03)."""
    if interaction.employee_id in by.access.subordinates:
        return None
    if interaction.employee_id != by.pk:
        return Reason(f"只有{interaction.employee.name}的上级可以批复。", "forbidden", 403)
    if interaction.comments.exists():
        return None
    return Reason("还没有批复，不需要回复。", "no_comment", 409)


def wrong_times(occurred_at: datetime, next_contact_at: datetime | None, now: datetime) -> dict[str, list[str]]:
    """What is wrong with the times of a record, by field."""
    wrong = {}
    if occurred_at > now + AHEAD:
        wrong["occurred_at"] = ["联系时间不能晚于现在；将来的联系请填写「下次联系」。"]
    if next_contact_at and next_contact_at <= occurred_at:
        wrong["next_contact_at"] = ["下次联系应晚于联系时间。"]
    return wrong


def summary_of(content: str, people: str) -> str:
    """The name of a record: its first line, or with whom it was."""
    first = next((line.strip() for line in content.splitlines() if line.strip()), "") or f"联系{people}"
    return first if len(first) <= SUMMARY_LENGTH else first[: SUMMARY_LENGTH - 1] + "…"


def people_of(contact: str, others: str) -> str:
    """With whom it was, in words."""
    return "、".join(name for name in (contact, others) if name)


# --- to-dos ------------------------------------------------------------------------------------------------------------


def who_follows_up(author: int, written_at: datetime, owner: int | None, moved_at: datetime | None) -> int | None:
    """Whose the next contact is (INT-04): the author's, until the customer changes hands; then its owner's, in the pool nobody's."""
    return owner if moved_at and moved_at > written_at else author


def why_not_do(todo: Todo, by: Employee) -> str | None:
    """The person whose to-do it is, the customer's owner, and supervisors of either."""
    people = {todo.employee_id, todo.customer.owner_id} - {None}
    if by.pk in people or people & by.access.subordinates or by.access.has("customer.manage"):
        return None
    whose = f"这是{todo.employee.name}的待办" if todo.employee_id else "这不是您的待办"
    return Reason(f"{whose}，只有本人、客户负责人和上级可以处理。", "not_owner", 403)


def why_not_open(todo: Todo, by: Employee) -> str | None:
    """What is done cannot be done again, or put off."""
    return Reason("这个待办已经完成。", "wrong_state", 409) if todo.done_at else None


def why_not_reopen(todo: Todo, by: Employee) -> str | None:
    """Only what was ticked off by hand comes back, while its record is the latest: what a later record has settled is settled."""
    if todo.done_at is None:
        return Reason("这个待办还没有完成。", "wrong_state", 409)
    latest = Interaction.objects.filter(customer=todo.customer_id).order_by("-occurred_at", "-pk").values_list("pk")
    if todo.ticked and latest.first() == (todo.interaction_id,):
        return None
    return Reason("之后已经联系过客户，这个待办不再需要。", "wrong_state", 409)


def state_of(due_at: datetime, done_at: datetime | None, now: datetime) -> tuple[str, str]:
    """How a to-do stands, as code and words: done, overdue, today, open."""
    if done_at:
        return "done", "已完成"
    days = days_between(due_at, now)
    if due_at < now:
        return "overdue", f"逾期 {days} 天" if days else "已逾期"
    return ("today", "今天") if days == 0 else ("open", "待跟进")


def text_of(next_step: str, people: str) -> str:
    """What is to be done: the next step of the record, or whom to contact."""
    return next_step or f"联系{people}"
