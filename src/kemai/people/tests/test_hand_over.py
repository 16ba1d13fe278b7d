"""Who leaves hands over everything in one step, and it is said beforehand what that is (ORG-02)."""

import pytest

from kemai.customers.models import Customer, CustomerShare
from kemai.customers.tests.factories import customer, share
from kemai.kit.models import ChangeSet, SavedFilter
from kemai.notify.models import Message
from kemai.people.models import Department, Employee
from kemai.people.services import employee_set_left
from kemai.people.tests.factories import Team, again, browser, department, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("ORG-02")]
FILTER = {"op": "and", "rows": [{"field": "name", "cond": "contains", "value": "甲"}]}


@pytest.fixture
def crew() -> Team:
    return team()


def test_before_it_is_done_it_is_said_how_many_of_what_go(crew):
    for name in "甲乙":
        customer(f"{name}有限公司", crew.manager)
    department("直销部", manager=crew.manager)
    dialog = browser(crew.admin).get(f"/employees/{crew.manager.pk}/set_left").content.decode()
    assert "王建国名下现有：2 个下属、1 个管理的部门、2 个客户。" in dialog
    nothing = browser(crew.admin).get(f"/employees/{crew.zhou.pk}/set_left").content.decode()
    assert "小周名下没有要交接的记录。" in nothing
    rows = program(crew.admin).get(f"/api/v1/employees/{crew.manager.pk}/holdings").json()["items"]
    assert [(row["名下的"], row["数量"]) for row in rows] == [("下属", 2), ("管理的部门", 1), ("客户", 2)]
    assert again(crew.manager).is_active


def test_only_who_may_set_somebody_to_left_reads_what_they_own(crew):
    assert program(crew.zhou).get(f"/api/v1/employees/{crew.lin.pk}/holdings").status_code == 403


def test_line_departments_customers_shares_and_filters_go_together(crew):
    mine, chens = customer("甲有限公司", crew.manager), customer("乙有限公司", crew.chen)
    share(mine, crew.lin)
    share(chens, crew.manager)
    direct = department("直销部", manager=crew.manager)
    private = SavedFilter.objects.create(owner_id=crew.manager.pk, kind="customer", name="自用", filter=FILTER)
    for owner in (crew.manager, crew.other_manager):
        SavedFilter.objects.create(owner_id=owner.pk, kind="customer", name="重点", filter=FILTER, everybody=True)
    answer = employee_set_left(again(crew.manager), successor=crew.other_manager.pk, by=crew.admin)
    said = "2 个下属、1 个管理的部门、1 个共享的过滤条件、1 个客户、1 个收到的共享"
    assert answer["handed_over"] == {"下属": 2, "管理的部门": 1, "共享的过滤条件": 1, "客户": 1, "收到的共享": 1}
    assert answer["message"] == f"王建国已设为离职。已交接给孙经理：{said}。"
    assert ChangeSet.objects.latest("pk").note == f"交接给孙经理：{said}"
    assert {one.supervisor for one in Employee.objects.filter(pk__in=[crew.lin.pk, crew.zhou.pk])} == {
        crew.other_manager
    }
    assert again(crew.lin).path == f"{again(crew.other_manager).path}{crew.lin.pk}/"
    assert again(crew.other_manager).access.subordinates == {crew.chen.pk, crew.lin.pk, crew.zhou.pk}
    assert again(direct).manager == crew.other_manager
    assert again(mine).owner == crew.other_manager
    assert [(one.employee, one.owner) for one in CustomerShare.objects.order_by("pk")] == [
        (crew.lin, crew.other_manager), (crew.other_manager, crew.chen),
    ]  # fmt: skip
    names = SavedFilter.objects.filter(owner_id=crew.other_manager.pk).order_by("name").values_list("name", flat=True)
    assert list(names) == ["重点", "重点（王建国）"]
    assert again(private).owner_id == crew.manager.pk
    assert Message.objects.filter(employee=crew.other_manager).latest("pk").text == f"王建国离职，{said}已交接给您。"


def test_a_successor_from_below_takes_the_place_in_the_line(crew):
    employee_set_left(again(crew.manager), successor=crew.lin.pk, by=crew.admin)
    assert (again(crew.lin).supervisor, again(crew.zhou).supervisor) == (crew.boss, crew.lin)
    assert again(crew.lin).access.subordinates == {crew.zhou.pk}
    assert again(crew.manager).supervisor == crew.boss


def test_a_share_with_who_has_the_customer_already_ends(crew):
    lins, chens = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.chen)
    share(lins, crew.zhou)
    share(chens, crew.lin, crew.zhou)
    employee_set_left(again(crew.lin), successor=crew.zhou.pk, by=crew.admin)
    assert [(one.customer, one.employee) for one in CustomerShare.objects.all()] == [(chens, crew.zhou)]
    assert again(lins).owner == crew.zhou


def test_what_is_refused_moves_nothing(crew):
    customer("甲有限公司", crew.manager)
    answer = program(crew.admin).post(
        f"/api/v1/employees/{crew.manager.pk}/set_left", {"successor": crew.manager.pk}, content_type="application/json"
    )
    assert answer.status_code == 422
    assert again(crew.manager).is_active
    assert Customer.objects.get().owner == crew.manager
    assert again(crew.lin).supervisor == crew.manager
    assert Department.objects.filter(manager=crew.manager).count() == 0


def test_a_large_book_takes_no_more_statements_than_a_small_one(crew, django_assert_max_num_queries):
    for number in range(30):
        customer(f"第{number}号有限公司", crew.lin)
    with django_assert_max_num_queries(75):
        employee_set_left(again(crew.lin), successor=crew.zhou.pk, by=crew.admin)
    assert Customer.objects.filter(owner=crew.zhou).count() == 30
