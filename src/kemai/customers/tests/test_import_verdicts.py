"""What the preview has judged holds while the rows are written, as long as nobody else writes a customer: the outcome is as if judged anew (IMP-02)."""

import os

import pytest
from django.db import connection

from kemai.customers.importing import CustomerImport
from kemai.customers.models import Customer
from kemai.customers.services import customer_change, customer_create
from kemai.customers.tests.import_support import in_chunks_of, killed_after_a_chunk, previewed, sheet, verdicts
from kemai.kit import importing, stamp
from kemai.kit.models import ImportChunk
from kemai.people.tests.factories import again

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("IMP-02", "IMP-03")]
HEADERS = ["客户名称", "电话", "联系人"]
ROWS = [
    ["宁波海天塑机有限公司", "0574-86188888", "张伟"],
    ["苏州恒达贸易有限公司", "", "李娜"],
    ["杭州明远科技有限公司", "", "周强"],
    ["苏州恒达贸易有限公司", "", ""],
    ["上海嘉禾食品有限公司", "0574-86188888", ""],
    ["", "0571-87654321", ""],
]
FORESEEN = [
    (2, "new", ""),
    (3, "new", ""),
    (4, "new", ""),
    (5, "duplicate", "与第 3 行同名，已跳过。"),
    (6, "similar", "与第 2 行电话相同，仍导入，原因：批量导入。"),
    (7, "error", "请填写客户名称。"),
]


@pytest.fixture
def run(crew, tmp_path, monkeypatch):
    """A previewed import of three chunks."""
    in_chunks_of(2, monkeypatch)
    run = previewed(sheet(tmp_path, HEADERS, *ROWS), crew.marketing, into="mine")
    assert verdicts(run) == FORESEEN
    return run


@pytest.fixture
def judged(monkeypatch):
    """The rows that are judged, chunk by chunk."""
    chunks, judge = [], CustomerImport.judge

    def told(plan, rows):
        chunks.append([row.number for row in rows])
        judge(plan, rows)

    monkeypatch.setattr(CustomerImport, "judge", told)
    return chunks


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets somebody do something between the first chunk and the second."""

    def after_first(deed):
        write = importing._write_chunk

        def and_then(*args):
            write(*args)
            if args[-1] == 0:
                deed()
                stamp.begin_request()

        monkeypatch.setattr(importing, "_write_chunk", and_then)

    return after_first


def names():
    return list(Customer.objects.order_by("pk").values_list("name", flat=True))


def test_nothing_is_judged_twice_while_nobody_else_writes_customers(run, judged):
    importing.commit(run)
    assert verdicts(run) == FORESEEN
    assert names() == [ROWS[0][0], ROWS[1][0], ROWS[2][0], ROWS[4][0]]
    assert judged == ([] if connection.vendor == "sqlite" else [[2, 3], [4, 5], [6]])


def transactions(run):
    return list(ImportChunk.objects.filter(of=run).order_by("pk").values_list("first", "last"))


@pytest.mark.skipif(
    os.environ.get("KEMAI_TEST_DB") == "postgres",
    reason="on PostgreSQL nobody waits for the end of another's transaction",
)
def test_two_chunks_are_written_together_but_after_somebody_had_to_wait_each_alone(run, monkeypatch, judged):
    monkeypatch.setattr(importing, "TOGETHER", 2)
    waits = iter([False, True])
    monkeypatch.setattr(importing, "step_back", lambda: next(waits))
    importing.commit(run)
    assert transactions(run) == [(2, 5), (6, 7)]
    assert verdicts(run) == FORESEEN


def test_a_customer_that_came_after_the_preview_is_found(run, judged, crew):
    customer_create({"name": "杭州明远科技有限公司"}, by=crew.lin)
    importing.commit(again(run))
    assert verdicts(run)[2] == (4, "duplicate", "已有同名客户「杭州明远科技有限公司」，由小林负责。")
    assert [*verdicts(run)[:2], *verdicts(run)[3:]] == [*FORESEEN[:2], *FORESEEN[3:]]
    assert judged == [[2, 3], [4, 5], [6]]


def test_a_customer_that_comes_between_two_chunks_is_found_and_so_are_the_rows_before(run, judged, meanwhile, crew):
    meanwhile(lambda: customer_create({"name": "杭州明远科技有限公司"}, by=crew.lin))
    importing.commit(run)
    assert verdicts(run)[2] == (4, "duplicate", "已有同名客户「杭州明远科技有限公司」，由小林负责。")
    assert [*verdicts(run)[:2], *verdicts(run)[3:]] == [*FORESEEN[:2], *FORESEEN[3:]]
    assert names() == [ROWS[0][0], ROWS[1][0], ROWS[2][0], ROWS[4][0]]
    assert judged[-2:] == [[4, 5], [6]]


def test_a_customer_that_is_renamed_between_two_chunks_is_found_under_the_new_name(run, meanwhile, crew):
    other = customer_create({"name": "临时名称有限公司"}, by=crew.lin)
    meanwhile(lambda: customer_change(other, values={"name": "杭州明远科技有限公司"}, by=crew.lin))
    importing.commit(again(run))
    assert verdicts(run)[2] == (4, "duplicate", "已有同名客户「杭州明远科技有限公司」，由小林负责。")


def test_an_import_that_was_killed_judges_the_rest_against_the_rows_that_went_in(run, judged):
    run = killed_after_a_chunk(run)
    del judged[:]
    importing.commit(run)
    assert verdicts(run) == FORESEEN
    assert judged == [[4, 5], [6]]
    assert names() == [ROWS[0][0], ROWS[1][0], ROWS[2][0], ROWS[4][0]]


def test_an_import_that_was_killed_goes_on_where_it_stopped_with_chunks_of_another_size(run, monkeypatch):
    run = killed_after_a_chunk(run)
    in_chunks_of(4, monkeypatch)
    importing.commit(run)
    assert verdicts(run) == FORESEEN
    assert names() == [ROWS[0][0], ROWS[1][0], ROWS[2][0], ROWS[4][0]]


def test_what_another_program_has_judged_is_judged_anew(run, judged):
    run.columns["judged"]["program"] = "an earlier one"
    importing.commit(run)
    assert judged == [[2, 3], [4, 5], [6]]
    assert verdicts(run) == FORESEEN


def test_rows_that_join_others_are_judged_when_they_are_written(crew, tmp_path, judged):
    rows = [*ROWS[:2], ["苏州恒达贸易有限公司", "", "王敏"]]
    run = previewed(sheet(tmp_path, HEADERS, *rows), crew.marketing, into="mine")
    del judged[:]
    importing.commit(run)
    assert judged == [[2, 3, 4]]
    customer = Customer.objects.get(name=ROWS[1][0])
    assert sorted(customer.contacts.values_list("name", flat=True)) == ["李娜", "王敏"]


def test_an_update_is_judged_when_it_is_written(crew, tmp_path, judged):
    run = previewed(sheet(tmp_path, HEADERS, *ROWS), crew.marketing, into="mine", update=True)
    del judged[:]
    importing.commit(run)
    assert judged == [[2, 3, 4, 5, 6, 7]]
