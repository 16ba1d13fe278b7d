"""README in both languages, and the documents by reader: what they name is there, and their pictures are light (USE-06)."""

import re
from pathlib import Path

import pytest

from kemai.config.cli import build_parser
from kemai.customers.demo.people import PASSWORD, PEOPLE

pytestmark = pytest.mark.spec("USE-06")
ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "README.zh-CN.md", "docs/README.md", "docs/help/README.md"]
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_and_picture_leads_to_a_file(name):
    page = ROOT / name
    targets = ["".join(found) for found in LINK.findall(page.read_text(encoding="utf-8"))]
    assert len(targets) > 5
    assert [target for target in targets if not target.startswith("http") and not (page.parent / target).exists()] == []


def test_the_two_languages_show_the_same_pictures_commands_and_accounts():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in PAGES[:2])
    for pattern in (r"docs/pictures/[\w-]+\.webp", r"^make \w+|^\.venv/bin/kemai \w+", r"^\| `(\w+)` \|"):
        found = re.findall(pattern, english, re.MULTILINE)
        assert found
        assert found == re.findall(pattern, chinese, re.MULTILINE)


@pytest.mark.parametrize("name", PAGES[:2])
def test_what_readme_says_of_commands_and_accounts_is_so(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", text)) - {"sure"} <= targets
    commands = build_parser().format_help()
    assert all(command in commands for command in re.findall(r"bin/kemai (\w+)", text))
    assert PASSWORD in text
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) <= {"admin", *(login for login, *_ in PEOPLE)}


def test_the_contents_of_the_help_name_each_page_with_its_title():
    """Who reads the repository finds the words that F1 shows."""
    page = ROOT / "docs/help/README.md"
    named = {
        (page.parent / to).resolve(): title
        for title, to in re.findall(r"^- \[(.+?)\]\((.+?)\)", page.read_text(encoding="utf-8"), re.M)
    }
    texts = {file: file.read_text(encoding="utf-8") for file in ROOT.glob("src/kemai/*/help/*.md")}
    assert named == {file: re.search(r"^# (.+)$", text, re.M)[1] for file, text in texts.items()}


def test_pictures_are_light():
    pictures = list((ROOT / "docs/pictures").glob("*.webp"))
    assert len(pictures) >= 9
    assert [file.name for file in pictures if file.stat().st_size > 150_000] == []
    assert sum(file.stat().st_size for file in pictures) <= 1_500_000
