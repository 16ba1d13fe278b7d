"""Several contacts in one row of a workbook: 联系人, 手机, 联系人2, 手机2 … (IMP-02, IMP-04, IMP-06)."""

import io
import json
import zipfile

import pytest
import xlsxwriter

from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import (
    imported_as_foreseen,
    in_chunks_of,
    killed_after_a_chunk,
    received,
    sheet,
    verdicts,
    whole_database,
)
from kemai.customers.tests.support import counts_are_true, nothing_changes
from kemai.customers.tests.test_import_api import command, upload
from kemai.kit import import_results, importing, undo
from kemai.kit.entity import registry
from kemai.kit.import_templates import write_template
from kemai.kit.search_docs import index_of
from kemai.people.tests.factories import browser, employee, program

NAME = "客户名称"
THREE = [
    ("张伟", "13800138000", "采购经理", True),
    ("李娜", "13900139000", "财务", False),
    ("王芳", "13700137000", "前台", False),
]


def people(name: str) -> list[tuple[str, str, str, bool]]:
    """The contacts of a customer in the order in which they were made."""
    found = Contact.objects.filter(customer__name=name).order_by("pk")
    return list(found.values_list("name", "mobile", "title", "is_main"))


def done(path, by, **options):
    return imported_as_foreseen(path, by, kind="customer", **options)


@pytest.mark.spec("IMP-02", "IMP-04")
@pytest.mark.parametrize(
    "headers",
    [
        ["联系人", "手机", "职务", "联系人2", "手机2", "职务2", "联系人3", "手机3", "职务3"],
        ["联系人一", "联系人一手机", "联系人一职务", "第二联系人", "第二联系人手机", "第二联系人职位", "备用联系人", "备用电话", "备用联系人职务"],
        ["联系人", "手机", "职务", "联系人", "手机", "职务", "联系人", "手机", "职务"],
        ["联系人（1）", "联系电话（1）", "职务（1）", "联系人（2）", "联系电话（2）", "职务（2）", "联系人（3）", "联系电话（3）", "职务（3）"],
    ],
    ids=["numbers", "words", "repeated", "brackets"],
)  # fmt: skip
def test_three_contacts_in_a_row_go_in_whatever_the_headers_are_called(crew, tmp_path, headers):
    path = tmp_path / "老客户.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        page = book.add_worksheet("客户")
        page.merge_range(0, 0, 0, 10, "老客户资料汇总表（2024年3月，小周整理）")
        for at, cells in enumerate(
            [
                ["序号", "单位全称", *headers],
                [1, " 宁波海天塑机有限公司", "张 伟", 13800138000, "采购经理", "李娜", "139 0013 9000", "财务", "王芳", "１３７００１３７０００", "前台"],
                [2, "苏州恒达贸易有限公司", "陈静", "", "", "", "", "", "—", "无", ""],
                ["合计", "2 家"],
            ],
            start=2,
        ):  # fmt: skip
            page.write_row(at, 0, cells)
    before = whole_database()
    run = done(path, crew.admin, map={"单位全称": "name"})
    expected = [
        (4, "new", "联系人 3 位：张 伟、李娜、王芳。"),
        (5, "new", ""),
    ]
    assert import_results.unmatched(run) == ["序号"]
    assert verdicts(run) == expected
    assert people("宁波海天塑机有限公司") == [
        ("张 伟", "13800138000", "采购经理", True),
        ("李娜", "139 0013 9000", "财务", False),
        ("王芳", "13700137000", "前台", False),
    ]
    assert people("苏州恒达贸易有限公司") == [("陈静", "", "", True)]
    counts_are_true()
    for kind in ("customer", "contact"):
        ids = list(registry[kind].model.objects.values_list("pk", flat=True))
        assert index_of(kind).stale(registry[kind].search.docs(ids)) == []
    undo.undo_import(run, by=crew.admin)
    assert whole_database() == before


