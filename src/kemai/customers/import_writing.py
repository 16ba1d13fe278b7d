"""What an import writes of customers and their contacts, and what a row changes of those that are there (IMP-03, IMP-06)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Model

from kemai.customers import queries
from kemai.customers.events import OwnerChanged
from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.search import number_doc
from kemai.kit.bulk import fresh
from kemai.kit.events import publish
from kemai.kit.import_columns import ImportedRow
from kemai.kit.journal import Journal
from kemai.kit.prepared import OneOf
from kemai.kit.search_docs import index_of
from kemai.office.services import next_numbers

PLACE = ("region", "province", "city", "county")
NOT_FIELDS = frozenset({*PLACE, "owner", "number"}) - {"region"}  # which stands for the place
WORKED_OUT = ("name_folded", "name_key", "core_name", "core_pinyin", "phone_digits")


def write(rows: Sequence[ImportedRow], made: dict[int, int], log: Journal) -> None:
    """Writes the rows that go in: new customers with their contacts and owners, then the updates. `made` learns which customer each row made."""
    new = [row for row in rows if row.verdict != "update"]
    customers = [_customer(row, log) for row in new]
    for customer, number in zip(customers, next_numbers("customer", len(new)) if new else (), strict=True):
        customer.number = number
    log.insert_many(customers)
    contacts = []
    for row, customer in zip(new, customers, strict=True):
        row.record_id = made[row.number] = customer.id
        for nth, (values, key) in enumerate(row.facts["contacts"]):
            contacts.append(_contact(customer, values, key, is_main=nth == 0))
    log.insert_many(contacts)
    _tell_search(new, customers, contacts, log)
    _write_owners([customer for customer in customers if customer.owner_id], log)
    updates = [row for row in rows if row.verdict == "update"]
    for row in updates:
        if "joins" not in row.facts:
            _update(row, log)
    if joining := [row for row in updates if "joins" in row.facts]:  # after the rows that they join
        _join(joining, made, log)


def _customer(row: ImportedRow, log: Journal) -> Customer:
    values = _own_values(row)
    for name in WORKED_OUT:
        values[name] = row.facts[name]
    if row.facts["owner"]:
        values |= {"owner_id": row.facts["owner"], "state": Customer.State.CLAIMED, "claimed_at": log.now}
    return fresh(Customer, values)


def _tell_search(
    rows: Sequence[ImportedRow], customers: Sequence[Customer], contacts: Sequence[Contact], log: Journal
) -> None:
    """Hands the search index what was worked out of the rows ahead (CustomerImport.documents); only the numbers were not known yet."""
    index, people = index_of("customer"), iter(contacts)
    of_customers: dict[int, Sequence[str]] = {}
    of_contacts: dict[int, Sequence[str]] = {}
    for row, customer in zip(rows, customers, strict=True):
        theirs = [next(people) for _ in row.facts["contacts"]]
        if row.texts:
            of_customers[customer.id] = index.row_with(row.texts["customer"][0], "number", number_doc(customer.number))
            of_contacts.update(zip([one.id for one in theirs], row.texts.get("contact", ()), strict=True))
    log.search_rows("customer", of_customers)
    log.search_rows("contact", of_contacts)


def _write_owners(customers: Sequence[Customer], log: Journal) -> None:
    of = defaultdict(list)
    for customer in customers:
        of[customer.owner_id].append(customer)
    for owner_id, gained in of.items():
        deed = "create" if owner_id == log.by.pk else "assign"
        to = {"to_owner_id": owner_id, "deed": deed, "by_id": log.by.pk, "at": log.now}
        log.insert_alike(OwnershipChange, "customer_id", [customer.id for customer in gained], to)
        publish(OwnerChanged(gained, None, owner_id, deed, log.by, log, new=True))


def _join(rows: Sequence[ImportedRow], made: Mapping[int, int], log: Journal) -> None:
    """Further contacts of customers that earlier rows have made or changed."""
    for row in rows:
        row.record_id = row.record_id or made[row.facts["joins"]]
    customers = Customer.objects.in_bulk({row.record_id for row in rows})
    known = set(Contact.objects.filter(OneOf("customer_id", [*customers])).values_list("customer_id", flat=True))
    contacts = []
    for row in rows:
        customer = customers[row.record_id]
        for values, key in row.facts["joining"]:
            contacts.append(_contact(customer, values, key, is_main=customer.pk not in known))
            known.add(customer.pk)
    log.insert_many(contacts)
    # Who has a customer's form open saves all contacts by difference, and must not lose these (FRM-02).
    log.touch_many(customers.values())


def _update(row: ImportedRow, log: Journal) -> None:
    customer = row.facts["record"]
    changes = changes_of(row, customer)
    if "name" in changes:
        changes |= {name: row.facts[name] for name in queries.name_parts(changes["name"])}
    if "phone" in changes:
        changes["phone_digits"] = row.facts["phone_digits"]
    if changes:
        log.update(customer, **changes)
    for contact, of_contact, key in row.facts["people"]:
        if contact:
            log.update(contact, **of_contact)
        else:
            first = not Contact.objects.filter(customer=customer).exists()
            log.insert(_contact(customer, of_contact, key, is_main=first))
    if row.facts["people"]:
        log.touch(customer)


def _own_values(row: ImportedRow) -> dict[str, Any]:
    """What a row gives of the customer's own fields, by the names of their columns."""
    attributes = _attributes(Customer)
    return {attributes[name]: value for name, value in row.values.items() if name not in NOT_FIELDS}


@cache
def _attributes(model: type[Model]) -> dict[str, str]:
    return {item.name: item.attname for item in model._meta.concrete_fields}


def changes_of(row: ImportedRow, customer: Customer) -> dict[str, Any]:
    """What a row changes of a customer; a name that only looks different is no change, and what is left empty stays (IMP-06)."""
    return {
        name: value
        for name, value in _own_values(row).items()
        if getattr(customer, name) != value
        and not (name == "name" and row.facts["name_folded"] == customer.name_folded)
    }


def contact_changes(values: Mapping[str, Any], contact: Contact | None) -> Mapping[str, Any]:
    """What values change of a contact, all of them for a new one. A list shows mobile or phone in one column: either is no change (IMP-08)."""
    if contact is None:
        return values
    same = "mobile" if values.get("mobile") == contact.phone and not contact.mobile else ""
    return {name: value for name, value in values.items() if name != same and getattr(contact, name) != value}


def _contact(customer: Customer, values: Mapping[str, Any], key: str, *, is_main: bool = False) -> Contact:
    """A new contact with what a row says of it."""
    attributes = _attributes(Contact)
    own = {attributes[name]: value for name, value in values.items()}
    return fresh(Contact, own | {"customer_id": customer.id, "is_main": is_main, "name_key": key})
