"""The settings and their table."""

import re
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
INTERNAL = {"KEMAI_APPS", "KEMAI_TESTING", "KEMAI_TEST_DATABASE"}


def test_every_setting_from_the_environment_stands_in_the_table():
    names = set()
    for path in (ROOT / "src/kemai").rglob("*.py"):
        if "tests" not in path.parts:
            names |= set(re.findall(r"[\"'](KEMAI_[A-Z_]+|DATABASE_URL)[\"']", path.read_text()))
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
    assert names - INTERNAL <= documented


def test_tests_have_a_data_folder_of_their_own():
    assert ROOT not in settings.DATA_DIR.parents
    with pytest.raises(RuntimeError, match="tests never touch"):
        open(ROOT / "data" / "kemai.db").close()


def test_sqlite_is_a_current_one():
    assert sqlite3.sqlite_version_info >= (3, 50)


@pytest.mark.django_db
def test_sqlite_is_set_up_for_many_readers_and_one_writer():
    if connection.vendor != "sqlite":
        pytest.skip("about SQLite")
    with connection.cursor() as cursor:
        pragmas = {
            name: cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1}


@pytest.mark.django_db
def test_postgresql_is_set_up_for_short_statements_whose_data_is_near():
    if connection.vendor != "postgresql":
        pytest.skip("about PostgreSQL")
    with connection.cursor() as cursor:
        found = {}
        for name in ("jit", "random_page_cost", "work_mem"):
            cursor.execute(f"SHOW {name}")
            found[name] = cursor.fetchone()[0]
    assert found == {"jit": "off", "random_page_cost": "1.1", "work_mem": "16MB"}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_threads_of_a_test_share_its_database(together):
    from django.contrib.contenttypes.models import ContentType

    def add(number: int) -> int:
        return ContentType.objects.create(app_label="ground", model=f"model{number}").pk

    results = together(8, add)
    assert len(set(results)) == 8
    assert ContentType.objects.filter(app_label="ground").count() == 8
