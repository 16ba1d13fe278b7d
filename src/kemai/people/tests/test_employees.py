"""The one list of people (ORG-02)."""

import pytest

from kemai.customers.models import Customer, OwnershipChange
from kemai.customers.tests.factories import customer, share
from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet, RecycleBin
from kemai.people import services
from kemai.people.models import Employee, EmployeeRole
from kemai.people.tests.factories import Team, again, browser, department, employee, program, role_of, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.mark.spec("ORG-02")
def test_an_employee_carries_number_name_pinyin_department_title_supervisor_and_the_rest(crew):
    api = program(crew.admin)
    sent = {
        "number": "A-007", "login": "wangwu", "name": "王五", "department": crew.east.pk, "title": "销售", "supervisor": "xiaoshou",
        "phone": "13800138000", "email": "wang@example.com", "hire_date": "2026-03-05", "roles": [role_of("sales_rep").pk],
    }  # fmt: skip
    answer = api.post("/api/v1/employees", sent, content_type="application/json")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["supervisor_display"] == "王建国"
    assert made["state"] == "active"
    found = api.get("/api/v1/employees?q=ww").json()["items"]
    assert [one["id"] for one in found] == [made["id"]]
    changed = api.patch(f"/api/v1/employees/{made['id']}", {"title": "主管"}, content_type="application/json")
    assert changed.json()["title"] == "主管"
    assert api.delete(f"/api/v1/employees/{made['id']}").status_code == 204


@pytest.mark.spec("ORG-02")
@pytest.mark.parametrize(("field", "value"), [("login", "XiaoLin"), ("number", "0001")])
def test_log_in_name_and_number_are_given_once(crew, field, value):
    values = {"number": "N1", "login": "n1", "name": "新人", field: value}
    with pytest.raises(Invalid, match="已被"):
        services.employee_create(values, by=crew.admin)


@pytest.mark.spec("ORG-02")
def test_who_appears_in_a_record_cannot_be_deleted_only_set_to_left(crew):
    customer("宁波北仑注塑有限公司", crew.lin)
    with pytest.raises(DomainError, match="不能删除，请改为设为离职") as caught:
        services.employee_delete(crew.lin, by=crew.admin)
    assert caught.value.code == "in_use"
    assert not [sign for sign in str(caught.value) if sign.isascii() and sign.isalpha()]
    services.employee_set_left(crew.lin, by=crew.admin)
    assert again(crew.lin).state == Employee.State.LEFT


@pytest.mark.spec("ORG-02")
@pytest.mark.parametrize("use", ["supervisor", "manager", "share", "log"])
def test_every_use_counts(crew, use):
    someone = employee("someone", "某人", "sales_rep")
    if use == "supervisor":
        employee("below", "下属", supervisor=someone)
    elif use == "manager":
        department("某部", manager=someone)
    elif use == "share":
        share(customer("甲公司", crew.lin), someone)
    else:
        browser().post("/login", {"login": "someone", "password": "Kemai-2026-test"})
    with pytest.raises(DomainError, match="不能删除"):
        services.employee_delete(someone, by=crew.admin)


@pytest.mark.spec("ORG-02", "SYS-11")
def test_an_unused_employee_is_deleted_into_the_recycle_bin_with_their_roles(crew):
    someone = employee("someone", "某人", "sales_rep", department=crew.east, departments=[crew.south])
    services.employee_delete(someone, by=crew.admin)
    assert not Employee.objects.filter(pk=someone.pk).exists()
    assert not EmployeeRole.objects.filter(employee_id=someone.pk).exists()
    assert RecycleBin.objects.filter(kind="employee", record_id=someone.pk).exists()


def test_nobody_deletes_themself_or_sets_themself_to_left(crew):
    with pytest.raises(DomainError, match="不能删除自己"):
        services.employee_delete(crew.admin, by=crew.admin)
    with pytest.raises(DomainError, match="不能把自己设为离职"):
        services.employee_set_left(crew.admin, by=crew.admin)


