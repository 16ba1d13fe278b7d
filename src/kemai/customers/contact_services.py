"""Writes: contacts. A customer has exactly one main contact once there is any (CON-01)."""

from collections.abc import Mapping, Sequence
from typing import Any

from kemai.customers import rules
from kemai.customers.events import ContactsDeleted, Renamed
from kemai.customers.models import Contact, Customer, SocialTie
from kemai.files.services import files_of
from kemai.kit.access import require
from kemai.kit.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from kemai.kit.events import publish
from kemai.kit.journal import Journal
from kemai.kit.lines import pair_lines, save_lines
from kemai.kit.record import build
from kemai.kit.recycle import bin_record
from kemai.kit.text import sort_key
from kemai.kit.workflow import check_version, creation, deed, lock
from kemai.people.models import Employee

NO_CUSTOMER = "请选择单位；没有单位的请标为私人联系人。"
PRIVATE_WITH_CUSTOMER = "私人联系人不属于任何单位：请去掉单位，或不勾选私人联系人。"


@creation("contact.create", right="contact.add")
def contact_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Contact:
    """A new contact at a customer, or a private one. The first of a customer becomes its main one."""
    values = dict(values)
    ties = values.pop("ties", [])
    customer = _customer_of(values, by)
    contact = _unsaved(values)
    wants_main, contact.is_main = contact.is_main, False
    log.insert(contact)
    _save_ties(contact, ties, log)
    if customer:
        _keep_one_main(customer, contact if wants_main else None, log)
        log.touch(customer)
    return contact


def contacts_create(rows: Sequence[Mapping[str, Any]], *, by: Employee, log: Journal) -> list[Contact | DomainError]:
    """New contacts, few statements for many, each as `contact_create` makes it, without ties (IMP-01); where a row is refused stands why.

    The first of a customer becomes its main one; of those of a customer that want to be it, the last. Raises Forbidden without the right.
    """
    require(by, "contact.add")
    ids = {row["customer"] for row in rows if row.get("customer")}
    locked = Customer.objects.select_for_update(of=("self",)).select_related("owner").filter(pk__in=ids).order_by("pk")
    customers = {one.pk: one for one in locked}
    made = [_refused(row, customers, by) or _unsaved(row) for row in rows]
    contacts = [one for one in made if isinstance(one, Contact)]
    mains = {one.customer_id: one for one in Contact.objects.filter(customer__in=ids, is_main=True)}
    first: dict[int, Contact] = {}
    wanted: dict[int, Contact] = {}
    for contact in contacts:
        if contact.customer_id:
            first.setdefault(contact.customer_id, contact)
            if contact.is_main:
                wanted[contact.customer_id] = contact
        contact.is_main = False
    log.update_many([mains[pk] for pk in wanted if pk in mains], is_main=False)
    for pk, contact in (first | wanted).items():
        contact.is_main = pk in wanted or pk not in mains
    log.insert_many(contacts)
    log.touch_many([customers[pk] for pk in first])
    return made


def _refused(row: Mapping[str, Any], customers: Mapping[int, Customer], by: Employee) -> DomainError | None:
    """Why a contact cannot be made at the customer that the row names."""
    if not row.get("customer"):
        return None if row.get("is_private") else Invalid({"customer": [NO_CUSTOMER]})
    if row.get("is_private"):
        return Invalid({"is_private": [PRIVATE_WITH_CUSTOMER]})
    customer = customers.get(row["customer"])
    if customer is None:
        return NotFound("客户刚刚被删除。")
    reason = rules.why_not_change_contacts(customer, by)
    return DomainError.of(reason) if reason else None


def _unsaved(row: Mapping[str, Any]) -> Contact:
    contact = build(Contact, row)
    contact.name_key = sort_key(contact.name, person=True)
    return contact


def _save_ties(contact: Contact, rows: list[dict[str, Any]], log: Journal) -> None:
    """「社会关系」 of a contact by difference (CON-04). Raises Invalid for a row without anybody, or with the contact itself."""
    present = {tie.pk: tie for tie in contact.ties.all()}
    for number, row in enumerate(rows):
        known = present.get(row.get("id") or 0)
        if row.get("id") and known is None:
            break  # said below
        name, other = (row.get(one, getattr(known, at, None)) for one, at in (("name", "name"), ("other", "other_id")))
        if not name and not other:
            raise Invalid({f"ties.{number}.name": ["请填写姓名，或选择关联的联系人。"]})
        if other == contact.pk:
            raise Invalid({f"ties.{number}.other": ["关联的联系人不能是本人。"]})
    save_lines(log, contact, contact.ties, rows)


def contacts_hanging(contacts: Sequence[Contact], log: Journal) -> list[Any]:
    """What goes with contacts that are deleted: their own ties and files. Where others speak of one of them, the name stays."""
    publish(ContactsDeleted(contacts, log))
    ids = [contact.pk for contact in contacts]
    for tie in SocialTie.objects.filter(other__in=ids).exclude(contact__in=ids).select_related("other", "contact"):
        log.update(tie, name=tie.name or tie.other.name, other=None)
        log.touch(tie.contact)
    return [*SocialTie.objects.filter(contact__in=ids), *(file for pk in ids for file in files_of("contact", pk))]


