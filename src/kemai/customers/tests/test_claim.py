"""「领用」: an unclaimed customer becomes mine; a claimed one stays where it is (CUS-09, CUS-10)."""

import pytest

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
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

pytestmark = pytest.mark.spec("CUS-10")


def test_an_unclaimed_customer_becomes_that_of_who_claims_it(crew, at):
    shangce = customer("杭州商策科技有限公司")
    answer = at(crew.lin).post(f"customers/{shangce.pk}/claim")
    assert answer.status == 200
    assert (answer.json["state"], answer.json["state_display"], answer.json["owner"]) == (
        "claimed",
        "已领用",
        crew.lin.pk,
    )
    assert at(crew.lin).names("mine") == ["杭州商策科技有限公司"]
    assert at(crew.zhou).get("customers", view="pool").json["items"][0]["owner_display"] == "小林"
    counts_are_true()


def test_the_claim_is_dated_and_stands_in_history_and_log(crew, at):
    shangce = customer("杭州商策科技有限公司")
    at(crew.lin).post(f"customers/{shangce.pk}/claim")
    assert fresh(shangce).claimed_at is not None
    assert history(shangce) == [("客户池", "小林", "claim", "小林", "")]
    entry = last_log(shangce)
    assert (entry.deed, entry.by, entry.door, entry.title) == (
        "customer.claim",
        crew.lin,
        "api",
        "杭州商策科技有限公司",
    )


def test_contacts_come_along_to_the_new_owner(crew, at):
    shangce = customer("杭州商策科技有限公司", contacts=[{"name": "李四", "mobile": "13800138000"}])
    answer = at(crew.lin).post(f"customers/{shangce.pk}/claim")
    assert [(row["name"], row["mobile"], row["is_main"]) for row in answer.json["contacts"]] == [
        ("李四", "13800138000", True)
    ]


def test_a_customer_of_a_colleague_cannot_be_claimed_and_one_reads_who_has_it(crew, at):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        answer = at(crew.zhou).post(f"customers/{shangce.pk}/claim")
    assert answer.error == (409, "already_claimed", "该客户已被小林领用。")
    assert answer.json == {"code": "already_claimed", "message": "该客户已被小林领用。", "fields": {}}


def test_a_customer_of_ones_own_cannot_be_claimed_again(crew, at):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        answer = at(crew.lin).post(f"customers/{shangce.pk}/claim")
    assert answer.error == (409, "already_claimed", "该客户已在您名下。")


def test_even_the_general_manager_does_not_claim_a_claimed_customer(crew, at):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        assert at(crew.boss).post(f"customers/{shangce.pk}/claim").error == (
            409,
            "already_claimed",
            "该客户已被小林领用。",
        )


def test_a_customer_that_does_not_exist_is_not_found(crew, at):
    with nothing_changes():
        assert at(crew.lin).post("customers/987654/claim").error == (404, "not_found", NOT_FOUND)


def test_without_the_right_nothing_is_claimed_whether_or_not_the_customer_exists(crew, at):
    shangce = customer("杭州商策科技有限公司")
    guest = with_rights("fangke", "访客", "customer.view")
    with nothing_changes():
        for pk in (shangce.pk, 987654):
            assert at(guest).post(f"customers/{pk}/claim").error == (403, "forbidden", NO_RIGHT)
        assert at(guest).post("customers/actions/claim", ids=[shangce.pk]).status == 403
        assert browser(guest).post(f"/customers/{shangce.pk}/claim").status_code == 403


@pytest.mark.spec("LST-09")
def test_many_are_claimed_at_once_and_each_refused_one_says_why(crew, at):
    first, second = customer("甲公司"), customer("乙公司")
    taken, own = customer("丙公司", crew.zhou), customer("丁公司", crew.lin)
    answer = at(crew.lin).post("customers/actions/claim", ids=[*ids([first, taken, own]), 987654, second.pk])
    assert answer.status == 200
    assert answer.json == {
        "results": [
            {"id": first.pk, "ok": True},
            {"id": taken.pk, "ok": False, "code": "already_claimed", "message": "该客户已被小周领用。"},
            {"id": own.pk, "ok": False, "code": "already_claimed", "message": "该客户已在您名下。"},
            {"id": 987654, "ok": False, "code": "not_found", "message": NOT_FOUND},
            {"id": second.pk, "ok": True},
        ]
    }
    assert [owner_of(one) for one in (first, second, taken, own)] == [crew.lin, crew.lin, crew.zhou, crew.lin]
    assert last_log(first).pk != last_log(second).pk  # a transaction and a log entry each
    counts_are_true()


