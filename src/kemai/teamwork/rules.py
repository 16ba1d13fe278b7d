"""Decisions about contact records: sentences in Chinese, or None."""

from datetime import datetime, timedelta

from kemai.kit.errors import Reason
from kemai.people.models import Employee
from kemai.teamwork.models import SUMMARY_LENGTH, Interaction

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
