"""Deeds and moves between states: right, lock, guards, gate."""

import pytest
from django.db import transaction

from kemai.kit import workflow
from kemai.kit.errors import Conflict, DomainError, Forbidden, NotFound
from kemai.kit.models import ChangeSet
from kemai.kit.tests.sample import services
from kemai.kit.tests.sample.factories import applicant, approved, order, submitted
from kemai.kit.tests.sample.models import SampleOrder
from kemai.kit.workflow import check_version, why_not
from kemai.notify.models import Message
from kemai.people.tests.factories import again, browser, company

State = SampleOrder.State


@pytest.fixture
def people(db):
    company()
    return applicant("lin", "小林"), applicant("zhao", "赵一"), applicant("qian", "钱二")


def refusal(call, *args, **values) -> tuple[str, int, str]:
    with pytest.raises(DomainError) as refused:
        call(*args, **values)
    return refused.value.code, refused.value.status, refused.value.message


def test_a_transition_moves_the_state_and_returns_the_record_as_it_is_now(people):
    lin, zhao, _ = people
    made = order(lin)
    moved = services.order_submit(made, approvers=[zhao.pk], by=lin)
    assert (moved.state, again(made).state) == (State.SUBMITTED, State.SUBMITTED)
    assert again(made).version == made.version + 1
    assert ChangeSet.objects.latest("pk").deed == "sample-order.submit"


def test_a_transition_refuses_from_any_other_state_with_a_sentence(people):
    lin, zhao, _ = people
    made = submitted(lin, zhao)
    assert refusal(services.order_submit, made, approvers=[zhao.pk], by=lin) == (
        "wrong_state", 409, f"{made} 现在是「已提交」，不能这样做。",
    )  # fmt: skip


def test_the_right_comes_before_everything_else(people):
    lin, zhao, _ = people
    made = submitted(lin, zhao)
    powerless = applicant("wu", "吴", without="sample-order.submit")
    with pytest.raises(Forbidden):
        services.order_submit(made, approvers=[zhao.pk], by=powerless)


def test_a_guard_refuses_with_its_own_code_and_status(people):
    lin, zhao, qian = people
    empty = order(lin, lines=[])
    assert refusal(services.order_submit, empty, approvers=[zhao.pk], by=lin) == (
        "no_lines", 422, "样品单还没有明细，请先填写明细。",
    )  # fmt: skip
    assert refusal(services.order_void, order(lin), reason="x", by=qian)[:2] == ("not_owner", 403)
    assert again(empty).state == State.DRAFT


def test_the_page_greys_the_button_with_the_sentence_of_the_service(people):
    lin, zhao, _ = people
    empty = order(lin, lines=[])
    sentence = refusal(services.order_submit, empty, approvers=[zhao.pk], by=lin)[2]
    assert str(why_not(services.order_submit.spec, empty, lin)) == sentence
    assert sentence in browser(lin).get(f"/sample-orders/{empty.pk}").content.decode()


def test_a_deed_looks_at_the_record_as_it_is_now_not_as_the_caller_remembers_it(people):
    lin, zhao, _ = people
    stale = order(lin)
    services.order_submit(stale, approvers=[zhao.pk], by=lin)
    assert stale.state == State.DRAFT
    assert refusal(services.order_submit, stale, approvers=[zhao.pk], by=lin)[0] == "wrong_state"


def test_a_record_that_is_gone_is_not_found(people):
    lin, *_ = people
    made = order(lin)
    services.order_delete(made, by=lin)
    with pytest.raises(NotFound):
        services.order_void(made, reason="x", by=lin)


def test_check_version_speaks_only_when_a_version_is_given(people):
    made = order(people[0])
    check_version(made, None)
    check_version(made, made.version)
    with pytest.raises(Conflict) as refused:
        check_version(made, made.version - 1)
    assert refused.value.extra == {"version": made.version}


