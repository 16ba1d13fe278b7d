"""「指派」: one customer to one colleague, or many in the pool, evenly or by proportions (CUS-13)."""

from collections import Counter

import pytest

from kemai.customers.models import Contact, Customer, CustomerShare
from kemai.customers.rules import spread
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
    with_rights,
)  # fmt: skip
from kemai.people import services as people
from kemai.people.tests.factories import browser, employee

pytestmark = pytest.mark.spec("CUS-13")


@pytest.fixture
def shangce(crew):
    """A customer of 小林 with a contact."""
    return customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四", "mobile": "13800138000"}])


def unclaimed(count: int) -> list[Customer]:
    return [customer(f"第{number:02d}号客户") for number in range(1, count + 1)]


def spread_over(customers: list[Customer]) -> dict[str, int]:
    """How many of these customers each person has."""
    owners = Customer.objects.filter(pk__in=ids(customers), owner__isnull=False).values_list("owner__name", flat=True)
    return dict(Counter(owners))


# --- one customer ------------------------------------------------------------------------------------------------------


def test_the_owner_hands_a_customer_on_and_has_it_no_more(crew, at, shangce):
    answer = at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou", reason="小林休假")
    assert answer.status == 200
    assert answer.json["owner_display"] == "小周"
    assert "contacts" not in answer.json  # 小林 sees no more than the public information now
    assert at(crew.lin).names("mine") == []
    assert at(crew.lin).get(f"customers/{shangce.pk}").status == 404
    assert at(crew.zhou).names("mine") == ["杭州商策科技有限公司"]
    counts_are_true()


def test_colleagues_are_named_by_login_or_id(crew, at, shangce):
    assert at(crew.lin).post(f"customers/{shangce.pk}/assign", employee=crew.zhou.pk).json["owner"] == crew.zhou.pk
    assert at(crew.zhou).post(f"customers/{shangce.pk}/assign", employee="xiaolin").json["owner"] == crew.lin.pk


