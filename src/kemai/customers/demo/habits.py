"""What else people did in those months: categories, filters, ties, files, an import, a bulk edit, deletions, and the colleague who left."""

import csv
import io
import random
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers import services
from kemai.customers.contact_services import contact_change, contact_create, contact_delete_at_customer
from kemai.customers.demo import drawings
from kemai.customers.demo.lives import LEFT_AGO, Life, Plan
from kemai.customers.demo.trades import companies, landline, mobile, person
from kemai.customers.models import Contact, Customer
from kemai.files.services import attachment_add, attachment_delete
from kemai.kit import bulk_edit, import_runs
from kemai.kit.category_services import node_create, node_delete
from kemai.kit.entity import registry
from kemai.kit.layouts import keep_layout
from kemai.kit.models import CategoryNode
from kemai.kit.saved_filters import save_filter
from kemai.notify.models import Message
from kemai.office.queries import entry_options
from kemai.people.models import Employee
from kemai.people.services import employee_set_left

UNREAD_DAYS = 4  # younger messages have not been read yet
FILES_OF = 26  # customers with files
TIES_OF = 22  # contacts with 「社会关系」


def plan_leaving(plan: Plan, admin: Employee) -> None:
    """郑凯 leaves; his customers go to 小周 (ORG-02)."""
    heir = plan.people["xiaozhou"].pk
    plan.calendar.at(
        plan.calendar.now - timedelta(days=LEFT_AGO),
        lambda: employee_set_left(plan.people["xiaozheng"], by=admin, successor=heir),
    )


def plan_habits(plan: Plan) -> None:
    """Everything else, each at its time."""
    at, working = plan.calendar.at, plan.calendar.working
    at(working(222), lambda: _categories(plan))
    at(working(95), lambda: _filters(plan))
    at(working(94), lambda: _list_modes(plan))
    at(working(41), lambda: _import(plan, done=True))
    at(working(1.2), lambda: _import(plan, done=False))
    at(working(17), lambda: _bulk_edit(plan))
    at(working(12), lambda: _private(plan))
    for days in (63, 24, 5):
        at(working(days), lambda: _delete_customer(plan))
    for days in (48, 9, 2):
        at(working(days), lambda: _delete_contact(plan))
    at(working(70), lambda: _delete_category(plan))
    claimed = [life for life in plan.lives if life.tenures and life.tenures[-1].until is None]
    for life in plan.calendar.chance.sample(claimed, FILES_OF):
        at(_since(plan, life), lambda life=life: _files(plan, life))  # type: ignore[misc]
    for life in plan.calendar.chance.sample(claimed, TIES_OF):
        at(_since(plan, life), lambda life=life: _ties(plan, life))  # type: ignore[misc]


def _since(plan: Plan, life: Life) -> datetime:
    days = (plan.calendar.now - life.tenures[-1].since).total_seconds() / 86400
    return plan.calendar.later(life.tenures[-1].since, plan.calendar.chance.uniform(0.1, 0.8) * days)


def _categories(plan: Plan) -> None:
    by = plan.people["xiaoshou"]
    direct = node_create({"kind": "customer", "name": "直接客户"}, by=by)
    for name in ("华东", "其他地区"):
        node_create({"kind": "customer", "name": name, "parent": direct.pk}, by=by)
    node_create({"kind": "customer", "name": "集成商与总包"}, by=by)
    node_create({"kind": "customer", "name": "展会暂存"}, by=by)


def _list_modes(plan: Plan) -> None:
    """Most look at all their customers at once; the manager keeps the tree beside them."""
    entity = registry["customer"]
    mine = entity.view("mine")
    for login in ("laozong", "xiaoshou", "xiaolin", "xiaozhou"):
        if mine:
            keep_layout(plan.people[login], entity, mine, {"mode": "all", "tree": "1" if login == "xiaoshou" else ""})


def _delete_category(plan: Plan) -> None:
    node_delete(CategoryNode.objects.get(kind="customer", name="展会暂存"), by=plan.people["xiaoshou"])


def _filters(plan: Plan) -> None:
    levels = {name: pk for pk, name in entry_options("customer_level")}
    entity = registry["customer"]
    mine, people = entity.view("mine"), plan.people
    if mine is None:
        return
    for by, name, rows, more in (
        ("xiaoshou", "重要客户", [("level", "eq", [levels["核心"], levels["重要"]])], {"everybody": "1"}),
        ("xiaoshou", "华东的潜在客户", [("region", "contains", "江苏"), ("level", "eq", [levels["潜在"]])], {"colleagues": [people["xiaolin"].pk]}),
        ("xiaolin", "展会带回来的", [("tags", "contains", "展会线索")], {"colleagues": [people["xiaozhou"].pk]}),
        ("xiaozhou", "郑凯转来的老客户", [("tags", "contains", "重点跟进")], {}),
    ):  # fmt: skip
        asked = {"op": "and", "rows": [dict(zip(("field", "cond", "value"), row, strict=True)) for row in rows]}
        save_filter(people[by], entity, mine, {"name": name, "filter": asked, **more})


