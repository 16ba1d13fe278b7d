"""Every kind of page can be used by everybody (WCAG 2.1 A and AA), light and dark, on desk and phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from kemai.customers.tests.factories import customer
from kemai.people.tests.factories import team
from tests.browser.people import log_in, settled

Axe = Callable[[Page], list[str]]


@pytest.mark.spec("USE-03")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_usual_pages_have_no_barriers(page: Page, live_server, axe: Axe, theme: str) -> None:
    crew = team()
    made = customer("苏州恒泰机械有限公司", crew.manager, phone="0512-62881190", contacts=[{"name": "顾志明"}])
    customer("成都蓉欣医疗器械公司")
    page.context.add_cookies([{"name": "km_theme", "value": theme, "url": live_server.url}])
    found = {}

    def look(name: str) -> None:
        settled(page)
        if problems := axe(page):
            found[name] = problems

    page.goto(f"{live_server.url}/login")
    look("log-in")
    log_in(page, live_server.url, crew.admin)
    for path in ("/customers?view=mine&q=没有", "/customers?view=pool", "/settings", "/rights", "/help", "/nowhere"):
        page.goto(f"{live_server.url}{path}")
        look(path)
    log_in(page, live_server.url, crew.manager)
    for path in ("/customers?view=mine", f"/customers/{made.pk}", f"/customers/{made.pk}/edit", "/contacts/new"):
        page.goto(f"{live_server.url}{path}")
        look(path)
    page.keyboard.press("Control+s")
    page.locator(".km-err").first.wait_for()
    look("a form with mistakes")
    page.goto(f"{live_server.url}/customers?view=mine")
    page.locator("#list tbody input").first.check()
    look("a selection")
    page.get_by_role("button", name="数据过滤").click()
    page.locator("#filter .fp-row").first.wait_for()
    look("the filter")
    page.keyboard.press("Escape")
    page.locator(".km-tools [data-deed=share]").click()
    page.locator("#dialog[open]").wait_for()
    look("a dialog")
    assert not found


@pytest.mark.spec("USE-03", "FRM-10")
def test_the_phone_has_no_barriers(phone: Page, live_server, axe: Axe) -> None:
    crew = team()
    made = customer("苏州恒泰机械有限公司", crew.manager, contacts=[{"name": "顾志明"}])
    log_in(phone, live_server.url, crew.manager)
    found = {}
    for path in ("/customers?view=mine", f"/customers/{made.pk}", f"/customers/{made.pk}/edit", "/me"):
        phone.goto(f"{live_server.url}{path}")
        settled(phone)
        if problems := axe(phone):
            found[path] = problems
    assert not found
