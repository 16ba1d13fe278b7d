"""Every page and every open dialog can be used by everybody (WCAG 2.1 A and AA), light and dark, on desk and phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.kit.entity import pages, registry
from kemai.office.models import Dictionary
from kemai.people.models import Employee
from kemai.people.tests.factories import Team
from tests.browser.people import log_in, settled

Axe = Callable[..., list[str]]

# What stands on a page only after something was done: a name, where, and what is clicked, typed or pressed.
OPENED = {
    "a selection": ("/customers?view=mine", "check:#list tbody input"),
    "数据过滤": ("/customers?view=mine", "click:[data-filter]", "see:#filter .fp-row"),
    "装入过滤条件": ("/customers?view=mine", "click:[data-filter]", "click:.fp summary"),
    "组合查询": ("/customers?view=mine", "click:[data-query-open]", "see:.km-query"),
    "批量修改": ("/customers?view=mine", "check:#list tbody input", "deed:bulk-edit", "see:#dialog[open]"),
    "共享": ("/customers?view=mine", "check:#list tbody input", "deed:share", "see:#dialog[open]"),
    "全局搜索": ("/customers?view=mine", "type:.km-search input:恒泰", "see:.km-found a"),
    "a picker": ("/contacts/new", "type:.km-pick input:恒泰", "see:.km-options li"),
    "a form with mistakes": ("/contacts/new", "press:Control+s", "see:.km-err"),
}
DELETING = ("/customers?view=pool", "check:#list tbody input", "deed:delete", "see:#dialog[open]")
DESK = {
    "表格配置": ("/customers?view=mine", "click:[data-layout-open]", "see:.km-layout"),
    "查找": ("/customers?view=mine", "press:F3", "see:#finder"),
    "明细栏": ("/customers?view=mine", "press:ArrowDown", "see:.km-pane-head"),
    "+ 新增": ("/customers?view=mine", "click:.km-top .km-menu summary"),
    "my menu": ("/customers?view=mine", "click:.km-me"),
    "a field in place": ("/customers/{customer}", "click:[data-edit-open]", "see:.cd-edit"),
}
PHONE = {"the menu": ("/customers?view=mine", "click:.m-nav [data-menu]")}
SMALLEST = 43.5  # pixels; 44 less what rounding takes


def do(page: Page, step: str) -> None:
    deed, _, what = step.partition(":")
    if deed == "click":
        page.locator(what).locator("visible=true").first.click()
    elif deed == "check":
        page.locator(what).first.check()
    elif deed == "deed":
        page.locator(f"[data-deed={what}]").locator("visible=true").first.click()
    elif deed == "see":
        page.locator(what).first.wait_for()
    elif deed == "press":
        page.keyboard.press(what)
    elif deed == "type":
        where, _, text = what.rpartition(":")
        page.locator(where).locator("visible=true").first.press_sequentially(text)


def in_the_dark(page: Page, axe: Axe) -> list[str]:
    """What cannot be read when the same page is dark; all else is as it was."""
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    colours_have_changed(page)
    problems = axe(page, "color-contrast")
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    colours_have_changed(page)
    return problems


def colours_have_changed(page: Page) -> None:
    """Buttons fade from one colour into the next."""
    page.wait_for_timeout(300)


def small_targets(page: Page) -> list[str]:
    """What a finger must hit and hardly can: below 44 pixels, in the measure of its label, cell or row where that answers too.

    A link within a sentence is as high as its line.
    """
    return page.evaluate(
        """smallest => [...document.querySelectorAll("a[href], button, input, select, summary, textarea, [role=tab]")]
          .filter(one => one.type !== "hidden" && one.checkVisibility({visibilityProperty: true}))
          .filter(one => !one.matches(".km-skip, .km-name, .km-prose p a, .km-prose li a, .km-prose td a, .km-help a"))
          .map(one => [one, one.matches("[type=checkbox], [type=radio]") && one.closest("td, label") ||
            getComputedStyle(one, "::after").position === "absolute" && one.closest(".wb-li") || one])
          .map(([one, hit]) => [one, hit.getBoundingClientRect()])
          .filter(([one, box]) => box.width && box.height && Math.min(box.height, box.width) < smallest)
          .map(([one, box]) => `${one.className} ${one.innerText || one.ariaLabel || one.name} ${box.width}x${box.height}`)
        """,
        SMALLEST,
    )


@pytest.fixture
def hengtai(crew: Team) -> Customer:
    customer("成都蓉欣医疗器械公司")
    return customer(
        "苏州恒泰机械有限公司", crew.manager, phone="0512-62881190", address="苏州市工业园区星湖街 328 号",
        contacts=[{"name": "顾志明", "mobile": "13912345678"}],
    )  # fmt: skip


def plain_pages(who: Employee, hengtai: Customer) -> list[str]:
    """Every list, form and page that the menu leads to, and those around them."""
    kinds = [entity for entity in registry.values() if entity.menu and entity.right("view") in who.access.rights]
    found = [f"/{entity.slug}" for entity in kinds]
    found += [
        f"/{entity.slug}/new"
        for entity in kinds
        if entity.form and entity.form.create and entity.right("add") in who.access.rights
    ]
    found += [
        f"/{page.path.strip('/')}" for page in pages.values() if not page.right or page.right in who.access.rights
    ]
    return [
        *found, "/customers?view=pool", "/customers?view=mine&q=没有", f"/customers/{hengtai.pk}", f"/customers/{hengtai.pk}/edit",
        f"/dictionaries/{Dictionary.objects.first().pk}", "/imports", "/imports/new?kind=customer", "/bulk-edits",
        "/search?q=恒泰", "/me", "/help", "/help/customer", "/nowhere",
    ]  # fmt: skip


@pytest.mark.spec("USE-03")
def test_no_page_and_no_dialog_has_barriers(page: Page, live_server, axe: Axe, crew: Team, hengtai: Customer) -> None:
    found = {}

    def look(name: str, path: str, *steps: str) -> None:
        page.goto(f"{live_server.url}{path.format(customer=hengtai.pk)}")
        settled(page)
        for step in steps:
            do(page, step)
        settled(page)
        if problems := axe(page) + in_the_dark(page, axe):
            found[name] = problems

    look("log-in", "/login")
    log_in(page, live_server.url, crew.admin)
    for path in plain_pages(crew.admin, hengtai):
        look(path, path)
    look("删除", *DELETING)
    log_in(page, live_server.url, crew.manager)
    for name, (path, *steps) in (OPENED | DESK).items():
        look(name, path, *steps)
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())


@pytest.mark.spec("USE-03", "FRM-10")
def test_the_phone_has_no_barriers_no_cut_and_no_small_targets(
    phone: Page, live_server, axe: Axe, crew: Team, hengtai: Customer
) -> None:
    found: dict[str, object] = {}

    def look(name: str, path: str, *steps: str) -> None:
        phone.goto(f"{live_server.url}{path}")
        settled(phone)
        for step in steps:
            do(phone, step)
        settled(phone)
        if problems := axe(phone):
            found[name] = problems
        if small := small_targets(phone):
            found[f"{name}: small"] = small
        if (wide := phone.evaluate("document.documentElement.scrollWidth")) > 390:
            found[f"{name}: wide"] = wide

    look("log-in", "/login")
    log_in(phone, live_server.url, crew.admin)
    for path in plain_pages(crew.admin, hengtai):
        look(path, path)
    log_in(phone, live_server.url, crew.manager)
    look("a customer of one's own", f"/customers/{hengtai.pk}")
    for name, (path, *steps) in (OPENED | PHONE).items():
        look(name, path, *steps)
    assert not found, "\n".join(f"{name}: {what}" for name, what in found.items())
