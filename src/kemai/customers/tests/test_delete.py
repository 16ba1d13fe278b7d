"""「删除」: only unclaimed customers, by who may; they lie in the recycle bin with all that hung on them (CUS-07, CUS-14)."""

import pytest

from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import (
    NO_RIGHT,
    NOT_FOUND,
    counts_are_true,
    ids,
    last_log,
    nothing_changes,
)  # fmt: skip
from kemai.kit import entity as kit
from kemai.kit.journal import journal
from kemai.kit.models import RecycleBin
from kemai.kit.recycle import put_back
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-14")


@pytest.fixture
def free(crew):
    """An unclaimed customer with two contacts that 小林 has had once."""
    made = customer(
        "杭州商策科技有限公司", phone="0571-88886666", contacts=[{"name": "李四"}, {"name": "赵六", "is_main": True}]
    )
    from kemai.customers.services import customer_claim, customer_release

    customer_claim(made, by=crew.lin)
    customer_release(made, reason="客户暂无需求", by=crew.lin)
    return made


def test_an_unclaimed_customer_is_deleted_from_the_pool(crew, at, free):
    answer = at(crew.manager).delete(f"customers/{free.pk}")
    assert (answer.status, answer.text) == (204, "")
    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    assert at(crew.manager).names("pool") == []
    assert at(crew.manager).get(f"customers/{free.pk}", view="pool").status == 404
    assert at(crew.manager).get("customers", view="pool", q="商策").total == 0
    entry = last_log(free)
    assert (entry.deed, entry.by, entry.title) == ("customer.delete", crew.manager, "杭州商策科技有限公司")
    counts_are_true()


def test_a_claimed_customer_is_deleted_by_nobody(crew, at):
    claimed = customer("甲公司", crew.lin)
    own = customer("乙公司", crew.manager)
    with nothing_changes():
        refused = (409, "claimed", "该客户已被小林领用，不能删除，请先归还或收回。")
        assert at(crew.manager).delete(f"customers/{claimed.pk}").error == refused
        assert at(crew.boss).delete(f"customers/{claimed.pk}").error == refused
        assert at(crew.manager).delete(f"customers/{own.pk}").status == 409
        assert browser(crew.manager).post(f"/customers/{claimed.pk}/delete").status_code == 409


def test_without_the_right_nobody_deletes_whatever_there_is(crew, at, free):
    own = customer("甲公司", crew.lin)
    with nothing_changes():
        for pk in (free.pk, own.pk, 987654):
            assert at(crew.lin).delete(f"customers/{pk}").error == (403, "forbidden", NO_RIGHT)
            assert browser(crew.lin).post(f"/customers/{pk}/delete").status_code == 403
        assert at(crew.lin).post("customers/actions/delete", ids=[free.pk]).status == 403


def test_a_customer_out_of_range_and_one_that_does_not_exist_answer_alike(crew, at):
    foreign = customer("甲公司", crew.chen)
    with nothing_changes():
        for pk in (foreign.pk, 987654):
            assert at(crew.manager).delete(f"customers/{pk}").error == (404, "not_found", NOT_FOUND)


@pytest.mark.spec("LST-09")
def test_many_are_deleted_at_once_and_each_refused_one_says_why(crew, at, free):
    second, claimed, foreign = customer("甲公司"), customer("乙公司", crew.lin), customer("丙公司", crew.chen)
    answer = at(crew.manager).post("customers/actions/delete", ids=ids([free, claimed, foreign, second]))
    assert answer.json["results"] == [
        {"id": free.pk, "ok": True},
        {"id": claimed.pk, "ok": False, "code": "claimed", "message": "该客户已被小林领用，不能删除，请先归还或收回。"},
        {"id": foreign.pk, "ok": False, "code": "not_found", "message": NOT_FOUND},
        {"id": second.pk, "ok": True},
    ]
    assert set(Customer.objects.values_list("pk", flat=True)) == {claimed.pk, foreign.pk}
    counts_are_true()