@deed("contact.change", right="contact.change", guards=[rules.why_not_change_contact], under="customer")
def contact_change(
    contact: Contact, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None
) -> Contact:
    """Changes a contact; it shows at the customer at once (CON-02)."""
    check_version(contact, version)
    values = dict(values)
    ties = values.pop("ties", None)
    former = contact.customer
    if {"customer", "is_private"} & set(values):
        whole = {"customer": contact.customer_id, "is_private": contact.is_private, **values}
        customer = _customer_of(whole, by)
    else:
        customer = former
    wants_main = values.pop("is_main", None)
    if "name" in values:
        values["name_key"] = sort_key(values["name"], person=True)
    moved = customer != former
    if moved and customer is None and contact.created_by_id != by.pk:
        raise Invalid({"is_private": ["只有录入这位联系人的人可以把它改为私人联系人。"]})
    if moved:
        values["is_main"] = False
    before = log.written
    _tell_if_renamed(contact, log.update(contact, **values), log)
    if ties is not None:
        _save_ties(contact, ties, log)
    if moved and former:
        log.searched("customer", [former.pk])
        _keep_one_main(former, None, log)
        log.touch(former)
    if customer:
        if wants_main is False and contact.is_main:
            others = Contact.objects.filter(customer=customer).exclude(pk=contact.pk)
            oldest = others.order_by("created_at", "pk").first()
            _keep_one_main(customer, oldest or contact, log)
        else:
            _keep_one_main(customer, contact if wants_main else None, log)
        if log.written > before:
            log.touch(customer)  # whoever has the customer's form open is told: its rows are others now
    return contact


def _customer_of(values: dict[str, Any], by: Employee) -> Customer | None:
    """The customer that a contact goes to, locked; checks that the person may change its contacts. Raises Invalid, DomainError."""
    if not values.get("customer"):
        if not values.get("is_private"):
            raise Invalid({"customer": [NO_CUSTOMER]})
        return None
    if values.get("is_private"):
        raise Invalid({"is_private": [PRIVATE_WITH_CUSTOMER]})
    customer = lock(Customer(pk=values["customer"]))
    if reason := rules.why_not_change_contacts(customer, by):
        raise DomainError.of(reason)
    return customer


@deed("contact.delete", right="contact.delete", guards=[rules.why_not_change_contact, rules.why_not_delete_linked])
def contact_delete(contact: Contact, *, by: Employee, log: Journal) -> None:
    """Deletes a private contact in 联系人管理; a linked one is deleted at its customer (CON-03)."""
    bin_record(log, contact, contacts_hanging([contact], log))


@deed("contact.delete", right="contact.delete", guards=[rules.why_not_change_contact], under="customer")
def contact_delete_at_customer(contact: Contact, *, by: Employee, log: Journal) -> None:
    """Deletes a contact in its customer's form or tab; when it was the main one, the oldest other becomes main (CON-01, CON-03)."""
    customer = contact.customer
    bin_record(log, contact, contacts_hanging([contact], log))
    if customer:
        _keep_one_main(customer, None, log)
        log.touch(customer)


def contact_restoring(contact: Contact, log: Journal) -> None:
    """A contact comes back to its customer: as the main one only where there is no other (CON-01). Raises Conflict when it is gone."""
    if contact.customer_id is None:
        return
    customer = Customer.objects.select_for_update(of=("self",)).filter(pk=contact.customer_id).first()
    if customer is None:
        raise Conflict("parent_gone", f"联系人「{contact.name}」的客户已经删除，请先在回收站里恢复客户。")
    contact.is_main = not Contact.objects.filter(customer=customer, is_main=True).exists()
    log.touch(customer)


def contacts_save(customer: Customer, rows: list[dict[str, Any]], *, log: Journal) -> None:
    """The contacts of a form by difference: present ones are changed, new ones added, those left out deleted into the recycle bin.

    Raises Forbidden for what the person has no right to do with contacts.
    """
    wanted_main: Contact | None = None
    pairs, left_out = pair_lines(customer.contacts, rows, gone="这位联系人不在该客户中，可能刚被删除。")
    for contact, values in pairs:
        main = values.pop("is_main", False)
        if "name" in values:
            values["name_key"] = sort_key(values["name"], person=True)
        if contact is None:
            _require(log.by, "contact.add", "新增")
            contact = log.insert(build(Contact, values, customer=customer))
        elif changed := log.update(contact, **values):
            _require(log.by, "contact.change", "修改")
            _tell_if_renamed(contact, changed, log)
        if main and (wanted_main is None or not contact.is_main):
            wanted_main = contact  # ticked beside the present one, the new wish counts
    for contact in left_out:
        _require(log.by, "contact.delete", "删除")
        bin_record(log, contact, contacts_hanging([contact], log))
    _keep_one_main(customer, wanted_main, log)


def _tell_if_renamed(contact: Contact, changed: Mapping[str, Any], log: Journal) -> None:
    if "name" in changed:
        publish(Renamed(contact, log))


def _require(by: Employee, right: str, word: str) -> None:
    if not by.access.has(right):
        raise Forbidden("forbidden", f"您没有{word}联系人的权限。")


def _keep_one_main(customer: Customer, wanted: Contact | None, log: Journal) -> None:
    """Makes the wanted contact the main one; without a wish the present one stays, else the oldest becomes it."""
    contacts = list(Contact.objects.filter(customer=customer).order_by("created_at", "pk"))
    present = [contact for contact in contacts if contact.is_main]
    chosen = wanted.pk if wanted else (present[0].pk if present else contacts[0].pk if contacts else None)
    for contact in present:
        if contact.pk != chosen:
            log.update(contact, is_main=False)
    for contact in contacts:
        if contact.pk == chosen and not contact.is_main:
            log.update(contact, is_main=True)