@pytest.mark.spec("IMP-02")
def test_a_column_is_matched_to_the_contact_that_it_belongs_to(crew, tmp_path):
    def fields(*headers):
        run = received(sheet(tmp_path, headers, ["杭州云图科技有限公司", *["x"] * (len(headers) - 1)]), crew.admin)
        return [name.replace("contacts", "") for name in run.columns["fields"]]

    assert fields(NAME, "电话", "联系人", "电话", "联系人", "电话") == [
        "name",
        "phone",
        ".name",
        ".mobile",
        "2.name",
        "2.mobile",
    ]
    assert fields(NAME, "联系人", "电话", "联系人", "电话") == ["name", ".name", ".mobile", "2.name", "2.mobile"]
    assert fields(NAME, "联系人", "电话") == ["name", ".name", "phone"]
    assert fields(NAME, "电话", "联系人", "联系电话") == ["name", "phone", ".name", ".mobile"]
    assert fields(NAME, "联系人", "电话", "电话") == ["name", ".name", "phone", "2.mobile"]
    assert fields(NAME, "姓名", "姓名", "手机", "手机") == ["name", ".name", "2.name", ".mobile", "2.mobile"]
    assert fields(NAME, "主联系人", "主联系人手机", "联系人1", "手机1", "联系人2", "手机2") == [
        "name", ".name", ".mobile", "2.name", "2.mobile", "3.name", "3.mobile",
    ]  # fmt: skip
    assert fields(NAME, "联系人", "手机", "微信2", "手机2", "备注", "地址2") == [
        "name",
        ".name",
        ".mobile",
        "",
        "2.mobile",
        "remarks",
        "",
    ]
    assert fields("Company", "Contact", "Mobile", "Contact 2", "Mobile 2") == [
        "name",
        ".name",
        ".mobile",
        "2.name",
        "2.mobile",
    ]
    assert fields(NAME, *["联系人"] * 6) == ["name", ".name", "2.name", "3.name", "4.name", "5.name", ""]
    assert fields(NAME, "备用电话") == ["name", "2.mobile"]
    assert fields(NAME, "紧急联系人", "紧急联系电话", "其他联系人") == ["name", "2.name", "2.mobile", "3.name"]
    assert fields(NAME, "联系人2 姓名", "联系人2 座机", "联系人") == ["name", "2.name", "2.phone", ".name"]


@pytest.mark.spec("IMP-04", "IMP-06")
def test_numbers_without_a_name_and_a_name_written_twice_are_not_lost(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, "电话", "联系人", "手机", "职务", "联系人2", "手机2", "职务2", "联系人3", "手机3"],
        ["甲公司", "0571-86188888", "张伟", "13800138000", "", "", "13900139000", "财务", "", ""],
        ["乙公司", "", "", "13800138001", "", "李娜", "13900139001", "财务", "王芳", "13700137001"],
        ["丙公司", "", "张伟", "13800138002", "", "张伟", "13900139002", "财务", "张伟", "13800138002"],
        ["丁公司", "", "张伟", "13800138003", "经理", "张伟", "", "财务", "", "13800138003"],
        ["戊公司", "", "", "", "", "", "13800138004", "", "", ""],
        ["己公司", "", "张伟", "问前台", "", "张伟", "转8", "", "", "见名片"],
    )  # fmt: skip
    expected = [
        (2, "new", "没有联系人姓名，13900139000 记为客户的电话。 没有联系人姓名，职务未填写。"),
        (3, "new", "联系人 2 位：李娜、王芳。 没有联系人姓名，13800138001 记为客户的电话。"),
        (4, "new", "联系人「张伟」写了两次，只记一位。"),
        (5, "new", "联系人「张伟」写了两次，只记一位，第二次的职务未填写。"),
        (6, "new", "没有联系人姓名，13800138004 记为客户的电话。"),
        (7, "new", "没有联系人姓名，见名片 记为客户的电话。 联系人「张伟」写了两次，只记一位。"),
    ]
    assert verdicts(done(path, crew.admin)) == expected
    assert people("甲公司") == [("张伟", "13800138000", "", True)]
    assert people("乙公司") == [("李娜", "13900139001", "财务", True), ("王芳", "13700137001", "", False)]
    assert people("丙公司") == [("张伟", "13800138002/13900139002", "财务", True)]
    assert people("己公司") == [("张伟", "问前台/转8", "", True)]
    assert people("丁公司") == [("张伟", "13800138003", "经理", True)]
    assert [one.phone for one in Customer.objects.order_by("pk")] == [
        "0571-86188888/13900139000", "13800138001", "", "", "13800138004", "见名片",
    ]  # fmt: skip
    with nothing_changes():
        assert done(path, crew.admin, update=True).counts == {"duplicate": 6, "in": 0}


