"""Writes: contact records and what is said to them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_contacted, customers_contacted
from kemai.files.content import PICTURES, SAMPLE, SOUNDS, type_of
from kemai.files.services import attachment_add, files_of
from kemai.kit.errors import Invalid
from kemai.kit.journal import Journal
from kemai.kit.record import build, with_values
from kemai.kit.recycle import bin_record
from kemai.kit.workflow import check_version, creation, deed, lock
from kemai.notify.services import tell
from kemai.people.models import Employee
from kemai.teamwork import queries, rules
from kemai.teamwork.models import PEOPLE_LENGTH, Interaction, InteractionComment, Todo
from kemai.teamwork.todo_services import todo_drop, todos_follow, todos_follow_many


@creation("interaction.create", right="interaction.add")
def interaction_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Interaction:
    """A contact with a customer that the person sees: its owner, a helper, a supervisor (INT-02, CUS-15). Without a time it is now."""
    customer = lock(Customer(pk=values["customer"]))
    interaction = build(Interaction, {**values, "occurred_at": values.get("occurred_at") or log.now}, employee=by)
    _check(interaction, log.now)
    log.insert(interaction)
    follow(customer, log)
    return interaction


@deed("customer.log_contact", right="interaction.add")
def customer_log_contact(
    customer: Customer, *, by: Employee, log: Journal, content: str, contact_type: int | None = None, contact: int | None = None,
    contact_name: str = "", next_contact_at: datetime | None = None, photo: Any = None, voice: Any = None,
) -> Customer:  # fmt: skip
    """「记一笔」: a record in one line, with the main contact unless somebody is named, and what the phone has taken (INT-05).

    Raises Invalid for a photo that is no picture, or a voice memo that is no sound.
    """
    if not contact and not contact_name:
        main = Contact.objects.filter(customer=customer, is_main=True).first()
        if main is None:
            raise Invalid({"contact_name": [f"「{customer.name}」还没有联系人，请填写和谁联系。"]})
        contact = main.pk
    elif contact and not Contact.objects.filter(pk=contact, customer=customer).exists():
        raise Invalid({"contact": [f"所选的联系人不属于「{customer.name}」，请重新选择。"]})
    values = {
        "customer": customer.pk, "contact": contact, "contact_name": contact_name, "contact_type": contact_type, "content": content,
        "next_contact_at": next_contact_at,
    }  # fmt: skip
    made = interaction_create(values, by=by)
    for name, file in (("photo", photo), ("voice", voice)):
        if file:
            _attach(made, name, file, by)
    return customer


def _attach(interaction: Interaction, name: str, file: Any, by: Employee) -> None:
    wrong = {"photo": ("照片", PICTURES), "voice": ("录音", SOUNDS)}
    word, types = wrong[name]
    file.seek(0)  # it may have gone to another customer before
    sample = file.read(SAMPLE)
    if type_of(sample, file.name or "") not in types:
        raise Invalid({name: [f"「{file.name}」不是{word}，请重新选择。"]})
    try:
        attachment_add({"kind": "interaction", "record": interaction.pk, "file": file}, by=by)
    except Invalid as error:
        raise Invalid({name: error.fields["file"]}) from None


@deed("todo.log_contact", right="interaction.add", guards=[rules.why_not_open])
def todo_log_contact(
    todo: Todo, *, by: Employee, log: Journal, content: str, contact_type: int | None = None, contact_name: str = "",
    next_contact_at: datetime | None = None,
) -> Todo:  # fmt: skip
    """「记一笔」: the contact took place; with the same person unless somebody else is named. The record settles the to-do."""
    last = todo.interaction
    same = not contact_name
    customer_log_contact(
        todo.customer, by=by, content=content, contact_type=contact_type, next_contact_at=next_contact_at,
        contact=last.contact_id if same else None, contact_name=last.contact_name if same and not last.contact_id else contact_name,
    )  # fmt: skip
    return todo


@deed("interaction.change", right="interaction.change", guards=[rules.why_not_change], under="customer")
def interaction_change(
    interaction: Interaction, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None
) -> Interaction:
    """Changes a record; the customer's first and last contact follow (CUS-02)."""
    check_version(interaction, version)
    if "occurred_at" in values and not values["occurred_at"]:
        raise Invalid({"occurred_at": ["请填写联系时间。"]})
    former = interaction.customer
    probe = with_values(interaction, values)
    _check(probe, log.now)
    log.update(interaction, **values, summary=probe.summary)
    if interaction.customer != former:
        todo_drop(interaction, log=log)  # what it plans is to be done for the other customer
    for customer in {former, interaction.customer}:
        follow(customer, log)
    return interaction


