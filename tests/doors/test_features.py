"""docs/features.md says where each requirement is; what it calls built has a test that names it."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| ([A-Z]{2,3}-\d+) \| (.+) \|$", re.MULTILINE)
MARK = re.compile(r"mark\.spec\(([^)]*)\)")


def rows() -> list[tuple[str, str]]:
    return ROW.findall((ROOT / "docs" / "features.md").read_text(encoding="utf-8"))


def marked() -> set[str]:
    """The requirements that tests name."""
    files = [*(ROOT / "src").rglob("test_*.py"), *(ROOT / "tests").rglob("test_*.py")]
    groups = [group for file in files for group in MARK.findall(file.read_text(encoding="utf-8"))]
    return {name for group in groups for name in re.findall(r"[A-Z]{2,3}-\d+", group)}


def test_what_is_called_built_has_a_test():
    built = {name for name, where in rows() if not where.startswith("以后")}
    assert len(built) > 50
    assert sorted(built - marked()) == []


def test_each_requirement_stands_there_once():
    assert [name for name, count in Counter(name for name, _ in rows()).items() if count > 1] == []
    assert len(rows()) > 250
