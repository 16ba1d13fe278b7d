"""The parts of the front end that come from npm."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "src/kemai/kit/static"


def test_vendored_files_are_as_they_were_fetched():
    subprocess.run([sys.executable, ROOT / "scripts/vendor_assets.py", "--check"], check=True)


def test_every_icon_that_a_page_names_is_in_the_sprite():
    known = set(re.findall(r'<symbol id="i-([\w-]+)"', (STATIC / "vendor/icons.svg").read_text()))
    assert known == set(json.loads((ROOT / "scripts/vendor_assets.json").read_text())["sprite"]["icons"])
    used = set()
    for path in [*ROOT.glob("src/kemai/*/templates/**/*.html"), *ROOT.glob("src/kemai/*/static/kit/**/*.js")]:
        used |= set(re.findall(r"(?:#i-|\bi\(['\"])([a-z][a-z0-9-]*[a-z0-9])", path.read_text()))
    for path in ROOT.glob("src/kemai/*/*.py"):
        used |= set(re.findall(r"\bicon=['\"]([a-z0-9-]+)['\"]", path.read_text()))
    assert used - known == set()


@pytest.mark.parametrize("file", ["vendor/tabler.min.css", "vendor/htmx.min.js", "vendor/idiomorph-ext.min.js"])
def test_no_source_map_is_named_that_is_not_there(file):
    assert "sourceMappingURL" not in (STATIC / file).read_text()


def test_the_font_has_every_character_of_gb2312():
    from fontTools.ttLib import TTFont

    characters = TTFont(STATIC / "fonts/NotoSansSC-Regular.woff2").getBestCmap()
    wanted = {bytes([row, cell]).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)}
    assert [character for character in wanted if character and ord(character) not in characters] == []
