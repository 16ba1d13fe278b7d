"""Writes: customers and who owns them. Contacts: contact_services; shares: share_services."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from kemai.customers import queries, rules
from kemai.customers.contact_services import contacts_hanging, contacts_save
from kemai.customers.events import OwnerChanged, Renamed
from kemai.customers.lookup_services import counted_when_refused
from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange
from kemai.files.services import files_of
from kemai.kit.category_services import in_use, refuse_used
from kemai.kit.entity import entity_of, hanging_on, why_not_delete
from kemai.kit.errors import Conflict, DomainError, Invalid
from kemai.kit.events import publish
from kemai.kit.journal import Journal
from kemai.kit.moments import COMPANY_ZONE
from kemai.kit.record import build, with_values
from kemai.kit.recycle import bin_record
from kemai.kit.workflow import check_version, creation, deed
from kemai.notify.services import tell
from kemai.office.formats import neat_uscc
from kemai.office.services import next_number
from kemai.people.models import Employee


@counted_when_refused
@creation("customer.create", right="customer.add")
def customer_create(
    values: dict[str, Any],
    *,
    by: Employee,
    log: Journal,
    into: str = "mine",
    similar_reason: str = "",
    assign_to: int | None = None,
) -> Customer:
    """A new customer: mine at once, or unclaimed in the pool (`into` "mine" or "pool"), or assigned to a colleague (CUS-09, CUS-13).

    Raises Invalid for a name that exists (CUS-05); DomainError "similar" with candidates unless a reason is given.
    """
    values = _neat(values)
    contacts = values.pop("contacts", [])
    customer = build(Customer, values)
    _set_worked_out(customer)
    refuse_same_name(customer)
    if reason := _similar_reason(customer, similar_reason):
        log.note = reason
    owner = _first_owner(by, into, assign_to)
    if owner:
        customer.owner, customer.state, customer.claimed_at = owner, Customer.State.CLAIMED, log.now
    customer.number = next_number("customer", on=log.now.astimezone(COMPANY_ZONE).date())
    _insert(customer, log)
    contacts_save(customer, contacts, log=log)
    if owner:
        _record_change(customer, None, "create" if owner.pk == by.pk else "assign", by, log, new=True)
        if owner.pk != by.pk:
            tell(owner, f"{by.name}把新客户「{customer.name}」指派给您。", link=f"/customers/{customer.pk}")
    return customer


def _first_owner(by: Employee, into: str, assign_to: int | None) -> Employee | None:
    if assign_to:
        if not by.access.has("customer.assign"):
            raise DomainError("forbidden", "指派新客户需要「客户指派」权限。", status=403)
        return active_employee(assign_to, "assign_to")
    return by if into == "mine" else None


def _insert(customer: Customer, log: Journal) -> None:
    """The unique key in the database decides between two who save one name at the same moment."""
    try:
        with transaction.atomic():
            log.insert(customer)
    except IntegrityError:
        refuse_same_name(customer)
        raise


def _neat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the tax number as it is stored, so that the same one is found however it was typed."""
    if values.get("tax_number"):
        return {**values, "tax_number": neat_uscc(values["tax_number"])}
    return dict(values)


def _set_worked_out(customer: Customer) -> None:
    for name, value in queries.name_parts(customer.name).items():
        setattr(customer, name, value)
    customer.phone_digits = queries.phone_key(customer.phone)


def refuse_same_name(customer: Customer) -> None:
    """Raises Invalid that names the customer which has the name, and its owner (CUS-05)."""
    if not customer.name_folded:
        raise Invalid({"name": ["客户名称不能只有标点。"]})
    twin = queries.same_name(customer.name_folded, customer.pk)
    if twin:
        holder = f"，由{twin.owner.name}负责" if twin.owner_id else "，在客户池中未领用"
        raise DomainError(
            "same_name",
            f"已有同名客户「{twin.name}」{holder}。",
            fields={"name": [f"已有同名客户「{twin.name}」{holder}。"]},
        )


