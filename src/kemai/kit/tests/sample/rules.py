"""Decisions about sample orders: guards answer with a sentence or None."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from kemai.kit.errors import Reason
from kemai.kit.money import yuan
from kemai.kit.tests.sample.models import SampleLine, SampleOrder


def why_not_own(order: SampleOrder, by: Any) -> str | None:
    """Only who asked for the samples changes and submits the order."""
    if order.owner_id == by.pk:
        return None
    return Reason(f"该样品单由{order.owner.name}申请，只有申请人可以这样做。", "not_owner", 403)


def why_not_change(order: SampleOrder, by: Any) -> str | None:
    """What was submitted stays as the approvers read it."""
    if order.state != SampleOrder.State.DRAFT:
        return Reason(f"该样品单{order.get_state_display()}，只有草稿可以修改。", "wrong_state", 409)
    return why_not_own(order, by)


def why_not_delete(order: SampleOrder, by: Any) -> str | None:
    """Drafts and void orders can be deleted."""
    if order.state in (SampleOrder.State.DRAFT, SampleOrder.State.VOID):
        return why_not_own(order, by)
    return Reason(f"该样品单{order.get_state_display()}，请先作废再删除。", "wrong_state", 409)


def why_not_submit(order: SampleOrder, by: Any) -> str | None:
    """An order without lines asks for nothing."""
    return None if order.lines.exists() else Reason("样品单还没有明细，请先填写明细。", "no_lines")


def why_not_agree(order: SampleOrder, by: Any) -> str | None:
    """The approvers agree one after the other."""
    waiting = order.approvals.filter(agreed_at=None).select_related("approver").first()
    if waiting is None:
        return Reason("该样品单没有待审批的步骤。", "nothing_to_agree", 409)
    if waiting.approver_id == by.pk:
        return None
    return Reason(f"现在轮到{waiting.approver.name}审批。", "not_your_turn", 409)


def why_not_yet_approved(order: SampleOrder) -> str | None:
    """The transition waits for the last approver."""
    if order.approval_state == SampleOrder.Approval.AGREED:
        return None
    waiting = order.approvals.filter(agreed_at=None).count()
    return Reason(f"还有 {waiting} 人没有审批。", "approval_pending", 409)


def amounts(line: SampleLine) -> dict[str, Decimal]:
    """What follows from quantity and price of a line."""
    return {"amount": yuan(line.quantity * line.price)}


def wrong_quantities(rows: Sequence[dict[str, Any]]) -> dict[int, str]:
    """The lines that ask for nothing, by their place, with the sentence for each."""
    return {position: "数量应大于 0。" for position, row in enumerate(rows) if row.get("quantity", 1) <= 0}


def total(lines: Iterable[SampleLine]) -> Decimal:
    """The sum of an order is the sum of its rounded lines."""
    return sum((line.amount for line in lines), start=Decimal("0.00"))


def totals(lines: Sequence[SampleLine]) -> list[tuple[str, Decimal]]:
    """What stands below the lines."""
    return [("金额合计", total(lines))]