def _import(plan: Plan, *, done: bool) -> None:
    """Marketing brings a list home from an exhibition: one went in some weeks ago, one waits for its preview to be read."""
    chance = random.Random(7 if done else 8)  # noqa: S311  names of its own
    present = [life.company.name for life in plan.lives[:3]]
    rows = [["展商名称", "联系人", "职务", "手机", "公司电话", "省份", "城市", "备注"]]
    for company in companies(chance, 24 if done else 31, strangers=True):
        one = person(chance)
        rows.append([company.name, one["name"], one["title"], one["mobile"], landline(chance, company.city), "", company.city,
                     f"关注{chance.choice(company.trade.things)}"])  # fmt: skip
    rows += [[name, "", "", "", "", "", "", "老客户，到展位聊过"] for name in present]
    rows.append(["", chance.choice(["丁", "石"]) + "女士", "", mobile(chance), "", "", "", "名片上没有公司"])
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    name = "工业自动化展-展商名录.csv" if done else "产业园企业名单.csv"
    upload = SimpleUploadedFile(name, text.getvalue().encode("utf-8-sig"), "text/csv")
    by = plan.people["shichang"]
    run = import_runs.upload(upload, "customer", {"into": "pool", "map": {"展商名称": "name"}}, by=by)
    if done:
        import_runs.commit(run, by=by)


def _bulk_edit(plan: Plan) -> None:
    sources = {name: pk for pk, name in entry_options("customer_source")}
    by = plan.people["xiaoshou"]
    chosen = Customer.objects.filter(owner__in=by.access.subordinates, source=None).order_by("pk")
    ids = list(chosen.values_list("pk", flat=True)[:18])
    bulk_edit.start(registry["customer"], by, ids, {"source": sources["主动开发"]}, "page")


def _private(plan: Plan) -> None:
    for login, names in (("xiaolin", ("周老师", "沈律师")), ("xiaoshou", ("许会长", "翻译小丁"))):
        for name in names:
            phone = mobile(plan.calendar.chance)
            contact_create({"name": name, "is_private": True, "mobile": phone}, by=plan.people[login])


def _delete_customer(plan: Plan) -> None:
    """The pool is tidied: an unclaimed one goes."""
    customer = Customer.objects.filter(owner=None, parent=None).order_by("pk").first()
    if customer:
        services.customer_delete(customer, by=plan.people["xiaoshou"])


def _delete_contact(plan: Plan) -> None:
    """Somebody has left a customer's company."""
    login = plan.calendar.chance.choice(["xiaolin", "xiaozhou"])
    gone = Contact.objects.filter(customer__owner=plan.people[login], is_main=False).order_by("pk").first()
    if gone:
        contact_delete_at_customer(gone, by=plan.people[login])


def _ties(plan: Plan, life: Life) -> None:
    """What one has learnt of people over a meal."""
    chance = plan.calendar.chance
    customer = Customer.objects.get(pk=life.customer.pk)
    contact = Contact.objects.filter(customer=customer).order_by("-is_main", "pk").first()
    if contact is None or customer.owner is None:
        return
    relations = {name: pk for pk, name in entry_options("social_relation")}
    others = Contact.objects.filter(customer__isnull=False).exclude(customer=customer).order_by("pk")
    known = others[chance.randrange(max(1, others.count()))] if others else None
    ties: list[dict[str, Any]] = [
        {"relation": relations[chance.choice(["同学", "前同事", "朋友"])], "other": known.pk if known else None}
    ]
    if chance.random() < 0.4:
        ties.append({"relation": relations["配偶"], "name": chance.choice(["在中学当老师", "王医生", "自己开茶叶店"])})
    contact_change(contact, values={"ties": ties}, by=customer.owner)


def _files(plan: Plan, life: Life) -> None:
    """Drawings, lists and pictures at a customer; one of them is replaced later."""
    chance = plan.calendar.chance
    customer = Customer.objects.get(pk=life.customer.pk)
    if customer.owner is None:
        return
    thing = chance.choice(life.company.trade.things)
    made = [
        ContentFile(drawings.wiring(chance), name=f"{life.company.short}-{thing}-接线图.pdf"),
        ContentFile(drawings.points(chance, thing), name=f"{thing}-点位表.csv"),
        ContentFile(drawings.curve(chance), name=f"{chance.choice(life.company.trade.sites)}-一周曲线.png"),
    ]
    for file in chance.sample(made, chance.choice([1, 1, 2, 3])):
        added = attachment_add({"kind": "customer", "record": customer.pk, "file": file}, by=customer.owner)
        if chance.random() < 0.12:
            attachment_delete(added, by=customer.owner)


def tidy_messages(now: datetime) -> None:
    """What was said some days ago has been read."""
    Message.objects.filter(at__lt=now - timedelta(days=UNREAD_DAYS), read_at=None).update(read_at=now)
