"""The company in which the matrix is played: one person per ready role, and a record of every kind in every relation to each of them.

What only those may read who reach a record is a secret word of its own, so that a leak shows wherever it comes out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from kemai.customers.models import Contact, Customer, CustomerShare
from kemai.customers.services import customer_create
from kemai.customers.tests import factories as customers
from kemai.files.models import Attachment
from kemai.files.services import attachment_add
from kemai.kit import stamp
from kemai.kit.category_services import node_create
from kemai.kit.journal import journal
from kemai.kit.models import ChangeSet
from kemai.kit.recycle import bin_record
from kemai.notify.models import Message
from kemai.notify.services import tell
from kemai.office.models import Dictionary, DictionaryEntry, NumberingRule
from kemai.office.services import entry_create, region_create, settings_save
from kemai.people import login_services
from kemai.people.models import Department, Employee, Role, Token
from kemai.people.tests.factories import again, browser, company, department, employee, program, role
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.services import interaction_create
from tests.doors import tables

RELATIONS = ("own", "subordinate", "shared", "department", "foreign", "unclaimed")
MISSING = 987_654_321


@dataclass
class Held:
    """One customer and what hangs on it."""

    customer: Customer
    contact: Contact
    attachment: Attachment
    interaction: Interaction
    todo: Todo
    secret: str
    share: CustomerShare | None = None

    def of(self, kind: str) -> Any:
        """The record of that kind."""
        hanging = {"contact": self.contact, "attachment": self.attachment, "interaction": self.interaction}
        return {"customer": self.customer, "todo": self.todo, **hanging}.get(kind, self.share)


@dataclass
class World:
    """Who there is, and what each of them holds."""

    admin: Employee
    colleague: Employee  # to whom things are handed
    others: dict[str, Any] = field(default_factory=dict)  # records of the set-up, by kind
    people: dict[str, Employee] = field(default_factory=dict)  # by role
    held: dict[tuple[str, str], Held] = field(default_factory=dict)  # by role and relation
    small: dict[tuple[str, str, str], Any] = field(
        default_factory=dict
    )  # by role, kind and relation: private, anothers
    clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def record(self, who: str, kind: str, relation: str) -> Any:
        """The record of a kind in this relation to the person of that role; None where there is none."""
        if relation == "any":
            return self.others.get(kind)
        if (who, kind, relation) in self.small:
            return self.small[who, kind, relation]
        held = self.held.get((who, relation))
        return held.of(kind) if held else None

    def person(self, who: str) -> Employee:
        """The person of a role, as a request would load them."""
        return again(self.people[who])

    def client(self, who: str, door: str) -> Any:
        """A browser ("page") or a program ("api") of theirs."""
        return self.clients[who, door]


@contextmanager
def built() -> Iterator[World]:
    """The world inside a transaction that is taken back at the end."""
    with transaction.atomic():
        world = _build()
        yield world
        transaction.set_rollback(True)
    stamp._kept.clear()


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _build() -> World:
    admin = company()
    stranger = employee("stranger", "石生人", "sales_rep")
    colleague = employee("colleague", "方同事", "sales_rep")
    world = World(admin, colleague)
    for code, row in tables.roles().items():
        unit = department(f"{row.name}室")
        world.people[code] = employee(f"r_{code}", row.name, code, department=unit)
        world.people[f"below {code}"] = employee(
            f"b_{code}", f"{row.name}的下属", "sales_rep", supervisor=world.people[code]
        )
        _customers(world, code, stranger, unit)
        _small(world, code, stranger)
        world.clients[code, "page"] = browser(world.people[code])
        world.clients[code, "api"] = program(world.people[code])
    _shared_by_all(world, stranger)
    _set_up(world, admin)
    return world


def _customers(world: World, code: str, stranger: Employee, unit: Department) -> None:
    me, below = world.people[code], world.people[f"below {code}"]
    world.held[code, "own"] = _hold(me)
    world.held[code, "subordinate"] = _hold(below)
    for relation, whom in (("shared", me), ("department", unit)):
        held = world.held[code, relation] = _hold(stranger)
        customers.share(held.customer, whom)
        held.share = CustomerShare.objects.get(customer=held.customer)
    for relation in ("own", "subordinate"):
        held = world.held[code, relation]
        customer = held.customer
        held.share = CustomerShare.objects.create(
            customer=customer, employee=world.colleague, owner=customer.owner, created_by=customer.owner, created_at=customer.created_at,
            updated_at=customer.created_at,
        )  # fmt: skip


_count = 0


def _hold(owner: Employee | None) -> Held:
    global _count
    _count += 1
    secret = f"机密{_count:04d}号"
    values = {
        "name": f"{_digits(_count)}门市部", "address": f"{secret}楼", "remarks": f"备注{secret}",
        "contacts": [{"name": f"王{secret}", "mobile": f"139{_count:08d}"}],
    }  # fmt: skip
    made = customer_create(
        values, by=company(), into="pool", assign_to=owner.pk if owner else None, similar_reason="矩阵"
    )
    customer = again(made)
    attachment = _file("customer", customer.pk, company(), f"{secret}.txt")
    contact = Contact.objects.get(customer=customer)
    record = {
        "customer": customer.pk, "contact": contact.pk, "content": f"谈到{secret}", "next_step": secret,
        "next_contact_at": timezone.now() + timedelta(days=9),
    }  # fmt: skip
    interaction = interaction_create(record, by=company())
    Todo.objects.filter(customer=customer).update(employee=owner)
    return Held(customer, contact, attachment, interaction, Todo.objects.get(customer=customer), secret)


def _digits(number: int) -> str:
    """A name of its own that is like no other: duplicates are not what is played here."""
    words = "赤橙黄绿青蓝紫金银铜铁锡"
    return "".join(words[number // 12**place % 12] for place in range(3)) + f"字{number:03d}号"


def _file(kind: str, pk: int, by: Employee, name: str) -> Attachment:
    return attachment_add({"kind": kind, "record": pk, "file": ContentFile(b"words", name=name)}, by=again(by))


def _small(world: World, code: str, stranger: Employee) -> None:
    for relation, whom in (("private", world.people[code]), ("anothers", stranger)):
        secret = f"私密{code}{relation}"
        contact = customers.contact(f"李{secret}", by=company())
        Contact.objects.filter(pk=contact.pk).update(created_by=whom)
        world.small[code, "contact", relation] = contact
        if relation == "anothers":
            world.small[code, "attachment", relation] = _file("contact", contact.pk, whom, f"{secret}.txt")
        token = login_services.token_create({"name": f"令牌{secret}", "scopes": []}, by=again(whom))
        world.small[code, "token", relation] = Token.objects.get(pk=token.pk)
        deleted = Contact.objects.get(pk=customers.contact(f"赵{secret}", by=company()).pk)
        with journal(by=again(whom), deed="contact.delete") as log:
            world.small[code, "recycle-bin", relation] = bin_record(log, deleted)
        tell(whom, f"消息{secret}")
        world.small[code, "message", relation] = Message.objects.filter(text=f"消息{secret}").get()


def _shared_by_all(world: World, stranger: Employee) -> None:
    foreign, unclaimed = _hold(stranger), _hold(None)
    customers.share(foreign.customer, world.colleague)
    foreign.share = CustomerShare.objects.get(customer=foreign.customer)
    for code in tables.roles():
        world.held[code, "foreign"], world.held[code, "unclaimed"] = foreign, unclaimed


def _set_up(world: World, admin: Employee) -> None:
    category = Dictionary.objects.get(code="customer_category")
    entry = entry_create({"dictionary": category.pk, "name": "矩阵类别", "position": None, "enabled": True}, by=admin)
    settings_save({"company_name": "矩阵公司"}, by=admin)
    world.others = {
        "employee": employee("idle", "闲闲人"),
        "department": department("空空部"),
        "role": role("闲置角色"),
        "dictionary": category,
        "dictionary-entry": DictionaryEntry.objects.get(pk=entry.pk),
        "category-node": node_create({"kind": "customer", "name": "矩阵分类", "parent": None}, by=admin),
        "region": region_create({"name": "矩阵开发区", "parent": None}, by=admin),
        "numbering-rule": NumberingRule.objects.order_by("pk").first(),
        "log": ChangeSet.objects.order_by("-pk").first(),
    }
    assert Role.objects.filter(code="sysadmin").exists()
