"""Categories in the browser, by keyboard: down, up, the pane and its search, 「分类」 (LST-11, LST-12)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.kit.category_services import node_create
from kemai.kit.models import CategoryNode
from kemai.people.tests.factories import Team, again, company, team
from tests.browser.people import log_in, settled


def node(name: str, above: CategoryNode | None = None) -> CategoryNode:
    return again(node_create({"kind": "customer", "name": name, "parent": above.pk if above else None}, by=company()))


@pytest.mark.spec("LST-11")
@pytest.mark.spec("LST-12")
def test_the_tree_is_walked_by_keyboard(page: Page, live_server, db, axe: Callable[[Page], list[str]]) -> None:
    crew: Team = team()
    east = node("华东")
    shanghai = node("上海", east)
    customer("华东恒泰机械", crew.manager, classification=east.pk)
    customer("上海恒泰机械", crew.manager, classification=shanghai.pk)
    customer("恒泰集团", crew.manager)
    log_in(page, live_server.url, crew.manager)
    page.goto(f"{live_server.url}/customers?view=mine")
    settled(page)
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(2)
    assert "mode=level" in page.url
    assert axe(page) == []

    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")  # 下一级
    expect(page.locator("#list .km-way b")).to_have_text("华东")
    expect(rows).to_contain_text(["上海", "华东恒泰机械"])
    expect(page.locator("#tree [aria-current]")).to_have_text("华东")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#list .km-way b")).to_have_text("上海")
    expect(rows).to_contain_text(["上海恒泰机械"])
    page.keyboard.press("Escape")  # 上一级
    expect(page.locator("#list .km-way b")).to_have_text("华东")
    page.keyboard.press("Escape")
    expect(page.locator("#list .km-way b")).to_have_text("全部分类")

    page.locator("[data-tree-q]").fill("sh")  # 上海
    page.keyboard.press("Enter")
    expect(page.locator("#list .km-way b")).to_have_text("上海")
    page.keyboard.press("Alt+t")  # below the category
    page.wait_for_url(f"**/customers/new?view=mine&classification={shanghai.pk}**")

    page.goto(f"{live_server.url}/customers?view=mine")
    settled(page)
    page.get_by_label("选择 恒泰集团").check()
    page.keyboard.press("Alt+t")  # the record becomes a category
    page.locator("#dialog").get_by_role("button", name="分类").click()
    expect(page.locator("#tree")).to_contain_text("恒泰集团")
    expect(page.locator("#list tbody tr[data-id]")).to_have_count(0)
    assert not Customer.objects.filter(name="恒泰集团").exists()

    page.get_by_text("列表方式").click()
    page.get_by_role("link", name="全部列表").click()
    expect(page.locator("#list tbody tr[data-id]")).to_have_count(2)
    page.locator("#tree").get_by_role("button", name="不显示分类结构").click()
    expect(page.locator("#tree")).to_have_count(0)
    page.goto(f"{live_server.url}/customers?view=mine")
    expect(page.locator("#list tbody tr[data-id]")).to_have_count(2)
    expect(page.locator("#tree")).to_have_count(0)
