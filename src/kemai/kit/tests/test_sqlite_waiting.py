"""Who waits for SQLite's only write lock is let through between two transactions of who has many (docs/adr/0019)."""

import fcntl
import os
import threading
import time

import pytest
from django.db import connection, transaction

from kemai.kit.bulk import step_back
from kemai.kit.models import Stamp
from kemai.kit.sqlite import base

pytestmark = pytest.mark.django_db(transaction=True)
sqlite_only = pytest.mark.skipif(os.environ.get("KEMAI_TEST_DB") == "postgres", reason="about SQLite's lock")


def write(name):
    Stamp.objects.update_or_create(pk=1, defaults={"value": name})


@pytest.fixture
def another():
    """Somebody else who writes in a thread of their own. Tells when they have begun."""
    begun, threads = threading.Event(), []

    def writes(value):
        def work():
            try:
                with transaction.atomic():
                    begun.set()
                    write(value)
            finally:
                connection.close()

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    yield writes, begun
    for thread in threads:
        thread.join()


def somebody_waits():
    """A while in which the other one has come to the lock."""
    for _ in range(500):
        if connection._somebody_waits():
            return True
        time.sleep(0.01)
    return False


def test_where_nobody_waits_nobody_steps_back():
    write(1)
    assert step_back() is False


@sqlite_only
@pytest.mark.race
def test_who_waits_has_begun_before_the_next_of_many_transactions(another, monkeypatch):
    monkeypatch.setattr(base, "MOST_PATIENCE", 30)  # for a busy machine
    writes, begun = another
    with transaction.atomic():
        write(1)
        writes(2)
        assert somebody_waits()
        assert not begun.is_set()
    step_back()
    with transaction.atomic():  # the other one came first
        assert begun.is_set()
        assert Stamp.objects.get(pk=1).value == 2


@sqlite_only
def test_who_has_many_transactions_waits_for_no_end_of_others(monkeypatch):
    monkeypatch.setattr(base, "MOST_PATIENCE", 0.02)
    write(1)
    other = os.open(f"{connection.settings_dict['NAME']}-waiting", os.O_RDONLY)
    try:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert step_back() is True  # and has returned
    finally:
        os.close(other)
    assert step_back() is False


def refuse(*args):
    raise PermissionError


@sqlite_only
@pytest.mark.parametrize(
    ("place", "name", "value"),
    [(base, "fcntl", None), (base.os, "open", refuse)],
    ids=["a system without such locks", "a file of somebody else"],
)
def test_where_nobody_can_say_that_they_wait_all_is_written_the_same(monkeypatch, place, name, value):
    connection.close()
    monkeypatch.setattr(place, name, value)
    with transaction.atomic():
        write(3)
    assert step_back() is False
    assert Stamp.objects.get(pk=1).value == 3
    connection.close()


@sqlite_only
def test_a_connection_that_is_closed_leaves_no_file_open():
    write(1)
    connection.close()
    files = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        write(2)
        connection.close()
    assert len(os.listdir("/proc/self/fd")) == files
