"""Contacts from a table, as a kind of their own."""

from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.models import Contact
from kemai.customers.services import customer_assign
from kemai.customers.tests import import_support as support
from kemai.customers.tests.factories import contact, customer
from kemai.customers.tests.import_support import imported_as_foreseen, verdicts, whole_database
from kemai.kit import importing, undo
from kemai.people.tests.factories import again, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("IMP-01")]
HEAD = ["姓名", "单位名称", "职务", "手机"]


@pytest.fixture
def crew():
    return team()


def sheet(folder, *rows, head=HEAD, name="联系人.xlsx"):
    return support.sheet(folder, head, *rows, name=name)


imported = partial(imported_as_foreseen, kind="contact")


@pytest.mark.spec("CON-01")
def test_contacts_come_to_customers_by_name_or_number_and_the_first_is_the_main_one(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.manager)
    san = customer("杭州三和机械有限公司", crew.manager, contacts=[{"name": "旧人"}])
    path = sheet(
        tmp_path,
        ["甲", "苏州云图科技有限公司", "经理", 13800138000, ""],
        ["乙", " 苏州云图科技有限公司 ", "", "", ""],
        ["丙", "", "", "", san.number],
        ["丁", "没有的公司", "", "", ""],
        ["戊", "", "", "", ""],
        head=[*HEAD, "客户编号"],
    )
    run = imported(path, crew.manager)
    assert verdicts(run) == [
        (2, "new", ""),
        (3, "new", ""),
        (4, "new", ""),
        (5, "error", "客户「没有的公司」不存在，或不在您的数据范围内。"),
        (6, "error", "请填写单位名称；没有单位的请在「私人联系人」一列填“是”。"),
    ]
    made = [(one.name, one.is_main, one.title, one.mobile) for one in yun.contacts.order_by("pk")]
    assert made == [("甲", True, "经理", "13800138000"), ("乙", False, "", "")]
    assert [(one.name, one.is_main) for one in san.contacts.order_by("pk")] == [("旧人", True), ("丙", False)]


@pytest.mark.spec("CON-01")
def test_of_those_that_want_to_be_the_main_contact_the_last_one_is(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.manager, contacts=[{"name": "旧人"}])
    before = again(yun).version
    rows = [["甲", yun.name, "是"], ["乙", yun.name, ""], ["丙", yun.name, "是"], ["丁", yun.name, "否"]]
    imported(sheet(tmp_path, *rows, head=["姓名", "单位名称", "主联系人"]), crew.manager)
    assert [(one.name, one.is_main) for one in yun.contacts.order_by("pk")] == [
        ("旧人", False), ("甲", False), ("乙", False), ("丙", True), ("丁", False),
    ]  # fmt: skip
    assert again(yun).version == before + 1, "who has the form open is told once"


@pytest.mark.spec("IMP-03")
def test_five_hundred_contacts_cost_a_handful_of_statements(crew, tmp_path, django_assert_max_num_queries):
    firms = [customer(f"第{number}号有限公司", crew.manager) for number in range(20)]
    few, many = (
        support.previewed(sheet(tmp_path, *rows, name=f"{len(rows)}.xlsx"), crew.manager, kind="contact")
        for rows in ([[f"张{at}", firms[at % 20].name, "", ""] for at in range(count)] for count in (20, 500))
    )
    with django_assert_max_num_queries(60):
        importing.commit(few)
    with django_assert_max_num_queries(60):
        importing.commit(many)
    assert Contact.objects.filter(name="张499", customer=firms[19], name_key__gt="").exists()
    assert Contact.objects.filter(is_main=True).count() == 20


@pytest.mark.spec("IMP-02", "ORG-08")
def test_a_customer_that_somebody_else_got_since_the_preview_gets_no_contact(crew, tmp_path):
    yun, san = customer("苏州云图科技有限公司", crew.marketing), customer("杭州三和机械有限公司", crew.marketing)
    run = support.previewed(
        sheet(tmp_path, ["甲", yun.name, "", ""], ["乙", san.name, "", ""]), crew.marketing, kind="contact"
    )
    customer_assign(yun, by=crew.marketing, employee=crew.chen.pk)
    importing.commit(run)
    assert [one.name for one in Contact.objects.all()] == ["乙"]
    assert [verdict for _, verdict, _ in verdicts(run)] == ["error", "new"]


