"""How far a role reaches, and whose customers a supervisor sees (ORG-04, ORG-06, ORG-10)."""

import pytest

from kemai.customers.queries import customer_reach, visible_customers
from kemai.customers.tests.factories import customer, share
from kemai.office.services import settings_save
from kemai.people import services
from kemai.people.queries import widest
from kemai.people.tests.factories import Team, again, browser, department, employee, program, team

pytestmark = pytest.mark.django_db
SEES = ["customer.view"]


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def owned(crew) -> dict:
    """One customer of everybody who sells, named by its owner."""
    return {
        name: customer(f"{name}的客户", getattr(crew, name))
        for name in ("boss", "manager", "lin", "zhou", "other_manager", "chen")
    }


def seen_by(person) -> set[str]:
    return {one.name.removesuffix("的客户") for one in visible_customers(again(person))}


def person(scope: str | list[str], crew: Team, **more):
    """Somebody under 王建国 in 华东组 with 小林, whose roles give these ranges; 实习生 stands under them in no department."""
    scopes = [scope] if isinstance(scope, str) else scope
    made = employee("x", "某人", supervisor=crew.manager, department=crew.east, **more)
    for number, one in enumerate(scopes):
        extra = employee(f"carrier{number}", rights=SEES, ranges={"customer": one})
        roles = [*made.roles.values_list("pk", flat=True), *extra.roles.values_list("pk", flat=True)]
        made = services.employee_change(again(made), values={"roles": roles}, by=crew.admin)
    services.employee_change(again(crew.lin), values={"supervisor": made.pk}, by=crew.admin)
    return again(made)


@pytest.mark.spec("ORG-04", "ORG-06")
@pytest.mark.parametrize(
    ("scope", "supervisors_see_all", "seen"),
    [
        ("own", True, {"lin"}),
        ("own", False, set()),
        ("subordinates", True, {"lin"}),
        ("subordinates", False, set()),
        ("department", True, {"lin", "zhou"}),
        ("department", False, {"lin", "zhou"}),
        ("department_tree", False, {"lin", "zhou"}),
        ("all", True, {"boss", "manager", "lin", "zhou", "other_manager", "chen"}),
        ("all", False, {"boss", "manager", "lin", "zhou", "other_manager", "chen"}),
    ],
)
def test_the_five_ranges(crew, owned, scope, supervisors_see_all, seen):
    settings_save({"supervisors_see_all": supervisors_see_all}, by=crew.admin)
    assert seen_by(person(scope, crew)) == seen


@pytest.mark.spec("ORG-04")
def test_department_and_below_reaches_further_than_the_department(crew, owned):
    settings_save({"supervisors_see_all": False}, by=crew.admin)
    top = employee("top", "总监", department=crew.sales, rights=SEES, ranges={"customer": "department"})
    assert seen_by(top) == {"manager"}
    tree = employee("tree", "总监二", department=crew.sales, rights=SEES, ranges={"customer": "department_tree"})
    assert seen_by(tree) == {"manager", "lin", "zhou", "other_manager", "chen"}


@pytest.mark.spec("ORG-04")
def test_several_roles_add_up(crew, owned):
    settings_save({"supervisors_see_all": False}, by=crew.admin)
    both = person(["own", "department"], crew)
    assert both.access.scopes("customer") == {"own", "department"}
    assert seen_by(both) == {"lin", "zhou"}
    assert widest(both.access.scopes("customer")) == "department"
    two = employee("two", "两个角色", "sales_rep", "general_manager")
    assert two.access.has("customer.recall")
    assert len(seen_by(two)) == 6


@pytest.mark.spec("ORG-10")
def test_ranges_count_all_departments_of_viewer_and_owner(crew, owned):
    settings_save({"supervisors_see_all": False}, by=crew.admin)
    guest = department("项目组")
    viewer = employee(
        "viewer", "某人", department=crew.east, departments=[guest], rights=SEES, ranges={"customer": "department"}
    )
    assert seen_by(viewer) == {"lin", "zhou"}
    services.employee_change(again(crew.chen), values={"departments": [guest.pk]}, by=crew.admin)
    assert seen_by(viewer) == {"lin", "zhou", "chen"}
    services.employee_change(again(viewer), values={"departments": []}, by=crew.admin)
    assert seen_by(viewer) == {"lin", "zhou"}


@pytest.mark.spec("ORG-06")
def test_the_switch_takes_effect_at_once_on_every_door(crew, owned):
    page, api = browser(crew.manager), program(crew.manager)
    own = owned["lin"]

    def doors() -> tuple:
        return (
            page.get(f"/customers/{own.pk}").status_code,
            api.get(f"/api/v1/customers/{own.pk}").status_code,
            api.get("/api/v1/customers?view=shared").json()["total"],
            visible_customers(again(crew.manager)).filter(pk=own.pk).exists(),
        )

    assert doors() == (200, 200, 2, True)
    answer = browser(crew.admin).post("/settings", {"supervisors_see_all": ""})
    assert answer.status_code == 303
    assert doors() == (404, 404, 0, False)
    share(own, crew.manager)
    assert doors() == (200, 200, 1, True)
    settings_save({"supervisors_see_all": True}, by=crew.admin)
    assert doors() == (200, 200, 2, True)


@pytest.mark.spec("ORG-06", "ORG-04")
def test_off_a_role_that_opens_everything_still_does(crew, owned):
    settings_save({"supervisors_see_all": False}, by=crew.admin)
    assert len(seen_by(crew.boss)) == 6
    assert seen_by(crew.manager) == {"manager"}
    assert program(crew.boss).get("/api/v1/customers?view=shared&scope=all").json()["total"] == 6


@pytest.mark.spec("ORG-04")
def test_who_left_reaches_nothing(crew, owned):
    services.employee_set_left(crew.boss, by=crew.admin)
    assert again(crew.boss).access.rights == frozenset()


@pytest.mark.spec("ORG-04")
def test_the_administrator_reaches_kinds_and_rights_that_came_after_the_role(crew, monkeypatch):
    from kemai.kit.entity import Right, rights
    from kemai.kit.stamp import raise_stamp

    monkeypatch.setitem(rights, "later.view", Right("later.view", "以后的权限", "以后"))
    raise_stamp()
    assert again(crew.admin).access.has("later.view")
    assert not again(crew.boss).access.has("later.view")
    assert customer_reach(again(crew.admin)).everything
