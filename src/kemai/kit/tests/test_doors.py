"""What every door does before a service runs: the right, then the range, then the values."""

import pytest

from kemai.kit import doors
from kemai.kit.entity import registry
from kemai.kit.errors import Forbidden, Invalid, Malformed, NotFound
from kemai.kit.listing import BULK_LIMIT
from kemai.kit.models import ChangeSet
from kemai.kit.tests.sample.factories import applicant, order, submitted
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import again, browser, company

pytestmark = pytest.mark.django_db
ORDERS = registry["sample-order"]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


@pytest.fixture
def zhou(lin):
    return applicant("zhou", "小周")


@pytest.mark.spec("ORG-08")
def test_the_right_is_asked_before_the_range_and_the_range_before_the_values(lin, zhou):
    made = order(lin)
    powerless = applicant("wu", "吴", without="sample-order.change")
    with pytest.raises(Forbidden):
        doors.change(ORDERS, powerless, made.pk, {"subject": 5}, "api")
    with pytest.raises(NotFound):
        doors.change(ORDERS, zhou, made.pk, {"subject": 5}, "api")
    with pytest.raises(Invalid):
        doors.change(ORDERS, lin, made.pk, {"subject": 5}, "api")


@pytest.mark.spec("ORG-08")
def test_out_of_range_and_not_there_are_one_answer(lin, zhou):
    made = order(lin)
    told = []
    for pk in (made.pk, made.pk + 100, 0, -1, 2**70):
        with pytest.raises(NotFound) as refused:
            doors.see(ORDERS, zhou, pk)
        told.append((refused.value.code, refused.value.message, refused.value.status))
    assert len(set(told)) == 1


def test_a_new_record_has_what_was_sent_and_belongs_to_who_made_it(lin):
    made = doors.create(ORDERS, lin, {"subject": " 展会 ", "wanted_on": "2026年3月5日", "is_urgent": "是"}, "api")
    made = again(made)
    assert (made.subject, str(made.wanted_on), made.is_urgent, made.owner, made.created_by, made.state) == (
        "展会", "2026-03-05", True, lin, lin, "draft",
    )  # fmt: skip
    assert ChangeSet.objects.latest("pk").door == "api"


def test_mistakes_in_fields_and_in_rows_are_told_together(lin):
    sent = {"wanted_on": "明天", "lines": [{"product": "x"}]}
    with pytest.raises(Invalid) as refused:
        doors.create(ORDERS, lin, sent, "page")
    assert refused.value.fields == {
        "subject": ["请填写事由。"], "wanted_on": ["需要日期应为日期，例如 2026-03-05。"], "lines.0.quantity": ["请填写数量。"],
    }  # fmt: skip
    assert not SampleOrder.objects.exists()


def test_a_page_ignores_what_it_does_not_know_while_a_program_is_told(lin):
    doors.create(ORDERS, lin, {"subject": "x", "csrf": "y"}, "page")
    with pytest.raises(Invalid, match="没有「csrf」这个字段。"):
        doors.create(ORDERS, lin, {"subject": "x", "csrf": "y"}, "api")


def test_what_was_not_sent_stays(lin):
    made = order(lin, wanted_on="2026-03-05", remarks="原来的")
    saved = again(doors.change(ORDERS, lin, made.pk, {"subject": "新"}, "api"))
    assert (saved.subject, str(saved.wanted_on), saved.remarks) == ("新", "2026-03-05", "原来的")
    saved = again(doors.change(ORDERS, lin, made.pk, {"wanted_on": ""}, "api"))
    assert (saved.subject, saved.wanted_on) == ("新", None)


@pytest.mark.spec("LST-09")
def test_a_deed_on_many_says_of_each_what_became_of_it(lin, zhou):
    mine, empty, foreign = order(lin), order(lin, lines=[]), order(zhou)
    results = doors.act_many(ORDERS, lin, "submit", [mine.pk, empty.pk, foreign.pk], {"approvers": [zhou.pk]}, "api")
    assert [result.as_json() for result in results] == [
        {"id": mine.pk, "ok": True},
        {"id": empty.pk, "ok": False, "code": "no_lines", "message": "样品单还没有明细，请先填写明细。"},
        {"id": foreign.pk, "ok": False, "code": "not_found", "message": NotFound().message},
    ]
    assert [again(one).state for one in (mine, empty, foreign)] == ["submitted", "draft", "draft"]


@pytest.mark.spec("LST-09")
def test_many_are_deleted_each_for_itself(lin, zhou):
    draft, waiting = order(lin), submitted(lin, zhou)
    results = doors.act_many(ORDERS, lin, "delete", [draft.pk, waiting.pk], {}, "page")
    assert [(result.ok, result.code) for result in results] == [(True, ""), (False, "wrong_state")]
    assert SampleOrder.objects.get() == waiting


@pytest.mark.parametrize(
    ("raw", "code"),
    [(None, "no_ids"), ([], "no_ids"), ("1", "no_ids"), ({"a": 1}, "no_ids"), (["x"], "bad_ids"), ([True], "bad_ids"), ([1.0], "bad_ids"), ([0], "bad_ids"),
     ([-1], "bad_ids"), ([2**63], "bad_ids"), ([None], "bad_ids"), ([[1]], "bad_ids"), (list(range(1, BULK_LIMIT + 2)), "too_many")],
)  # fmt: skip
def test_ids_that_are_none_are_malformed(raw, code):
    with pytest.raises(Malformed) as refused:
        doors.chosen_ids(raw)
    assert refused.value.code == code


def test_an_id_that_is_chosen_twice_counts_once():
    assert doors.chosen_ids([3, "1", 3, 1]) == [3, 1]


def test_the_deeds_of_a_record_come_with_the_reason_that_refuses_them(lin):
    made = order(lin, lines=[])
    told = {action.verb: reason for action, reason in doors.actions_on(ORDERS, lin, made)}
    assert told == {
        "submit": "样品单还没有明细，请先填写明细。", "agree": "该样品单没有待审批的步骤。", "approve": f"{made} 现在是「草稿」，不能这样做。", "void": None,
    }  # fmt: skip


def test_what_refuses_a_change_greys_its_button(lin, zhou):
    made = submitted(lin, zhou)
    assert doors.refuses_change(ORDERS, lin, made) == "该样品单已提交，只有草稿可以修改。"
    answer = browser(lin).get(f"/sample-orders/{made.pk}/edit")
    assert answer.status_code == 409
    assert "该样品单已提交，只有草稿可以修改。" in answer.content.decode()


def test_a_tab_has_the_records_in_range_only(lin, zhou):
    made = order(lin)
    for by, status in ((lin, 200), (zhou, 404)):
        assert browser(by).get(f"/api/v1/sample-orders/{made.pk}/parcels").status_code == status
    without = applicant("wu", "吴", without="sample-parcel.view", ranges={"sample-order": "all"})
    assert browser(without).get(f"/api/v1/sample-orders/{made.pk}/parcels").status_code == 403
