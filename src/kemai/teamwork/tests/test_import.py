"""Contact records of the past come in with their own author, customer and time."""

from datetime import datetime
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.tests import import_support as support
from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import imported_as_foreseen, verdicts, whole_database
from kemai.kit import importing, undo
from kemai.kit.models import ChangeSet
from kemai.kit.moments import COMPANY_ZONE
from kemai.people.services import employee_set_left
from kemai.people.tests.factories import again, browser, program, team
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.services import interaction_create

pytestmark = [pytest.mark.django_db, pytest.mark.spec("IMP-07")]
HEAD = ["客户名称", "联系人", "联系时间", "记录人", "联系类型", "交往内容", "下次联系"]


@pytest.fixture
def crew():
    return team()


def sheet(folder, *rows, head=HEAD, name="记录.xlsx"):
    return support.sheet(folder, head, *rows, name=name)


imported = partial(imported_as_foreseen, kind="interaction")


def at(*parts):
    return datetime(*parts, tzinfo=COMPANY_ZONE)


@pytest.mark.spec("CUS-02")
def test_a_record_keeps_its_author_and_time_and_the_customer_its_first_and_last_contact(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}, {"name": "李娜"}])
    employee_set_left(crew.zhou, by=crew.admin)
    path = sheet(
        tmp_path,
        [yun.name, "李娜", "2024年3月5日 14:30", "小周", "电话", "第一次联系", ""],
        [yun.number, "李娜、王五", "2024-06-01", "xiaolin", "", "送样品", "2024-06-08 09:00"],
        [yun.name, "", "2024.4.1", "", "", "没写和谁", ""],
    )
    run = imported(path, crew.boss)
    assert verdicts(run) == [(2, "new", ""), (3, "new", ""), (4, "error", "请填写联系人。")]
    first, second = Interaction.objects.order_by("occurred_at")
    assert (first.employee, first.created_by, first.contact.name) == (crew.zhou, crew.zhou, "李娜")
    assert (first.occurred_at, first.created_at) == (at(2024, 3, 5, 14, 30), at(2024, 3, 5, 14, 30))
    assert (second.employee, second.contact.name, second.contact_name) == (crew.lin, "李娜", "王五")
    assert second.next_contact_at == at(2024, 6, 8, 9)
    assert (again(yun).first_contacted_at, again(yun).last_contacted_at) == (at(2024, 3, 5, 14, 30), at(2024, 6, 1))
    entry = ChangeSet.objects.get(deed="interaction.import")
    assert (entry.by, entry.door) == (crew.boss, "import")


def test_headers_of_other_programs_are_known_and_people_may_be_parted_by_any_sign(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}, {"name": "李娜"}])
    head = ["拜访日期", "所属客户", "拜访人", "被拜访人", "拜访方式", "拜访内容", "拜访结果"]
    rows = [
        ["2024-03-05", yun.name, "小林", "李娜/王五", "电话", "送样品", "很好"],
        ["2024-03-06 下午3点半", yun.name, "小林", "张伟，赵六", "", "谈价格", ""],
    ]
    imported(sheet(tmp_path, *rows, head=head), crew.boss)
    first, second = Interaction.objects.order_by("occurred_at")
    assert (first.contact.name, first.contact_name, first.result) == ("李娜", "王五", "很好")
    assert (second.contact.name, second.contact_name, second.occurred_at) == ("张伟", "赵六", at(2024, 3, 6, 15, 30))


def test_in_the_name_of_others_imports_who_has_the_right_for_it(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}])
    path = sheet(
        tmp_path,
        [yun.name, "张伟", "2024-03-05", "小林", "", "别人的", ""],
        [yun.name, "张伟", "2024-03-06", "王建国", "", "自己的", ""],
        [yun.name, "张伟", "2024-03-07", "", "", "没写谁", ""],
        [yun.name, "张伟", "2024-03-08", "无此人", "", "谁", ""],
        [yun.name, "张伟", "2099-03-08", "", "", "将来", ""],
        [yun.name, "张伟", "", "", "", "何时", ""],
    )
    assert verdicts(imported(path, crew.manager)) == [
        (2, "error", "以小林的名义导入需要「导入他人的交往记录」权限。"),
        (3, "new", ""),
        (4, "new", ""),
        (5, "error", "记录人「无此人」不存在，或有同名的几位，请填写登录名。"),
        (6, "error", "联系时间不能晚于现在；将来的联系请填写「下次联系」。"),
        (7, "error", "请填写联系时间。"),
    ]
    assert {one.employee for one in Interaction.objects.all()} == {crew.manager}


@pytest.mark.spec("ORG-08")
def test_customers_out_of_range_get_no_records(crew, tmp_path):
    theirs = customer("宁波港务有限公司", crew.chen, contacts=[{"name": "张伟"}])
    run = imported(sheet(tmp_path, [theirs.name, "张伟", "2024-03-05", "", "", "看不到", ""]), crew.manager)
    assert verdicts(run) == [(2, "error", "客户「宁波港务有限公司」不存在，或不在您的数据范围内。")]
    assert not Interaction.objects.exists()