@deed("interaction.delete", right="interaction.delete", guards=[rules.why_not_change], under="customer")
def interaction_delete(interaction: Interaction, *, by: Employee, log: Journal) -> None:
    """Goes to the recycle bin with its files and what was said to it."""
    customer = interaction.customer
    todo_drop(interaction, log=log)
    bin_record(log, interaction, hanging_on([interaction]))
    follow(customer, log)


def interaction_restoring(interaction: Interaction, log: Journal) -> None:
    """A record that comes back counts again for the customer's first and last contact, and may plan the next one."""
    customer = Customer.objects.select_for_update(of=("self",)).filter(pk=interaction.customer_id).first()
    if customer:
        follow(customer, log, coming=interaction)


@deed("interaction.comment", right="interaction.view", guards=[rules.why_not_comment])
def interaction_comment(interaction: Interaction, *, text: str, by: Employee, log: Journal) -> Interaction:
    """「批复」: the author is told; when the author answers, those who commented are (INT-03)."""
    log.insert(InteractionComment(interaction=interaction, text=text))
    author = interaction.employee
    if author.pk != by.pk:
        told, said = [author], f"{by.name}批复了您的交往记录"
    else:
        others = interaction.comments.exclude(created_by=by).values("created_by")
        told = [one for one in Employee.objects.filter(pk__in=others) if one.is_active]
        said = f"{by.name}回复了交往记录的批复"
    for employee in told:
        tell(
            employee,
            f"{said}（{interaction.customer.name}）：{text}",
            link=f"/interactions/{interaction.pk}?tab=comments",
        )
    return interaction


def hanging_on(interactions: Sequence[Interaction]) -> list[Any]:
    """What goes with records that are deleted: their files and what was said to them."""
    comments = InteractionComment.objects.filter(interaction__in=interactions)
    return [*comments, *(file for one in interactions for file in files_of("interaction", one.pk))]


def of_customer(customer: Customer) -> list[Any]:
    """The records of a customer that is deleted, with what hangs on them: they go and come back with it."""
    interactions = list(Interaction.objects.filter(customer=customer).order_by("pk"))
    return [*Todo.objects.filter(customer=customer), *hanging_on(interactions), *interactions]


def keep_names(contacts: Iterable[Contact], log: Journal) -> None:
    """Contacts are deleted: their names stay on the records."""
    for one in Interaction.objects.filter(contact__in=contacts).select_related("contact"):
        name = rules.people_of(one.contact.name if one.contact else "", one.contact_name)[:PEOPLE_LENGTH]
        log.update(one, contact=None, contact_name=name)


def _check(interaction: Interaction, now: datetime) -> None:
    """Raises Invalid with all that is wrong; works out the summary."""
    wrong = rules.wrong_times(interaction.occurred_at, interaction.next_contact_at, now)
    if not interaction.contact_id and not interaction.contact_name:
        wrong["contact"] = ["请选择联系人；列表里没有的，请填写「其他联系人」。"]
    if wrong:
        raise Invalid(wrong)
    name = interaction.contact.name if interaction.contact_id else ""
    interaction.summary = rules.summary_of(interaction.content, rules.people_of(name, interaction.contact_name))


def follow_many(customers: Sequence[Customer], log: Journal) -> None:
    """`follow` for many customers, few statements for all."""
    ends = queries.first_and_latest_of([customer.pk for customer in customers])
    known = [(customer, *ends[customer.pk]) for customer in customers if customer.pk in ends]
    customers_contacted(((customer, first, latest.occurred_at) for customer, first, latest in known), log=log)
    todos_follow_many([(customer, latest) for customer, _, latest in known], log=log)


def follow(customer: Customer, log: Journal, coming: Interaction | None = None) -> None:
    """What a customer knows from its records follows: first and last contact (CUS-02), and the to-do of the next one (INT-04). `coming` is a
    record that is about to come back."""
    first, latest = queries.first_and_latest(customer.pk)
    if coming:
        first = min((at for at in (first, coming.occurred_at) if at), default=None)
        latest = max((one for one in (latest, coming) if one), key=lambda one: (one.occurred_at, one.pk))
    customer_contacted(customer, first, latest.occurred_at if latest else None, log=log)
    todos_follow(customer, latest, log=log)
