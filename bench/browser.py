"""Weight and speed of pages as a browser meets them (PRF-09): `python -m bench.browser` prints the figures as JSON.

Bytes are those that came over the line; the fallback font is not counted, and is not loaded where a Chinese font is
installed. A list counts as drawn at the first frame that shows the new rows.
"""

import argparse
import json
import shutil
import statistics
import sys

from bench.make_data import make
from bench.measure import WORKERS
from bench.places import Place
from bench.servers import kemai

DRAWN = """selector => new Promise(resolve => {
  const begun = performance.now(), old = document.querySelector("#list");
  const look = () => document.querySelector("#list") !== old && document.querySelector("#list tbody tr")
    ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun))) : requestAnimationFrame(look);
  document.querySelector(selector).click();
  look();
})"""
PAINTED = """() => new Promise(resolve => {
  const look = () => {
    const [first] = performance.getEntriesByName("first-contentful-paint");
    return first ? resolve(first.startTime) : requestAnimationFrame(look);
  };
  look();
})"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.browser", description=__doc__)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--rounds", type=int, default=10)
    args = parser.parse_args()
    place = Place.of(args.customers, args.database)
    make(place)
    cookie = _session()
    with kemai(WORKERS) as server:
        print(json.dumps(figures(f"http://127.0.0.1:{server.port}", cookie, args.rounds), indent=1))
    return 0


def _session() -> dict[str, str]:
    """The boss is logged in."""
    from django.db import connections

    from kemai.people.login_services import session_begin
    from kemai.people.middleware import COOKIE
    from kemai.people.models import Employee

    who = Employee.objects.exclude(login="admin").order_by("pk").first()
    cookie = {"name": COOKIE, "value": session_begin(who)}
    connections.close_all()
    return cookie


def figures(base: str, cookie: dict[str, str], rounds: int) -> dict[str, float]:
    """KB of the first visit and of the next pages, milliseconds until a list is drawn (the middle of some rounds)."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=["--no-sandbox"]
        )
        # what a service worker hands over would weigh nothing
        context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN", service_workers="block")
        context.add_cookies([cookie | {"url": base}])
        page = context.new_page()
        fonts, sizes = set[str](), list[float]()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.on("Network.responseReceived", lambda event: event["type"] == "Font" and fonts.add(event["requestId"]))
        line.on(
            "Network.loadingFinished",
            lambda event: event["requestId"] in fonts or sizes.append(event["encodedDataLength"]),
        )

        def weight(go: object) -> float:
            sizes.clear()
            go()  # type: ignore[operator]
            page.wait_for_load_state("networkidle")
            return round(sum(sizes) / 1024, 1)

        found = {"first_visit_kb": weight(lambda: page.goto(f"{base}/customers?view=pool"))}
        found["next_page_kb"] = weight(lambda: page.goto(f"{base}/contacts"))
        page.goto(f"{base}/customers?view=pool")
        page.wait_for_load_state("networkidle")
        found["next_rows_kb"] = weight(lambda: page.evaluate(DRAWN, ".km-pager [aria-label=下一页]"))
        rows = [page.evaluate(DRAWN, ".km-pager [aria-label=下一页]") for _ in range(rounds)]
        whole = []
        for at in range(rounds):
            page.goto(f"{base}/{'contacts' if at % 2 else 'customers?view=pool'}")
            whole.append(page.evaluate(PAINTED))
        found["rows_drawn_ms"] = round(statistics.median(rows))
        found["page_drawn_ms"] = round(statistics.median(whole))
        browser.close()
        return found


if __name__ == "__main__":
    sys.exit(main())