@pytest.mark.spec("FRM-02")
def test_a_deed_that_fails_half_way_leaves_nothing(people):
    lin, zhao, _ = people
    made = order(lin)
    with pytest.raises(DomainError):
        services.order_submit(made, approvers=[zhao.pk, lin.pk], by=lin)
    assert (again(made).state, again(made).approval_state, made.approvals.count()) == ("draft", "none", 0)


# --- the approval beside the document (D11) ----------------------------------------------------------------------------


def test_the_transition_waits_for_the_last_approver(people):
    lin, zhao, qian = people
    made = submitted(lin, zhao, qian)
    assert refusal(services.order_approve, made, by=zhao) == ("approval_pending", 409, "还有 2 人没有审批。")
    services.order_agree(made, by=zhao)
    assert refusal(services.order_approve, made, by=qian) == ("approval_pending", 409, "还有 1 人没有审批。")
    assert (again(made).state, again(made).approval_state) == ("submitted", "pending")


def test_the_last_approvers_word_moves_the_document_in_their_name(people):
    lin, zhao, qian = people
    made = submitted(lin, zhao, qian)
    services.order_agree(made, by=zhao)
    moved = services.order_agree(made, by=qian)
    assert (moved.state, moved.approval_state) == ("approved", "agreed")
    entry = ChangeSet.objects.latest("pk")
    assert (entry.deed, entry.by) == ("sample-order.agree", qian)
    assert Message.objects.filter(employee=lin).latest("pk").text == f"钱二批准了样品单 {made.number}。"


def test_approvers_agree_in_their_turn(people):
    lin, zhao, qian = people
    made = submitted(lin, zhao, qian)
    assert refusal(services.order_agree, made, by=qian) == ("not_your_turn", 409, "现在轮到赵一审批。")
    assert refusal(services.order_agree, approved(lin, zhao), by=zhao)[0] == "nothing_to_agree"


def test_a_gate_stands_before_transitions_only(people, monkeypatch):
    lin, *_ = people
    monkeypatch.setattr(workflow, "_gates", [])
    asked = []

    @workflow.gate
    def refuses(record, code, by):
        asked.append((code, by))
        return "先等一等。"

    made = order(lin)
    services.order_change(made, values={"subject": "新"}, by=lin)
    assert asked == []
    assert refusal(services.order_void, made, reason="x", by=lin) == ("refused", 422, "先等一等。")
    assert asked == [("sample-order.void", lin)]
    assert again(made).state == State.DRAFT


def test_the_button_of_a_waiting_transition_is_grey_with_the_reason(people):
    lin, zhao, _ = people
    made = submitted(lin, zhao)
    page = browser(zhao).get(f"/sample-orders/{made.pk}").content.decode()
    assert "还有 1 人没有审批。" in page


def test_the_approver_sees_the_order_without_being_its_owner(people):
    lin, zhao, qian = people
    made = submitted(lin, zhao)
    assert browser(zhao).get(f"/api/v1/sample-orders/{made.pk}").status_code == 200
    assert browser(qian).get(f"/api/v1/sample-orders/{made.pk}").status_code == 404


# --- two at once -------------------------------------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_of_four_who_submit_at_once_one_does(together):
    company()
    lin, zhao = applicant("lin", "小林"), applicant("zhao", "赵一")
    made = order(lin)
    results = together(4, lambda number: services.order_submit(made, approvers=[zhao.pk], by=again(lin)))
    refused = [result for result in results if isinstance(result, Exception)]
    assert [error.code for error in refused] == ["wrong_state"] * 3
    assert made.approvals.count() == 1
    assert ChangeSet.objects.filter(deed="sample-order.submit").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_deed_locks_its_record_until_it_ends():
    company()
    lin = applicant("lin", "小林")
    made = order(lin)
    with transaction.atomic():
        assert workflow.lock(made) == made
    missing = SampleOrder(pk=made.pk + 1)
    with pytest.raises(NotFound), transaction.atomic():
        workflow.lock(missing)
