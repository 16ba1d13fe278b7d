"""Writes: sample orders, their approval, parcels."""

from collections.abc import Sequence
from typing import Any

from kemai.kit.entity import why_not_delete
from kemai.kit.errors import DomainError, Invalid
from kemai.kit.events import publish
from kemai.kit.journal import Journal
from kemai.kit.lines import save_lines
from kemai.kit.record import build
from kemai.kit.recycle import bin_record
from kemai.kit.tests.sample import rules
from kemai.kit.tests.sample.events import SampleOrderApproved
from kemai.kit.tests.sample.models import SampleApproval, SampleOrder, SampleParcel
from kemai.kit.workflow import check_version, creation, deed, transition
from kemai.notify.services import tell
from kemai.office.services import next_number
from kemai.people.models import Employee

State, Approval = SampleOrder.State, SampleOrder.Approval


@creation("sample-order.create", right="sample-order.add")
def order_create(values: dict[str, Any], *, by: Employee, log: Journal) -> SampleOrder:
    """A new draft of one's own."""
    lines = values.pop("lines", [])
    order = build(SampleOrder, values, owner=by, number=next_number("sample-order"))
    log.insert(order)
    _save_lines(order, lines, log)
    return order


@deed("sample-order.change", right="sample-order.change", guards=[rules.why_not_change])
def order_change(
    order: SampleOrder, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None
) -> SampleOrder:
    """Changes a draft and, where they are sent along, its lines."""
    check_version(order, version)
    lines = values.pop("lines", None)
    log.update(order, **values)
    if lines is not None:
        _save_lines(order, lines, log)
    return order


def _save_lines(order: SampleOrder, rows: list[dict[str, Any]], log: Journal) -> None:
    if wrong := rules.wrong_quantities(rows):
        raise Invalid({f"lines.{position}.quantity": [sentence] for position, sentence in wrong.items()})
    lines = save_lines(log, order, order.lines, rows, work_out=rules.amounts)
    log.update(order, total=rules.total(lines))


@deed("sample-order.delete", right="sample-order.delete", guards=[rules.why_not_delete])
def order_delete(order: SampleOrder, *, by: Employee, log: Journal) -> None:
    """Moves the order with its lines and approvals to the recycle bin."""
    if reason := why_not_delete("sample-order", order):
        raise DomainError.of(reason)
    bin_record(log, order, [*order.lines.all(), *order.approvals.all()])


@transition(
    "sample-order.submit", source=State.DRAFT, target=State.SUBMITTED, right="sample-order.submit",
    guards=[rules.why_not_own, rules.why_not_submit],
)  # fmt: skip
def order_submit(order: SampleOrder, *, approvers: Sequence[int], by: Employee, log: Journal) -> None:
    """「提交」: the approvers are asked in this order."""
    if by.pk in approvers:
        raise Invalid({"approvers": ["审批人不能是自己。"]})
    asked = [SampleApproval(order=order, approver_id=pk, position=place) for place, pk in enumerate(approvers, start=1)]
    log.insert_many(asked)
    log.update(order, approval_state=Approval.PENDING)
    tell(asked[0].approver, f"{by.name}请您审批样品单 {order.number}。", link=f"/sample-orders/{order.pk}")


@deed("sample-order.agree", right="sample-order.approve", guards=[rules.why_not_agree])
def order_agree(order: SampleOrder, *, by: Employee, log: Journal) -> SampleOrder:
    """「同意」: the last approver's word brings the order to its next state."""
    log.update(order.approvals.get(approver=by), agreed_at=log.now)
    if order.approvals.filter(agreed_at=None).exists():
        return order
    log.update(order, approval_state=Approval.AGREED)
    return order_approve(order, by=by)


@transition("sample-order.approve", source=State.SUBMITTED, target=State.APPROVED, right="sample-order.approve")
def order_approve(order: SampleOrder, *, by: Employee, log: Journal) -> None:
    """「批准」: the end of the approval; by the last approver."""
    publish(SampleOrderApproved(order, by))


@transition(
    "sample-order.void", source=[State.DRAFT, State.SUBMITTED, State.APPROVED], target=State.VOID, right="sample-order.void",
    guards=[rules.why_not_own],
)  # fmt: skip
def order_void(order: SampleOrder, *, reason: str, by: Employee, log: Journal) -> None:
    """「作废」: stays to be read, counts for nothing."""
    log.note = reason


@creation("sample-parcel.create", right="sample-parcel.add")
def parcel_create(values: dict[str, Any], *, by: Employee, log: Journal) -> SampleParcel:
    """A parcel of an approved order."""
    parcel = build(SampleParcel, values)
    if parcel.order.state != State.APPROVED:
        raise Invalid({"order": ["样品单批准后才能寄送。"]})
    if SampleParcel.objects.filter(waybill=parcel.waybill).exists():
        raise Invalid({"waybill": [f"运单号 {parcel.waybill} 已登记。"]})
    return log.insert(parcel)


@deed("sample-parcel.delete", right="sample-parcel.delete")
def parcel_delete(parcel: SampleParcel, *, by: Employee, log: Journal) -> None:
    """A parcel that was entered by mistake."""
    bin_record(log, parcel)
