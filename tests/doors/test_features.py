"""docs/features.md says where each requirement is; what it calls built has a test that names it, a speed the figures that were measured."""

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


def measured() -> set[str]:
    """The speeds whose figures stand in docs/performance.md."""
    figures = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    return {name for name, where in rows() if name.startswith("PRF-") and "performance.md" in where and name in figures}


def test_what_is_called_built_has_a_test_or_is_measured():
    built = {name for name, where in rows() if not where.startswith("以后")}
    assert len(built) > 50
    assert sorted(built - marked() - measured()) == []


def test_each_requirement_stands_there_once():
    assert [name for name, count in Counter(name for name, _ in rows()).items() if count > 1] == []
    assert len(rows()) > 250
