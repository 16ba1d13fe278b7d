"""The first hour of a salesperson: from log-in to the first customer, by mouse in few clicks and by keyboard alone, and with a phone."""

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import customer
from kemai.people.tests.factories import PASSWORD, Team
from kemai.teamwork.models import Interaction
from tests.browser.people import log_in, settled


def count_clicks(page: Page) -> None:
    """From now on each click of the person is counted, over all pages."""
    page.add_init_script(
        "addEventListener('pointerdown', () => sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1, true)"
    )


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.clicks || 0"))


@pytest.mark.spec("USE-02")
def test_from_log_in_to_the_first_claimed_customer_with_a_contact_record_takes_five_clicks(
    page: Page, live_server, crew: Team
) -> None:
    made = customer("苏州恒泰机械有限公司", contacts=[{"name": "顾志明", "mobile": "13912345678"}])
    count_clicks(page)
    page.goto(f"{live_server.url}/login")
    page.locator("#login").fill(crew.lin.login)
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_role("link", name="去客户池领用").click()
    page.locator("#list").get_by_role("link", name="苏州恒泰机械有限公司").click()
    page.locator(".cd-deeds").get_by_role("button", name="领用").click()
    expect(page.locator(".km-toast")).to_contain_text("领用")
    page.get_by_placeholder("记一笔").click()
    page.keyboard.type("电话里谈了设备改造，下周上门")
    page.keyboard.press("Enter")
    expect(page.locator(".cd-line")).to_contain_text("电话里谈了设备改造，下周上门")
    made.refresh_from_db()
    assert made.owner == crew.lin
    assert [(one.content, one.contact.name) for one in Interaction.objects.filter(customer=made)] == [
        ("电话里谈了设备改造，下周上门", "顾志明")
    ]
    assert clicks(page) == 5


@pytest.mark.spec("USE-03", "LST-01")
def test_a_days_work_is_done_by_keyboard_alone(page: Page, live_server, crew: Team) -> None:
    own = customer("苏州恒泰机械有限公司", crew.lin)
    pooled = customer("成都蓉欣医疗器械公司")
    page.goto(f"{live_server.url}/login")
    keys = page.keyboard
    keys.type(crew.lin.login)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(lambda address: "/login" not in address)
    settled(page)

    keys.press("Control+k")  # find a customer and open it
    keys.type("恒泰")
    page.locator(".km-found a").first.wait_for()
    settled(page)
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url(f"**/customers/{own.pk}**")
    settled(page)

    pencil = page.get_by_role("button", name="修改简称")  # change a field where it stands
    for _ in range(60):
        if pencil.evaluate("one => one === document.activeElement"):
            break
        keys.press("Tab")
    keys.press("Enter")
    expect(page.locator(".cd-edit input.form-control")).to_be_focused()
    keys.type("恒泰")
    keys.press("Enter")
    expect(page.locator(".cd-edit")).to_have_count(0)
    own.refresh_from_db()
    assert own.short_name == "恒泰"

    page.goto(f"{live_server.url}/customers?view=pool&q=蓉欣")  # claim one from the list
    settled(page)
    keys.press("ArrowDown")
    keys.press(" ")
    expect(page.locator("[data-chosen]")).to_have_text("已选 1 条")
    claim = page.locator(".km-tools [data-deed=claim]")
    for _ in range(40):
        if claim.evaluate("one => one === document.activeElement"):
            break
        keys.press("Shift+Tab")
    keys.press("Enter")
    expect(page.locator(".km-toast")).to_contain_text("领用")
    pooled.refresh_from_db()
    assert pooled.owner == crew.lin

    page.goto(f"{live_server.url}/customers?view=mine")  # a new customer with a contact
    settled(page)
    keys.press("Alt+a")
    page.wait_for_url("**/customers/new**")
    expect(page.locator("#f-name")).to_be_focused()
    keys.type("武汉佳讯化工有限公司")
    name = page.locator("[name=contacts-0-name]")
    for _ in range(60):
        if name.evaluate("one => one === document.activeElement"):
            break
        keys.press("Tab")
    keys.type("冯敏")
    keys.press("Control+s")
    page.wait_for_url("**/customers?view=mine")
    assert Customer.objects.get(name="武汉佳讯化工有限公司").owner == crew.lin
    assert Contact.objects.get(name="冯敏").customer.name == "武汉佳讯化工有限公司"


@pytest.mark.spec("FRM-10")
def test_the_phone_calls_and_leads_the_way_to_a_customer(phone: Page, live_server, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-6288 1190", address="苏州市工业园区星湖街 328 号")
    silent = customer("成都蓉欣医疗器械公司", crew.lin)
    log_in(phone, live_server.url, crew.lin)
    phone.goto(f"{live_server.url}/customers?view=mine")
    settled(phone)
    call = phone.locator(f"tr[data-id='{made.pk}'] .km-call")
    assert call.get_attribute("href") == "tel:0512-62881190"
    assert min(call.bounding_box()["width"], call.bounding_box()["height"]) >= 44
    expect(phone.locator(f"tr[data-id='{silent.pk}'] .km-call")).to_have_count(0)
    phone.locator(f"tr[data-id='{made.pk}'] .km-name").tap()
    phone.wait_for_url(f"**/customers/{made.pk}**")
    deeds = phone.locator(".cd-deeds")
    assert deeds.get_by_role("link", name="打电话").get_attribute("href") == "tel:0512-62881190"
    assert (
        deeds.get_by_role("link", name="导航").get_attribute("href").startswith("https://uri.amap.com/search?keyword=")
    )
    for deed in deeds.locator("visible=true >> css=.btn").all():
        assert deed.bounding_box()["x"] + deed.bounding_box()["width"] <= 390
