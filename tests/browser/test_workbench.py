"""The day begins at the workbench: log in, to-do, 记一笔, the next one stands there (WRK-01, USE-02)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kemai.customers.tests.factories import customer
from kemai.notify.services import tell
from kemai.people.tests.factories import PASSWORD
from kemai.teamwork.tests.factories import record

pytestmark = pytest.mark.spec("WRK-01", "INT-04")


@pytest.fixture
def planned(crew):
    """A customer of 小林 whose next contact was to be two hours ago."""
    shangce = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])
    due = timezone.now() - timedelta(hours=2)
    record(shangce, crew.lin, days_ago=3, contact=shangce.contacts.get().pk, next_step="发送报价", next_contact_at=due)
    return shangce


def test_from_log_in_to_the_next_plan(page, live_server, crew, planned, axe):
    page.goto(f"{live_server.url}/login")
    page.fill("[name=login]", crew.lin.login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/workbench")
    todos = page.locator("#card-todos")
    assert todos.locator(".wb-title").all_inner_texts() == ["发送报价"]
    page.wait_for_selector("#card-birthdays:not(.wb-late)")
    assert axe(page) == []
    todos.get_by_role("button", name="记一笔").click()
    page.fill("#dialog [name=content]", "已发报价")
    tomorrow = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT10:00")
    page.fill("#dialog [name=next_contact_at]", tomorrow)
    page.click("#dialog [type=submit]")
    page.wait_for_selector("#card-todos .wb-title:has-text('联系李四')")
    assert todos.locator(".km-end .km-nowrap").all_inner_texts() == ["明天 10:00"]
    assert page.url.endswith("/workbench")


@pytest.mark.spec("WRK-02")
def test_a_reminder_comes_while_the_page_is_open_and_is_read(go, crew):
    page = go("/workbench")
    page.wait_for_selector("#card-pool:not(.wb-late)")
    assert page.locator("#card-messages .wb-li").count() == 0
    tell(crew.lin, "老总把客户「甲」指派给您。", link="/messages")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_selector("#toasts :text('老总把客户「甲」指派给您。')")
    assert page.locator(".km-bell[data-news=提醒] .km-count").inner_text() == "1"
    page.reload()
    page.locator("#card-messages").get_by_role("button", name="已读").click()
    page.wait_for_selector("#card-messages:has-text('没有未读的提醒。')")
    assert page.locator(".km-bell[data-news=提醒] .km-count").count() == 0