@pytest.mark.spec("CUS-02", "IMP-03")
def test_an_undo_brings_first_and_last_contact_back(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}])
    values = {
        "customer": yun.pk,
        "contact": yun.contacts.get().pk,
        "content": "本来就有",
        "occurred_at": at(2024, 5, 1),
    }
    interaction_create(values, by=crew.lin)
    before = whole_database()
    path = sheet(
        tmp_path,
        [yun.name, "张伟", "2024-03-05", "", "", "更早", ""],
        [yun.name, "张伟", "2024-08-05", "", "", "更晚", ""],
    )
    run = imported(path, crew.boss)
    assert (again(yun).first_contacted_at, again(yun).last_contacted_at) == (at(2024, 3, 5), at(2024, 8, 5))
    assert undo.undo_import(run, by=crew.boss).sentence == "已撤销：交往记录 2。"
    assert whole_database() == before


@pytest.mark.spec("CUS-02", "IMP-03")
def test_after_an_undo_the_last_contact_is_that_of_the_records_that_stay(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}])
    run = imported(sheet(tmp_path, [yun.name, "张伟", "2024-03-05", "", "", "导入的", ""]), crew.boss)
    values = {"customer": yun.pk, "contact": yun.contacts.get().pk, "content": "后来", "occurred_at": at(2024, 9, 1)}
    interaction_create(values, by=crew.lin)
    outcome = undo.undo_import(run, by=crew.boss)
    assert (outcome.sentence, outcome.left) == ("已撤销：交往记录 1。", [])
    assert (again(yun).first_contacted_at, again(yun).last_contacted_at) == (at(2024, 9, 1), at(2024, 9, 1))


@pytest.mark.spec("IMP-08", "IMP-06")
def test_the_exported_list_goes_in_again_and_changes_nothing_and_updates_find_their_record(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}])
    person = yun.contacts.get().pk
    for content, more in [
        (
            "第一行\n第二行",
            {"result": "很好", "next_contact_at": at(2026, 1, 2, 3, 4).replace(second=45, microsecond=678_000)},
        ),
        ("别的", {"contact": None, "contact_name": "王五"}),
        ("同一分钟", {"contact_name": "王五"}),
    ]:
        values = {"customer": yun.pk, "contact": person, "content": content, "occurred_at": at(2025, 3, 5, 14, 30)}
        interaction_create(values | more, by=crew.lin)
    content = b"".join(browser(crew.boss).get("/interactions/export").streaming_content)
    before = whole_database()
    api = program(crew.boss)
    sent = {"kind": "interaction", "file": SimpleUploadedFile("记录.xlsx", content), "update": "true"}
    made = api.post("/api/v1/imports", sent).json()
    assert [(one["verdict"], one["message"]) for one in made["verdicts"]] == [
        ("duplicate", "与已有的交往记录相同，没有变化。")
    ] * 3
    api.post(f"/api/v1/imports/{made['id']}/commit")
    assert whole_database() == before
    path = sheet(
        tmp_path,
        [yun.name, "张伟", "2025-03-05 14:30", "小林", "第一行", "签约"],
        head=["客户", "联系人", "联系时间", "记录人", "摘要", "结果"],
    )
    assert verdicts(imported(path, crew.boss, update=True)) == [(2, "update", "")]
    changed = Interaction.objects.get(result="签约")
    assert changed.content == "第一行\n第二行"


@pytest.mark.spec("IMP-03", "INT-04")
def test_five_hundred_records_cost_a_handful_of_statements(crew, tmp_path, django_assert_max_num_queries):
    firms = [customer(f"第{number}号有限公司", crew.lin, contacts=[{"name": "张伟"}]) for number in range(20)]
    rows = [
        [
            firms[at % 20].name,
            "张伟",
            f"2024-03-{1 + at // 20:02d} 09:30",
            "xiaolin",
            "",
            f"第{at}次",
            "2036-03-05 09:00",
        ]
        for at in range(500)
    ]
    run = support.previewed(sheet(tmp_path, *rows), crew.boss, kind="interaction")
    with django_assert_max_num_queries(90):
        importing.commit(run)
    assert Interaction.objects.count() == 500
    todos = Todo.objects.order_by("customer")
    assert [(one.customer, one.employee, one.interaction.content) for one in todos] == [
        (firm, crew.lin, f"第{480 + place}次") for place, firm in enumerate(firms)
    ]
    assert (again(firms[0]).first_contacted_at, again(firms[0]).last_contacted_at) == (
        at(2024, 3, 1, 9, 30),
        at(2024, 3, 25, 9, 30),
    )


@pytest.mark.spec("INT-04")
def test_a_later_record_from_a_file_settles_the_to_do_that_is_there(crew, tmp_path):
    yun = customer("苏州云图科技有限公司", crew.lin, contacts=[{"name": "张伟"}])
    head = sheet(tmp_path, [yun.name, "张伟", "2024-03-05 09:30", "xiaolin", "", "第一次", "2036-03-05 09:00"])
    imported(head, crew.boss)
    imported(
        sheet(
            tmp_path, [yun.name, "张伟", "2024-04-05 09:30", "xiaolin", "", "第二次", "2036-04-05 09:00"], name="2.xlsx"
        ),
        crew.boss,
    )
    assert [(one.interaction.content, bool(one.done_at)) for one in Todo.objects.order_by("pk")] == [
        ("第一次", True),
        ("第二次", False),
    ]
