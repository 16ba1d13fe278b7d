"""The table of a list in the browser: 「表格配置」, widths by dragging, locked columns, finding, print."""

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.tests.factories import customer
from kemai.kit.models import ListSetting
from kemai.people.tests.factories import Team, team
from tests.browser.people import log_in, settled


@pytest.fixture
def crew(db) -> Team:
    return team()


@pytest.fixture
def mine(page: Page, live_server, crew: Team) -> Page:
    """The list of one's own customers, one of them."""
    customer("苏州恒泰机械有限公司", crew.manager, phone="0512-62880001")
    log_in(page, live_server.url, crew.manager)
    page.goto(f"{live_server.url}/customers?view=mine")
    settled(page)
    return page


def heads(page: Page) -> list[str]:
    return page.locator("#list th[data-name]").evaluate_all("all => all.map(one => one.dataset.name)")


@pytest.mark.spec("LST-07")
def test_columns_are_chosen_and_moved_by_keyboard_and_locked(mine: Page, axe) -> None:
    mine.get_by_role("button", name="表格配置").click()
    dialog = mine.locator("#dialog")
    expect(dialog).to_contain_text("锁定列数")
    assert axe(mine) == []
    dialog.get_by_label("状态", exact=True).uncheck()
    dialog.get_by_role("button", name="上移 负责人").focus()
    for _ in range(8):
        mine.keyboard.press("Enter")
    dialog.get_by_label("负责人的宽度").fill("180")
    dialog.get_by_label("锁定列数").fill("2")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).not_to_be_visible()
    expect(mine.locator(".km-toast")).to_contain_text("表格格式已保存")
    assert heads(mine)[:3] == ["owner", "number", "name"]
    assert "state" not in heads(mine)
    scroll = mine.locator("#list .km-scroll")
    scroll.evaluate("box => box.scrollTo(600, 0)")
    assert mine.locator("#list th[data-name=owner]").bounding_box()["x"] == pytest.approx(
        scroll.bounding_box()["x"] + 44, abs=1
    )
    assert mine.locator("#list tbody td:nth-child(3)").bounding_box()["x"] == pytest.approx(
        scroll.bounding_box()["x"] + 224, abs=1
    )


@pytest.mark.spec("LST-07", "SYS-07")
def test_a_heads_edge_is_dragged_and_the_width_stays_until_put_back(mine: Page, crew: Team) -> None:
    head = mine.locator("#list th[data-name=number]")
    before = head.bounding_box()
    edge = head.locator("[data-edge]").bounding_box()
    mine.mouse.move(edge["x"] + 4, edge["y"] + 10)
    mine.mouse.down()
    mine.mouse.move(edge["x"] + 84, edge["y"] + 10, steps=4)
    with mine.expect_response("**/customers/layout"):
        mine.mouse.up()
    assert head.bounding_box()["width"] == pytest.approx(before["width"] + 80, abs=2)
    mine.reload()
    settled(mine)
    assert head.bounding_box()["width"] == pytest.approx(before["width"] + 80, abs=2)
    mine.get_by_title("我的菜单").click()
    mine.get_by_role("link", name="清除格式配置").click()
    mine.locator("#dialog").get_by_role("button", name="清除", exact=True).click()
    mine.wait_for_load_state("networkidle")
    assert head.bounding_box()["width"] == pytest.approx(before["width"], abs=1)
    assert not ListSetting.objects.filter(employee=crew.manager).exists()
