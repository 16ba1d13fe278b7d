"""The demonstration goes in one step and leaves what people entered themselves (SYS-13)."""

import pytest
from django.db import connection

from kemai.customers import demo
from kemai.customers.demo import lives
from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange
from kemai.files.models import Attachment
from kemai.kit import selfcheck
from kemai.kit.models import BulkEdit, CategoryNode, ChangeSet, Import, RecycleBin
from kemai.office.models import Dictionary, Region, Setting
from kemai.office.services import settings_save
from kemai.people.models import Department, Employee, Session
from kemai.people.start import demo_accounts, set_up
from kemai.people.tests.factories import browser, program
from kemai.teamwork.models import Interaction

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.spec("SYS-13")]

GONE = [
    Customer, Contact, CustomerShare, OwnershipChange, Interaction, Attachment, CategoryNode, Department, RecycleBin, Import, BulkEdit,
]  # fmt: skip


@pytest.fixture
def chen(monkeypatch, settings, tmp_path) -> Employee:
    """The first administrator of a company that has looked at the demonstration."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.MEDIA_ROOT.mkdir()
    monkeypatch.setattr(lives, "COUNT", 60)
    set_up(company="远达公司", name="陈总", login="chenzong", password="Zhengque-mima-2026", demo=True)
    return Employee.objects.get(login="chenzong")


def test_all_of_it_goes_and_the_company_stays(chen, tmp_path):
    regions, dictionaries = Region.objects.count(), Dictionary.objects.count()
    logged = ChangeSet.objects.count()
    page = browser(chen)
    assert "系统里有演示数据" in page.get("/settings").content.decode()
    assert "移除演示数据" in page.get("/demonstration").content.decode()
    assert page.post("/demonstration").status_code in (302, 303)
    assert {model.__name__: model.objects.count() for model in GONE if model.objects.exists()} == {}
    assert (Region.objects.count(), Dictionary.objects.count()) == (regions, dictionaries)
    assert ChangeSet.objects.count() > logged
    assert ChangeSet.objects.get(deed="demo.remove").by == chen
    assert "已移除：" in ChangeSet.objects.get(deed="demo.remove").note
    assert [one.login for one in Employee.objects.filter(state=Employee.State.ACTIVE)] == ["chenzong"]
    assert set(Session.objects.values_list("employee__login", flat=True)) <= {"chenzong"}
    assert not any(one.check_password(demo.PASSWORD) for one in Employee.objects.all())
    assert demo_accounts() is None
    assert "演示账号" not in browser().get("/login").content.decode()
    assert Setting.objects.get(code="company_name").value == "远达公司"
    assert not Setting.objects.filter(code="company_address").exists()
    assert_whole()
    again = program(chen).post("/api/v1/demonstration", {}, content_type="application/json")
    assert (again.status_code, again.json()["message"]) == (422, "系统里没有演示数据。")


def test_what_people_entered_stays_with_the_records_on_which_it_hangs(chen):
    api = program(chen)

    def make(path: str, **values) -> int:
        answer = api.post(f"/api/v1/{path}", values, content_type="application/json")
        assert answer.status_code == 201, answer.content.decode()
        return answer.json()["id"]

    mine, others = list(Customer.objects.exclude(owner=None).order_by("pk")[:2])
    hung = Contact.objects.filter(customer=mine).count()
    own = make("customers", name="自己的第一个客户")
    talk = make(
        "interactions",
        customer=mine.pk,
        occurred_at="2026-11-20T10:00:00+08:00",
        content="真的打过电话",
        contact_name="前台",
    )
    make("customers", name="演示客户的子公司", parent=others.pk)
    settings_save({"company_address": "自己的地址"}, by=chen)
    said = demo.remove(by=chen)
    assert "保留（上面有你们自己录入的内容）：" in said
    assert set(Customer.objects.values_list("name", flat=True)) == {
        "自己的第一个客户", mine.name, others.name, "演示客户的子公司",
    }  # fmt: skip
    assert Contact.objects.filter(customer=mine).count() == hung
    assert Interaction.objects.filter(pk=talk).exists()
    assert set(Customer.objects.values_list("owner__login", flat=True)) <= {"chenzong", None}
    assert Customer.objects.get(pk=own).owner == chen
    assert Setting.objects.get(code="company_address").value == "自己的地址"
    assert_whole()


def test_changes_of_demonstration_records_go_with_them(chen):
    customer = Customer.objects.exclude(owner=None).first()
    answer = program(chen).patch(
        f"/api/v1/customers/{customer.pk}", {"remarks": "试一试"}, content_type="application/json"
    )
    assert answer.status_code == 200
    program(chen).delete(f"/api/v1/customers/{Customer.objects.exclude(pk=customer.pk).first().pk}")
    demo.remove(by=chen)
    assert not Customer.objects.exists()
    assert not RecycleBin.objects.exists()
    assert_whole()


def test_it_is_refused_where_nobody_would_be_left_or_nobody_knows_what_is_what(chen):
    count = Customer.objects.count()
    xiaolin = Employee.objects.get(login="xiaolin")
    assert browser(xiaolin).get("/demonstration").status_code == 403
    assert program(xiaolin).post("/api/v1/demonstration", {}, content_type="application/json").status_code == 403
    chen.set_password(demo.PASSWORD)
    chen.save()
    page = browser(chen)
    assert "请先在右上角「更改密码」" in page.get("/demonstration").content.decode()
    assert page.post("/demonstration").status_code == 422
    Setting.objects.filter(code=demo.MADE).delete()
    assert "由更早的版本装入" in page.get("/demonstration").content.decode()
    assert Customer.objects.count() == count
    assert demo_accounts() is not None


def assert_whole() -> None:
    connection.check_constraints()
    assert {title: wrong for title, wrong in selfcheck.run_checks() if wrong} == {}