@pytest.mark.parametrize(
    "sent", [{}, {"ids": []}, {"ids": "1,2"}, {"ids": ["甲"]}, {"ids": [True]}, {"ids": [-1]}, {"ids": [2**70]}]
)
def test_a_bulk_claim_without_proper_ids_is_refused_as_a_whole(crew, at, sent):
    customer("杭州商策科技有限公司")
    with nothing_changes():
        assert at(crew.lin).post("customers/actions/claim", **sent).status == 400


def test_on_the_page_of_the_pool_one_claims_with_a_button(crew):
    shangce = customer("杭州商策科技有限公司")
    page = browser(crew.lin)
    answer = page.post(f"/customers/{shangce.pk}/claim")
    assert answer.status_code == 303
    assert owner_of(shangce) == crew.lin
    assert last_log(shangce).door == "page"
    assert "已领用「杭州商策科技有限公司」。" in page.get("/customers?view=mine").content.decode()


def test_on_the_page_a_claimed_customer_answers_with_the_same_sentence(crew):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        answer = browser(crew.zhou).post(f"/customers/{shangce.pk}/claim")
    assert answer.status_code == 409
    assert "该客户已被小林领用。" in answer.content.decode()


def test_on_the_page_many_are_claimed_and_the_refused_ones_are_named(crew):
    free, taken = customer("甲公司"), customer("乙公司", crew.zhou)
    answer = browser(crew.lin).post("/customers/actions/claim?view=pool", {"ids": ids([free, taken])})
    text = answer.content.decode()
    assert "乙公司" in text
    assert "该客户已被小周领用。" in text
    assert owner_of(free) == crew.lin
    assert owner_of(taken) == crew.zhou


@pytest.mark.spec("CUS-09")
def test_a_new_customer_in_the_pool_is_unclaimed(crew, at):
    answer = at(crew.lin).post("customers?view=pool", name="苏州新客户有限公司", phone="0512-66668888")
    assert answer.status == 201
    assert (answer.json["state"], answer.json["owner"]) == ("unclaimed", None)
    assert "phone" not in answer.json  # who made it sees no more of it than the others
    made = Customer.objects.get(pk=answer.json["id"])
    assert (made.phone, made.created_by, made.claimed_at) == ("0512-66668888", crew.lin, None)
    assert history(made) == []
    assert at(crew.lin).names("mine") == []
    counts_are_true()


@pytest.mark.spec("CUS-09")
@pytest.mark.parametrize("address", ["customers", "customers?view=mine"])
def test_a_new_customer_in_my_list_is_mine_at_once(crew, at, address):
    answer = at(crew.lin).post(address, name="苏州新客户有限公司")
    assert answer.status == 201
    assert (answer.json["state"], answer.json["owner_display"]) == ("claimed", "小林")
    made = Customer.objects.get(pk=answer.json["id"])
    assert history(made) == [("客户池", "小林", "create", "小林", "")]
    counts_are_true()


@pytest.mark.spec("CUS-09")
def test_the_pools_form_offers_save_and_create_and_claim(crew):
    page = browser(crew.lin)
    text = page.get("/customers/new?view=pool").content.decode()
    for word in ("保存", "保存并新建", "新建并领用", "取消"):
        assert word in text
    assert page.post("/customers?view=pool", {"name": "甲公司", "then": "close"}).status_code == 303
    assert page.post("/customers?view=pool", {"name": "乙公司", "then": "makes"}).status_code == 303
    assert Customer.objects.get(name="甲公司").owner is None
    assert Customer.objects.get(name="乙公司").owner == crew.lin
    assert history(Customer.objects.get(name="乙公司")) == [("客户池", "小林", "create", "小林", "")]


@pytest.mark.spec("CUS-09", "FRM-02")
def test_save_and_new_saves_and_offers_an_empty_form(crew):
    page = browser(crew.lin)
    answer = page.post("/customers?view=mine", {"name": "甲公司", "phone": "0571-88880000", "then": "new"})
    assert answer.status_code == 303
    assert answer["Location"].startswith("/customers/new?view=mine")
    form = page.get(answer["Location"]).content.decode()
    assert "0571-88880000" not in form
    assert "已新增客户「甲公司」。" in form
    assert Customer.objects.get(name="甲公司").owner == crew.lin


@pytest.mark.spec("CUS-09")
def test_my_form_does_not_offer_create_and_claim(crew):
    assert "新建并领用" not in browser(crew.lin).get("/customers/new?view=mine").content.decode()


@pytest.mark.spec("CUS-09")
def test_without_the_right_to_add_nobody_makes_a_customer(crew, at):
    guest = with_rights("fangke", "访客", "customer.view")
    with nothing_changes():
        assert at(guest).post("customers?view=pool", name="甲公司").error == (403, "forbidden", NO_RIGHT)
        assert browser(guest).post("/customers?view=pool", {"name": "甲公司"}).status_code == 403
