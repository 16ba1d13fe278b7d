"""Sample orders for tests, made through the services."""

from typing import Any

from django.utils import timezone

from kemai.kit import doors
from kemai.kit.entity import registry, rights
from kemai.kit.tests.sample.models import SampleOrder, SampleParcel
from kemai.kit.tests.sample.services import order_agree, order_submit, parcel_create
from kemai.people.models import Employee
from kemai.people.tests.factories import again, employee

BOLT = {"product": "不锈钢螺栓 M8", "quantity": "100", "price": "0.35"}
NUT = {"product": "螺母 M8", "quantity": "3", "price": "0.115"}


def applicant(login: str, name: str = "", *, without: str = "", ranges: dict[str, str] | None = None) -> Employee:
    """Somebody with every right over samples (and a token) but one, who sees their own orders."""
    own = [code for code in rights if code.startswith(("sample-", "message.", "token.")) and code != without]
    return employee(login, name, rights=own, ranges=ranges)


def order(by: Employee, subject: str = "展会样品", *, lines: list[dict] | None = None, **values: Any) -> SampleOrder:
    """A draft of this person, by default with 100 bolts at 0.35 and 3 nuts at 0.115 yuan."""
    sent = {"subject": subject, "lines": [dict(line) for line in ([BOLT, NUT] if lines is None else lines)], **values}
    return again(doors.create(registry["sample-order"], by, sent, "page"))


def submitted(by: Employee, *approvers: Employee, **values: Any) -> SampleOrder:
    """An order that waits for these persons, one after the other."""
    return again(order_submit(order(by, **values), approvers=[one.pk for one in approvers], by=by))


def approved(by: Employee, approver: Employee, **values: Any) -> SampleOrder:
    """An order to which its one approver has agreed."""
    return again(order_agree(submitted(by, approver, **values), by=approver))


def parcel(of: SampleOrder, waybill: str, *, by: Employee | None = None, sent_on: Any = None) -> SampleParcel:
    """A parcel of an approved order."""
    values = {"order": of.pk, "waybill": waybill, "carrier": None, "sent_on": sent_on or timezone.localdate()}
    return again(parcel_create(values, by=by or of.owner))
