"""The line grid in the browser: filled like a spreadsheet, with sums that follow at once (FRM-04)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.office.models import Dictionary
from kemai.people.models import Employee
from kemai.people.tests.factories import company
from tests.browser.people import log_in

pytestmark = pytest.mark.spec("FRM-04")
Go = Callable[[str], Page]


@pytest.fixture
def lin(db) -> Employee:
    company()
    return applicant("lin", "小林")


@pytest.fixture
def who(lin: Employee) -> Employee:
    """小林 writes orders."""
    return lin


def cell(page: Page, row: int, name: str):
    return page.locator("[data-grid=lines] tbody tr").nth(row).locator(f"[name$='-{name}']:not([type=hidden])")


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def typed(page: Page, *words: str) -> None:
    for word in words:
        page.keyboard.type(word)
        page.keyboard.press("Enter")


def test_lines_are_filled_by_keyboard_and_their_sums_are_those_that_are_stored(go: Go) -> None:
    page = go("/sample-orders/new")
    page.locator("#f-subject").fill("展会样品")
    cell(page, 0, "product").click()
    typed(page, "垫片", "", "3", "0.115")
    expect(cell(page, 1, "product")).to_be_focused()
    expect(page.locator("[data-calc]").first).to_have_text("0.35")
    typed(page, "螺母", "", "2", "1000")
    expect(page.locator(".km-totals dd")).to_have_text("2,000.35")
    expect(page.locator("[data-grand]")).to_contain_text("2,000.35")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/sample-orders")
    made = SampleOrder.objects.get()
    assert [(line.product, str(line.amount)) for line in made.lines.all()] == [("垫片", "0.35"), ("螺母", "2000.00")]
    assert str(made.total) == "2000.35"


def test_arrows_go_from_cell_to_cell_and_escape_brings_back_what_stood_there(go: Go, lin: Employee) -> None:
    made = order(lin)
    page = go(f"/sample-orders/{made.pk}/edit")
    cell(page, 0, "quantity").click()
    page.keyboard.press("F2")
    page.keyboard.press("ArrowDown")
    expect(cell(page, 1, "quantity")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "price")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.type("9")
    expect(cell(page, 0, "price")).to_have_value("9")
    page.keyboard.press("Escape")
    expect(cell(page, 0, "price")).to_have_value("0.35")
    assert page.url.endswith("/edit")


def test_a_block_from_excel_is_pasted_what_is_not_known_is_marked_and_all_is_taken_back(go: Go) -> None:
    page = go("/sample-orders/new")
    cell(page, 0, "product").click()
    paste(page, "螺栓\t箱\t10\t0.35\n螺母\t麻袋\t3\t1\n垫片\t个\t1\t2\n")
    expect(page.locator(".km-grid-note")).to_contain_text("已粘贴 3 行，1 格没有认出，已标红。")
    expect(cell(page, 2, "product")).to_have_value("垫片")
    wrong = page.locator("[data-grid] tbody tr").nth(1).locator(".km-err")
    expect(wrong).to_have_text("计量单位「麻袋」不存在，或不在您的数据范围内，请从列表中选择。")
    expect(page.locator(".km-totals dd")).to_have_text("8.50")
    page.keyboard.press("Control+z")
    expect(page.locator("[data-grid] tbody tr")).to_have_count(1)
    expect(cell(page, 0, "product")).to_have_value("")
    expect(page.locator(".km-totals dd")).to_have_text("0.00")


def test_rows_are_copied_deleted_one_or_many_and_brought_back(go: Go, lin: Employee) -> None:
    made = order(lin)
    page = go(f"/sample-orders/{made.pk}/edit")
    rows = page.locator("[data-grid] tbody tr")
    cell(page, 0, "product").click()
    page.keyboard.press("Control+d")
    expect(cell(page, 1, "product")).to_have_value("不锈钢螺栓 M8")
    expect(page.locator(".km-totals dd")).to_have_text("70.35")
    page.keyboard.press("Control+Delete")
    expect(page.locator(".km-totals dd")).to_have_text("35.35")
    rows.nth(0).locator("[data-choose-row]").click()
    rows.nth(1).locator("[data-choose-row]").click(modifiers=["Shift"])
    page.get_by_role("button", name="删除所选 2 行").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="撤销").click()
    expect(cell(page, 1, "product")).to_have_value("螺母 M8")


def test_a_mistake_stands_in_its_cell(go: Go) -> None:
    page = go("/sample-orders/new")
    page.locator("#f-subject").fill("展会样品")
    cell(page, 0, "quantity").fill("3")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-grid] tbody tr").nth(0).locator(".km-err")).to_have_text("请填写品名。")
    expect(page.locator(".km-sticky")).to_contain_text("明细第 1 行 品名")


def test_three_hundred_rows_are_pasted_and_saved(go: Go, axe) -> None:
    page = go("/sample-orders/new")
    page.locator("#f-subject").fill("展会样品")
    cell(page, 0, "product").click()
    paste(page, "\n".join(f"螺栓 {number}\t箱\t{number}\t0.35" for number in range(1, 301)))
    expect(page.locator(".km-totals dd")).to_have_text("15,802.50", timeout=20_000)
    assert axe(page) == []
    page.keyboard.press("Control+s")
    page.wait_for_url("**/sample-orders", timeout=30_000)
    made = SampleOrder.objects.get()
    assert (made.lines.count(), str(made.total)) == (300, "15802.50")


def test_on_a_phone_a_row_is_a_card(phone: Page, live_server, lin: Employee, axe) -> None:
    made = order(lin)
    log_in(phone, live_server.url, lin)
    phone.goto(f"{live_server.url}/sample-orders/{made.pk}/edit")
    box = phone.locator("[name=lines-0-product]").bounding_box()
    assert box
    assert box["height"] >= 44
    assert box["x"] + box["width"] <= 390
    assert phone.evaluate("document.querySelector('.km-editor-body').scrollWidth") <= 390
    assert axe(phone) == []


@pytest.mark.spec("SYS-03")
def test_a_dictionary_is_typed_row_after_row(page: Page, live_server) -> None:
    log_in(page, live_server.url, company())
    sizes = Dictionary.objects.get(code="customer_size")
    page.goto(f"{live_server.url}/dictionaries/{sizes.pk}/edit")
    last = page.locator("[data-grid=entries] tbody tr").nth(3)
    last.locator("[name$='-name']").click()
    for name in ("微型", "个体", "大型"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
    page.keyboard.press("Control+s")
    wrong = page.locator("[data-grid=entries] tbody tr").nth(5)
    expect(wrong.locator(".km-err")).to_have_text("与第 1 行「大型」同名。")
    wrong.locator("[data-drop-row]").click()
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**/dictionaries/{sizes.pk}")
    assert [entry.name for entry in sizes.entries.all()] == ["大型", "中型", "小型", "微型", "个体"]
