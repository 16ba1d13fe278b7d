"""Records in the browser: the 「明细栏」, walking a list, changing a field where it stands."""

import base64
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from kemai.customers.services import customer_change
from kemai.customers.tests.factories import customer
from kemai.files.tests.samples import PNG
from kemai.people.middleware import COOKIE
from kemai.people.tests.factories import Team, again
from tests.browser.people import log_in, settled

Go = Callable[[str], Page]


@pytest.mark.spec("LST-18")
def test_the_pane_follows_the_current_row_and_keeps_its_tab_and_place(go: Go, crew: Team, axe) -> None:
    customer("阿尔法机械厂", crew.lin, contacts=[{"name": "顾志明"}])
    customer("贝塔机械厂", crew.lin, contacts=[{"name": "吴倩"}, {"name": "钱伟民"}])
    page = go("/customers?view=mine&sort=name")
    pane, rows = page.locator("#pane"), page.locator("#list tbody tr")
    before = page.locator("#list").bounding_box()
    rows.nth(0).locator("td").nth(3).click()
    expect(pane).to_contain_text("顾志明")
    assert page.locator("#list").bounding_box() == before, "nothing jumps"
    page.keyboard.press("ArrowDown")
    expect(pane).to_contain_text("贝塔机械厂")
    expect(pane).to_contain_text("吴倩")
    expect(pane).not_to_contain_text("顾志明")
    assert axe(page) == []
    pane.get_by_role("tab", name="变更记录").click()
    page.locator("#list .km-scroll").focus()
    page.keyboard.press("ArrowUp")
    expect(pane.get_by_role("tab", name="变更记录")).to_have_attribute("aria-selected", "true")
    expect(pane).to_contain_text("阿尔法机械厂")
    pane.get_by_role("button", name="放在右侧").click()
    page.reload()
    settled(page)
    expect(page.locator("[data-pane]")).to_have_attribute("data-pane", "right")
    expect(pane).to_contain_text("阿尔法机械厂")
    pane.get_by_role("button", name="关闭明细栏").click()
    expect(pane).not_to_be_visible()
    page.get_by_role("button", name="明细栏").click()
    expect(pane).to_contain_text("阿尔法机械厂")


@pytest.mark.spec("LST-16")
def test_from_a_record_one_walks_on_by_keyboard(go: Go, crew: Team) -> None:
    made = [customer(f"{name}机械厂", crew.lin) for name in ("阿尔法", "贝塔")]
    page = go("/customers?view=mine&sort=name")
    page.get_by_role("link", name="阿尔法机械厂").click()
    page.wait_for_url(f"**/customers/{made[0].pk}?view=mine&sort=name&at=1")
    page.keyboard.press("Alt+PageDown")
    page.wait_for_url(f"**/customers/{made[1].pk}?view=mine&sort=name&at=2")
    page.keyboard.press("Alt+PageUp")
    page.wait_for_url(f"**/customers/{made[0].pk}?view=mine&sort=name&at=1")


@pytest.mark.spec("LST-18")
def test_the_phone_has_no_pane(phone: Page, live_server, crew: Team) -> None:
    customer("阿尔法机械厂", crew.lin)
    log_in(phone, live_server.url, crew.lin)
    phone.goto(f"{live_server.url}/customers?view=mine")
    settled(phone)
    expect(phone.locator("#pane")).not_to_be_visible()


@pytest.mark.spec("FRM-05")
def test_a_field_is_changed_where_it_stands(go: Go, crew: Team, axe) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = go(f"/customers/{made.pk}?view=mine")
    email = page.locator("[data-edit$='/field/email']")
    email.locator("dd").dblclick()
    box = email.get_by_role("textbox")
    expect(box).to_be_focused()
    page.keyboard.type("不是邮箱")
    page.keyboard.press("Enter")
    expect(email).to_contain_text("电子邮箱的格式不对")
    expect(box).to_have_value("不是邮箱")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(email).to_contain_text("—")
    email.locator("[data-edit-open]").focus()
    page.keyboard.press("Enter")
    expect(box).to_be_focused()
    page.keyboard.type("gu@hengtai.example.com")
    page.keyboard.press("Enter")
    expect(page.locator(".km-toast")).to_contain_text("已保存客户「苏州恒泰机械有限公司」。")
    expect(email.get_by_role("link")).to_have_text("gu@hengtai.example.com")
    made.refresh_from_db()
    assert (made.email, made.version) == ("gu@hengtai.example.com", 2)
    region = page.locator("[data-edit$='/field/region']")
    region.locator("dd").dblclick()
    region.get_by_role("combobox").fill("杭州")
    expect(region.get_by_role("option").first).to_contain_text("杭州")
    page.keyboard.press("Enter")
    expect(region.get_by_role("listbox")).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(region).to_contain_text("浙江省 杭州市")


