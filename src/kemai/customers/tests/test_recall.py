"""「收回」: who has the right takes customers back into the pool (CUS-12)."""

import pytest

from kemai.customers.models import Contact, CustomerShare
from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.support import (
    NO_RIGHT,
    NOT_FOUND,
    counts_are_true,
    force_supervisors,
    fresh,
    history,
    ids,
    last_log,
    messages_of,
    nothing_changes,
    owner_of,
)  # fmt: skip
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-12")


@pytest.fixture
def shangce(crew):
    """A customer of 小林, under 王建国, shared with 小陈."""
    made = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])
    share(made, crew.chen)
    return made


def test_a_supervisor_takes_a_subordinates_customer_back(crew, at, shangce):
    answer = at(crew.manager).post(f"customers/{shangce.pk}/recall", reason="三个月没有联系")
    assert answer.status == 200
    assert (answer.json["state"], answer.json["owner"]) == ("unclaimed", None)
    assert fresh(shangce).claimed_at is None
    assert at(crew.lin).names("mine") == []
    assert at(crew.lin).get(f"customers/{shangce.pk}").status == 404
    counts_are_true()


def test_the_former_owner_is_told_with_the_reason(crew, at, shangce):
    at(crew.manager).post(f"customers/{shangce.pk}/recall", reason="三个月没有联系")
    assert messages_of(crew.lin) == ["王建国收回了客户「杭州商策科技有限公司」，原因：三个月没有联系。"]


def test_a_reason_is_not_required(crew, at, shangce):
    assert at(crew.manager).post(f"customers/{shangce.pk}/recall").status == 200
    assert messages_of(crew.lin) == ["王建国收回了客户「杭州商策科技有限公司」。"]


def test_shares_end_and_contacts_stay(crew, at, shangce):
    at(crew.manager).post(f"customers/{shangce.pk}/recall")
    assert CustomerShare.objects.count() == 0
    assert at(crew.chen).names("shared") == []
    assert Contact.objects.filter(customer=shangce).count() == 1


def test_history_and_log_say_who_took_it_from_whom_and_why(crew, at, shangce):
    at(crew.manager).post(f"customers/{shangce.pk}/recall", reason="三个月没有联系")
    assert history(shangce)[-1] == ("小林", "客户池", "recall", "王建国", "三个月没有联系")
    entry = last_log(shangce)
    assert (entry.deed, entry.by, entry.note) == ("customer.recall", crew.manager, "三个月没有联系")


def test_one_shared_by_somebody_of_another_line_can_be_taken_back_too(crew, at):
    foreign = customer("甲公司", crew.chen)
    share(foreign, crew.manager)
    assert at(crew.manager).post(f"customers/{foreign.pk}/recall").status == 200
    assert owner_of(foreign) is None
    assert messages_of(crew.chen) == ["王建国收回了客户「甲公司」。"]


def test_one_of_my_own_can_be_taken_back_and_nobody_is_told(crew, at):
    own = customer("甲公司", crew.manager)
    assert at(crew.manager).post(f"customers/{own.pk}/recall").status == 200
    assert owner_of(own) is None
    assert messages_of(crew.manager) == []


def test_an_unclaimed_customer_cannot_be_taken_back(crew, at):
    free = customer("甲公司")
    with nothing_changes():
        assert at(crew.manager).post(f"customers/{free.pk}/recall").error == (
            409,
            "not_claimed",
            "该客户未领用，无需收回。",
        )


def test_a_customer_of_another_line_and_one_that_does_not_exist_answer_alike(crew, at):
    foreign = customer("甲公司", crew.chen)
    with nothing_changes():
        for pk in (foreign.pk, 987654):
            assert at(crew.manager).post(f"customers/{pk}/recall").error == (404, "not_found", NOT_FOUND)


def test_the_general_manager_takes_back_anybodys(crew, at):
    foreign = customer("甲公司", crew.chen)
    assert at(crew.boss).post(f"customers/{foreign.pk}/recall").status == 200


@pytest.mark.spec("ORG-06")
def test_with_org_06_off_a_subordinates_customer_is_out_of_range(crew, at, shangce):
    force_supervisors(False)
    with nothing_changes():
        assert at(crew.manager).post(f"customers/{shangce.pk}/recall").error == (404, "not_found", NOT_FOUND)
    share(shangce, crew.manager)
    assert at(crew.manager).post(f"customers/{shangce.pk}/recall").status == 200


def test_the_right_is_asked_for_first(crew, at, shangce):
    free = customer("甲公司")
    with nothing_changes():
        for who in (crew.lin, crew.zhou, crew.marketing):  # the owner too: an owner returns
            for pk in (shangce.pk, free.pk, 987654):
                assert at(who).post(f"customers/{pk}/recall").error == (403, "forbidden", NO_RIGHT)
        assert at(crew.lin).post("customers/actions/recall", ids=[shangce.pk]).status == 403
        assert browser(crew.lin).post(f"/customers/{shangce.pk}/recall").status_code == 403
        assert browser(crew.lin).get(f"/customers/{shangce.pk}/recall").status_code == 403


def test_on_the_page_a_question_comes_first(crew, shangce):
    page = browser(crew.manager)
    with nothing_changes():
        text = page.get(f"/customers/{shangce.pk}/recall").content.decode()
    assert "收回「杭州商策科技有限公司」" in text
    assert "收回后客户回到客户池，原负责人不再拥有它。" in text
    assert page.post(f"/customers/{shangce.pk}/recall", {"reason": ""}).status_code == 303
    assert owner_of(shangce) is None


@pytest.mark.spec("ORG-08")
def test_the_button_stands_only_where_the_right_is(crew, shangce):
    assert "收回" in browser(crew.manager).get("/customers?view=shared").content.decode()
    assert "收回" in browser(crew.manager).get("/customers?view=pool").content.decode()
    assert "收回" not in browser(crew.manager).get("/customers?view=mine").content.decode()
    for view in ("mine", "shared", "pool"):
        assert "收回" not in browser(crew.lin).get(f"/customers?view={view}").content.decode()


@pytest.mark.spec("LST-09")
def test_many_are_taken_back_at_once_and_each_refused_one_says_why(crew, at, shangce):
    free, foreign, of_zhou = customer("甲公司"), customer("乙公司", crew.chen), customer("丙公司", crew.zhou)
    answer = at(crew.manager).post(
        "customers/actions/recall", ids=ids([shangce, free, foreign, of_zhou]), reason="片区调整"
    )
    assert answer.json["results"] == [
        {"id": shangce.pk, "ok": True},
        {"id": free.pk, "ok": False, "code": "not_claimed", "message": "该客户未领用，无需收回。"},
        {"id": foreign.pk, "ok": False, "code": "not_found", "message": NOT_FOUND},
        {"id": of_zhou.pk, "ok": True},
    ]
    assert [owner_of(one) for one in (shangce, free, foreign, of_zhou)] == [None, None, crew.chen, None]
    counts_are_true()