def _similar_reason(customer: Customer, reason: str) -> str:
    """The log's note where similar customers exist; raises DomainError "similar" with the candidates when no reason is given (CUS-05)."""
    similar = queries.similar_customers(
        name=customer.name, phone=customer.phone, tax_number=customer.tax_number, except_id=customer.pk
    )
    if not similar:
        return ""
    if any(other.name_folded == customer.name_folded for other, _ in similar):
        refuse_same_name(customer)  # somebody has saved it since it was looked for
    if not reason:
        candidates = [queries.candidate_facts(other, why) for other, why in similar]
        whys = {why for _, why in similar}
        asked = [customer.name, *[customer.phone] * ("电话相同" in whys), *[customer.tax_number] * ("税号相同" in whys)]
        raise DomainError(
            "similar", f"有 {len(similar)} 个相似的客户，请核对；确实不是同一家，请填写原因后保存。",
            fields={"similar_reason": ["请填写仍要保存的原因。"]}, extra={"candidates": candidates, "asked": " ".join(asked)},
        )  # fmt: skip
    return f"与「{similar[0][0].name}」等 {len(similar)} 个客户相似，仍保存，原因：{reason}"


@counted_when_refused
@deed("customer.change", right="customer.change", guards=[rules.why_not_change])
def customer_change(
    customer: Customer, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None, similar_reason: str = "",
    assign_to: int | None = None, into: str = "",
) -> Customer:  # fmt: skip
    """Changes a customer and, where they are sent along, its contacts. Owner and state are not fields but deeds."""
    check_version(customer, version)
    if assign_to:
        raise Invalid({"assign_to": ["修改客户时不能同时指派，请用「指派」。"]})
    values = _neat(values)
    contacts = values.pop("contacts", None)
    probe = with_values(customer, values)
    if probe.parent_id != customer.parent_id and queries.stands_below(probe.parent_id, customer.pk):
        raise Invalid({"parent": ["上级客户不能是它自己，也不能是它的下级客户。"]})
    _set_worked_out(probe)
    worked_out = {name: getattr(probe, name) for name in (*queries.name_parts(probe.name), "phone_digits")}
    if probe.name_folded != customer.name_folded:
        refuse_same_name(probe)
    if (probe.core_name, probe.phone_digits, probe.tax_number) != (
        customer.core_name,
        customer.phone_digits,
        customer.tax_number,
    ):
        log.note = _similar_reason(probe, similar_reason) or log.note
    try:
        with transaction.atomic():
            changed = log.update(customer, **values, **worked_out)
    except IntegrityError:
        refuse_same_name(probe)
        raise
    if "name" in changed:
        publish(Renamed(customer, log))
    if contacts is not None:
        before = log.written
        contacts_save(customer, contacts, log=log)
        if log.written > before:
            if reason := rules.why_not_change_contacts(customer, by):
                raise DomainError.of(reason)
            log.touch(customer)
    return customer


@deed("customer.claim", right="customer.claim", guards=[rules.why_not_claim])
def customer_claim(customer: Customer, *, by: Employee, log: Journal) -> Customer:
    """「领用」: of a hundred who claim at once one gets it; the others read who (CUS-10, REL-02)."""
    _move(customer, by, "claim", by, log)
    return customer


@deed("customer.release", right="customer.release", guards=[rules.why_not_release])
def customer_release(customer: Customer, *, reason: str, by: Employee, log: Journal) -> Customer:
    """「归还」: back to the pool; shares end, contacts and records stay (CUS-11)."""
    _move(customer, None, "release", by, log, reason)
    return customer


@deed("customer.recall", right="customer.recall", guards=[rules.why_not_recall])
def customer_recall(customer: Customer, *, by: Employee, log: Journal, reason: str = "") -> Customer:
    """「收回」: back to the pool; shares end, the former owner is told (CUS-12)."""
    former = customer.owner
    _move(customer, None, "recall", by, log, reason)
    if former.pk != by.pk:
        tell(former, f"{by.name}收回了客户「{customer.name}」" + (f"，原因：{reason}。" if reason else "。"))
    return customer