@pytest.mark.spec("ORG-08")
def test_the_button_stands_in_the_pool_alone_and_only_with_the_right(crew, free):
    def button(who, view):
        return 'data-deed="delete"' in browser(who).get(f"/customers?view={view}").content.decode()

    assert [button(crew.manager, view) for view in ("mine", "shared", "pool")] == [False, False, True]
    assert [button(crew.lin, view) for view in ("mine", "shared", "pool")] == [False, False, False]


@pytest.mark.spec("CUS-07")
def test_the_question_says_how_many_contacts_go_along(crew, free):
    page = browser(crew.manager)
    with nothing_changes():
        text = page.get(f"/customers/{free.pk}/delete").content.decode()
    assert "删除「杭州商策科技有限公司」" in text
    assert "2 个联系人将一起移到回收站" in text
    assert page.post(f"/customers/{free.pk}/delete").status_code == 303
    assert not Customer.objects.exists()


@pytest.mark.spec("CUS-07")
def test_the_recycle_bin_holds_the_whole_tree(crew, at, free):
    at(crew.manager).delete(f"customers/{free.pk}")
    kept = RecycleBin.objects.get()
    assert (kept.kind, kept.record_id, kept.title, kept.by) == (
        "customer",
        free.pk,
        "杭州商策科技有限公司",
        crew.manager,
    )
    rows = [(row["model"], row["values"].get("name", "")) for row in kept.tree["rows"]]
    assert rows[0] == ("customers.customer", "杭州商策科技有限公司")
    assert sorted(rows[1:]) == [
        ("customers.contact", "李四"), ("customers.contact", "赵六"), ("customers.ownershipchange", ""), ("customers.ownershipchange", ""),
    ]  # fmt: skip


@pytest.mark.spec("CUS-07")
def test_put_back_it_is_all_there_again_under_the_same_ids(crew, at, free):
    models = (Customer, Contact, OwnershipChange)
    before = {model: list(model.objects.order_by("pk").values()) for model in models}
    at(crew.manager).delete(f"customers/{free.pk}")
    with journal(by=crew.admin, deed="recycle-bin.restore") as log:
        put_back(log, RecycleBin.objects.get())
    assert {model: list(model.objects.order_by("pk").values()) for model in models} == before
    assert not RecycleBin.objects.exists()
    assert at(crew.manager).names("pool", q="商策") == ["杭州商策科技有限公司"]
    assert at(crew.lin).post(f"customers/{free.pk}/claim").status == 200
    assert at(crew.lin).names("mine", q="李四") == ["杭州商策科技有限公司"]
    counts_are_true()


def test_the_number_of_a_deleted_customer_is_not_given_again(crew, at, free):
    number = free.number
    at(crew.manager).delete(f"customers/{free.pk}")
    following = customer("乙公司").number
    assert following > number
    assert int(following[-4:]) == int(number[-4:]) + 1


@pytest.mark.spec("CUS-05")
def test_the_name_of_a_deleted_customer_may_be_used_again(crew, at, free):
    at(crew.manager).delete(f"customers/{free.pk}")
    assert at(crew.lin).post("customers", name="杭州商策科技有限公司").status == 201


def test_a_customer_that_others_name_as_their_parent_stays(crew, at, free):
    customer("商策苏州分公司", crew.lin, parent=free.pk)
    with nothing_changes():
        answer = at(crew.manager).delete(f"customers/{free.pk}")
    assert answer.error == (
        422, "has_children", "「商策苏州分公司」等客户的上级客户是它，不能删除，请先改掉它们的上级客户。",
    )  # fmt: skip


@pytest.mark.spec("CUS-07")
def test_what_an_upper_floor_keeps_at_a_customer_forbids_the_deletion_and_is_named(crew, at, free, monkeypatch):
    monkeypatch.setitem(kit._blockers, "customer", [lambda record: f"「{record}」有 2 份合同，不能删除。"])
    with nothing_changes():
        answer = at(crew.manager).delete(f"customers/{free.pk}")
    assert answer.error == (422, "refused", "「杭州商策科技有限公司」有 2 份合同，不能删除。")
