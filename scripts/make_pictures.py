#!/usr/bin/env python3
"""Takes the pictures of README and of the help from the running product: docs/pictures/*.webp, src/kemai/kit/static/kit/help/*.webp.

    make pictures                              starts the demonstration company on a free port for it
    scripts/make_pictures.py http://127.0.0.1:8000 [NAME …]    takes them (or some) from one that runs

Sizes are fixed, so that two runs differ by what has changed. Needs Chromium (KEMAI_CHROMIUM names it where it is not found).
"""

import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs/pictures"
HELP = ROOT / "src/kemai/kit/static/kit/help"
PASSWORD = "Kemai-demo-2026"  # of the demonstration accounts
MOST, MOST_ALL, MOST_HELP = 150_000, 1_500_000, 90_000  # bytes
DESK, PHONE = (1440, 900), (390, 844)
TO_WEBP = """async ([png, width, quality]) => {
  const bytes = Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes]));
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(width, picture.width);
  canvas.height = Math.round(picture.height * canvas.width / picture.width);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at which page, and what they do before it is taken. `helps`: it stands in the help too."""

    name: str
    login: str
    show: Callable[[Page, str], Any]
    size: tuple[int, int] = DESK
    dark: bool = False
    helps: bool = False


def mine(page: Page, base: str) -> None:
    """我的客户, with the 明细栏 below."""
    page.goto(f"{base}/customers?view=mine&sort=-last_contacted_at")
    page.locator("#list tbody tr").nth(3).click()
    page.locator("#pane-in .km-tabs").wait_for()


def beside(page: Page, base: str) -> None:
    """The 明细栏 at the right, with contact records."""
    mine(page, base)
    page.locator('[data-pane-put="right"]').click()
    page.locator("#pane-in [data-tab=interactions]").click()
    page.locator("#pane-in table").wait_for()


def pool(page: Page, base: str) -> None:
    """客户池."""
    page.goto(f"{base}/customers?view=pool")
    page.locator("#list tbody tr").first.wait_for()


def busiest(page: Page, base: str) -> int:
    """The customer of mine of which most is told."""
    rows = page.request.get(f"{base}/api/v1/customers?view=mine&sort=-last_contacted_at&page_size=25").json()["items"]
    told = {row["id"]: page.request.get(f"{base}/api/v1/customers/{row['id']}/timeline").json() for row in rows}
    return max(told, key=lambda pk: len(told[pk].get("items", told[pk])))


def record(page: Page, base: str) -> None:
    """A customer with its time line."""
    page.goto(f"{base}/customers/{busiest(page, base)}")
    page.locator("#tab-body table").wait_for()


def form(page: Page, base: str) -> None:
    """A new customer whose name is like others."""
    page.goto(f"{base}/customers/new?view=mine")
    name = page.request.get(f"{base}/api/v1/customers/{busiest(page, base)}").json()["name"]
    page.locator("[name=name]").fill(name[:6])
    page.locator("[name=name]").press("Tab")
    page.wait_for_timeout(1200)


def imports(page: Page, base: str) -> None:
    """An import that waits to be confirmed."""
    page.goto(f"{base}/imports")
    page.get_by_role("link", name="产业园企业名单.csv").click()
    page.locator("h1", has_text="产业园企业名单").wait_for()


def rights(page: Page, base: str) -> None:
    """What a salesperson may do."""
    page.goto(f"{base}/rights")
    page.get_by_role("link", name="销售代表").first.click()
    page.wait_for_timeout(400)


def manual(page: Page, base: str) -> None:
    """A page of the help."""
    page.goto(f"{base}/help/customer")


def first_page(page: Page, base: str) -> None:
    """Where one begins."""
    page.goto(f"{base}/")
    page.wait_for_load_state("networkidle")


PICTURES = [
    Picture("home", "xiaolin", first_page),
    Picture("list", "xiaolin", mine, helps=True),
    Picture("pane", "xiaolin", beside),
    Picture("pool", "xiaoshou", pool),
    Picture("record", "xiaolin", record, helps=True),
    Picture("form", "xiaolin", form, helps=True),
    Picture("import", "shichang", imports, helps=True),
    Picture("rights", "admin", rights, helps=True),
    Picture("help", "xiaolin", manual),
    Picture("dark", "xiaoshou", mine, dark=True),
    Picture("phone", "xiaolin", pool, size=PHONE, helps=True),
    Picture("phone-record", "xiaolin", lambda page, base: page.goto(f"{base}/customers/{busiest(page, base)}"), size=PHONE),
]  # fmt: skip


def take(browser: Browser, base: str, wanted: list[Picture]) -> list[str]:
    """Takes pictures and says which are too heavy."""
    DOCS.mkdir(parents=True, exist_ok=True)
    HELP.mkdir(parents=True, exist_ok=True)
    heavy = []
    for picture in wanted:
        width, height = picture.size
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        context.set_default_timeout(20_000)
        if picture.dark:
            context.add_cookies([{"name": "km_theme", "value": "dark", "url": base}])
        page = context.new_page()
        page.goto(f"{base}/login")
        page.locator("[name=login]").fill(picture.login)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        picture.show(page, base)
        page.evaluate("document.fonts.ready")
        page.wait_for_timeout(500)
        png = base64.b64encode(page.screenshot(animations="disabled")).decode()
        blank = browser.new_page()
        heavy += _write(blank, png, DOCS / f"{picture.name}.webp", width, 0.84, MOST)
        if picture.helps:
            heavy += _write(blank, png, HELP / f"{picture.name}.webp", min(width, 960), 0.8, MOST_HELP)
        blank.close()
        context.close()
        print(picture.name, (DOCS / f"{picture.name}.webp").stat().st_size)
    if (whole := sum(file.stat().st_size for file in DOCS.glob("*.webp"))) > MOST_ALL:
        heavy.append(f"all pictures: {whole:,} bytes")
    return heavy


def _write(page: Page, png: str, target: Path, width: int, quality: float, most: int) -> list[str]:
    content = base64.b64decode(page.evaluate(TO_WEBP, [png, width, quality]))
    target.write_bytes(content)
    return [f"{target.name}: {len(content):,} bytes"] if len(content) > most else []


@contextmanager
def demonstration() -> Iterator[str]:
    """The product with its demonstration company on a free port, in a folder that is thrown away."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "kemai.config.cli"]
        environment = {**os.environ, "KEMAI_DATA": folder}
        for step in ("migrate", "demo"):
            subprocess.run([*command, step], env=environment, check=True, stdout=subprocess.DEVNULL)
        server = subprocess.Popen([*command, "serve", "--port", str(port), "--skip-migrate"], env=environment)
        base = f"http://127.0.0.1:{port}"
        try:
            _wait_for(f"{base}/healthz")
            yield base
        finally:
            server.terminate()
            server.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{address} does not answer")


def main(arguments: list[str]) -> int:
    """Takes all pictures, or those that are named; 1 when one is too heavy."""
    base = arguments.pop(0) if arguments and arguments[0].startswith("http") else ""
    wanted = [picture for picture in PICTURES if not arguments or picture.name in arguments]
    program = os.environ.get("KEMAI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        if base:
            heavy = take(browser, base.rstrip("/"), wanted)
        else:
            with demonstration() as base:
                heavy = take(browser, base, wanted)
        browser.close()
    for line in heavy:
        print(f"too heavy: {line}", file=sys.stderr)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