@pytest.mark.spec("FRM-05")
def test_what_was_typed_in_place_is_not_lost_by_going_on(go: Go, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = go(f"/customers/{made.pk}?view=mine")
    email, fax = page.locator("[data-edit$='/field/email']"), page.locator("[data-edit$='/field/fax']")
    email.locator("dd").dblclick()
    box = email.get_by_role("textbox")
    expect(box).to_be_focused()
    page.keyboard.type("gu@hengtai.example.com")
    fax.locator("dd").dblclick()
    expect(page.locator(".km-toast")).to_contain_text("请先保存或取消正在修改的这一项。")
    expect(box).to_be_focused()
    expect(fax.get_by_role("textbox")).to_have_count(0)
    asked = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    page.get_by_role("link", name="我的客户").first.click()
    expect(box).to_have_value("gu@hengtai.example.com")
    assert asked == ["beforeunload"]
    box.press("Escape")
    fax.locator("dd").dblclick()
    expect(fax.get_by_role("textbox")).to_be_focused()
    made.refresh_from_db()
    assert made.email == ""


@pytest.mark.spec("FRM-02")
def test_what_was_typed_outlives_the_log_in(go: Go, crew: Team, live_server) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = go(f"/customers/{made.pk}/edit")
    page.get_by_label("简称").fill("恒泰")
    page.context.clear_cookies(name=COOKIE)
    page.keyboard.press("Control+s")
    note = page.locator(".km-expired")
    expect(note).to_contain_text("登录已过期，您填写的内容还在这里。")
    expect(page.get_by_label("简称")).to_have_value("恒泰")
    made.refresh_from_db()
    assert made.short_name == ""
    log_in(page, live_server.url, crew.lin)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(note).to_have_count(0)
    page.keyboard.press("Control+s")
    expect(page.locator(".km-toast")).to_contain_text("已保存")
    made.refresh_from_db()
    assert made.short_name == "恒泰"


@pytest.mark.spec("FRM-06")
def test_files_are_dropped_on_the_tab_looked_through_and_deleted_together(
    go: Go, crew: Team, axe, settings, tmp_path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    made = customer("阿尔法机械厂", crew.lin)
    page = go(f"/customers/{made.pk}?tab=attachments")
    drop = """async (area, [names, picture]) => {
      const carried = new DataTransfer();
      const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
      for (const name of names) carried.items.add(new File([bytes], name, { type: "image/png" }));
      area.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
    }"""
    picture = base64.b64encode(PNG).decode()
    page.locator(".fl").evaluate(drop, [["一.png", "二.png", "木马.exe"], picture])
    expect(page.locator(".fl-file")).to_have_count(2)
    expect(page.locator("#tab-attachments .km-count")).to_have_text("2")
    expect(page.locator("#tab-body")).to_contain_text("「木马.exe」是程序文件，为安全起见不能上传。")
    assert axe(page) == []
    page.locator(".fl-words a").first.click()
    expect(page.locator("#dialog img")).to_be_visible()
    first = page.locator("#dialog h2").inner_text()
    settled(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#dialog h2")).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).not_to_be_visible()
    page.get_by_role("checkbox", name="全选").check()
    page.get_by_role("button", name="删除 2").click()
    page.locator("#dialog").get_by_role("button", name="删除").click()
    expect(page.locator("#tab-attachments .km-count")).to_have_text("0")
    expect(page.locator("#tab-body")).to_contain_text("还没有附件")


@pytest.mark.spec("FRM-02")
def test_the_second_to_save_chooses_field_by_field(go: Go, crew: Team) -> None:
    made = customer("阿尔法机械厂", crew.lin, phone="0512-1", fax="0512-5")
    page = go(f"/customers/{made.pk}/edit")
    page.locator("#f-phone").fill("0512-2")
    customer_change(made, by=again(crew.manager), values={"phone": "0512-9", "fax": "0512-6"})
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert", name="修改冲突")).to_contain_text("0512-9")
    expect(page.locator("#f-phone")).to_have_value("0512-2")
    expect(page.locator("#f-fax")).to_have_value("0512-6")
    page.locator('[data-choose="phone"][value="theirs"]').check()
    expect(page.locator("#f-phone")).to_have_value("0512-9")
    page.locator('[data-choose="phone"][value="mine"]').check()
    expect(page.locator("#f-phone")).to_have_value("0512-2")
    page.keyboard.press("Control+s")
    page.wait_for_url(f"**/customers/{made.pk}")
    made.refresh_from_db()
    assert (made.phone, made.fax) == ("0512-2", "0512-6")


BESIDE_THE_MESSAGE = """() => {
  const note = document.querySelector(".km-toast").getBoundingClientRect();
  const touches = (box) => box.width && box.left < note.right && box.right > note.left && box.top < note.bottom && box.bottom > note.top;
  return [...document.querySelectorAll("main button, main a.btn, main [role=tab], main textarea")]
    .filter((one) => touches(one.getBoundingClientRect())).map((one) => one.textContent.trim());
}"""


@pytest.mark.spec("FRM-10")
@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_the_message_after_a_deed_covers_nothing_that_comes_next(go: Go, size: tuple[int, int]) -> None:
    pooled = customer("成都蓉欣医疗器械公司")
    page = go("/customers?view=pool")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(page.url.replace("/customers?view=pool", f"/customers/{pooled.pk}?view=pool"))
    page.get_by_role("button", name="领用").click()
    expect(page.locator(".km-toast")).to_contain_text("领用")
    assert page.evaluate(BESIDE_THE_MESSAGE) == []
