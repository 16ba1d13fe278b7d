"""Departments, reporting lines, and who counts as below whom (ORG-03, ORG-10)."""

import pytest

from kemai.kit.errors import DomainError, Invalid
from kemai.people import services
from kemai.people.models import Department, Employee
from kemai.people.rules import supervisor_makes_loop
from kemai.people.tests.factories import Team, again, department, employee, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


def under(employee_, boss) -> Employee:
    return services.employee_change(again(employee_), values={"supervisor": boss and boss.pk}, by=again_admin())


def again_admin() -> Employee:
    return Employee.objects.get(login="admin")


@pytest.mark.spec("ORG-03")
def test_departments_form_a_tree_with_a_manager_each(crew):
    answer = program(crew.admin).post(
        "/api/v1/departments",
        {"name": "大客户组", "parent": crew.sales.pk, "manager": "xiaoshou"},
        content_type="application/json",
    )
    made = Department.objects.get(pk=answer.json()["id"])
    assert made.path == f"{crew.sales.path}{made.pk}/"
    assert made.manager == crew.manager


@pytest.mark.spec("ORG-03")
def test_a_department_below_itself_is_an_error(crew):
    group = department("一组", crew.east)
    for parent in (crew.east, group):
        with pytest.raises(Invalid, match="不能设为它的上级部门"):
            services.department_change(again(crew.east), values={"parent": parent.pk}, by=crew.admin)
    with pytest.raises(Invalid):
        services.department_change(again(crew.sales), values={"parent": group.pk}, by=crew.admin)
    assert again(crew.sales).parent is None


@pytest.mark.spec("ORG-03")
def test_a_department_that_moves_takes_all_below_along(crew):
    group = department("一组", crew.east)
    services.department_change(again(crew.east), values={"parent": crew.south.pk}, by=crew.admin)
    assert again(group).path == f"/{crew.sales.pk}/{crew.south.pk}/{crew.east.pk}/{group.pk}/"


@pytest.mark.spec("ORG-03")
def test_names_are_unique_below_one_parent_also_at_the_top(crew):
    with pytest.raises(Invalid, match="同一上级下已有部门"):
        department("华东组", crew.sales)
    with pytest.raises(Invalid, match="同一上级下已有部门"):
        department("销售部")
    assert department("华东组").parent is None


@pytest.mark.spec("ORG-03")
def test_only_an_empty_department_is_deleted(crew):
    with pytest.raises(DomainError, match="还有下级部门"):
        services.department_delete(again(crew.sales), by=crew.admin)
    with pytest.raises(DomainError, match="还有职员"):
        services.department_delete(again(crew.east), by=crew.admin)
    guests = department("客座")
    services.employee_change(crew.lin, values={"departments": [guests.pk]}, by=crew.admin)
    with pytest.raises(DomainError, match="还有职员"):
        services.department_delete(again(guests), by=crew.admin)
    services.department_delete(department("空部门"), by=crew.admin)
    assert not Department.objects.filter(name="空部门").exists()


@pytest.mark.spec("ORG-03")
def test_a_reporting_line_that_closes_is_an_error(crew):
    for boss, low in ((crew.lin, crew.lin), (crew.lin, crew.manager), (crew.lin, crew.boss)):
        with pytest.raises(Invalid) as caught:
            under(low, boss)
        assert list(caught.value.fields) == ["supervisor"]
    assert again(crew.boss).supervisor is None


@pytest.mark.spec("ORG-03")
def test_subordinates_are_the_whole_line_below(crew):
    below = {crew.manager, crew.other_manager, crew.lin, crew.zhou, crew.chen, crew.marketing, crew.service}
    assert again(crew.boss).access.subordinates == {one.pk for one in below}
    assert again(crew.manager).access.subordinates == {crew.lin.pk, crew.zhou.pk}
    assert again(crew.lin).access.subordinates == frozenset()


@pytest.mark.spec("ORG-03")
def test_who_gets_a_new_supervisor_brings_their_whole_line(crew):
    trainee = employee("trainee", "实习生", supervisor=crew.lin)
    under(crew.lin, crew.other_manager)
    assert again(trainee).path == f"{again(crew.other_manager).path}{crew.lin.pk}/{trainee.pk}/"
    assert again(crew.manager).access.subordinates == {crew.zhou.pk}
    assert again(crew.other_manager).access.subordinates == {crew.lin.pk, crew.chen.pk, trainee.pk}
    under(crew.lin, None)
    assert again(crew.boss).access.subordinates & {crew.lin.pk, trainee.pk} == set()


@pytest.mark.spec("ORG-03")
def test_ids_that_begin_alike_are_not_taken_for_one_another():
    assert supervisor_makes_loop(Employee(pk=1), Employee(pk=12, path="/11/12/")) is None
    assert supervisor_makes_loop(Employee(pk=1, name="甲"), Employee(pk=12, name="乙", path="/11/1/12/"))


@pytest.mark.spec("ORG-10")
def test_a_person_belongs_to_one_main_department_and_any_number_of_others(crew):
    services.employee_change(again(crew.lin), values={"departments": [crew.south.pk]}, by=crew.admin)
    access = again(crew.lin).access
    assert access.departments == {crew.east.pk, crew.south.pk}
    assert crew.chen.pk in access.colleagues
    assert crew.lin.pk in again(crew.chen).access.colleagues
    assert access.department_line == {crew.east.pk, crew.south.pk, crew.sales.pk}


@pytest.mark.race
@pytest.mark.spec("ORG-03")
@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_never_close_a_loop(together):
    crew = team()
    one, two = crew.manager, crew.other_manager
    pairs = [(one, two), (two, one)]
    results = together(2, lambda number: under(*pairs[number]))
    assert sum(isinstance(result, Invalid) for result in results) == 1, results
    for person in (one, two):
        assert again(person).path.count(f"/{person.pk}/") == 1
    assert {again(one).supervisor_id, again(two).supervisor_id} - {crew.boss.pk} in ({one.pk}, {two.pk})


@pytest.mark.race
@pytest.mark.spec("ORG-03")
@pytest.mark.django_db(transaction=True)
def test_paths_stay_true_when_many_move_at_once(together):
    crew = team()
    people = [crew.manager, crew.other_manager, crew.lin, crew.zhou, crew.chen, crew.marketing]

    def move(number: int) -> None:
        for step in range(1, 4):
            under(people[number], people[(number + step) % len(people)])

    results = together(len(people), move)
    assert all(result is None or isinstance(result, Invalid) for result in results), results
    for person in Employee.objects.select_related("supervisor"):
        above = person.supervisor.path if person.supervisor_id else "/"
        assert person.path == f"{above}{person.pk}/"
