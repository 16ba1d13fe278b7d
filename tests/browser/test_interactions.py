"""「记一笔」 in the browser: one line on the record page, in the 「明细栏」 and at the foot of the phone's page (INT-05)."""

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.tests.factories import customer
from kemai.people.tests.factories import team
from kemai.teamwork.models import Interaction
from tests.browser.people import log_in, settled

pytestmark = pytest.mark.spec("INT-05")


def test_one_line_on_the_page_and_in_the_pane(page: Page, live_server, axe) -> None:
    crew = team()
    customer("阿尔法机械厂", crew.lin, contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    customer("贝塔机械厂", crew.lin, contacts=[{"name": "钱伟民"}])
    log_in(page, live_server.url, crew.lin)
    page.goto(f"{live_server.url}/customers?view=mine&sort=name")
    settled(page)
    page.locator("#list tbody tr").first.locator("td").nth(3).click()
    pane = page.locator("#pane")
    line = pane.get_by_placeholder("记一笔：谈了什么，结果如何")
    line.fill("谈了交期")
    pane.get_by_placeholder("不选则为主联系人").click()
    expect(pane.get_by_role("option", name="吴倩")).to_be_visible()
    expect(pane.get_by_role("option", name="钱伟民")).to_have_count(0)
    pane.get_by_role("option", name="吴倩").click()
    assert axe(page) == []
    pane.get_by_role("button", name="保存").click()
    expect(page.locator("#toasts")).to_contain_text("已记一笔「阿尔法机械厂」")
    expect(pane.get_by_role("tab", name="交往记录")).to_contain_text("1")
    made = Interaction.objects.get()
    assert (str(made.contact), made.content) == ("吴倩", "谈了交期")
    assert page.url.startswith(f"{live_server.url}/customers?"), "the list stays"
    page.goto(f"{live_server.url}/customers/{made.customer_id}")
    settled(page)
    page.get_by_role("button", name="保存").click()  # nothing typed: the dialog says what is missing
    expect(page.locator("#dialog")).to_contain_text("请填写谈了什么，结果如何。")
    page.locator("#dialog textarea").fill("寄了样品")
    page.locator("#dialog").get_by_role("button", name="记一笔").click()
    expect(page.locator(".cd-line")).to_contain_text("寄了样品")
    assert axe(page) == []


def test_the_phone_has_the_line_at_its_foot(phone: Page, live_server, axe) -> None:
    crew = team()
    made = customer("阿尔法机械厂", crew.lin, contacts=[{"name": "顾志明"}])
    log_in(phone, live_server.url, crew.lin)
    phone.goto(f"{live_server.url}/customers/{made.pk}")
    settled(phone)
    line = phone.get_by_placeholder("记一笔：谈了什么，结果如何")
    box = phone.locator(".km-jot").bounding_box()
    assert box is not None
    assert round(box["y"] + box["height"]) == phone.viewport_size["height"]
    assert all(button.bounding_box()["height"] >= 44 for button in phone.locator(".km-jot .btn:visible").all())
    line.fill("在门口碰到顾总")
    phone.locator(".km-jot").get_by_role("button", name="保存").click()
    expect(phone.locator(".cd-line")).to_contain_text("在门口碰到顾总")
    assert axe(phone) == []
