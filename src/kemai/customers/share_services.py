"""Writes: with whom a customer is shared."""

from collections.abc import Sequence
from datetime import date

from django.utils import timezone

from kemai.customers import rules
from kemai.customers.events import SharesEnded
from kemai.customers.models import Customer, CustomerShare
from kemai.customers.services import active_employee
from kemai.kit.errors import Invalid
from kemai.kit.events import publish
from kemai.kit.journal import Journal
from kemai.kit.workflow import deed
from kemai.notify.services import tell
from kemai.people.models import Employee


@deed("customer.share", right="customer.share", guards=[rules.why_not_share])
def customer_share(
    customer: Customer, *, by: Employee, log: Journal, employees: Sequence[int] = (), departments: Sequence[int] = (),
    until: date | None = None,
) -> Customer:  # fmt: skip
    """「共享」 with colleagues or whole departments, at choice until a day, inclusive; sharing again only changes the day (CUS-15, CUS-16)."""
    _refuse_nobody(employees, departments)
    if until and until < timezone.localdate():
        raise Invalid({"until": ["共享的截止日期不能早于今天。"]})
    if by.pk in employees:
        raise Invalid({"employees": ["不用共享给自己。"]})
    colleagues = [active_employee(pk, "employees") for pk in employees]
    present = {
        (share.employee_id, share.department_id): share for share in CustomerShare.objects.filter(customer=customer)
    }
    for employee_id, department_id in [*((pk, None) for pk in employees), *((None, pk) for pk in departments)]:
        share = present.get((employee_id, department_id))
        if share:
            log.update(share, until=until)
        else:
            log.insert(
                CustomerShare(
                    customer=customer, employee_id=employee_id, department_id=department_id, until=until,
                    owner=customer.owner,
                )
            )  # fmt: skip
    for colleague in colleagues:
        if (colleague.pk, None) not in present:
            tell(colleague, f"{by.name}把客户「{customer.name}」共享给您。", link=f"/customers/{customer.pk}")
    return customer


@deed("customer.unshare", right="customer.share", guards=[rules.why_not_share])
def customer_unshare(
    customer: Customer, *, by: Employee, log: Journal, employees: Sequence[int] = (), departments: Sequence[int] = ()
) -> Customer:
    """Ends shares at once (CUS-16)."""
    _refuse_nobody(employees, departments)
    for share in CustomerShare.objects.filter(customer=customer):
        if share.employee_id in employees or share.department_id in departments:
            log.delete(share)
    publish(SharesEnded(customer, log))
    return customer


def _refuse_nobody(employees: Sequence[int], departments: Sequence[int]) -> None:
    if not employees and not departments:
        raise Invalid({"employees": ["请选择同事或部门。"]})


@deed(
    "customer-share.delete", right="customer.share", guards=[lambda share, by: rules.why_not_share(share.customer, by)]
)
def share_delete(share: CustomerShare, *, by: Employee, log: Journal) -> None:
    """Ends one share, from the tab 「共享」; takes effect at once (CUS-16)."""
    log.delete(share)
    publish(SharesEnded(share.customer, log))


def hand_over_shares(former: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """What was shared with somebody who left is shared with the colleague, unless it is theirs, or shared with them, already (ORG-02)."""
    known = CustomerShare.objects.filter(employee=successor).values_list("customer_id", flat=True)
    has = {*known, *Customer.objects.filter(owner=successor, shares__employee=former).values_list("pk", flat=True)}
    shares = list(CustomerShare.objects.filter(employee=former).order_by("pk"))
    for share in shares:
        if share.customer_id in has:
            log.delete(share)
    log.update_many([share for share in shares if share.customer_id not in has], employee=successor)
