"""A real browser for tests: Chromium without a window, with the font that the product carries.

A test takes `page` (or `phone`) and `live_server` and begins with `page.goto(f"{live_server.url}/…")`; `axe(page)`
names what keeps people from using the page. Everything in this folder is marked `browser`, and what it writes is
committed, for the server answers in another thread.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from kemai.people.models import Employee
    from kemai.people.tests.factories import Team

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = Path(__file__).resolve().parent / "vendor/axe.min.js"
CACHE = ROOT / ".cache/test-fonts"
CHINA = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# Playwright runs an event loop in this thread; the tests use the database in it all the same, one call after the other.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


def find_chromium() -> str | None:
    return os.environ.get("KEMAI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    program = find_chromium()
    if program is None:
        pytest.skip("Chromium is not installed: tests in the browser are left out.")
    with sync_playwright() as playwright:
        environment = {**os.environ, "FONTCONFIG_FILE": str(font_configuration())}
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS, env=environment)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    """A page of 1440 × 900. A script error, or one that the content security policy stopped, fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, **CHINA)
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: errors.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    context.close()
    assert not errors, f"errors in the page: {errors}"


@pytest.fixture
def phone(chromium: "Browser") -> "Iterator[Page]":
    """A page of 390 × 844 with touch."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, **CHINA)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def crew(db: None) -> "Team":
    """The people of the test."""
    from kemai.people.tests.factories import team

    return team()


@pytest.fixture
def who(crew: "Team") -> "Employee":
    """Who is logged in where `go` leads."""
    return crew.lin


@pytest.fixture
def go(page: "Page", live_server, who: "Employee") -> "Callable[[str], Page]":
    """Opens an address and waits until the page stands."""
    from tests.browser.people import log_in, settled

    log_in(page, live_server.url, who)

    def open_page(path: str) -> "Page":
        page.goto(f"{live_server.url}{path}")
        settled(page)
        return page

    return open_page


# Colours are measured when they have stopped changing, however slow the machine is.
SETTLED_COLOURS = """() => Promise.all(document.getAnimations()
  .filter((one) => one.playState === "running" && one.effect.getComputedTiming().iterations !== Infinity)
  .map((one) => one.finished.catch(() => {})))"""


@pytest.fixture
def axe() -> "Callable[..., list[str]]":
    """Names what keeps people from using a page (WCAG 2.1 A and AA), one line for each kind; empty when all is well.

    With `rules` it looks for the breach of these alone.
    """

    def run(page: "Page", *rules: str) -> list[str]:
        page.evaluate(AXE.read_text())
        page.evaluate(SETTLED_COLOURS)
        wanted = list(rules) or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
        options = {"runOnly": wanted, "resultTypes": ["violations"]}
        violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [
            f"{each['id']}: {each['help']} {[node['html'][:120] for node in each['nodes'][:3]]}" for each in violations
        ]

    return run


def font_configuration() -> Path:
    """A fontconfig file that knows one font, the product's own: pages look alike on every machine."""
    from fontTools.ttLib import TTFont

    for source in sorted((ROOT / "src/kemai/kit/static/fonts").glob("*.woff2")):
        plain = CACHE / f"{source.stem}-{source.stat().st_size}.ttf"
        if not plain.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            font = TTFont(source)
            font.flavor = font.flavorData = None
            draft = plain.with_suffix(f".{os.getpid()}")
            font.save(draft)
            draft.replace(plain)  # whole or not at all: several workers may be here at once
    file = CACHE / "fonts.conf"
    draft = CACHE / f"fonts.conf.{os.getpid()}"
    draft.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"<dir>{CACHE}</dir><cachedir>{CACHE / 'fontconfig'}</cachedir>"
        f"<match><edit name='family' mode='append_last'><string>Noto Sans SC</string></edit></match></fontconfig>"
    )
    draft.replace(file)
    return file
