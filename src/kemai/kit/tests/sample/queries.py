"""Reads: which sample orders a person reaches, and what their pages want to know."""

from collections.abc import Sequence
from typing import Any

from kemai.kit.entity import TimeLineEntry
from kemai.kit.reach import EVERYTHING, Reach
from kemai.kit.tests.sample.models import SampleApproval, SampleOrder, SampleParcel
from kemai.people.queries import employee_names


def order_reach(by: Any) -> Reach:
    """Orders by the range of the person's roles, and those that wait, or waited, for the person's word."""
    owners = by.access.owners("sample-order")
    if owners is None:
        return Reach(everything=True, tally="sample-order")
    asked = SampleApproval.objects.filter(approver=by).values_list("order_id", flat=True)
    return Reach(owners=owners, ids=frozenset(asked), tally="sample-order")


def parcel_reach(by: Any) -> Reach:
    """Parcels of the orders that the person sees."""
    reach = order_reach(by)
    return EVERYTHING if reach.everything else reach.through("order")


def line_counts(ids: Sequence[int], by: Any) -> dict[int, tuple[int, str]]:
    """How many lines each of these orders has."""
    counts: dict[int, int] = dict.fromkeys(ids, 0)
    for order in SampleOrder.objects.filter(pk__in=ids).prefetch_related("lines"):
        counts[order.pk] = len(order.lines.all())
    return {pk: (count, str(count)) for pk, count in counts.items()}


def order_figures(order: SampleOrder, by: Any) -> list[tuple[str, str]]:
    """The figures in the head of the page."""
    return [("金额合计", f"{order.total:,.2f}"), ("寄送", f"{order.parcels.count()} 件")]


def order_timeline(order: SampleOrder, by: Any) -> list[TimeLineEntry]:
    """Made, and agreed to by whom."""
    names = employee_names()
    made = TimeLineEntry(at=order.created_at, title="样品单建立", icon="plus", by=names.get(order.created_by_id, ""))
    agreed = order.approvals.exclude(agreed_at=None)
    return [made, *(TimeLineEntry(at=one.agreed_at, title="审批同意", by=names[one.approver_id]) for one in agreed)]


def why_not_delete_sent(order: SampleOrder) -> str | None:
    """An order of which parcels went out stays."""
    parcel = SampleParcel.objects.filter(order=order).first()
    return f"样品单 {order.number} 已有寄送（运单 {parcel.waybill}），不能删除。" if parcel else None


def parcel_timeline(order: SampleOrder, by: Any) -> list[TimeLineEntry]:
    """The parcels of an order."""
    parcels = SampleParcel.objects.filter(order=order)
    return [
        TimeLineEntry(at=parcel.created_at, title="样品寄出", text=parcel.waybill, icon="truck") for parcel in parcels
    ]