@deed("customer.assign", guards=[rules.why_not_assign])
def customer_assign(customer: Customer, *, employee: int, by: Employee, log: Journal, reason: str = "") -> Customer:
    """「指派」: a new owner; the former one has it no more. Shares stay until the new owner ends them (CUS-13)."""
    owner = active_employee(employee, "employee")
    if owner.pk == customer.owner_id:
        raise DomainError("already_owner", f"该客户已由{owner.name}负责。", status=409)
    former = customer.owner
    _move(customer, owner, "assign", by, log, reason)
    if owner.pk != by.pk:
        tell(owner, f"{by.name}把客户「{customer.name}」指派给您。", link=f"/customers/{customer.pk}")
    if former and former.pk not in (by.pk, owner.pk):
        tell(former, f"{by.name}把您的客户「{customer.name}」指派给{owner.name}。")
    return customer


def assign_plan(ids: Sequence[int], values: Mapping[str, Any], by: Employee) -> dict[int, dict[str, Any]]:
    """Who gets which customer of a batch (CUS-13). Many at once needs the right 「客户指派」. Raises Invalid."""
    employees = list(values.get("employees") or []) or ([values["employee"]] if values.get("employee") else [])
    if not employees:
        raise Invalid({"employee": ["请选择指派给谁。"]})
    if len(ids) > 1 and not by.access.has("customer.assign"):
        raise DomainError("forbidden", "一次只能指派一个客户；批量指派需要「客户指派」权限。", status=403)
    weights = values.get("weights") or None
    if weights is not None and (len(weights) != len(employees) or not all(0 < weight <= 10_000 for weight in weights)):
        raise Invalid({"weights": ["比例应与人数相同，每个为 1 到 10000 的整数。"]})
    for pk in employees:
        active_employee(pk, "employees" if values.get("employees") else "employee")
    in_reach = set(queries.unclaimed_or_visible(by).filter(pk__in=ids).values_list("pk", flat=True))
    given = {
        **rules.spread([pk for pk in ids if pk in in_reach], employees, weights),
        **dict.fromkeys((pk for pk in ids if pk not in in_reach), employees[0]),  # not found, and nobody's gain
    }
    return {pk: {"employee": given[pk], "reason": values.get("reason") or ""} for pk in ids}


