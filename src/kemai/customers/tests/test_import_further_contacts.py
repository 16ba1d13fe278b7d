"""People that a table of customers brings along: whose number it is, further contacts in further rows, what their rights allow (IMP-01)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import contact, customer
from kemai.customers.tests.import_support import (
    MOBILE,
    NAME,
    PERSON,
    TEL,
    imported,
    in_chunks_of,
    previewed,
    sheet,
    verdicts,
    whole_database,
)
from kemai.kit import importing, undo
from kemai.people.tests.factories import again, employee


@pytest.mark.spec("IMP-04", "IMP-06")
def test_a_number_without_a_persons_name_is_the_customers_and_is_not_lost(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, TEL, PERSON, MOBILE, "职务"],
        ["甲公司", "", "", 13800138001, ""], ["乙公司", "0571-87654321", "—", "13800138002", "经理"],
        ["丙公司", "", "张三", "13800138003", "经理"], ["丁公司", "1" * 55, "", "13800138004", ""],
    )  # fmt: skip
    expected = [
        (2, "new", "没有联系人姓名，13800138001 记为客户的电话。"),
        (3, "new", "没有联系人姓名，13800138002 记为客户的电话。 没有联系人姓名，职务未填写。"),
        (4, "new", ""),
        (5, "error", "没有联系人姓名，号码与电话合在一起太长，请填写联系人姓名。"),
    ]
    assert verdicts(previewed(path, crew.admin)) == expected
    assert verdicts(imported(path, crew.admin)) == expected
    assert [one.phone for one in Customer.objects.order_by("pk")] == ["13800138001", "0571-87654321/13800138002", ""]
    assert [person.name for person in Contact.objects.all()] == ["张三"]
    again_ = imported(path, crew.admin, update=True)
    assert [verdict for _, verdict, _ in verdicts(again_)] == ["duplicate", "duplicate", "duplicate", "error"]


@pytest.mark.spec("IMP-04", "IMP-06")
def test_an_update_adds_a_number_without_a_name_only_where_nobody_has_it(crew, tmp_path):
    known, other = customer("甲公司", phone="0571-87654321"), customer("乙公司", phone="0571-87654322")
    contact("张三", known, mobile="138 0013 8001")
    path = sheet(tmp_path, [NAME, MOBILE], ["甲公司", "13800138001"], ["乙公司", "13800138002"])
    run = imported(path, crew.admin, update=True)
    assert verdicts(run) == [
        (2, "duplicate", "与已有的客户相同，没有变化。"),
        (3, "update", "没有联系人姓名，13800138002 记为客户的电话。"),
    ]
    assert (again(known).phone, again(other).phone) == ("0571-87654321", "0571-87654322/13800138002")
    assert again(other).phone_digits == "057187654322"


@pytest.mark.spec("IMP-02", "IMP-06")
def test_further_rows_of_a_customer_bring_its_other_contacts(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, TEL, PERSON, MOBILE],
        ["甲公司", "0571-87654321", "张三", "13800138001"], ["甲公司", "0571-00000000", "李四", "13800138002"],
        ["乙公司", "", "", ""], ["（甲公司）", "", "王五", "13800138003"], ["甲公司", "", "张三", ""], ["乙公司", "", "赵六", ""],
    )  # fmt: skip
    expected = [
        (2, "new", ""),
        (3, "update", "联系人「李四」加入第 2 行的客户。"),
        (4, "new", ""),
        (5, "update", "联系人「王五」加入第 2 行的客户。"),
        (6, "duplicate", "与第 2 行同名，已跳过。"),
        (7, "update", "联系人「赵六」加入第 4 行的客户。"),
    ]
    before = whole_database()
    run = previewed(path, crew.admin)
    assert verdicts(run) == expected
    run = importing.commit(run)
    assert verdicts(run) == expected
    assert run.counts == {"new": 2, "update": 3, "duplicate": 1, "in": 5}
    people = Contact.objects.order_by("pk").values_list("customer__name", "name", "mobile", "is_main")
    assert list(people) == [
        ("甲公司", "张三", "13800138001", True),
        ("甲公司", "李四", "13800138002", False),
        ("甲公司", "王五", "13800138003", False),
        ("乙公司", "赵六", "", True),
    ]
    assert Customer.objects.get(name="甲公司").phone == "0571-87654321"
    second = imported(path, crew.admin)
    assert {verdict for _, verdict, _ in verdicts(second)} == {"duplicate"}
    undo.undo_import(run, by=crew.admin)
    assert whole_database() == before


@pytest.mark.spec("IMP-04", "IMP-06")
def test_a_number_beside_a_further_contact_is_theirs_if_it_is_not_the_customers(crew, tmp_path):
    before = whole_database()
    path = sheet(
        tmp_path, [NAME, PERSON, TEL],
        ["甲公司", "张三", "0571-87654321"], ["甲公司", "李四", "138 0013 8002"], ["甲公司", "王五", "0571-86188888"],
        ["甲公司", "赵六", "0571-87654321"],
    )  # fmt: skip
    run = previewed(path, crew.admin)
    expected = [
        (2, "new", ""),
        (3, "update", "联系人「李四」加入第 2 行的客户。 138 0013 8002 记为「李四」的手机。"),
        (4, "update", "联系人「王五」加入第 2 行的客户。 0571-86188888 记为「王五」的电话。"),
        (5, "update", "联系人「赵六」加入第 2 行的客户。"),
    ]
    assert verdicts(run) == expected
    assert verdicts(importing.commit(run)) == expected
    assert Customer.objects.get().phone == "0571-87654321"
    people = Contact.objects.order_by("pk").values_list("name", "mobile", "phone")
    assert list(people) == [
        ("张三", "", ""), ("李四", "138 0013 8002", ""), ("王五", "", "0571-86188888"), ("赵六", "", ""),
    ]  # fmt: skip
    after = whole_database()
    second = imported(path, crew.admin, update=True)
    assert {verdict for _, verdict, _ in verdicts(second)} == {"duplicate"}
    assert whole_database() == after
    undo.undo_import(run, by=crew.admin)
    assert whole_database() == before


@pytest.mark.spec("IMP-06")
def test_sixty_further_contacts_are_written_in_as_many_statements_as_thirty(crew, tmp_path):
    def statements(company, count):
        rows = [[company, f"{company}联系人{number}"] for number in range(count + 1)]
        run = previewed(sheet(tmp_path, [NAME, PERSON], *rows), crew.admin)
        with CaptureQueriesContext(connection) as asked:
            importing.commit(run)
        assert Contact.objects.filter(customer__name=company).count() == count + 1
        return len(asked)

    statements("甲公司", 30)  # what is asked once is known afterwards
    assert statements("丙公司", 60) == statements("乙公司", 30)


@pytest.mark.spec("IMP-03", "IMP-06")
def test_contacts_of_a_customer_join_it_over_the_border_of_chunks(crew, tmp_path, monkeypatch):
    in_chunks_of(2, monkeypatch)
    present = customer("乙公司", contacts=[{"name": "孙七"}])
    path = sheet(
        tmp_path, [NAME, PERSON], ["甲公司", "张三"], ["乙公司", "孙七"], ["乙公司", "周八"], ["甲公司", "李四"], ["乙公司", "孙七"],
        ["乙公司", "周八"],
    )  # fmt: skip
    run = previewed(path, crew.admin, update=True)
    expected = verdicts(run)
    assert [verdict for _, verdict, _ in expected] == ["new", "duplicate", "update", "update", "duplicate", "duplicate"]
    assert verdicts(importing.commit(run)) == expected
    assert sorted(present.contacts.values_list("name", flat=True)) == ["周八", "孙七"]
    assert Contact.objects.filter(customer__name="甲公司").count() == 2


@pytest.mark.spec("IMP-06", "ORG-05")
def test_who_may_not_add_contacts_imports_the_customers_alone(crew, tmp_path):
    rights = ["customer.view", "customer.add", "customer.change", "customer.import"]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["杭州商策科技有限公司", "李四", "13800138000"])
    run = imported(path, he, into="mine")
    assert verdicts(run) == [(2, "new", "您没有新增联系人的权限，联系人未填写。")]
    assert (Customer.objects.get().owner, Contact.objects.count()) == (he, 0)


@pytest.mark.spec("IMP-06", "ORG-05")
def test_who_may_not_change_contacts_changes_none_by_an_import(crew, tmp_path):
    rights = ["customer.view", "customer.add", "customer.change", "customer.import", "contact.view", "contact.add"]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    customer("杭州商策科技有限公司", he, contacts=[{"name": "李四", "mobile": "13800138000"}])
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["杭州商策科技有限公司", "李四", "13900139000"])
    run = imported(path, he, update=True)
    assert verdicts(run) == [(2, "error", "您没有修改联系人的权限。")]
    assert Contact.objects.get().mobile == "13800138000"


@pytest.mark.spec("IMP-06", "ORG-05")
def test_a_further_row_adds_a_contact_only_where_contacts_may_be_changed(crew, tmp_path):
    rights = [
        "customer.view",
        "customer.add",
        "customer.change",
        "customer.manage",
        "customer.import",
        "contact.view",
        "contact.add",
    ]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    customer("杭州商策科技有限公司")
    path = sheet(
        tmp_path,
        [NAME, TEL, PERSON],
        ["杭州商策科技有限公司", "0571-86188888", ""],
        ["杭州商策科技有限公司", "", "李四"],
    )
    run = imported(path, he, update=True)
    assert verdicts(run) == [(2, "update", ""), (3, "error", "修改未领用客户的联系人需要「联系人修改删除」权限。")]
    assert not Contact.objects.exists()


@pytest.mark.spec("IMP-06", "FRM-02")
def test_a_contact_that_an_import_adds_is_not_lost_to_a_form_opened_before(crew, tmp_path):
    present = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])
    before = present.version
    imported(sheet(tmp_path, [NAME, PERSON], ["杭州商策科技有限公司", "王五"]), crew.admin, update=True)
    assert (again(present).version, present.contacts.count()) == (before + 1, 2)
