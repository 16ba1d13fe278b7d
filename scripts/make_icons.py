"""Draws the icons of the installed app from icon.svg anew (needs Chromium): `.venv/bin/python scripts/make_icons.py`."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "src/kemai/kit/static/kit"
PLAIN = {"icon-192.png": 192, "icon-512.png": 512}
FULL = {"icon-maskable-512.png": 512, "icon-apple-180.png": 180}  # systems cut these into their own shape


def main() -> None:
    drawing = (STATIC / "icon.svg").read_text(encoding="utf-8")
    square = drawing.replace('rx="6"', "").replace('viewBox="0 0 24 24"', 'viewBox="-3 -3 30 30"')
    square = square.replace('<rect width="24" height="24"', '<rect x="-3" y="-3" width="30" height="30"')
    program = os.environ.get("KEMAI_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for source, icons in ((drawing, PLAIN), (square, FULL)):
            for name, size in icons.items():
                page = browser.new_page(viewport={"width": size, "height": size})
                page.set_content(
                    f"<style>*{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>{source}"
                )
                page.screenshot(path=STATIC / name, omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
