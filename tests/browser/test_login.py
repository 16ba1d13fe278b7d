"""Logging in, as a person does it."""

import re

from kemai.people.tests.factories import PASSWORD, company, employee


def log_in(page, live_server, login: str) -> None:
    page.goto(f"{live_server.url}/login")
    page.get_by_label("登录名").fill(login)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def test_the_log_in_page_is_open_to_everyone(page, live_server, axe):
    company()
    page.goto(f"{live_server.url}/login")
    assert axe(page) == []


def test_a_wrong_password_is_said_and_the_name_stays(page, live_server):
    company()
    page.goto(f"{live_server.url}/login")
    page.get_by_label("登录名").fill("admin")
    page.get_by_label("密码", exact=True).fill("wrong")
    page.get_by_role("button", name="登录", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("登录名").input_value() == "admin"


def test_the_right_password_leads_in(page, live_server):
    company()
    employee("xiaolin", "小林", "sales_rep")
    log_in(page, live_server, "xiaolin")
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


def test_the_style_sheet_has_what_the_page_uses(page, live_server):
    company()
    page.goto(f"{live_server.url}/login")
    button = page.get_by_role("button", name="登录", exact=True)
    assert button.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(11, 107, 115)"
    assert page.evaluate("document.fonts.check('13px \"Noto Sans SC\"', '客脉')")