@pytest.mark.spec("ORG-08")
def test_customers_out_of_range_and_of_others_get_no_contacts(crew, tmp_path):
    theirs = customer("宁波港务有限公司", crew.chen)
    unclaimed = customer("温州长江贸易有限公司")
    path = sheet(tmp_path, ["甲", theirs.name, "", ""], ["乙", unclaimed.name, "", ""])
    run = imported(path, crew.marketing)
    assert [verdict for _, verdict, _ in verdicts(run)] == ["error", "error"]
    assert verdicts(run)[0][2] == "客户「宁波港务有限公司」不存在，或不在您的数据范围内。"
    assert not Contact.objects.exists()


@pytest.mark.spec("IMP-06")
def test_the_same_contact_is_updated_by_name_or_by_mobile_and_an_undo_brings_it_back(crew, tmp_path):
    yun = customer(
        "苏州云图科技有限公司", crew.manager, contacts=[{"name": "甲", "mobile": "13800138000", "title": "科员"}]
    )
    before = whole_database()
    rows = ["甲", yun.name, "处长", ""], ["新人", yun.name, "", "13911112222"], ["甲", yun.name, "", ""]
    skipped = imported(sheet(tmp_path, *rows[:1]), crew.manager)
    assert verdicts(skipped) == [(2, "duplicate", "已有「甲」，已跳过。")]
    run = imported(sheet(tmp_path, *rows), crew.manager, update=True)
    assert verdicts(run) == [(2, "update", ""), (3, "new", ""), (4, "duplicate", "与第 2 行相同，已跳过。")]
    assert [(one.name, one.title, one.mobile) for one in yun.contacts.order_by("pk")] == [
        ("甲", "处长", "13800138000"), ("新人", "", "13911112222"),
    ]  # fmt: skip
    assert undo.undo_import(run, by=crew.manager).left == []
    assert whole_database() == before
    renamed = imported(
        sheet(tmp_path, ["甲改名", yun.name, "", "13800138000"]), crew.manager, update=True, add=False, key="mobile"
    )
    assert verdicts(renamed) == [(2, "update", "")]
    assert yun.contacts.get().name == "甲改名"


def test_a_private_contact_needs_no_customer(crew, tmp_path):
    path = sheet(tmp_path, ["老同学", "是", "13800138000"], head=["姓名", "私人联系人", "手机"])
    assert verdicts(imported(path, crew.manager)) == [(2, "new", "")]
    made = Contact.objects.get()
    assert (made.is_private, made.customer, made.created_by) == (True, None, crew.manager)
    assert verdicts(imported(path, crew.manager)) == [(2, "duplicate", "已有「老同学」，已跳过。")]


@pytest.mark.spec("IMP-08")
def test_the_exported_list_of_contacts_goes_in_again_and_changes_nothing(crew, tmp_path):
    yun = customer(
        "苏州云图科技有限公司",
        crew.manager,
        contacts=[{"name": "甲", "mobile": "13800138000", "birthday": "1980-01-02"}],
    )
    contact("乙", yun, phone="0512-6288 0001")
    contact("私交", by=crew.manager)
    content = b"".join(browser(crew.manager).get("/contacts/export").streaming_content)
    before = whole_database()
    api = program(crew.manager)
    sent = {"kind": "contact", "file": SimpleUploadedFile("联系人.xlsx", content), "update": "true"}
    made = api.post("/api/v1/imports", sent).json()
    assert [(one["verdict"], one["message"]) for one in made["verdicts"]] == [
        ("duplicate", "与已有的联系人相同，没有变化。")
    ] * 3
    api.post(f"/api/v1/imports/{made['id']}/commit")
    assert whole_database() == before
