"""The first start of a system (SYS-10)."""

import pytest
from django.contrib.auth.hashers import is_password_usable

from kemai.office.queries import setting
from kemai.people.models import Employee, Role
from kemai.people.start import demo_accounts, make_ready, set_up
from kemai.people.tests.factories import browser

GOOD = {
    "company": "宁波客脉有限公司",
    "name": "张三",
    "login": "zhangsan",
    "password": "Sehr-gut-2026",
    "again": "Sehr-gut-2026",
}


@pytest.mark.django_db
@pytest.mark.spec("SYS-10")
def test_a_system_without_anybody_asks_for_company_and_administrator():
    client = browser()
    assert client.get("/")["Location"] == "/login"
    assert client.get("/login")["Location"] == "/setup"
    assert client.get("/setup").status_code == 200
    answer = client.post("/setup", GOOD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    admin = Employee.objects.get()
    assert (admin.login, admin.name, admin.path) == ("zhangsan", "张三", f"/{admin.pk}/")
    assert admin.access.has("role.change")
    assert setting("company_name") == "宁波客脉有限公司"
    assert client.get("/rights").status_code == 200
    client.post("/logout")
    assert "宁波客脉有限公司" in client.get("/login").content.decode()


@pytest.mark.django_db
@pytest.mark.spec("SYS-10")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"company": ""}, "请填写公司名称。"),
        ({"name": "  "}, "请填写姓名。"),
        ({"login": ""}, "请填写登录名。"),
        ({"login": "zhang san"}, "登录名只能用"),
        ({"company": "长" * 101}, "最多 100 个字"),
        ({"password": "12345678", "again": "12345678"}, "两种"),
        ({"password": "", "again": ""}, "密码至少 8 位"),
        ({"again": "Sehr-gut-2027"}, "两次输入的密码不一致"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_makes_nothing(change, sentence):
    answer = browser().post("/setup", {**GOOD, **change})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Employee.objects.exists()
    assert not Role.objects.exists()


@pytest.mark.django_db
@pytest.mark.spec("SYS-10")
def test_set_up_is_closed_once_there_is_anybody():
    set_up(**GOOD)
    client = browser()
    assert client.get("/setup")["Location"] == "/"
    client.post("/setup", {**GOOD, "login": "thief"})
    with pytest.raises(Exception, match="已经初始化"):
        set_up(**{**GOOD, "login": "thief"})
    assert Employee.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.spec("SYS-10")
def test_no_ready_password_anywhere():
    make_ready("某公司")
    assert not Employee.objects.exists()
    admin = set_up(**GOOD)
    assert [one for one in Employee.objects.all() if is_password_usable(one.password)] == [admin]
    assert demo_accounts() is None
    assert "演示账号" not in browser().get("/login").content.decode()


@pytest.mark.django_db
@pytest.mark.spec("SEC-02")
def test_set_up_needs_the_token_of_its_page():
    assert browser(csrf=True).post("/setup", GOOD).status_code == 403


@pytest.mark.race
@pytest.mark.spec("SYS-10")
@pytest.mark.django_db(transaction=True)
def test_of_several_who_set_up_at_once_one_succeeds(together):
    results = together(3, lambda number: set_up(**{**GOOD, "login": f"first{number}"}))
    assert sum(isinstance(result, Employee) for result in results) == 1, results
    assert Employee.objects.count() == 1
    assert Role.objects.filter(code="sysadmin").count() == 1
