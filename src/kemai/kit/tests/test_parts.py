"""What is kept of pages for everybody shows nobody what is another's."""

import re

import pytest

from kemai.customers.tests.factories import customer
from kemai.kit.parts import part
from kemai.people.tests.factories import browser, team

pytestmark = pytest.mark.django_db


def page(client, path="/customers?view=mine") -> str:
    return client.get(path).content.decode()


def tokens(text: str) -> set[str]:
    return {
        *re.findall(r'name="csrfmiddlewaretoken" value="([^"]*)"', text),
        *re.findall(r'X-CSRFToken":"(\w+)"', text),
    }


def test_a_part_is_rendered_once_for_the_same_values():
    one = part("kit/_list_marks.html", kind="customer")
    assert part("kit/_list_marks.html", kind="customer") is one
    assert 'href="/help/customer"' in one
    assert 'href="/help/contact"' in part("kit/_list_marks.html", kind="contact")


def test_values_are_escaped():
    top = part("kit/_top.html", name="<林>", makers=(), counts=(), theme="light", help="", token="")
    assert "&lt;林&gt;" in top
    assert "<林>" not in top


def test_each_page_has_one_token_of_its_own():
    crew = team()
    lin, zhou = browser(crew.lin), browser(crew.zhou)
    first, second, other = (tokens(page(client)) for client in (lin, lin, zhou))
    assert len(first) == len(second) == len(other) == 1
    assert len(first | second | other) == 3
    assert {len(token) for token in first | second | other} == {64}


def test_two_people_of_the_same_rights_have_pages_of_their_own():
    crew = team()
    for name in ("苏州恒泰机械有限公司", "无锡长江轴承有限公司"):
        customer(name, crew.lin)
    customer("常州天目仪表有限公司", crew.zhou)
    mine, others = page(browser(crew.lin)), page(browser(crew.zhou))
    assert crew.lin.name in mine
    assert crew.lin.name not in others
    assert crew.zhou.name in others
    assert '我的客户<span class="km-count">2</span>' in mine
    assert '我的客户<span class="km-count">1</span>' in others


def test_the_cookie_of_the_pane_names_one_of_its_places_or_nothing():
    lin = browser(team().lin)
    lin.cookies["km_pane"] = "right"
    assert 'data-pane="right"' in page(lin)
    lin.cookies["km_pane"] = "anything else"
    assert 'data-pane="below"' in page(lin)
