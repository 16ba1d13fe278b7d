"""Who wants to write waits for SQLite's one write lock (kit/sqlite)."""

import sqlite3
import threading

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from kemai.kit.models import IndexedKind

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("sqlite" not in settings.DATABASES["default"]["ENGINE"], reason="PostgreSQL locks rows"),
]


@pytest.fixture
def another():
    """A connection of somebody else, who writes."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False, uri=True)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def patience() -> int:
    with connection.cursor() as cursor:
        return cursor.execute("PRAGMA busy_timeout").fetchone()[0]


def test_a_deed_waits_longer_than_sqlite_was_told_and_is_done_when_the_other_one_has_ended(another):
    end = threading.Timer(0.3, another.execute, ["ROLLBACK"])
    end.start()
    with transaction.atomic():
        IndexedKind.objects.create(kind="lock", fingerprint="1")
    end.join()
    assert IndexedKind.objects.get(kind="lock").fingerprint == "1"
    assert patience() == 30_000


def test_a_deed_that_has_waited_long_enough_is_refused_and_nothing_is_written(another, monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)
    with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
        IndexedKind.objects.create(kind="lock", fingerprint="1")
    another.execute("ROLLBACK")
    assert not IndexedKind.objects.filter(kind="lock").exists()
    assert patience() == 100
