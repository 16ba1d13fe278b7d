"""Named customers and contacts for tests, made through the services."""

from typing import Any

from kemai.customers.contact_services import contact_create
from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_create
from kemai.customers.share_services import customer_share
from kemai.people.models import Department, Employee
from kemai.people.tests.factories import company


def customer(
    name: str, owner: Employee | None = None, *, into: str = "", contacts: list[dict] | None = None, **values: Any
) -> Customer:  # fmt: skip
    """A customer of this owner, or without one an unclaimed one in the pool."""
    by = owner or company()
    made = customer_create(
        {"name": name, "contacts": contacts or [], **values}, by=by, into=into or ("mine" if owner else "pool"),
        similar_reason="测试数据",
    )  # fmt: skip
    return Customer.objects.get(pk=made.pk)


def contact(name: str, of: Customer | None = None, *, by: Employee | None = None, **values: Any) -> Contact:
    """A contact at a customer (added by its owner), or without one a private contact of `by`."""
    by = by or (of.owner if of and of.owner_id else company())
    made = contact_create({"name": name, "customer": of.pk if of else None, "is_private": of is None, **values}, by=by)
    return Contact.objects.get(pk=made.pk)


def share(what: Customer, *with_whom: Employee | Department, until: Any = None) -> None:
    """The owner shares the customer with colleagues and departments."""
    customer_share(
        what, by=what.owner, until=until,
        employees=[one.pk for one in with_whom if isinstance(one, Employee)],
        departments=[one.pk for one in with_whom if isinstance(one, Department)],
    )  # fmt: skip
