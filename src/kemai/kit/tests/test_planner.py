"""What a database knows of its tables: SQLite plans by what it once saw, and would go on reading the whole of a table that was small then."""

import time

import pytest
from django.db import connection
from django.utils import timezone

from kemai.kit.models import Job
from kemai.kit.planner import FEW, _renew, renew_statistics

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def statistics():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL looks at its tables by itself")
    _rows("ANALYZE")  # as an older version did: of all tables, those of the full-text indexes too
    _rows("DELETE FROM sqlite_stat1 WHERE tbl = 'customer_grams_data'")
    _rows("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('customer_grams_data', NULL, '2')")  # it was empty then
    connection.close()
    yield lambda: {row[0] for row in _rows("SELECT tbl FROM sqlite_stat1")}
    _rows("DELETE FROM sqlite_stat1")
    connection.close()


def _rows(statement):
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchall()


@pytest.mark.spec("PRF-04")
def test_a_merge_of_grams_seeks_its_rows_although_the_index_was_empty_when_the_statistics_were_taken(statistics):
    merge = "EXPLAIN QUERY PLAN DELETE FROM customer_grams_data WHERE id >= 1 AND id <= 2"
    assert _rows(merge)[0][3].startswith("SCAN")
    renew_statistics()
    assert _rows(merge)[0][3].startswith("SEARCH")
    assert not [table for table in statistics() if "_grams" in table]


def test_only_tables_with_many_rows_are_remembered(statistics):
    Job.objects.bulk_create(Job(name="x", run_at=timezone.now()) for _ in range(FEW))
    renew_statistics()
    assert "kit_job" in statistics()
    assert "kit_import" not in statistics()


@pytest.mark.spec("PRF-04")
@pytest.mark.skipif("not config.getoption('--db') == 'postgres'", reason="how PostgreSQL keeps its tables")
def test_every_night_postgresql_notes_which_pages_all_may_see_so_that_an_index_alone_answers():
    Job.objects.bulk_create(Job(name="x", run_at=timezone.now()) for _ in range(FEW))
    pages = "SELECT relpages > 0 AND relallvisible = relpages FROM pg_class WHERE relname = 'kit_job'"
    assert _rows(pages) == [(False,)]
    for _ in range(40):  # PostgreSQL's own vacuum may be at the table just now; then it is left out
        _renew()
        if _rows(pages) == [(True,)]:
            break
        time.sleep(0.25)
    assert _rows(pages) == [(True,)]