@pytest.mark.spec("IMP-06")
def test_an_update_adds_missing_contacts_changes_those_that_are_there_and_leaves_what_is_empty(crew, tmp_path):
    present = customer(
        "甲公司", crew.manager,
        contacts=[{"name": "张伟", "mobile": "13800138000", "title": "采购经理"}, {"name": "李娜", "title": "出纳", "qq": "10001"}],
    )  # fmt: skip
    path = sheet(
        tmp_path, [NAME, "联系人", "手机", "职务", "联系人2", "手机2", "职务2", "联系人3", "手机3", "职务3"],
        ["甲公司", "张伟", "", "", "李娜", "13900139000", "财务", "王芳", "13700137000", "前台"],
        ["乙公司", "赵敏", "", "", "周强", "", "", "", "", ""],
    )  # fmt: skip
    before = whole_database()
    run = done(path, crew.manager, update=True)
    assert verdicts(run) == [
        (2, "update", "新增联系人：王芳。 修改联系人：李娜。"),
        (3, "new", "联系人 2 位：赵敏、周强。"),
    ]
    assert people("甲公司") == THREE
    assert present.contacts.get(name="李娜").qq == "10001"
    with nothing_changes():
        assert done(path, crew.manager, update=True).counts == {"duplicate": 2, "in": 0}
    undo.undo_import(run, by=crew.manager)
    assert whole_database() == before


@pytest.mark.spec("IMP-06", "ORG-05")
def test_rights_to_add_and_to_change_contacts_hold_for_all_contacts_of_a_row(crew, tmp_path):
    rights = ["customer.view", "customer.add", "customer.change", "customer.import"]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    path = sheet(
        tmp_path,
        [NAME, "联系人", "手机", "联系人2", "手机2", "手机3"],
        ["甲公司", "张伟", "13800138000", "李娜", "13900139000", "13700137000"],
    )
    run = done(path, he, into="mine")
    note = "您没有新增联系人的权限，联系人未填写。 没有联系人姓名，13700137000 记为客户的电话。"
    assert verdicts(run) == [(2, "new", note)]
    assert (Customer.objects.get().phone, Contact.objects.count()) == ("13700137000", 0)
    she = employee("xiaoxu", "小许", supervisor=crew.manager, rights=[*rights, "contact.view", "contact.add"])
    customer("乙公司", she, contacts=[{"name": "张伟"}, {"name": "李娜", "mobile": "13900139000"}])
    path = sheet(tmp_path, [NAME, "联系人", "联系人2", "手机2"], ["乙公司", "张伟", "李娜", "13900139009"])
    with nothing_changes():
        assert verdicts(done(path, she, update=True)) == [(2, "error", "您没有修改联系人的权限。")]


@pytest.mark.spec("IMP-06")
def test_a_further_row_of_the_same_customer_brings_those_contacts_that_are_new(crew, tmp_path, monkeypatch):
    in_chunks_of(2, monkeypatch)
    customer("乙公司", contacts=[{"name": "孙七"}])
    path = sheet(
        tmp_path, [NAME, "联系人", "手机", "联系人2", "手机2"],
        ["甲公司", "张伟", "", "李娜", ""], ["甲公司", "李娜", "", "王芳", "13700137000"], ["甲公司", "张伟", "", "王芳", ""],
        ["甲公司", "赵敏", "", "周强", ""], ["乙公司", "周八", "", "", ""], ["乙公司", "孙七", "", "吴九", ""],
        ["甲公司", "郑十", "", "", "13500135000"],
    )  # fmt: skip
    run = done(path, crew.admin, update=True)
    assert verdicts(run) == [
        (2, "new", "联系人 2 位：张伟、李娜。"),
        (3, "update", "联系人「王芳」加入第 2 行的客户。"),
        (4, "duplicate", "与第 2 行同名，已跳过。"),
        (5, "update", "联系人「赵敏」、「周强」加入第 2 行的客户。"),
        (6, "update", ""),
        (7, "update", "联系人「吴九」加入第 6 行的客户。"),
        (8, "update", "联系人「郑十」加入第 2 行的客户。 没有联系人姓名，13500135000 未填写。"),
    ]
    names = [name for name, _, _, _ in people("甲公司")]
    assert names == ["张伟", "李娜", "王芳", "赵敏", "周强", "郑十"]
    assert [name for name, _, _, _ in people("乙公司")] == ["孙七", "周八", "吴九"]
    assert Contact.objects.filter(is_main=True).count() == 2


