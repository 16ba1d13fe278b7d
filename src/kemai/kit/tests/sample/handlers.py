"""The approval stands before the transition, and the applicant hears of its end."""

from typing import Any

from kemai.kit.events import on
from kemai.kit.tests.sample.events import SampleOrderApproved
from kemai.kit.tests.sample.models import SampleOrder
from kemai.kit.tests.sample.rules import why_not_yet_approved
from kemai.kit.workflow import gate
from kemai.notify.services import tell


@gate
def approval_first(record: Any, code: str, by: Any) -> str | None:
    """「批准」 waits for the last approver."""
    waits = isinstance(record, SampleOrder) and code == "sample-order.approve"
    return why_not_yet_approved(record) if waits else None


@on(SampleOrderApproved)
def tell_applicant(event: SampleOrderApproved) -> None:
    """The applicant reads that the samples may go out."""
    tell(
        event.order.owner,
        f"{event.by.name}批准了样品单 {event.order.number}。",
        link=f"/sample-orders/{event.order.pk}",
    )
