"""Deleting without losing: a record and what hung on it come back under the same ids."""

import pytest

from kemai.kit import tally
from kemai.kit.errors import Conflict
from kemai.kit.journal import journal
from kemai.kit.models import RecycleBin
from kemai.kit.recycle import put_back
from kemai.kit.search_docs import index_of
from kemai.kit.tests.sample import services
from kemai.kit.tests.sample.factories import applicant, approved, order, parcel, submitted
from kemai.kit.tests.sample.models import SampleApproval, SampleLine, SampleOrder
from kemai.people.tests.factories import again, browser, company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-11")]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def put_back_last(by):
    with journal(by=by, deed="sample-order.restore") as log:
        record = put_back(log, RecycleBin.objects.latest("pk"))
        log.about(record)
    return again(record)


def dump(record):
    return [list(model.objects.order_by("pk").values()) for model in (type(record), SampleLine, SampleApproval)]


def test_a_deleted_record_lies_in_the_bin_with_what_hung_on_it(lin):
    made = order(lin)
    services.order_delete(made, by=lin)
    kept = RecycleBin.objects.get()
    assert (kept.kind, kept.record_id, kept.title, kept.by) == ("sample-order", made.pk, str(made), lin)
    assert [row["model"] for row in kept.tree["rows"]] == [
        "sample.sampleorder",
        "sample.sampleline",
        "sample.sampleline",
    ]
    assert not SampleOrder.objects.exists()
    assert not SampleLine.objects.exists()


def test_it_comes_back_exactly_as_it_was(lin):
    zhao = applicant("zhao", "赵一")
    made = again(services.order_void(submitted(lin, zhao), reason="不要了", by=lin))
    before = dump(made)
    services.order_delete(made, by=lin)
    assert put_back_last(lin) == made
    assert dump(made) == before
    assert not RecycleBin.objects.exists()


def test_counts_and_search_follow_it_both_ways(lin):
    made = order(lin, "华东展会")
    index = index_of("sample-order")

    def found():
        return list(index.ids(index.match("华东展会", ["subject"]), 10))

    services.order_delete(made, by=lin)
    assert (tally.table("sample-order"), found()) == ({lin.pk: 0}, [])
    put_back_last(lin)
    assert (tally.table("sample-order"), found()) == ({lin.pk: 1}, [made.pk])


def test_a_name_that_is_taken_meanwhile_stops_it_and_nothing_is_half_there(lin):
    made = order(lin)
    services.order_delete(made, by=lin)
    other = order(lin, lines=[])
    SampleOrder.objects.filter(pk=other.pk).update(number=made.number)
    with pytest.raises(Conflict) as refused:
        put_back_last(lin)
    assert (
        str(refused.value)
        == f"「{made}」与现有的「{again(other)}」（由小林负责）重复，不能恢复；请先改掉现有那一条的名称或编号。"
    )
    assert RecycleBin.objects.filter(kind="sample-order").count() == 1
    assert list(SampleOrder.objects.values_list("pk", flat=True)) == [other.pk]
    assert not SampleLine.objects.exists()


def test_what_an_upper_floor_hangs_on_it_forbids_the_deletion(lin):
    zhao = applicant("zhao", "赵一")
    made = approved(lin, zhao)
    parcel(made, "SF0001")
    made = again(services.order_void(made, reason="x", by=lin))
    answer = browser(lin).delete(f"/api/v1/sample-orders/{made.pk}")
    assert answer.status_code == 422
    assert answer.json()["message"] == f"样品单 {made.number} 已有寄送（运单 SF0001），不能删除。"
    assert SampleOrder.objects.filter(pk=made.pk).exists()


def test_the_question_before_the_deletion_says_what_goes_along(lin):
    made = order(lin)
    page = browser(lin).get(f"/sample-orders/{made.pk}/delete").content.decode()
    assert "2 行明细将一起移到回收站" in page


def test_what_was_taken_back_goes_to_the_bin_again(lin):
    made = order(lin)
    for _ in range(2):
        services.order_delete(again(made), by=lin)
        put_back_last(lin)
    assert again(made).lines.count() == 2
