"""The installed app (FRM-10)."""

import pytest
from playwright.sync_api import Page, expect

from kemai.people.tests.factories import team
from tests.browser.people import log_in, settled


@pytest.mark.spec("FRM-10")
def test_without_a_network_the_page_says_so_and_goes_on_when_it_is_back(phone: Page, live_server) -> None:
    log_in(phone, live_server.url, team().lin)
    phone.goto(f"{live_server.url}/customers")
    phone.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.context.set_offline(True)
    phone.goto(f"{live_server.url}/contacts", wait_until="domcontentloaded")
    expect(phone.get_by_role("heading", name="没有网络")).to_be_visible()
    phone.context.set_offline(False)
    phone.get_by_role("link", name="重试").click()
    settled(phone)
    expect(phone.locator("#list")).to_be_visible()