def test_the_new_owner_can_change_all_that_belongs_to_it(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
    contact = Contact.objects.get(customer=shangce)  # 小林 has written it
    assert at(crew.zhou).patch(f"customers/{shangce.pk}", phone="0571-88886666").status == 200
    assert at(crew.zhou).patch(f"contacts/{contact.pk}", mobile="13900139000").status == 200
    assert at(crew.zhou).delete(f"customers/{shangce.pk}/contacts/{contact.pk}").status == 204


def test_new_and_former_owner_are_told(crew, at, shangce):
    at(crew.manager).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
    assert messages_of(crew.zhou) == ["王建国把客户「杭州商策科技有限公司」指派给您。"]
    assert messages_of(crew.lin) == ["王建国把您的客户「杭州商策科技有限公司」指派给小周。"]
    assert messages_of(crew.manager) == []


def test_history_and_log_say_from_whom_to_whom_and_why(crew, at, shangce):
    at(crew.manager).post(f"customers/{shangce.pk}/assign", employee="xiaozhou", reason="片区调整")
    assert history(shangce)[-1] == ("小林", "小周", "assign", "王建国", "片区调整")
    entry = last_log(shangce)
    assert (entry.deed, entry.by, entry.note) == ("customer.assign", crew.manager, "片区调整")


def test_shares_stay_until_the_new_owner_ends_them(crew, at, shangce):
    share(shangce, crew.chen, crew.south)
    at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
    assert at(crew.chen).names("shared") == ["杭州商策科技有限公司"]
    with nothing_changes():  # the former owner has no say any more
        assert at(crew.lin).post(f"customers/{shangce.pk}/unshare", employees=["xiaochen"]).status == 404
    assert (
        at(crew.zhou)
        .post(f"customers/{shangce.pk}/unshare", employees=["xiaochen"], departments=[crew.south.pk])
        .status
        == 200
    )
    assert at(crew.chen).names("shared") == []


def test_a_share_with_the_new_owner_is_needed_no_more(crew, at, shangce):
    share(shangce, crew.zhou, crew.chen)
    at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
    assert list(CustomerShare.objects.values_list("employee__name", flat=True)) == ["小陈"]
    assert at(crew.zhou).names("shared") == []


def test_an_owner_needs_no_right_of_assigning(crew, at, shangce):
    assert not crew.lin.access.has("customer.assign")
    assert at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou").status == 200


def test_who_it_is_shared_with_does_not_assign_without_the_right(crew, at, shangce):
    share(shangce, crew.zhou)
    with nothing_changes():
        answer = at(crew.zhou).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
    assert answer.error == (403, "forbidden", "只有负责人或有「客户指派」权限的人可以指派。")


def test_an_unclaimed_one_is_not_assigned_without_the_right(crew, at):
    free = customer("甲公司")
    with nothing_changes():
        answer = at(crew.lin).post(f"customers/{free.pk}/assign", employee="xiaozhou")
    assert answer.error == (403, "forbidden", "只有负责人或有「客户指派」权限的人可以指派。")


def test_with_the_right_one_assigns_what_subordinates_have_and_what_others_shared(crew, at, shangce):
    foreign = customer("甲公司", crew.chen)
    share(foreign, crew.manager)
    for one in (shangce, foreign):
        assert at(crew.manager).post(f"customers/{one.pk}/assign", employee="xiaozhou").status == 200
        assert owner_of(one) == crew.zhou


def test_a_customer_out_of_range_and_one_that_does_not_exist_answer_alike(crew, at):
    foreign = customer("甲公司", crew.chen)
    with nothing_changes():
        for who in (crew.lin, crew.manager, crew.marketing):
            for pk in (foreign.pk, 987654):
                assert at(who).post(f"customers/{pk}/assign", employee="xiaozhou").error == (
                    404,
                    "not_found",
                    NOT_FOUND,
                )


@pytest.mark.spec("ORG-06")
def test_with_org_06_off_a_subordinates_customer_is_out_of_range(crew, at, shangce):
    force_supervisors(False)
    with nothing_changes():
        assert at(crew.manager).post(f"customers/{shangce.pk}/assign", employee="xiaozhou").status == 404


def test_who_has_it_already_does_not_get_it_again(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.manager).post(f"customers/{shangce.pk}/assign", employee="xiaolin")
    assert answer.error == (409, "already_owner", "该客户已由小林负责。")


@pytest.mark.parametrize("sent", [{}, {"employee": None}, {"employees": []}])
def test_without_a_colleague_nothing_happens(crew, at, shangce, sent):
    with nothing_changes():
        answer = at(crew.lin).post(f"customers/{shangce.pk}/assign", **sent)
    assert answer.error == (422, "invalid", "请选择指派给谁。")


def test_a_colleague_who_does_not_exist_or_has_left_gets_nothing(crew, at, shangce):
    people.employee_set_left(crew.zhou, by=crew.admin)
    with nothing_changes():
        assert at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="meiyou").status == 422
        answer = at(crew.lin).post(f"customers/{shangce.pk}/assign", employee="xiaozhou")
        assert answer.error == (422, "invalid", "小周已经离职，请选择在职的同事。")


def test_on_the_page_one_chooses_a_colleague(crew, shangce):
    page = browser(crew.lin)
    assert "指派「杭州商策科技有限公司」" in page.get(f"/customers/{shangce.pk}/assign").content.decode()
    answer = page.post(f"/customers/{shangce.pk}/assign", {"employee": crew.zhou.pk, "reason": "小林休假"})
    assert (answer.status_code, answer["Location"]) == (303, "/customers")  # it is no longer there to look at
    assert owner_of(shangce) == crew.zhou


@pytest.mark.parametrize("view", ["mine", "shared"])
def test_in_my_and_in_the_shared_list_one_assigns_one_at_a_time(crew, view):
    owner = crew.manager if view == "mine" else crew.lin
    two = [customer("甲公司", owner), customer("乙公司", owner)]
    with nothing_changes():
        answer = browser(crew.manager).post(
            f"/customers/actions/assign?view={view}", {"ids": ids(two), "employee": crew.zhou.pk}
        )
    assert answer.status_code == 400
    assert "这里一次只能指派一条记录。" in answer.content.decode()


@pytest.mark.spec("ORG-08")
def test_the_button_stands_in_pool_and_shared_list_only_with_the_right(crew):
    def buttons(who, view):
        return 'data-deed="assign"' in browser(who).get(f"/customers?view={view}").content.decode()

    assert buttons(crew.lin, "mine")
    assert buttons(crew.manager, "mine")
    assert [buttons(crew.lin, view) for view in ("shared", "pool")] == [False, False]
    assert [buttons(crew.manager, view) for view in ("shared", "pool")] == [True, True]


