"""「归还」: back to the pool with a reason; shares end, everything else stays (CUS-11)."""

import pytest

from kemai.customers.models import Contact, CustomerShare
from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.support import (
    NO_RIGHT,
    NOT_FOUND,
    counts_are_true,
    fresh,
    history,
    ids,
    last_log,
    nothing_changes,
    owner_of,
    with_rights,
)  # fmt: skip
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-11")


@pytest.fixture
def shangce(crew):
    """A customer of 小林 with two contacts, shared with 小周 and 华南组."""
    made = customer(
        "杭州商策科技有限公司", crew.lin, phone="0571-88886666", contacts=[{"name": "李四"}, {"name": "赵六"}]
    )
    share(made, crew.zhou, crew.south)
    return made


def test_a_returned_customer_is_unclaimed_and_gone_from_my_list(crew, at, shangce):
    answer = at(crew.lin).post(f"customers/{shangce.pk}/release", reason="客户暂无需求")
    assert answer.status == 200
    assert (answer.json["state"], answer.json["owner"]) == ("unclaimed", None)
    assert "phone" not in answer.json
    assert "contacts" not in answer.json
    assert at(crew.lin).names("mine") == []
    assert at(crew.lin).names("pool") == ["杭州商策科技有限公司"]
    assert at(crew.lin).get(f"customers/{shangce.pk}").error == (404, "not_found", NOT_FOUND)
    assert fresh(shangce).claimed_at is None
    counts_are_true()


def test_shares_end_with_the_return(crew, at, shangce):
    assert at(crew.zhou).names("shared") == ["杭州商策科技有限公司"]
    at(crew.lin).post(f"customers/{shangce.pk}/release", reason="客户暂无需求")
    assert CustomerShare.objects.count() == 0
    assert at(crew.zhou).names("shared") == at(crew.chen).names("shared") == []
    assert at(crew.zhou).get(f"customers/{shangce.pk}").status == 404


def test_nothing_else_is_lost_the_next_owner_has_the_contacts(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/release", reason="客户暂无需求")
    assert Contact.objects.filter(customer=shangce).count() == 2
    answer = at(crew.chen).post(f"customers/{shangce.pk}/claim")
    assert answer.json["phone"] == "0571-88886666"
    assert [row["name"] for row in answer.json["contacts"]] == ["李四", "赵六"]


def test_reason_and_person_stand_in_history_and_log(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/release", reason="客户暂无需求")
    assert history(shangce)[-1] == ("小林", "客户池", "release", "小林", "客户暂无需求")
    entry = last_log(shangce)
    assert (entry.deed, entry.by, entry.note) == ("customer.release", crew.lin, "客户暂无需求")


@pytest.mark.parametrize("sent", [{}, {"reason": ""}, {"reason": "  　"}, {"reason": None}])
def test_a_return_without_a_reason_is_refused(crew, at, shangce, sent):
    with nothing_changes():
        answer = at(crew.lin).post(f"customers/{shangce.pk}/release", **sent)
    assert answer.error == (422, "invalid", "请填写归还原因。")
    assert answer.json["fields"] == {"reason": ["请填写归还原因。"]}


def test_on_the_page_the_reason_is_asked_for_and_required(crew, shangce):
    page = browser(crew.lin)
    assert "归还原因" in page.get(f"/customers/{shangce.pk}/release").content.decode()
    with nothing_changes():
        assert page.post(f"/customers/{shangce.pk}/release", {"reason": ""}).status_code == 422
    assert page.post(f"/customers/{shangce.pk}/release", {"reason": "客户暂无需求"}).status_code == 303
    assert owner_of(shangce) is None


def test_who_it_is_shared_with_cannot_return_it(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.zhou).post(f"customers/{shangce.pk}/release", reason="试试")
    assert answer.error == (403, "not_owner", "该客户由小林负责，只有负责人可以归还。")


def test_a_supervisor_does_not_return_for_a_subordinate(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.manager).post(f"customers/{shangce.pk}/release", reason="试试")
    assert answer.error == (403, "not_owner", "该客户由小林负责，只有负责人可以归还。")


def test_an_unclaimed_customer_cannot_be_returned(crew, at):
    free = customer("甲公司")
    with nothing_changes():
        answer = at(crew.boss).post(f"customers/{free.pk}/release", reason="试试")
    assert answer.error == (409, "not_claimed", "该客户未领用，无需归还。")


def test_a_customer_out_of_range_and_one_that_does_not_exist_answer_alike(crew, at):
    foreign = customer("甲公司", crew.chen)
    with nothing_changes():
        for pk in (foreign.pk, 987654):
            assert at(crew.lin).post(f"customers/{pk}/release", reason="试试").error == (404, "not_found", NOT_FOUND)


def test_without_the_right_nobody_returns(crew, at):
    helper = with_rights("zhuli", "助理", "customer.view", "customer.add")
    own = customer("甲公司", helper)
    with nothing_changes():
        assert at(helper).post(f"customers/{own.pk}/release", reason="试试").error == (403, "forbidden", NO_RIGHT)


@pytest.mark.spec("LST-09")
def test_many_are_returned_at_once_and_each_refused_one_says_why(crew, at):
    first, second = customer("甲公司", crew.lin), customer("乙公司", crew.lin)
    shared, foreign = customer("丙公司", crew.zhou), customer("丁公司", crew.chen)
    share(shared, crew.lin)
    answer = at(crew.lin).post(
        "customers/actions/release", ids=ids([first, shared, foreign, second]), reason="片区调整"
    )
    assert answer.json["results"] == [
        {"id": first.pk, "ok": True},
        {"id": shared.pk, "ok": False, "code": "not_owner", "message": "该客户由小周负责，只有负责人可以归还。"},
        {"id": foreign.pk, "ok": False, "code": "not_found", "message": NOT_FOUND},
        {"id": second.pk, "ok": True},
    ]
    assert [owner_of(one) for one in (first, second, shared, foreign)] == [None, None, crew.zhou, crew.chen]
    assert CustomerShare.objects.filter(customer=shared).count() == 1
    counts_are_true()


@pytest.mark.spec("LST-09")
def test_many_without_a_reason_are_refused_as_a_whole(crew, at):
    own = customer("甲公司", crew.lin)
    with nothing_changes():
        assert at(crew.lin).post("customers/actions/release", ids=[own.pk]).status == 422


def test_what_was_returned_can_be_claimed_by_anybody(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/release", reason="客户暂无需求")
    assert at(crew.zhou).post(f"customers/{shangce.pk}/claim").status == 200
    assert history(shangce) == [
        ("客户池", "小林", "create", "小林", ""),
        ("小林", "客户池", "release", "小林", "客户暂无需求"),
        ("客户池", "小周", "claim", "小周", ""),
    ]
