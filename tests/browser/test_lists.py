"""Lists in the browser: keys, choosing, sorting, paging, filtering, deeds."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.people.models import Employee
from kemai.people.tests.factories import Team
from tests.browser.people import log_in, settled

Go = Callable[[str], Page]


@pytest.fixture
def who(crew: Team) -> Employee:
    """Lists are those of the sales manager."""
    return crew.manager


def many(count: int, owner=None) -> list[Customer]:
    return [customer(f"恒泰{number:02d}号机械厂", owner) for number in range(count)]


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


@pytest.mark.spec("LST-01")
def test_keys_open_new_and_change_and_help(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.manager)
    page = go("/customers?view=mine")
    page.keyboard.press("Alt+a")
    page.wait_for_url("**/customers/new?view=mine**")
    page = go("/customers?view=mine")
    page.locator(f"tr[data-id='{made.pk}'] input").check()
    page.keyboard.press("Alt+e")
    page.wait_for_url(f"**/customers/{made.pk}/edit**")
    page = go("/customers?view=mine")
    page.keyboard.press("F1")
    page.wait_for_url("**/help/customer")


@pytest.mark.spec("LST-01")
def test_deleting_asks_first_and_then_takes_the_row_away(go: Go) -> None:
    made = customer("苏州恒泰机械有限公司", contacts=[{"name": "顾志明"}])
    customer("成都蓉欣医疗器械公司")
    page = go("/customers?view=pool")
    page.locator(f"tr[data-id='{made.pk}'] input").check()
    page.keyboard.press("Alt+d")
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("删除「苏州恒泰机械有限公司」")
    expect(dialog).to_contain_text("1 个联系人")
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert Customer.objects.filter(pk=made.pk).exists()
    page.keyboard.press("Alt+d")
    dialog.get_by_role("button", name="删除").click()
    expect(page.locator(".km-toast")).to_contain_text("已删除 1 条客户")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert not Customer.objects.filter(pk=made.pk).exists()


@pytest.mark.spec("LST-01")
def test_a_record_opens_by_name_by_double_click_and_by_keyboard(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.manager)
    there = f"**/customers/{made.pk}?view=mine&at=1"
    page = go("/customers?view=mine")
    page.get_by_role("link", name=made.name).click()
    page.wait_for_url(there)
    page = go("/customers?view=mine")
    page.locator("#list tbody td.km-ph").first.dblclick()
    page.wait_for_url(there)
    page = go("/customers?view=mine")
    page.locator("#list .km-scroll").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    expect(page.locator("#list tbody input")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(there)


@pytest.mark.spec("LST-01")
def test_refresh_shows_the_present_state_and_keeps_page_filter_and_selection(go: Go, crew: Team) -> None:
    made = many(25, crew.manager)
    page = go("/customers?view=mine&q=恒泰&sort=name&page_size=20&page=2")
    page.locator("#list tbody input").nth(1).check()
    chosen = page.locator("#list tbody tr").nth(1).get_attribute("data-id")
    before = page.url
    Customer.objects.filter(pk=made[-1].pk).update(phone="0512-62881190")
    page.get_by_role("button", name="刷新").click()
    expect(page.locator("#list")).to_contain_text("0512-62881190")
    settled(page)
    assert page.url == before
    assert page.locator("[data-quick] input").input_value() == "恒泰"
    expect(page.locator(f"tr[data-id='{chosen}'] input")).to_be_checked()
    expect(page.locator("[data-chosen]")).to_have_text("已选 1 条")


@pytest.mark.spec("LST-01")
def test_a_button_without_a_selection_says_why_it_is_grey(go: Go, crew: Team) -> None:
    many(2, crew.manager)
    page = go("/customers?view=mine")
    button = page.locator(".km-tools [data-deed=edit]")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute("title", "请先勾选要修改的记录")
    page.locator("#list [data-all]").check()
    expect(button).to_have_attribute("title", "一次只能修改一条记录")
    page.locator("#list tbody input").first.uncheck()
    expect(button).to_have_attribute("aria-disabled", "false")


@pytest.mark.spec("LST-06")
def test_a_click_on_a_head_sorts_and_back_goes_back(go: Go, crew: Team) -> None:
    many(3, crew.manager)
    page = go("/customers?view=mine")
    head = page.locator("th", has_text="客户名称")
    for state, sort in (("ascending", ["name"]), ("descending", ["-name"])):
        head.get_by_role("link").click()
        expect(head).to_have_attribute("aria-sort", state)
        assert asked(page).get("sort") == sort
    names = page.locator("#list .km-name").all_inner_texts()
    assert names == sorted(names, reverse=True)
    head.get_by_role("link").click()
    expect(head).not_to_have_attribute("aria-sort", "descending")
    assert "sort" not in asked(page)
    page.go_back()
    expect(head).to_have_attribute("aria-sort", "descending")
    page.reload()
    expect(head).to_have_attribute("aria-sort", "descending")


@pytest.mark.spec("LST-08")
def test_paging_by_buttons_by_number_and_rows_a_page(go: Go, crew: Team) -> None:
    many(45, crew.manager)
    page = go("/customers?view=mine")
    page.locator("[data-page-size]").select_option("20")
    rows = page.locator("#list tbody tr")
    expect(rows).to_have_count(20)
    page.get_by_role("link", name="末页").click()
    expect(rows).to_have_count(5)
    assert asked(page)["page"] == ["3"]
    page.get_by_role("link", name="首页", exact=True).click()
    expect(rows).to_have_count(20)
    page.locator("[data-jump]").fill("2")
    page.keyboard.press("Enter")
    expect(page.locator(".km-page[aria-current]")).to_have_text("2")
    page.reload()
    expect(page.locator(".km-page[aria-current]")).to_have_text("2")


@pytest.mark.spec("LST-08", "LST-09")
def test_choosing_the_page_and_then_all_that_match(go: Go, crew: Team) -> None:
    many(25)
    customer("成都蓉欣医疗器械公司")
    page = go("/customers?view=pool&q=恒泰&page_size=20")
    page.locator("#list [data-all]").check()
    expect(page.locator("[data-chosen]")).to_have_text("已选 20 条")
    page.get_by_role("button", name="选择全部 25 条").click()
    expect(page.locator("[data-chosen]")).to_have_text("已选全部 25 条")
    page.locator(".km-bulk").get_by_role("button", name="领用").click()
    expect(page.locator(".km-toast")).to_contain_text("已领用 25 条客户")
    assert Customer.objects.filter(owner=crew.manager).count() == 25


@pytest.mark.spec("LST-08")
def test_a_selection_lasts_over_pages_and_ends_with_another_question(go: Go, crew: Team) -> None:
    many(25, crew.manager)
    page = go("/customers?view=mine&page_size=20")
    page.locator("#list tbody input").first.check()
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("#list tbody tr")).to_have_count(5)
    page.locator("#list tbody input").first.check()
    expect(page.locator("[data-chosen]")).to_have_text("已选 2 条")
    page.locator("[data-quick] input").fill("恒泰0")
    expect(page.locator(".km-bulk")).not_to_be_visible()
    assert asked(page)["q"] == ["恒泰0"]


@pytest.mark.spec("LST-09")
def test_what_was_refused_stands_in_a_dialog_until_it_is_read(go: Go, crew: Team) -> None:
    free = customer("苏州恒泰机械有限公司")
    taken = customer("成都蓉欣医疗器械公司", crew.zhou)
    page = go("/customers?view=pool")
    for one in (free, taken):
        page.locator(f"tr[data-id='{one.pk}'] input").check()
    page.locator(".km-tools [data-deed=claim]").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("1 条完成，1 条没有完成")
    expect(dialog.locator("tr", has_text=taken.name)).to_contain_text("已被小周领用")
    expect(page.locator(f"tr[data-id='{free.pk}']")).to_contain_text("王建国")
    dialog.get_by_role("button", name="知道了").click()
    expect(dialog).not_to_be_visible()
    expect(page.locator("[data-chosen]")).to_have_text("已选 2 条")


def test_a_filter_is_built_shown_as_chips_and_clicked_away(go: Go, crew: Team) -> None:
    many(3, crew.manager)
    customer("成都蓉欣医疗器械公司", crew.manager)
    page = go("/customers?view=mine")
    page.get_by_role("button", name="数据过滤").click()
    box = page.locator("#filter")
    box.locator(".fp-row select").first.select_option("name")
    box.locator("[data-value] input").fill("恒泰")
    box.get_by_role("button", name="增加条件").click()
    box.locator(".fp-row").nth(1).locator("select").first.select_option("state")
    box.locator("[data-value] select").select_option("claimed")
    box.get_by_role("button", name="应用").click()
    expect(page.locator("#list tbody tr")).to_have_count(3)
    expect(page.locator(".km-chip")).to_have_count(2)
    page.get_by_role("link", name="去掉条件：客户名称").click()
    expect(page.locator("#list tbody tr")).to_have_count(4)
    page.get_by_role("link", name="清除过滤").click()
    expect(page.locator(".km-chip")).to_have_count(0)


def test_a_broken_connection_is_said_until_it_is_read(go: Go, crew: Team) -> None:
    many(2, crew.manager)
    page = go("/customers?view=mine")
    page.context.set_offline(True)
    page.get_by_role("button", name="刷新").click()
    expect(page.locator("#alerts")).to_contain_text("与服务器的连接断了")
    page.context.set_offline(False)
    page.locator("#alerts").get_by_role("button", name="关闭").click()
    expect(page.locator("#alerts .km-alert")).to_have_count(0)


@pytest.mark.spec("SYS-14")
def test_pages_are_found_under_the_words_of_their_sources(go: Go) -> None:
    page = go("/customers")
    page.keyboard.press("Control+k")
    page.keyboard.type("客户类别")
    expect(page.locator(".km-found li b").first).to_have_text("数据字典")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dictionaries")


@pytest.mark.spec("WRK-03")
def test_the_box_of_the_top_bar_finds_records_as_one_types_and_opens_the_first(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.manager, contacts=[{"name": "顾志明", "mobile": "13900001234"}])
    page = go("/customers?view=mine")
    page.keyboard.press("Control+k")
    page.keyboard.type("szht")
    expect(page.locator(".km-found section").first).to_contain_text("我的客户")
    page.keyboard.press("Control+a")
    page.keyboard.type("1234")
    expect(page.locator(".km-found")).to_contain_text("顾志明")
    page.keyboard.press("Control+a")
    page.keyboard.type("没有这个")
    expect(page.locator(".km-found")).to_contain_text("没有找到「没有这个」")
    page.keyboard.press("Control+a")
    page.keyboard.type("恒泰")
    expect(page.locator(".km-found li b").first).to_have_text("苏州恒泰机械有限公司")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{made.pk}?view=mine")


@pytest.mark.spec("FRM-10")
def test_on_a_phone_rows_are_cards_and_nothing_is_cut_off(phone: Page, live_server, crew: Team) -> None:
    made = customer("内蒙古自治区呼和浩特市北方草原乳业及冷链物流综合产业发展集团股份有限公司", crew.manager)
    log_in(phone, live_server.url, crew.manager)
    phone.goto(f"{live_server.url}/customers?view=mine")
    settled(phone)
    card = phone.locator(f"tr[data-id='{made.pk}']")
    assert card.bounding_box()["width"] <= 390
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    for target in (card.locator(".km-ck"), phone.locator(".m-nav a").first, phone.locator("[data-filter]")):
        assert min(target.bounding_box()["width"], target.bounding_box()["height"]) >= 44
    card.locator(".km-ck").tap()
    expect(phone.locator("[data-chosen]")).to_have_text("已选 1 条")
    card.locator(".km-name").tap()
    phone.wait_for_url(f"**/customers/{made.pk}?view=mine&at=1")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.spec("USE-04")
def test_buttons_that_find_no_room_move_into_a_menu_and_come_back(go: Go) -> None:
    page = go("/customers?view=pool")
    printing = page.get_by_role("button", name="打印", exact=True)
    expect(printing).to_be_visible()
    page.set_viewport_size({"width": 900, "height": 700})
    expect(printing).to_be_hidden()
    page.get_by_label("更多操作").click()
    expect(printing).to_be_visible()
    assert page.locator(".km-toolbar").bounding_box()["height"] < 60
    page.set_viewport_size({"width": 1600, "height": 900})
    expect(page.get_by_label("更多操作")).to_be_hidden()
    expect(printing).to_be_visible()
