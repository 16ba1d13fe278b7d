"""How the contract gets records of each kind. A new kind is covered by one line here."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from kemai.customers.models import Contact, Customer, CustomerShare
from kemai.customers.tests.factories import contact, customer, share
from kemai.files.services import attachment_add
from kemai.kit.category_services import node_create
from kemai.kit.journal import log_only
from kemai.kit.models import CategoryNode, ChangeSet, RecycleBin
from kemai.kit.testing import Maker
from kemai.kit.tests.sample.factories import approved, order, parcel
from kemai.notify.models import Message
from kemai.notify.services import tell
from kemai.office.models import Dictionary, DictionaryEntry, NumberingRule, Region
from kemai.office.ready import numbering_rule
from kemai.office.services import entry_create, entry_delete, region_create
from kemai.people.login_services import token_create
from kemai.people.models import Employee
from kemai.people.tests.factories import again, department, employee, role
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.services import interaction_create

NAMES = [
    "苏州工业园区云图科技",
    "杭州三和机械",
    "Beta 电子 GmbH",
    "安徽徽商钢构",
    "（宁波）港务",
    "重庆山城食品",
    "Zeta贸易",
    "长沙湘江印务",
]
PEOPLE = ["欧阳静", "单田芳", "李 雷", "Anna Li", "曾国强", "吴敏", "郑爽", "冯巩"]


def entry_of(dictionary: str, number: int) -> DictionaryEntry:
    """One entry of a dictionary list; different numbers give different ones."""
    entries = list(DictionaryEntry.objects.filter(dictionary__code=dictionary).order_by("position"))
    return entries[number % len(entries)]


def some_customer(by: Employee, number: int) -> Customer:
    region = Region.objects.order_by("pk")[number % Region.objects.count()]
    return customer(
        f"{NAMES[number % len(NAMES)]}{number or ''}有限公司", by,
        short_name="" if number % 2 else f"简{number}", phone=f"0512-6288{number:04d}", address=f"人民路 {number} 号",
        email=f"info{number}@example.com" if number % 3 else "", website=f"www.example{number}.com", remarks=f"备注第 {number} 行",
        tags=["重要", "展会"] if number % 2 else [f"批次{number}"], tax_number=f"91320594MA1{number:07d}",
        bank_account=f"6222 0000 {number:08d}", legal_person=PEOPLE[number % len(PEOPLE)],
        level=entry_of("customer_level", number).pk if number % 3 else None, category=entry_of("customer_category", number).pk,
        industry=entry_of("customer_industry", number).pk, region=region.pk if number % 2 else None,
        contacts=[{"name": PEOPLE[number % len(PEOPLE)], "mobile": f"1391234{number:04d}"}],
    )  # fmt: skip


def some_contact(by: Employee, number: int) -> Contact:
    holder = Customer.objects.filter(owner=by).first() or some_customer(by, 100)
    return contact(
        f"{PEOPLE[number % len(PEOPLE)]}{number}", holder if number % 3 else None, by=by, mobile=f"1380000{number:04d}",
        title="采购经理" if number % 2 else "", sex="male" if number % 2 else "female", is_main=number == 1,
        birthday=date(1980, 2, 28) + timedelta(days=number) if number % 2 else None, birthday_is_lunar=number % 2 == 0,
    )  # fmt: skip


def some_interaction(by: Employee, number: int) -> Interaction:
    holder = Customer.objects.filter(owner=by).first() or some_customer(by, 400)
    occurred_at = timezone.now() - timedelta(days=number, minutes=7)
    return interaction_create(
        {"customer": holder.pk, "contact": holder.contacts.get().pk if number % 3 else None, "contact_name": "" if number % 3 else f"前台{number}",
         "occurred_at": occurred_at, "contact_type": entry_of("contact_type", number).pk if number % 2 else None,
         "content": f"谈到第 {number} 期\n再议" if number % 4 else "", "result": f"结果 {number}", "made_progress": number % 2 == 0,
         "next_step": f"寄样品 {number}", "next_contact_at": occurred_at + timedelta(days=9) if number % 2 else None},
        by=by,
    )  # fmt: skip


def some_todo(by: Employee, number: int) -> Todo:
    holder = some_customer(by, 500 + number)
    due_at = timezone.now() + timedelta(days=number, minutes=7)
    record = {"customer": holder.pk, "contact": holder.contacts.get().pk, "next_contact_at": due_at}
    return interaction_create({**record, "next_step": f"寄样品 {number}"}, by=by).todo


def some_share(by: Employee, number: int) -> CustomerShare:
    mine = some_customer(by, 200 + number)
    share(mine, employee(f"colleague{number}", f"同事{number}"), until=None if number % 2 else timezone.localdate())
    return mine.shares.get()


def some_employee(by: Employee, number: int) -> Employee:
    made = employee(f"person{number}", PEOPLE[number % len(PEOPLE)], supervisor=by if number % 2 else None)
    values = {
        "phone": f"1370000{number:04d}",
        "title": f"岗位{number}",
        "hire_date": date(2020, 1, 31) if number % 2 else None,
    }
    Employee.objects.filter(pk=made.pk).update(**values)
    return again(made)


def some_attachment(by: Employee, number: int) -> Any:
    holder = Customer.objects.filter(owner=by).first() or some_customer(by, 300)
    file = ContentFile(b"%PDF-1.7 " + str(number).encode(), name=f"附件 {number}.pdf")
    return attachment_add({"kind": "customer", "record": holder.pk, "file": file}, by=by)


def some_order(by: Employee, number: int) -> Any:
    lines = [{"product": f"螺栓 {number}", "quantity": str(number + 1), "price": "0.125", "unit": "个"}]
    return order(
        by, f"展会样品 {number}", lines=lines, is_urgent=number % 2 == 0, remarks="" if number % 2 else f"第 {number} 批",
        wanted_on=f"2026-03-{number + 1:02d}" if number % 3 else "",
    )  # fmt: skip


def some_parcel(by: Employee, number: int) -> Any:
    approver = Employee.objects.filter(login="approver").first() or employee(
        "approver", "审批人", rights=["sample-order.approve"]
    )
    sent_on = date(2026, 3, 1) + timedelta(days=number)
    return parcel(approved(by, again(approver), subject=f"寄送 {number}"), f"SF{number:08d}", by=by, sent_on=sent_on)


def some_message(by: Employee, number: int) -> Message:
    tell(by, f"第 {number} 条提醒")
    return Message.objects.latest("pk")


def some_log(by: Employee, number: int) -> ChangeSet:
    log_only(by=by, deed="customer.export", note=f"导出 {number} 行")
    return ChangeSet.objects.latest("pk")


def some_deleted(by: Employee, number: int) -> RecycleBin:
    entry_delete(some_entry(by, number), by=by)
    return RecycleBin.objects.latest("pk")


def some_rule(by: Employee, number: int) -> NumberingRule:
    numbering_rule(f"kind-{number}", f"单据{number}", f"P{number}", digits=number % 5 + 3)
    return NumberingRule.objects.latest("pk")


def some_entry(by: Employee, number: int) -> DictionaryEntry:
    dictionary = Dictionary.objects.order_by("pk")[number % 3]
    return entry_create({"dictionary": dictionary.pk, "name": f"选项{number}", "enabled": number % 2 == 0}, by=by)


def some_category(by: Employee, number: int) -> CategoryNode:
    above = CategoryNode.objects.first() if number % 3 == 2 else None
    values = {"kind": "customer", "name": f"分类{number}", "parent": above.pk if above else None}
    return again(node_create(values, by=by))


def some_token(by: Employee, number: int) -> Any:
    expires_on = timezone.localdate() + timedelta(days=number) if number % 2 else None
    return again(
        token_create(
            {"name": f"令牌{number}", "scopes": ["read"] if number % 2 else [], "expires_on": expires_on}, by=by
        )
    )


def some_region(by: Employee, number: int) -> Region:
    return region_create({"name": f"开发区{number}", "parent": Region.objects.order_by("pk").first().pk}, by=by)


MAKERS: Mapping[str, Maker] = {
    "attachment": Maker(some_attachment, along=["customer.view"]),
    "contact": Maker(some_contact),
    "customer": Maker(some_customer),
    "customer-share": Maker(some_share),
    "department": Maker(
        lambda by, number: department(f"部门{number}", manager=by if number % 2 else None), everybody=True
    ),
    "category-node": Maker(some_category, everybody=True, along=["customer.view"]),
    "dictionary": Maker(lambda by, number: Dictionary.objects.order_by("pk")[number], everybody=True),
    "dictionary-entry": Maker(some_entry, everybody=True),
    "employee": Maker(some_employee, everybody=True),
    "interaction": Maker(some_interaction),
    "log": Maker(some_log, everybody=True),
    "message": Maker(some_message),
    "numbering-rule": Maker(some_rule, everybody=True),
    "recycle-bin": Maker(some_deleted, everybody=True, along=["dictionary.view", "dictionary.change"]),
    "region": Maker(some_region, everybody=True),
    "role": Maker(lambda by, number: role(f"角色{number}"), everybody=True),
    "sample-order": Maker(some_order),
    "sample-parcel": Maker(some_parcel),
    "todo": Maker(some_todo),
    "token": Maker(some_token),
}