def test_the_right_alone_is_enough_to_assign(crew, at):
    office = with_rights("neiqin", "内勤", "customer.view", "customer.assign")
    free = customer("甲公司")
    assert at(office).post(f"customers/{free.pk}/assign", employee="xiaolin").status == 200
    assert at(office).post(
        "customers/actions/assign", ids=ids(unclaimed(2)), employees=["xiaolin", "xiaozhou"]
    ).done == [True, True]


def test_without_either_right_nobody_assigns(crew, at):
    guest = with_rights("fangke", "访客", "customer.view")
    free = customer("甲公司")
    with nothing_changes():
        for pk in (free.pk, 987654):
            assert at(guest).post(f"customers/{pk}/assign", employee="xiaolin").error == (403, "forbidden", NO_RIGHT)


# --- many at once ------------------------------------------------------------------------------------------------------


def test_many_go_to_one_person(crew, at):
    batch = unclaimed(3)
    answer = at(crew.marketing).post("customers/actions/assign", ids=ids(batch), employee="xiaolin", reason="展会名单")
    assert answer.done == [True, True, True]
    assert spread_over(batch) == {"小林": 3}
    assert history(batch[0]) == [("客户池", "小林", "assign", "市场专员", "展会名单")]
    counts_are_true()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 10])
def test_many_go_evenly_to_several_so_that_counts_differ_by_at_most_one(crew, at, count):
    batch = unclaimed(count)
    at(crew.marketing).post("customers/actions/assign", ids=ids(batch), employees=["xiaolin", "xiaozhou", "xiaochen"])
    counts = [spread_over(batch).get(name, 0) for name in ("小林", "小周", "小陈")]
    assert sum(counts) == count
    assert max(counts) - min(counts) <= 1


def test_many_go_by_given_proportions(crew, at):
    batch = unclaimed(12)
    answer = at(crew.marketing).post(
        "customers/actions/assign", ids=ids(batch), employees=["xiaolin", "xiaozhou", "xiaochen"], weights=[3, 2, 1]
    )
    assert all(answer.done)
    assert spread_over(batch) == {"小林": 6, "小周": 4, "小陈": 2}
    counts_are_true()


@pytest.mark.parametrize(
    ("count", "weights", "counts"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [3, 2, 1], [5, 3, 2]),
        (1, [1, 9], [0, 1]),
        (7, [2, 2], [4, 3]),
        (100, [98, 1, 1], [98, 1, 1]),
        (0, [1, 2], [0, 0]),
    ],
)
def test_proportions_are_kept_as_closely_as_whole_customers_allow(count, weights, counts):
    given = Counter(spread(range(count), range(len(weights)), weights).values())
    assert [given.get(person, 0) for person in range(len(weights))] == counts


@pytest.mark.parametrize("weights", [[1], [1, 2, 3], [0, 1], [-1, 2], [1, 10_001], ["甲", 1]])
def test_proportions_that_make_no_sense_are_refused_as_a_whole(crew, at, weights):
    batch = unclaimed(2)
    with nothing_changes():
        answer = at(crew.marketing).post(
            "customers/actions/assign", ids=ids(batch), employees=["xiaolin", "xiaozhou"], weights=weights
        )
    assert answer.status == 422
    assert list(answer.json["fields"]) == ["weights"]


@pytest.mark.spec("LST-09")
def test_unclaimed_ones_and_claimed_ones_in_range_go_and_the_rest_say_why_not(crew, at, shangce):
    free, foreign, own = customer("甲公司"), customer("乙公司", crew.chen), customer("丙公司", crew.zhou)
    answer = at(crew.manager).post(
        "customers/actions/assign", ids=ids([free, foreign, own, shangce]), employee="xiaozhou"
    )
    assert answer.json["results"] == [
        {"id": free.pk, "ok": True},
        {"id": foreign.pk, "ok": False, "code": "not_found", "message": NOT_FOUND},
        {"id": own.pk, "ok": False, "code": "already_owner", "message": "该客户已由小周负责。"},
        {"id": shangce.pk, "ok": True},
    ]
    assert [owner_of(one) for one in (free, foreign, own, shangce)] == [crew.zhou, crew.chen, crew.zhou, crew.zhou]
    counts_are_true()


def test_what_is_out_of_range_does_not_spoil_the_even_split(crew, at):
    foreign = [customer(f"别人的{number}号", crew.chen) for number in range(3)]
    free = unclaimed(3)
    mixed = [pk for pair in zip(ids(foreign), ids(free), strict=True) for pk in pair]
    at(crew.manager).post("customers/actions/assign", ids=mixed, employees=["xiaolin", "xiaozhou"])
    counts = spread_over(free)
    assert sum(counts.values()) == 3
    assert abs(counts.get("小林", 0) - counts.get("小周", 0)) <= 1


