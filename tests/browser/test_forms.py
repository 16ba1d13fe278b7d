"""Forms in the browser: keys, leaving, mistakes, two people at once, pickers, rows inside."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_change
from kemai.customers.tests.factories import customer
from kemai.kit.tests.sample.factories import applicant, approved, parcel
from kemai.people.tests.factories import Team, company, employee
from tests.browser.people import log_in, settled

Go = Callable[[str], Page]


@pytest.mark.spec("FRM-01")
def test_a_mistake_is_shown_beside_its_field_and_what_was_typed_is_kept(go: Go) -> None:
    page = go("/customers/new?view=mine")
    page.get_by_label("电子邮箱", exact=True).first.fill("不是邮箱")
    page.keyboard.press("Control+s")
    field = page.locator("[data-field=name]")
    expect(field.locator(".km-err")).to_have_text("请填写客户名称。")
    expect(field.locator("input")).to_be_focused()
    expect(page.locator(".km-sticky")).to_contain_text("2 处需要改正")
    expect(page.locator("#f-email")).to_have_value("不是邮箱")
    page.locator(".km-sticky").get_by_role("link", name="电子邮箱").click()
    expect(page.locator("#f-email")).to_be_focused()
    page.locator("#f-email").fill("")
    page.locator("#f-name").fill("苏州恒泰机械有限公司")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/customers?view=mine")
    expect(page.locator(".km-toast")).to_contain_text("已新增客户「苏州恒泰机械有限公司」")


@pytest.mark.spec("FRM-01")
def test_leaving_a_changed_form_asks_first_and_cancel_does_not(go: Go) -> None:
    page = go("/customers/new?view=mine")
    questions: list[Dialog] = []

    def stay(dialog: Dialog) -> None:
        questions.append(dialog)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#f-name").press_sequentially("苏州恒泰")
    page.get_by_role("link", name="联系人管理").click()
    page.wait_for_timeout(300)
    assert [dialog.type for dialog in questions] == ["beforeunload"]
    expect(page.locator("#f-name")).to_have_value("苏州恒泰")
    page.keyboard.press("Escape")
    page.wait_for_url("**/customers?view=mine")
    assert len(questions) == 1
    assert not Customer.objects.exists()


@pytest.mark.spec("FRM-01")
def test_leaving_an_unchanged_form_asks_nothing(go: Go) -> None:
    page = go("/customers/new?view=mine")
    page.on("dialog", lambda dialog: pytest.fail("asked without a change"))
    page.locator("#f-name").click()
    page.get_by_role("link", name="联系人管理").click()
    page.wait_for_url("**/contacts")


@pytest.mark.spec("FRM-02")
def test_save_and_new_offers_an_empty_form(go: Go) -> None:
    page = go("/customers/new?view=mine")
    page.locator("#f-name").fill("苏州恒泰机械有限公司")
    page.get_by_role("button", name="保存并新建").click()
    expect(page.locator(".km-toast")).to_contain_text("已新增客户「苏州恒泰机械有限公司」")
    expect(page.locator("#f-name")).to_have_value("")
    expect(page.locator("#f-name")).to_be_focused()


@pytest.mark.spec("FRM-02")
def test_saving_twice_at_once_makes_one_record(go: Go) -> None:
    page = go("/customers/new?view=mine")
    page.locator("#f-name").fill("苏州恒泰机械有限公司")
    for _ in range(3):
        page.keyboard.press("Control+s")
    page.wait_for_url("**/customers?view=mine")
    settled(page)
    assert Customer.objects.count() == 1


def test_a_form_and_a_record_lead_back_to_the_list_as_it_was(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = go("/customers?view=mine&q=恒泰&sort=name")
    page.get_by_role("link", name=made.name).click()
    page.locator("[data-crumb]").click()
    expect(page.locator("[data-quick] input")).to_have_value("恒泰")
    assert "sort=name" in page.url
    page.keyboard.press("Alt+a")
    page.wait_for_url("**/customers/new?**")
    page.keyboard.press("Escape")
    expect(page.locator("[data-quick] input")).to_have_value("恒泰")


@pytest.mark.spec("FRM-02")
def test_the_second_to_save_sees_the_change_between_and_can_save_over_it(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-1")
    page = go(f"/customers/{made.pk}/edit")
    page.locator("#f-phone").fill("0512-2")
    customer_change(made, values={"phone": "0512-9"}, by=crew.manager)
    page.keyboard.press("Control+s")
    notice = page.get_by_role("alert", name="修改冲突")
    expect(notice.locator("tbody tr")).to_contain_text(["电话"])
    expect(notice).to_contain_text("0512-9")
    expect(notice).to_contain_text("王建国")
    expect(page.locator("#f-phone")).to_have_value("0512-2")
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**/customers/{made.pk}")
    made.refresh_from_db()
    assert made.phone == "0512-2"


@pytest.mark.spec("FRM-03")
def test_a_reference_is_chosen_by_typing(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    customer("恒泰医疗公司", crew.chen)
    page = go("/contacts/new")
    page.locator("#f-name").fill("顾志明")
    box = page.locator("#f-customer")
    box.press_sequentially("szht")
    offers = page.locator("#f-customer-list [role=option][data-id]")
    expect(offers).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value("苏州恒泰机械有限公司")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/contacts")
    assert Contact.objects.get().customer == made


@pytest.mark.spec("FRM-04")
def test_rows_inside_are_filled_by_keyboard(go: Go) -> None:
    page = go("/customers/new?view=mine")
    page.locator("#f-name").fill("苏州恒泰机械有限公司")
    page.locator("[name=contacts-0-name]").fill("顾志明")
    page.keyboard.press("Enter")
    expect(page.locator("[name=contacts-0-is_main][type=checkbox]")).to_be_focused()
    for _ in range(30):
        if page.locator("[name=contacts-1-name]").count():
            break
        page.keyboard.press("Enter")
        if page.evaluate("document.activeElement.matches('textarea')"):
            page.get_by_role("button", name="增加一行").click()
    page.locator("[name=contacts-1-name]").fill("吴倩")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/customers?view=mine")
    assert set(Contact.objects.values_list("name", flat=True)) == {"顾志明", "吴倩"}


def test_a_similar_name_can_be_saved_with_a_reason(go: Go, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.zhou)
    page = go("/customers/new?view=mine")
    page.locator("#f-name").fill("恒泰机械股份有限公司")
    page.keyboard.press("Control+s")
    notice = page.get_by_role("alert", name="相似的记录")
    expect(notice).to_contain_text("苏州恒泰机械有限公司")
    notice.locator("input").fill("另一家公司")
    notice.get_by_role("button", name="仍然保存").click()
    page.wait_for_url("**/customers?view=mine")
    assert Customer.objects.filter(name="恒泰机械股份有限公司").exists()


@pytest.mark.spec("FRM-05")
def test_tabs_load_when_they_are_opened(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}])
    page = go(f"/customers/{made.pk}")
    expect(page.locator("#tab-body")).to_contain_text("顾志明")
    page.get_by_role("tab", name="变更记录").click()
    expect(page.locator("#tab-body")).to_contain_text("小林")
    assert "tab=changes" in page.url
    page.reload()
    expect(page.get_by_role("tab", name="变更记录")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="联系人").click()
    page.locator("#tab-body").get_by_role("link", name="新增联系人").click()
    expect(page.locator("#f-customer")).to_have_value("苏州恒泰机械有限公司")


@pytest.mark.spec("FRM-11")
def test_a_missing_customer_is_made_inside_the_picker_and_the_half_filled_form_stays(go: Go, crew: Team) -> None:
    page = go("/contacts/new")
    page.locator("#f-name").fill("顾志明")
    box = page.locator("#f-customer")
    box.press_sequentially("苏州恒泰机械厂")
    expect(page.locator("#f-customer-list")).to_contain_text("新增客户「苏州恒泰机械厂」")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("客户名称")).to_have_value("苏州恒泰机械厂")
    dialog.get_by_label("电子邮箱", exact=True).fill("不是邮箱")
    page.keyboard.press("Control+s")
    expect(dialog).to_contain_text("电子邮箱的格式不对")
    dialog.get_by_label("电子邮箱", exact=True).fill("")
    page.keyboard.press("Control+s")
    expect(dialog).to_have_count(0)
    expect(box).to_have_value("苏州恒泰机械厂")
    expect(box).to_be_focused()
    expect(page.locator("#f-name")).to_have_value("顾志明")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/contacts")
    assert Contact.objects.get().customer == Customer.objects.get(name="苏州恒泰机械厂", owner=crew.lin)


@pytest.mark.spec("FRM-03")
def test_a_dependent_choice_follows_its_parent(page: Page, live_server) -> None:
    company()
    lin, approver = applicant("lin", "小林"), employee("approver", "审批人", rights=["sample-order.approve"])
    one, other = (approved(lin, approver, subject=subject) for subject in ("展会", "客户"))
    parcel(one, "SF001")
    log_in(page, live_server.url, lin)
    page.goto(f"{live_server.url}/sample-parcels/new?order={one.pk}")
    page.locator("#f-replaces").click()
    page.locator("#f-replaces-list [data-id]").click()
    expect(page.locator("#f-replaces")).to_have_value("SF001")
    page.locator("#f-order").fill("")
    page.locator("#f-order").press_sequentially(other.number)
    expect(page.locator("#f-order-list [data-id]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#f-replaces")).to_have_value("")
    page.locator("#f-replaces").click()
    expect(page.locator("#f-replaces-list")).to_contain_text("没有找到")
    page.keyboard.press("Escape")
    expect(page.locator("#f-replaces-list")).to_be_hidden()
    assert page.url.endswith(f"order={one.pk}")


@pytest.mark.spec("CUS-04")
def test_while_a_name_is_typed_customers_that_may_be_the_same_are_shown(go: Go, crew: Team, axe) -> None:
    customer("苏州恒泰机械有限公司", crew.chen)
    customer("恒泰物流公司", crew.chen)
    page = go("/customers/new?view=mine")
    page.locator("#f-name").press_sequentially("恒泰机械股份公司")
    found = page.locator("#f-name-found")
    expect(found).to_contain_text("1 个已有的客户可能是同一家，请先核对")
    expect(found.locator("tbody tr")).to_contain_text(["苏州恒泰机械有限公司"])
    page.locator("#f-name").fill("恒泰")
    page.get_by_role("button", name="搜索").click()
    expect(found).to_contain_text("名称包含「恒泰」的客户 2 个")
    assert axe(page) == []
