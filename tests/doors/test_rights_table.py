"""The ready roles do what docs/rights.csv says, and nothing else (ORG-07)."""

import csv

import pytest

from kemai.kit.entity import registry, rights
from kemai.people.models import DataScope, Role
from kemai.people.tests.factories import company
from tests.doors import tables

SAMPLE = "sample-"  # kinds that exist in tests only


def in_code() -> dict[str, str]:
    """Every function right of the product, with its label."""
    return {code: right.label for code, right in rights.items() if not code.startswith(SAMPLE)}


@pytest.mark.spec("ORG-05", "ORG-07")
def test_the_table_and_the_product_have_the_same_rights():
    written = {code for _, code, when in tables.right_rows() if when != tables.LATER}
    assert sorted(set(in_code()) - written) == [], (
        "docs/rights.csv lacks these rights: add a row for each, decided by hand"
    )
    assert sorted(written - set(in_code())) == [], "docs/rights.csv has rights that the product does not have"


def test_a_right_to_come_is_marked_as_such_only_until_it_is_there():
    later = {code for _, code, when in tables.right_rows() if when == tables.LATER}
    assert sorted(later & set(in_code())) == [], "these are there now: take 以后 away from docs/rights.csv"
    assert {when for _, _, when in tables.right_rows()} <= {"", tables.LATER}


def test_the_table_calls_rights_as_the_screen_does():
    labels = in_code()
    assert {code: name for name, code, _ in tables.right_rows() if code in labels} == labels


def test_the_table_holds_each_right_once_and_only_0_and_1():
    codes = [code for _, code, _ in tables.right_rows()]
    assert len(codes) == len(set(codes))
    with (tables.ROOT / "docs" / "rights.csv").open(encoding="utf-8", newline="") as file:
        heads, _, *rows = list(csv.reader(file))
    cells = {cell for row in rows for cell in row[3:] if not row[1].startswith("range.")}
    assert cells == {"0", "1"}
    assert {len(row) for row in rows} == {len(heads)}


@pytest.mark.spec("ORG-07")
@pytest.mark.django_db
@pytest.mark.parametrize("code", list(tables.roles()))
def test_a_ready_role_has_the_rights_and_the_range_of_the_table(code):
    company()
    written = tables.roles()[code]
    role = Role.objects.get(code=code)
    given = {right for right in role.rights if not right.startswith(SAMPLE)}
    assert role.name == written.name
    assert sorted(given - written.rights) == [], "rights that the table does not give"
    assert sorted(written.rights - given) == [], "rights that the table gives"
    ranged = [entity.name for entity in registry.values() if entity.ranged and not entity.name.startswith(SAMPLE)]
    assert {kind: role.ranges.get(kind, DataScope.OWN) for kind in ranged} == dict.fromkeys(ranged, written.scope)


@pytest.mark.spec("ORG-07")
@pytest.mark.django_db
def test_a_new_system_has_the_thirteen_ready_roles():
    company()
    assert set(Role.objects.values_list("code", flat=True)) == set(tables.roles())
    assert len(tables.roles()) == 13


@pytest.mark.spec("ORG-07")
def test_the_table_gives_at_least_what_the_company_asked_for():
    def who(right):
        return {code for code, role in tables.roles().items() if right in role.rights | role.later}

    assert who("customer.assign") >= {"general_manager", "sales_manager", "marketing"}
    assert who("customer.recall") >= {"general_manager", "sales_manager"}
    assert who("customer.manage") >= {"general_manager", "sales_manager"}
    assert who("announcement.moderate") >= {"general_manager"}
    assert "customer.export" not in tables.roles()["sales_rep"].rights


@pytest.mark.spec("ORG-05")
def test_the_group_of_crm_rights_holds_what_users_look_for_there():
    labels = {right.label for right in rights.values() if right.group == "CRM相关权限"}
    assert labels >= {"客户管理删除及修改", "客户收回", "客户指派", "联系人修改删除"}
