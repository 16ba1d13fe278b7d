"""Every door of every kind answers each ready role as the hand-written tables say (SEC-01, ORG-08)."""

import pytest

from kemai.kit.entity import registry
from kemai.office.services import settings_save
from tests.doors import http, matrix, tables
from tests.doors.world import World, undone

pytestmark = pytest.mark.django_db
KINDS = sorted({row.kind for row in tables.doors()})


@pytest.mark.spec("SEC-01")
def test_the_table_has_every_door_of_the_product_and_no_other():
    written: dict[str, set[str]] = {}
    for row in tables.doors():
        doors = written.setdefault(row.kind, set())
        assert row.door not in doors, f"{row.kind} {row.door} stands in expected.csv twice"
        doors.add(row.door)
    declared = {name: matrix.doors_of(entity) for name, entity in registry.items() if not name.startswith("sample-")}
    declared["page"] = matrix.doors_of_pages()
    for doors in written.values():
        doors -= {door for door in doors if "?" in door} | {"content"}
    assert {
        kind: sorted(doors - written.get(kind, set()))
        for kind, doors in declared.items()
        if doors - written.get(kind, set())
    } == {}, "expected.csv lacks these doors: add a row for each, decided by hand"
    assert {
        kind: sorted(doors - declared.get(kind, set()))
        for kind, doors in written.items()
        if doors - declared.get(kind, set())
    } == {}


@pytest.mark.spec("SEC-01", "ORG-04", "ORG-08", "CUS-08")
@pytest.mark.parametrize("kind", KINDS)
def test_every_door_at_the_resolver(world: World, kind: str):
    assert matrix.disagreements(world, matrix.cases(kinds=[kind])) == []


@pytest.mark.spec("SEC-01", "ORG-08", "API-01")
@pytest.mark.parametrize("side", ["page", "api"])
def test_one_of_each_answer_over_http(world: World, side: str):
    answer = {"page": http.over_page, "api": http.over_api}[side]
    assert matrix.disagreements(world, matrix.one_of_each(matrix.cases()), answer) == []


@pytest.mark.slow
@pytest.mark.spec("SEC-01", "ORG-08", "API-01")
@pytest.mark.parametrize("side", ["page", "api"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_matrix_over_http(world: World, side: str, kind: str):
    answer = {"page": http.over_page, "api": http.over_api}[side]
    assert matrix.disagreements(world, matrix.cases(kinds=[kind]), answer) == []


@pytest.mark.spec("ORG-06", "SEC-01")
def test_without_上下级强制共享_a_subordinates_record_is_a_strangers(world: World):
    with undone():
        settings_save({"supervisors_see_all": ""}, by=world.admin)
        matrix.forget()
        asked = [
            case
            for case in matrix.cases(kinds=["customer", "contact", "attachment"], supervisors_see_all=False)
            if case.relation == "subordinate" and case.door not in ("pick", "content") and "scope" not in case.door
        ]
        assert matrix.disagreements(world, asked) == []
    matrix.forget()
