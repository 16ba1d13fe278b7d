"""The table of a list in the browser: 「表格配置」, widths by dragging, locked columns, finding, print."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import previewed, sheet
from kemai.kit.models import Import, ListSetting, SavedFilter
from kemai.people.tests.factories import Team
from tests.browser.people import log_in, settled


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
    expect(mine.locator("#list th[data-name]").first).to_have_attribute("data-name", "owner")
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
    expect(head).to_have_css("width", f"{before['width']:g}px")
    assert not ListSetting.objects.filter(employee=crew.manager).exists()


@pytest.mark.spec("LST-03", "LST-04")
def test_a_query_becomes_chips_and_is_kept_shared_and_loaded_again(mine: Page, crew: Team, axe) -> None:
    customer("成都蓉欣医疗器械公司", crew.manager)
    mine.get_by_role("button", name="组合查询").click()
    dialog = mine.locator("#dialog")
    dialog.get_by_label("客户名称").fill("恒泰")
    dialog.get_by_label("已领用").check()
    assert axe(mine) == []
    dialog.get_by_role("button", name="查询", exact=True).click()
    chips = mine.locator(".km-chip")
    expect(chips).to_have_count(2)
    expect(chips.nth(1)).to_contain_text("状态等于 已领用")
    expect(mine.locator("#list tbody tr")).to_have_count(1)

    mine.get_by_role("button", name="数据过滤").click()
    box = mine.locator("#filter")
    box.get_by_label("另存为名称").fill("恒泰系")
    box.get_by_label("共享给同事").check()
    assert axe(mine) == []
    box.get_by_role("button", name="保存").click()
    expect(mine.locator(".km-toast")).to_contain_text("已保存过滤条件「恒泰系」")
    kept = SavedFilter.objects.get()
    assert (kept.owner_id, kept.everybody, [row["field"] for row in kept.filter["rows"]]) == (
        crew.manager.pk,
        True,
        ["name", "state"],
    )

    mine.get_by_role("link", name="清除过滤").click()
    expect(mine.locator("#list tbody tr")).to_have_count(2)
    mine.get_by_role("button", name="数据过滤").click()
    box.get_by_label("另存为名称").fill("恒泰系")
    box.get_by_label("值").fill("蓉欣")
    box.get_by_role("button", name="保存").click()
    expect(box.locator("[data-note]")).to_contain_text("再按一次就覆盖它")
    mine.keyboard.press("Escape")
    mine.get_by_role("button", name="数据过滤").click()
    box.get_by_text("装入过滤条件").click()
    box.get_by_role("button", name="恒泰系").first.click()
    expect(chips).to_have_count(2)
    expect(mine.locator("#list tbody tr")).to_have_count(1)


@pytest.mark.spec("LST-05")
def test_finding_walks_from_match_to_match_over_pages_and_begins_anew(mine: Page, crew: Team, axe) -> None:
    for number in range(30):
        customer(f"第{number:02d}家{'螺丝' if number in (3, 27) else ''}公司", crew.manager)
    mine.goto(f"{mine.url.split('?')[0]}?view=mine&sort=name&page_size=20")
    settled(mine)
    mine.keyboard.press("F3")
    finder = mine.locator("#finder")
    finder.get_by_label("要找的内容").fill("螺丝")
    assert axe(mine) == []
    current = mine.locator("#list tr.is-current .km-name")
    mine.keyboard.press("Enter")
    expect(current).to_have_text("第03家螺丝公司")
    mine.keyboard.press("F3")
    expect(current).to_have_text("第27家螺丝公司")
    assert "page=2" in mine.url
    mine.keyboard.press("F3")
    expect(finder.get_by_role("status")).to_have_text("已到末尾，从头找到这一条。")
    expect(current).to_have_text("第03家螺丝公司")
    finder.get_by_label("要找的内容").fill("没有这家")
    mine.keyboard.press("Enter")
    expect(finder.get_by_role("status")).to_have_text("没有找到符合的记录。")
    mine.keyboard.press("Escape")
    expect(finder).not_to_be_visible()


@pytest.mark.spec("LST-17")
def test_names_and_phones_are_copied_from_the_row_under_pointer_or_focus(mine: Page) -> None:
    mine.context.grant_permissions(["clipboard-read", "clipboard-write"])
    assert mine.locator(".km-copy").count() == 0
    mine.locator("#list tbody tr").first.hover()
    mine.get_by_role("button", name="复制 0512-62880001").click()
    assert mine.evaluate("navigator.clipboard.readText()") == "0512-62880001"
    mine.locator("#list .km-name").first.focus()
    mine.keyboard.press("Tab")
    mine.keyboard.press("Enter")
    assert mine.evaluate("navigator.clipboard.readText()") == "苏州恒泰机械有限公司"


@pytest.mark.spec("LST-10")
def test_a_list_prints_its_rows_with_title_filter_time_and_person(mine: Page) -> None:
    mine.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    mine.get_by_role("button", name="数据过滤").click()
    mine.locator("#filter").get_by_label("值").fill("KH")
    mine.locator("#filter").get_by_role("button", name="应用").click()
    expect(mine.locator(".km-chip")).to_have_count(1)
    mine.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    mine.emulate_media(media="print")
    head = mine.locator(".km-print-head")
    expect(head).to_contain_text("我的客户")
    expect(head).to_contain_text("过滤：客户编号包含 KH")
    expect(head).to_contain_text("打印人：王建国")
    expect(head).to_contain_text("打印时间：20")
    expect(mine.locator("#list tbody tr")).to_be_visible()
    for chrome in (".km-side", ".km-toolbar", ".km-pager", ".km-ck >> nth=0", ".km-chips"):
        expect(mine.locator(chrome)).not_to_be_visible()
    assert mine.evaluate("document.documentElement.dataset.bsTheme") == "light"
    mine.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert mine.evaluate("document.documentElement.dataset.bsTheme") == "dark"


@pytest.mark.spec("USE-04", "IMP-02")
def test_on_the_phone_the_tabs_of_an_imports_result_never_lie_on_each_other(
    page: Page, live_server, crew: Team, tmp_path
) -> None:
    rows = [["苏州恒泰机械有限公司"], ["苏州恒泰机械有限公司"], ["苏州恒泰机械股份有限公司"], ["（）"]]
    run = previewed(sheet(tmp_path, ["客户名称"], *rows), crew.manager)
    Import.objects.filter(pk=run.pk).update(counts=dict.fromkeys(run.counts, 23558))
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, live_server.url, crew.manager)
    page.goto(f"{live_server.url}/imports/{run.pk}")
    boxes = [tab.bounding_box() for tab in page.locator(".km-tab").all()]
    assert len(boxes) == 5
    for left, right in pairwise(boxes):
        assert left["x"] + left["width"] <= right["x"]
    texts = page.locator(".km-tab").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert texts == [0, 0, 0, 0, 0]  # what stands in a tab fits into it
    assert page.evaluate("document.documentElement.scrollWidth") == 390