@pytest.mark.spec("ORG-02")
def test_who_left_loses_every_door_at_once_and_may_come_back(crew):
    client, api = browser(crew.lin), program(crew.lin)
    services.employee_set_left(crew.lin, by=crew.admin)
    assert client.get("/customers").status_code == 302
    assert api.get("/api/v1/customers").status_code == 401
    with pytest.raises(DomainError, match="已经离职"):
        services.employee_set_left(again(crew.lin), by=crew.admin)
    services.employee_set_active(again(crew.lin), by=crew.admin)
    assert browser(again(crew.lin)).get("/customers").status_code == 200


@pytest.mark.spec("ORG-02")
def test_a_hand_over_moves_everything_says_how_many_and_loses_nothing(crew):
    mine = [customer(f"客户{number}有限公司", crew.lin) for number in "甲乙丙"]
    other = customer("别人的公司", crew.zhou)
    share(mine[0], crew.service)
    answer = program(crew.admin).post(
        f"/api/v1/employees/{crew.lin.pk}/set_left", {"successor": "xiaozhou"}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["handed_over"] == {"客户": 3}
    assert "3 个客户" in answer.json()["message"]
    assert set(Customer.objects.filter(owner=crew.zhou)) == {*mine, other}
    assert again(mine[0]).shares.count() == 1
    assert OwnershipChange.objects.filter(deed="hand_over", from_owner=crew.lin, to_owner=crew.zhou).count() == 3
    entry = ChangeSet.objects.get(deed="employee.set_left")
    assert "3 个客户" in entry.note
    assert not again(crew.lin).is_active


@pytest.mark.spec("ORG-02")
def test_without_a_successor_the_customers_stay_in_the_name_of_who_left(crew):
    mine = customer("客户甲有限公司", crew.lin)
    services.employee_set_left(crew.lin, by=crew.admin)
    assert again(mine).owner == crew.lin


@pytest.mark.spec("ORG-02")
def test_a_successor_is_a_colleague_in_service(crew):
    services.employee_set_left(crew.zhou, by=crew.admin)
    for successor in (crew.zhou.pk, crew.lin.pk, 999_999):
        with pytest.raises(Invalid, match="在职的同事"):
            services.employee_set_left(crew.lin, successor=successor, by=crew.admin)
    assert again(crew.lin).is_active


@pytest.mark.spec("ORG-04")
def test_nobody_gives_roles_without_the_right_over_rights(crew):
    clerk = employee("clerk", "人事", rights=["employee.view", "employee.add", "employee.change"])
    admin_role = role_of("sysadmin").pk
    with pytest.raises(Forbidden, match="分配角色"):
        services.employee_change(clerk, values={"roles": [admin_role]}, by=clerk)
    with pytest.raises(Forbidden):
        services.employee_create({"number": "X", "login": "x1", "name": "某", "roles": [admin_role]}, by=clerk)
    assert services.employee_change(crew.lin, values={"title": "销售"}, by=clerk).title == "销售"


@pytest.mark.spec("SYS-08")
def test_the_log_says_which_roles_were_given_and_taken(crew):
    services.employee_change(crew.lin, values={"roles": [role_of("marketing").pk]}, by=crew.admin)
    assert ChangeSet.objects.filter(deed="employee.change").latest("pk").note == "角色：销售代表 → 市场专员"
    services.employee_change(again(crew.lin), values={"departments": [crew.south.pk]}, by=crew.admin)
    assert ChangeSet.objects.filter(deed="employee.change").latest("pk").note == "其他部门：无 → 华南组"


@pytest.mark.spec("FRM-02")
def test_two_who_change_the_roles_of_one_person_do_not_overwrite_each_other(crew):
    seen = crew.lin.version
    services.employee_change(crew.lin, values={"roles": [role_of("marketing").pk]}, version=seen, by=crew.admin)
    with pytest.raises(DomainError, match="刚刚被别人修改"):
        services.employee_change(again(crew.lin), values={"roles": []}, version=seen, by=crew.admin)


def test_a_system_always_keeps_an_administrator(crew):
    second = employee("second", "二号管理员", "sysadmin")
    hr = employee("hr", "人事", rights=["employee.change"])
    services.employee_set_left(crew.admin, by=second)
    for deed in (
        lambda: services.employee_change(again(second), values={"roles": []}, by=second),
        lambda: services.employee_set_left(again(second), by=hr),
    ):
        with pytest.raises(DomainError, match="至少要有一位在职的系统管理员"):
            deed()
    assert again(second).access.has("role.change")
