"""Every kind's list can be laid out: each of its columns shown alone, in any order, and put back."""

import re

import pytest

from tests.contract.conftest import Case, send, statements

HEAD = re.compile(r'<th class="[^"]*" scope="col" data-name="(\w+)"')


@pytest.mark.spec("LST-07")
def test_every_list_shows_the_columns_that_a_person_chose(case: Case, page):
    case.make()
    first = page.get(f"{case.api}/layout").json()
    names = [one["name"] for one in first["columns"] + first["hidden"]]
    assert len(names) == len(set(names))
    chosen = [{"name": name, "width": 90 + at} for at, name in enumerate(reversed(names))]
    answer = send(page, "POST", f"{case.api}/layout", {"columns": chosen, "locked": 1})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["columns"][0]["name"], answer.json()["own"], answer.json()["hidden"]) == (names[-1], True, [])
    html = page.get(case.base).content.decode()
    assert HEAD.findall(html) == names[::-1]
    widths = re.findall(r'<col width="(\d+)">', html)
    assert sum(map(int, widths)) == int(re.search(r'<table class="[^"]*" width="(\d+)"', html).group(1))
    assert send(page, "POST", f"{case.api}/layout", {"reset": True}).json() == first


@pytest.mark.spec("LST-07")
def test_a_layout_costs_a_list_no_statement(case: Case, page):
    case.make()
    before = statements(page, case.base)
    shown = page.get(f"{case.api}/layout").json()["columns"]
    send(page, "POST", f"{case.api}/layout", {"columns": shown, "locked": 0})
    assert statements(page, case.base) == before


def test_a_layout_is_for_who_may_look(case: Case):
    from kemai.people.tests.factories import browser

    blind = browser(case.without(case.outsider, case.entity.right("view")))
    assert blind.get(f"{case.api}/layout").status_code == 403
    assert send(blind, "POST", f"{case.api}/layout", {"columns": []}).status_code == 403
    assert blind.get(f"{case.base}/layout").status_code == 403
