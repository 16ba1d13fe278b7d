"""「列表方式」 on every kind with a tree of categories (LST-11): each way shows what it says, and costs a list nothing."""

import re

import pytest

from kemai.kit.category_services import IN_USE, node_create
from kemai.kit.models import CategoryNode, RecycleBin
from kemai.people.tests.factories import again, browser, company
from tests.contract.conftest import Case, send, statements
from tests.contract.test_doors import only

pytestmark = pytest.mark.spec("LST-11")
classified = only(lambda entity: entity.classified is not None)
ROW = re.compile(r'<tr data-id="(\d+)"')


def category(case: Case, name: str, above: CategoryNode | None = None) -> CategoryNode:
    values = {"kind": case.entity.name, "name": name, "parent": above.pk if above else None}
    return again(node_create(values, by=company()))


def put(case: Case, record, where: CategoryNode) -> None:
    type(record)._base_manager.filter(pk=record.pk).update(**{case.entity.classified.field: where})


def asked(case: Case, page, **question) -> set[int]:
    """The records that the API gives; the page shows the same."""
    answer = page.get(case.api, {"page_size": 200, **question})
    assert answer.status_code == 200, answer.content
    assert answer.json()["total"] == len(answer.json()["items"])
    ids = {item["id"] for item in answer.json()["items"]}
    html = page.get(case.base, {"page_size": 200, **question}).content.decode()
    assert {int(pk) for pk in ROW.findall(html)} == ids
    return ids


@classified
def test_each_way_shows_the_records_that_it_means(case: Case, page):
    loose, direct, deep = case.records(3)
    top = category(case, "一级")
    below = category(case, "二级", top)
    put(case, direct, top)
    put(case, deep, below)
    every = asked(case, page, mode="all")
    assert {loose.pk, direct.pk, deep.pk} <= every
    assert asked(case, page, mode="level") == every - {direct.pk, deep.pk}
    assert asked(case, page, mode="level", node=top.pk) == {direct.pk}
    assert asked(case, page, mode="subtree", node=top.pk) == {direct.pk, deep.pk}
    assert asked(case, page, mode="subtree", node=below.pk) == {deep.pk}
    chosen = {"mode": "subtree", "node": top.pk, "sort": "-" + case.entity.title_field}
    assert asked(case, page, **chosen) == {direct.pk, deep.pk}


@classified
def test_without_a_category_a_list_costs_what_it_did_and_with_one_hardly_more(case: Case, page):
    case.make()
    plain = statements(page, f"{case.base}?mode=all")
    assert statements(page, case.base) == plain
    category(case, "一级")
    assert statements(page, case.base) <= plain + 1  # the total of the level is counted


@classified
@pytest.mark.spec("LST-12")
def test_a_record_becomes_a_category_or_is_refused_in_use(case: Case):
    record = case.make()
    name, admin = str(record), browser(company())
    answer = send(admin, "POST", f"{case.api}/{record.pk}/classify", {})
    if answer.status_code == 200:
        assert CategoryNode.objects.get().name == name
        assert RecycleBin.objects.filter(kind=case.entity.name, record_id=record.pk).exists()
    else:
        assert (answer.status_code, answer.json()["message"]) == (422, f"{IN_USE}。")
        assert not CategoryNode.objects.exists()
