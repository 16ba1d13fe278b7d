"""Logs people in, in the browser of a test."""

from playwright.sync_api import Page, expect

from kemai.people import login_services
from kemai.people.middleware import COOKIE
from kemai.people.models import Employee


def log_in(page: Page, server: str, who: Employee) -> None:
    """From now on the page is this employee's."""
    page.context.add_cookies([{"name": COOKIE, "value": login_services.session_begin(who), "url": server}])


def settled(page: Page) -> None:
    """Waits until nothing is under way."""
    page.wait_for_load_state("networkidle")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
