"""What an import writes of customers and their contacts, and what a row changes of those that are there (IMP-03, IMP-06)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db.models import Model

from kemai.customers import queries
from kemai.customers.events import OwnerChanged
from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.search import contact_doc, customer_doc, number_doc
from kemai.kit.bulk import fresh
from kemai.kit.events import publish
from kemai.kit.import_columns import ImportedRow
from kemai.kit.journal import Journal
from kemai.kit.packed import PackedRows
from kemai.kit.prepared import OneOf
from kemai.kit.search_docs import index_of
from kemai.kit.text import sort_key
from kemai.office.services import next_numbers

PLACE = ("region", "province", "city", "county")
NOT_FIELDS = frozenset({*PLACE, "owner", "number"}) - {"region"}  # which stands for the place
WORKED_OUT = ("name_folded", "core_name", "core_pinyin", "phone_digits")
NUMBERS = ("mobile", "phone")  # of a contact


def write(rows: Sequence[ImportedRow], made: dict[int, int], log: Journal) -> None:
    """Writes the rows that go in: new customers with their contacts and owners, then the updates. `made` learns which customer each row made."""
    if new := [row for row in rows if row.verdict != "update"]:
        _write_new(new, made, log)
    updates = [row for row in rows if row.verdict == "update"]
    for row in updates:
        if "joins" not in row.facts:
            _update(row, log)
    if joining := [row for row in updates if "joins" in row.facts]:  # after the rows that they join
        _join(joining, made, log)


_Parts = tuple[bytes, bytes]  # of a document of quick search, as TextIndex.pack makes them
Ready = tuple[bytes, list[bytes], _Parts, list[_Parts]]


def make_ready(row: ImportedRow) -> Ready:
    """Packs what a row makes as a new customer with its contacts: it, them, what quick search knows of it and of them. Ids and the number are not
    known yet. (A plain tuple goes from one process to another in half of the time that a named one takes.)"""
    own, said = _own_values(row), row.facts["contacts"]
    own["name_key"] = sort_key(own["name"])
    for name in WORKED_OUT:
        own[name] = row.facts[name]
    people = [[one.get(name, "") for name in ("name", *NUMBERS)] for one in said]
    document = customer_doc(own["name"], own.get("short_name", ""), own.get("phone", ""), people)
    return (
        _customers().pack(own),
        [_contacts().pack(_contact(one, is_main=nth == 0)) for nth, one in enumerate(said)],
        index_of("customer").pack(document, later="number"),
        [index_of("contact").pack(contact_doc(*person)) for person in people],
    )


def _write_new(rows: Sequence[ImportedRow], made: dict[int, int], log: Journal) -> None:
    ready: list[Ready] = [row.ready or make_ready(row) for row in rows]
    packed, packed_contacts, documents, contact_documents = zip(*ready, strict=True)
    numbers, owners = next_numbers("customer", len(rows)), [row.facts["owner"] for row in rows]
    states = Customer.State
    later = {
        "number": numbers, "owner_id": owners,
        "state": [states.CLAIMED.value if owner else states.UNCLAIMED.value for owner in owners],
        "claimed_at": [log.now if owner else None for owner in owners],
    }  # fmt: skip
    ids = log.insert_packed(_customers(), packed, later)
    theirs = [pk for pk, people in zip(ids, packed_contacts, strict=True) for _ in people]
    contact_ids = log.insert_packed(_contacts(), [*chain.from_iterable(packed_contacts)], {"customer_id": theirs})
    index, people_index = index_of("customer"), index_of("contact")
    with_numbers = {
        pk: index.packed(pk, parts, "number", number_doc(number))
        for pk, parts, number in zip(ids, documents, numbers, strict=True)
    }
    people = zip(contact_ids, chain.from_iterable(contact_documents), strict=True)
    log.search_rows("customer", with_numbers)
    log.search_rows("contact", {pk: people_index.packed(pk, parts) for pk, parts in people})
    gained = defaultdict(list)
    for row, pk, owner in zip(rows, ids, owners, strict=True):
        row.record_id = made[row.number] = pk
        if owner:
            gained[owner].append(pk)
    _give(gained, log)


def _give(gained: Mapping[int, list[int]], log: Journal) -> None:
    """Keeps whom new customers were given to, and tells it."""
    for owner_id, customers in gained.items():
        deed = "create" if owner_id == log.by.pk else "assign"
        to = {"to_owner_id": owner_id, "deed": deed, "by_id": log.by.pk, "at": log.now}
        log.insert_alike(OwnershipChange, "customer_id", customers, to)
        publish(OwnerChanged(customers, None, owner_id, deed, log.by, log, new=True))


@cache
def _customers() -> PackedRows:
    return PackedRows(
        Customer, [*_editable(Customer), *WORKED_OUT, "name_key"], ["number", "owner_id", "state", "claimed_at"]
    )


@cache
def _contacts() -> PackedRows:
    return PackedRows(
        Contact, [name for name in _editable(Contact) if name != "customer_id"] + ["name_key"], ["customer_id"]
    )


def _editable(model: type[Model]) -> list[str]:
    return [item.attname for item in model._meta.concrete_fields if item.editable and not item.primary_key]


def _join(rows: Sequence[ImportedRow], made: Mapping[int, int], log: Journal) -> None:
    """Further contacts of customers that earlier rows have made or changed."""
    for row in rows:
        row.record_id = row.record_id or made[row.facts["joins"]]
    customers = Customer.objects.in_bulk({row.record_id for row in rows})
    known = set(Contact.objects.filter(OneOf("customer_id", [*customers])).values_list("customer_id", flat=True))
    contacts, theirs = [], []
    for row in rows:
        pk = customers[row.record_id].pk
        for said in row.facts["joining"]:
            contacts.append(_contacts().pack(_contact(said, is_main=pk not in known)))
            theirs.append(pk)
            known.add(pk)
    log.insert_packed(_contacts(), contacts, {"customer_id": theirs})
    # Who has a customer's form open saves all contacts by difference, and must not lose these (FRM-02).
    log.touch_many(customers.values())


def _update(row: ImportedRow, log: Journal) -> None:
    customer = row.facts["record"]
    changes = changes_of(row, customer)
    if "name" in changes:
        changes |= queries.name_parts(changes["name"])
    if "phone" in changes:
        changes["phone_digits"] = row.facts["phone_digits"]
    if changes:
        log.update(customer, **changes)
    for contact, of_contact in row.facts["people"]:
        if contact:
            log.update(contact, **of_contact)
        else:
            first = not Contact.objects.filter(customer=customer).exists()
            log.insert(fresh(Contact, _contact(of_contact, is_main=first) | {"customer_id": customer.pk}))
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


def _contact(values: Mapping[str, Any], *, is_main: bool) -> dict[str, Any]:
    """A new contact with what a row says of it, by attribute."""
    attributes = _attributes(Contact)
    own = {attributes[name]: value for name, value in values.items()}
    return own | {"is_main": is_main, "name_key": sort_key(values["name"], person=True)}