@pytest.mark.spec("IMP-03", "IMP-06")
def test_an_import_that_was_killed_goes_on_and_knows_all_contacts_of_a_row(crew, tmp_path, monkeypatch):
    in_chunks_of(1, monkeypatch)
    path = sheet(tmp_path, [NAME, "联系人", "联系人2"], ["甲公司", "张伟", "李娜"], ["甲公司", "李娜", "王芳"])
    run = killed_after_a_chunk(received(path, crew.marketing))
    assert importing.commit(run).counts == {"new": 1, "update": 1, "in": 2}
    assert [name for name, _, _, _ in people("甲公司")] == ["张伟", "李娜", "王芳"]


@pytest.mark.spec("IMP-02", "API-01")
def test_programs_choose_the_columns_of_further_contacts_and_the_page_offers_them(crew, tmp_path):
    client = program(crew.admin)
    path = sheet(
        tmp_path,
        [NAME, "联系人", "对口财务", "财务手机", "联系人6"],
        ["甲公司", "张伟", "李娜", "13900139000", "赵敏"],
    )
    made = upload(client, path).json()
    assert made["unmatched"] == ["对口财务", "联系人6"]
    chosen = {"对口财务": "contacts2.name", "财务手机": "contacts2.mobile"}
    address = f"/api/v1/imports/{made['id']}"
    wrong = client.post(f"{address}/plan", {"map": {"对口财务": "contacts6.name"}}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["fields"]) == (422, {"map": ["没有「contacts6.name」这个字段。"]})
    planned = client.post(f"{address}/plan", {"map": chosen}, content_type="application/json").json()
    assert [(column["header"], column["label"]) for column in planned["columns"]][2:] == [
        ("对口财务", "联系人2 姓名"), ("财务手机", "联系人2 手机"), ("联系人6", ""),
    ]  # fmt: skip
    shown = browser(crew.admin).get(f"/imports/{made['id']}").content.decode()
    assert '<optgroup label="联系人5">' in shown
    assert '<option value="contacts2.mobile" selected>联系人2 手机</option>' in shown
    assert "4 列已识别，1 列不导入" in shown
    assert client.post(f"{address}/commit").json()["counts"] == {"new": 1, "in": 1}
    assert people("甲公司") == [("张伟", "", "", True), ("李娜", "13900139000", "", False)]
    uploaded = upload(client, path, kind="customers", options=json.dumps({"map": chosen, "update": True})).json()
    assert uploaded["counts"] == {"duplicate": 1}


@pytest.mark.spec("IMP-02")
def test_the_command_names_the_columns_of_further_contacts(crew, tmp_path, capsys):
    path = sheet(tmp_path, [NAME, "联系人", "联系人2", "手机2"], ["甲公司", "张伟", "李娜", "13900139000"])
    status, lines = command(capsys, "import", "customers", str(path), "--as", "admin")
    assert status == 0
    assert "列: 客户名称→客户名称，联系人→联系人，联系人2→联系人2 姓名，手机2→联系人2 手机" in lines
    assert people("甲公司") == [("张伟", "", "", True), ("李娜", "13900139000", "", False)]


@pytest.mark.spec("IMP-04")
def test_a_wrong_value_of_a_further_contact_names_whose_it_is(crew, tmp_path):
    path = sheet(tmp_path, [NAME, "联系人", "联系人2", "生日2"], ["甲公司", "张伟", "李娜", "去年"])
    with nothing_changes():
        run = done(path, crew.admin)
        assert verdicts(run) == [(2, "error", "联系人2 生日应为日期，例如 2026-03-05。")]


@pytest.mark.spec("IMP-05")
def test_the_template_says_how_more_contacts_are_written(crew):
    made = io.BytesIO()
    write_template(registry["customer"], crew.admin, made)
    notes = zipfile.ZipFile(made).read("xl/comments1.xml").decode()
    assert "同一行最多 5 个联系人：在右边加「联系人2」等列，其他列也在后面写上 2。" in notes