def hand_over(former: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """Moves all customers of somebody who left to a colleague, few statements for many (ORG-02). Shares stay, as with any new owner."""
    customers = list(Customer.objects.select_for_update(of=("self",)).filter(owner=former).order_by("pk"))
    for share in CustomerShare.objects.filter(owner=former, employee=successor):
        log.delete(share)
    log.update_many(customers, owner=successor, claimed_at=log.now)
    CustomerShare.objects.filter(owner=former).update(owner=successor)
    log.insert_many(
        [
            OwnershipChange(
                customer=one, from_owner=former, to_owner=successor, deed="hand_over", reason=f"{former.name}离职", by=by, at=log.now
            )
            for one in customers
        ]
    )  # fmt: skip
    publish(OwnerChanged([one.pk for one in customers], former.pk, successor.pk, "hand_over", by, log))


def _move(customer: Customer, owner: Employee | None, word: str, by: Employee, log: Journal, reason: str = "") -> None:
    """The one place where an owner changes: state, shares, history and event go with it."""
    former_id = customer.owner_id
    state = Customer.State.CLAIMED if owner else Customer.State.UNCLAIMED
    log.update(customer, owner=owner, state=state, claimed_at=log.now if owner else None)
    if former_id:
        _shares_follow(customer, owner, log)
    if reason and not log.note:
        log.note = reason
    _record_change(customer, former_id, word, by, log, reason)


def _shares_follow(customer: Customer, owner: Employee | None, log: Journal) -> None:
    """Shares end with the return to the pool, and stay under a new owner, who needs none of their own."""
    for share in CustomerShare.objects.filter(customer=customer):
        if owner is None or share.employee_id == owner.pk:
            log.delete(share)
    if owner:
        CustomerShare.objects.filter(customer=customer).update(owner=owner)


def _record_change(
    customer: Customer,
    former_id: int | None,
    word: str,
    by: Employee,
    log: Journal,
    reason: str = "",
    *,
    new: bool = False,
) -> None:
    log.insert(
        OwnershipChange(
            customer=customer,
            from_owner_id=former_id,
            to_owner_id=customer.owner_id,
            deed=word,
            reason=reason,
            by=by,
            at=log.now,
        )
    )
    publish(OwnerChanged([customer.pk], former_id, customer.owner_id, word, by, log, new))


@deed("customer.delete", right="customer.manage", guards=[rules.why_not_delete])
def customer_delete(customer: Customer, *, by: Employee, log: Journal) -> None:
    """「删除」 in the pool: only unclaimed ones; contacts and files go to the recycle bin with it (CUS-07, CUS-14)."""
    if reason := why_not_delete("customer", customer):
        raise DomainError.of(reason)
    if child := Customer.objects.filter(parent=customer).first():
        raise DomainError("has_children", f"「{child.name}」等客户的上级客户是它，不能删除，请先改掉它们的上级客户。")
    contacts = list(Contact.objects.filter(customer=customer))
    hanging = [
        *hanging_on("customer", customer),
        *CustomerShare.objects.filter(customer=customer),
        *OwnershipChange.objects.filter(customer=customer),
        *files_of("customer", customer.pk),
        *contacts_hanging(contacts, log),
        *contacts,
    ]
    bin_record(log, customer, hanging)


def customer_contacted(customer: Customer, first: datetime | None, last: datetime | None, *, log: Journal) -> None:
    """Keeps when the customer was first and last contacted (CUS-02); an upper floor knows by which records."""
    customers_contacted([(customer, first, last)], log=log)


def customers_contacted(ends: Iterable[tuple[Customer, datetime | None, datetime | None]], *, log: Journal) -> None:
    """`customer_contacted` for many customers, few statements for all."""
    log.update_each(
        (customer, {"first_contacted_at": first, "last_contacted_at": last}) for customer, first, last in ends
    )


def customer_becomes_category(customer: Customer, *, by: Employee, log: Journal) -> None:
    """Takes away a customer that becomes a category (LST-12): whoever may change it, as long as nothing but its making is known of it."""
    if reason := rules.why_not_change(customer, by):
        raise DomainError.of(reason)
    refuse_used(customer, besides=(OwnershipChange,))
    history = list(OwnershipChange.objects.filter(customer=customer))
    if len(history) > 1 or any(files_of("customer", customer.pk)) or why_not_delete("customer", customer):
        raise in_use()
    bin_record(log, customer, history)


def customer_restoring(customer: Customer, log: Journal) -> None:
    """Raises DomainError that names who has the name meanwhile (CUS-05)."""
    try:
        refuse_same_name(customer)
    except DomainError as error:
        raise Conflict(error.code, f"{error.message}请先改掉它的名称，再恢复。") from None


def delete_question(customer: Customer) -> str:
    """What goes along, said before the deletion (CUS-07)."""
    along = [f"{Contact.objects.filter(customer=customer).count()} 个联系人"]
    kinds = Counter(entity.title for row in hanging_on("customer", customer) if (entity := entity_of(type(row))))
    along += [f"{count:,} 条{title}" for title, count in kinds.items()]
    return f"{'、'.join(along)}将一起移到回收站"


def active_employee(pk: int, field: str) -> Employee:
    """The colleague of that id. Raises Invalid when they have left."""
    employee = Employee.objects.filter(pk=pk).first()
    if employee is None or not employee.is_active:
        raise Invalid({field: [f"{employee.name}已经离职，请选择在职的同事。" if employee else "请选择一位同事。"]})
    return employee