def test_somebody_who_left_among_the_chosen_stops_the_whole_batch(crew, at):
    batch = unclaimed(4)
    people.employee_set_left(crew.zhou, by=crew.admin)
    with nothing_changes():
        answer = at(crew.marketing).post("customers/actions/assign", ids=ids(batch), employees=["xiaolin", "xiaozhou"])
    assert answer.error == (422, "invalid", "小周已经离职，请选择在职的同事。")


def test_without_the_right_only_one_at_a_time(crew, at):
    two = [customer("甲公司", crew.lin), customer("乙公司", crew.lin)]
    with nothing_changes():
        answer = at(crew.lin).post("customers/actions/assign", ids=ids(two), employee="xiaozhou")
    assert answer.error == (403, "forbidden", "一次只能指派一个客户；批量指派需要「客户指派」权限。")
    assert at(crew.lin).post("customers/actions/assign", ids=[two[0].pk], employee="xiaozhou").done == [True]


def test_on_the_page_of_the_pool_a_batch_is_split(crew):
    batch = unclaimed(4)
    answer = browser(crew.marketing).post(
        "/customers/actions/assign?view=pool",
        {"ids": ids(batch), "employees": [crew.lin.pk, crew.zhou.pk], "weights": "3,1"},
    )
    assert answer.status_code == 303
    assert spread_over(batch) == {"小林": 3, "小周": 1}


# --- new ones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["pool", "mine"])
def test_a_new_customer_is_made_and_assigned_in_one_step(crew, at, view):
    answer = at(crew.boss).post(
        f"customers?view={view}", name="上海新客户有限公司", phone="021-66668888", assign_to="xiaoshou"
    )
    assert answer.status == 201
    assert (answer.json["state"], answer.json["owner_display"]) == ("claimed", "王建国")
    made = Customer.objects.get(pk=answer.json["id"])
    assert history(made) == [("客户池", "王建国", "assign", "老总", "")]
    assert messages_of(crew.manager) == ["老总把新客户「上海新客户有限公司」指派给您。"]
    assert at(crew.manager).get(f"customers/{made.pk}").json["phone"] == "021-66668888"
    counts_are_true()


def test_on_the_form_too(crew):
    page = browser(crew.marketing)
    assert "指派给" in page.get("/customers/new?view=pool").content.decode()
    assert (
        page.post("/customers?view=pool", {"name": "上海新客户有限公司", "assign_to": crew.lin.pk}).status_code == 303
    )
    assert Customer.objects.get().owner == crew.lin


def test_a_new_customer_is_not_assigned_without_the_right(crew, at):
    with nothing_changes():
        answer = at(crew.lin).post("customers?view=pool", name="上海新客户有限公司", assign_to="xiaozhou")
    assert answer.error == (403, "forbidden", "指派新客户需要「客户指派」权限。")


def test_a_change_is_no_way_to_assign(crew, at, shangce):
    with nothing_changes():
        assert at(crew.boss).patch(f"customers/{shangce.pk}", assign_to="xiaozhou").status == 422
        for field, value in (("owner", crew.zhou.pk), ("state", "unclaimed"), ("claimed_at", None)):
            answer = at(crew.boss).patch(f"customers/{shangce.pk}", **{field: value})
            assert answer.error == (422, "invalid", "这个字段由系统维护，不能直接填写。")
            assert list(answer.json["fields"]) == [field]


@pytest.mark.spec("CUS-11")
def test_the_customers_of_who_leaves_go_to_the_successor_with_all_that_belongs_to_them(crew, at, shangce):
    helper = employee("zhuguan", "主管", "sales_rep", supervisor=crew.manager)
    share(shangce, crew.chen, helper)
    people.employee_set_left(crew.lin, by=crew.admin, successor=helper.pk)
    assert fresh(shangce).owner == helper
    assert [(one.employee, one.owner) for one in shangce.shares.all()] == [(crew.chen, helper)]
    assert history(shangce)[-1] == ("小林", "主管", "hand_over", "管理员", "小林离职")
    assert [row["name"] for row in at(helper).get(f"customers/{shangce.pk}").json["contacts"]] == ["李四"]
    assert at(crew.chen).names("shared") == ["杭州商策科技有限公司"]
    counts_are_true()
