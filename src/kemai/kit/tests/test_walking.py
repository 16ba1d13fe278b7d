"""From a list into its records: the 「明细栏」 and the way to the previous and the next record."""

import json
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.people.tests.factories import Team, browser, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


@pytest.fixture
def four(crew: Team) -> list[Customer]:
    return [customer(f"{name}机械厂", crew.lin) for name in ("阿尔法", "贝塔", "伽马", "德尔塔")]


def neighbours(answer) -> dict[str, str]:
    """The addresses behind 「上一条」 and 「下一条」; "" where there is none."""
    page = unescape(answer.content.decode())
    links = re.findall(r"<a [^>]*aria-label=\"(?:上一条|下一条)\"[^>]*>", page)
    return {
        re.search('aria-label="([^"]*)"', link).group(1): (re.search('href="([^"]*)"', link) or ["", ""])[1]
        for link in links
    }


@pytest.mark.spec("LST-16")
def test_previous_and_next_walk_the_list_in_its_order(lin: Client, four) -> None:
    alpha, beta, gamma, delta = four
    address, names = f"/customers/{alpha.pk}?view=mine&sort=name&at=1", []
    while address:
        answer = lin.get(address)
        names.append(re.search("<h1>([^<]*)</h1>", answer.content.decode()).group(1))
        address = neighbours(answer)["下一条"]
    assert names == ["阿尔法机械厂", "贝塔机械厂", "德尔塔机械厂", "伽马机械厂"]
    assert neighbours(lin.get(f"/customers/{alpha.pk}?view=mine&sort=name&at=1"))["上一条"] == ""
    assert (
        neighbours(lin.get(f"/customers/{delta.pk}?view=mine&sort=name&at=3"))["上一条"]
        == f"/customers/{beta.pk}?view=mine&sort=name&at=2"
    )
    assert "第 3 条，共 4 条" in lin.get(f"/customers/{delta.pk}?view=mine&sort=name&at=3").content.decode()


@pytest.mark.spec("LST-16")
def test_the_walk_stays_within_search_and_filter(lin: Client, crew: Team, four) -> None:
    asked = {"view": "mine", "q": "塔", "sort": "name", "at": "1"}
    beta, delta = four[1], four[3]
    assert f"/customers/{delta.pk}?" in neighbours(lin.get(f"/customers/{beta.pk}", asked))["下一条"]
    filtered = json.dumps({"op": "and", "rows": [{"field": "name", "cond": "contains", "value": "伽"}]})
    alone = neighbours(lin.get(f"/customers/{four[2].pk}", {"view": "mine", "filter": filtered, "at": "1"}))
    assert alone == {"上一条": "", "下一条": ""}


@pytest.mark.spec("LST-16")
def test_a_record_that_has_moved_is_found_again_and_one_that_left_the_list_has_no_neighbours(lin: Client, four) -> None:
    gamma = four[2]
    found = neighbours(lin.get(f"/customers/{gamma.pk}?view=mine&sort=name&at=1"))
    assert found == {"上一条": f"/customers/{four[3].pk}?view=mine&sort=name&at=3", "下一条": ""}
    assert neighbours(lin.get(f"/customers/{gamma.pk}?view=mine&q=贝塔&at=1")) == {}
    for nonsense in ("0", "-1", "x", "9" * 30, "999999"):
        assert neighbours(lin.get(f"/customers/{gamma.pk}?view=mine&at={nonsense}")) == {}
    assert neighbours(lin.get(f"/customers/{gamma.pk}?view=mine&sort=nothing&at=1")) == {}


@pytest.mark.spec("LST-16")
def test_the_walk_shows_nobody_elses_records(crew: Team, four) -> None:
    theirs = customer("埃普西隆机械厂", crew.zhou)
    lin, zhou = browser(crew.lin), browser(crew.zhou)
    assert f"/customers/{theirs.pk}?" not in lin.get(f"/customers/{four[3].pk}?view=mine&at=1").content.decode()
    assert neighbours(zhou.get(f"/customers/{theirs.pk}?view=mine&at=1")) == {"上一条": "", "下一条": ""}
    assert zhou.get(f"/customers/{four[0].pk}?view=mine&at=1").status_code == 404


@pytest.mark.spec("LST-16")
def test_the_neighbours_cost_a_constant_number_of_statements(lin: Client, crew: Team, four) -> None:
    def statements(path: str) -> int:
        lin.get(path)
        with CaptureQueriesContext(connection) as captured:
            lin.get(path)
        return len(captured.captured_queries)

    one = f"/customers/{four[3].pk}"
    assert statements(f"{one}?view=mine&at=1") <= statements(f"{one}?view=mine") + 3


@pytest.mark.spec("LST-18")
def test_the_pane_has_the_records_tabs_with_their_counts_and_the_first_one_open(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    page = unescape(lin.get(f"/customers/{made.pk}/pane?view=mine").content.decode())
    assert "苏州恒泰机械有限公司" in page
    tabs = re.findall(r'data-tab="([a-z]+)"', page)
    assert tabs == ["contacts", "interactions", "attachments", "shares", "ownership", "changes"]
    assert "hx-swap-oob" not in page, "the counts stand in the heads already"
    assert '联系人<span class="km-count">2</span>' in page
    assert "顾志明" in page
    assert "吴倩" in page
    assert "顾志明" not in lin.get(f"/customers/{made.pk}/pane?view=mine&tab=ownership").content.decode()


@pytest.mark.spec("LST-18")
def test_the_pane_in_the_pool_has_the_one_tab_of_public_fields(lin: Client) -> None:
    made = customer("公海电子商行", phone="0512-62881190", contacts=[{"name": "顾志明"}])
    page = lin.get(f"/customers/{made.pk}/pane?view=pool").content.decode()
    assert re.findall(r'data-tab="([a-z]+)"', page) == ["public"]
    assert "公开信息" in page
    for secret in ("0512-62881190", "顾志明"):
        assert secret not in page
    assert lin.get(f"/customers/{made.pk}/pane?view=mine").status_code == 404
    assert lin.get(f"/customers/{made.pk}/pane?view=nothing").status_code == 404


@pytest.mark.spec("LST-18")
def test_a_kind_without_tabs_shows_its_fields_in_the_pane(crew: Team) -> None:
    page = browser(crew.admin).get(f"/departments/{crew.lin.department_id or 1}/pane").content.decode()
    assert 'role="tab"' in page


@pytest.mark.spec("CON-03")
def test_a_contact_is_deleted_in_the_tab_without_leaving_the_list(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}])
    contact = made.contacts.get()
    answer = lin.post(
        f"/customers/{made.pk}/tabs/contacts/{contact.pk}/delete",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/customers?view=mine"},
    )
    assert (answer.status_code, answer.get("HX-Redirect")) == (200, None)
    told = json.loads(answer["HX-Trigger"])
    assert told.keys() == {"km:toast", "km:close", "km:refresh"}
    assert told["km:toast"]["text"] == "已删除「顾志明」。"
    assert not made.contacts.exists()
