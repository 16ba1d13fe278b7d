"""「共享」: colleagues and departments see everything of a customer and change nothing of it (CUS-15, CUS-16)."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from kemai.customers.models import Contact, CustomerShare
from kemai.customers.tests.factories import contact, customer, share
from kemai.customers.tests.support import (
    NO_RIGHT,
    NOT_FOUND,
    Api,
    fresh,
    ids,
    last_log,
    messages_of,
    nothing_changes,
    today,
    with_rights,
)  # fmt: skip
from kemai.kit.moments import COMPANY_ZONE
from kemai.people import services as people
from kemai.people.tests.factories import browser, employee

pytestmark = pytest.mark.spec("CUS-15")


@pytest.fixture
def shangce(crew):
    """A customer of 小林 with phone, remarks and a contact."""
    return customer(
        "杭州商策科技有限公司", crew.lin, phone="0571-88886666", remarks="预算在第三季度",
        contacts=[{"name": "李四", "mobile": "13800138000"}],
    )  # fmt: skip


def sees(api: Api, what) -> bool:
    """Whether a person has the customer: in the shared list and as a record; both doors must agree."""
    listed = what.name in api.names("shared")
    status = api.get(f"customers/{what.pk}").status
    assert status == (200 if listed else 404)
    assert api.get(f"customers/{what.pk}/contacts").status == status
    assert bool(api.get("contacts", q="李四").total) == listed
    return listed


def test_a_colleague_sees_everything_of_it(crew, at, shangce):
    assert not sees(at(crew.zhou), shangce)
    answer = at(crew.lin).post(f"customers/{shangce.pk}/share", employees=["xiaozhou"])
    assert answer.status == 200
    assert sees(at(crew.zhou), shangce)
    record = at(crew.zhou).get(f"customers/{shangce.pk}").json
    assert (record["phone"], record["remarks"], record["owner_display"]) == ("0571-88886666", "预算在第三季度", "小林")
    assert [(row["name"], row["mobile"]) for row in record["contacts"]] == [("李四", "13800138000")]
    assert at(crew.zhou).get(f"customers/{shangce.pk}/ownership").status == 200
    assert at(crew.zhou).get(f"contacts/{Contact.objects.get().pk}").json["mobile"] == "13800138000"
    assert at(crew.zhou).names("mine") == []


def test_the_colleague_is_told_and_the_log_has_it(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", employees=["xiaozhou"])
    assert messages_of(crew.zhou) == ["小林把客户「杭州商策科技有限公司」共享给您。"]
    entry = last_log(shangce)
    assert (entry.deed, entry.by) == ("customer.share", crew.lin)


def test_any_number_of_colleagues_and_departments_at_once(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", employees=["xiaozhou", "kefu"], departments=[crew.south.pk])
    assert [sees(at(who), shangce) for who in (crew.zhou, crew.service, crew.chen, crew.other_manager)] == [True] * 4
    assert not sees(at(crew.marketing), shangce)


def test_a_department_share_reaches_the_departments_below(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", departments=["销售部"])
    assert sees(at(crew.chen), shangce)  # 华南组 lies below 销售部
    assert sees(at(crew.zhou), shangce)
    assert not sees(at(crew.marketing), shangce)


def test_a_share_with_a_department_below_does_not_reach_those_above(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", departments=[crew.south.pk])
    boss_of_sales = employee("fuzong", "副总", "sales_rep", department=crew.sales)
    assert not sees(at(boss_of_sales), shangce)


def test_a_department_share_reaches_its_present_members(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", departments=[crew.south.pk])
    people.employee_change(fresh(crew.marketing), values={"department": crew.south.pk}, by=crew.admin)
    assert sees(at(crew.marketing), shangce)  # who joins sees it at once
    people.employee_change(fresh(crew.chen), values={"department": crew.east.pk}, by=crew.admin)
    assert not sees(at(crew.chen), shangce)  # who leaves it does not


@pytest.mark.spec("ORG-10")
def test_further_departments_count_too(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", departments=[crew.south.pk])
    people.employee_change(fresh(crew.service), values={"departments": [crew.south.pk]}, by=crew.admin)
    assert sees(at(crew.service), shangce)


def test_my_own_customer_shared_with_my_department_stays_among_mine_alone(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", departments=[crew.east.pk])
    assert at(crew.lin).names("mine") == ["杭州商策科技有限公司"]
    assert at(crew.lin).names("shared") == []
    assert at(crew.lin).names("shared", scope="all") == ["杭州商策科技有限公司"]
    assert sees(at(crew.zhou), shangce)


# --- what they may not -------------------------------------------------------------------------------------------------


def test_who_it_is_shared_with_changes_nothing_of_it(crew, at, shangce):
    share(shangce, crew.zhou)
    person = Contact.objects.get(customer=shangce)
    refused = (403, "not_owner", "该客户由小林负责，您不能修改客户资料。")
    with nothing_changes():
        assert at(crew.zhou).patch(f"customers/{shangce.pk}", phone="0571-11112222").error == refused
        assert at(crew.zhou).patch(f"customers/{shangce.pk}", contacts=[]).error == refused
        assert at(crew.zhou).delete(f"customers/{shangce.pk}").status == 403
        page = browser(crew.zhou)
        assert page.get(f"/customers/{shangce.pk}/edit").status_code == 403
        assert page.post(f"/customers/{shangce.pk}", {"name": "改名"}).status_code == 403
        refused = (403, "not_owner", "该客户由小林负责，您不能修改它的联系人。")
        assert at(crew.zhou).post("contacts", customer=shangce.pk, name="王五").error == refused
        assert at(crew.zhou).patch(f"contacts/{person.pk}", mobile="13900139000").error == refused
        assert at(crew.zhou).delete(f"customers/{shangce.pk}/contacts/{person.pk}").error == refused


def test_who_it_is_shared_with_does_not_hand_it_on(crew, at, shangce):
    share(shangce, crew.zhou)
    with nothing_changes():
        refused = (403, "not_owner", "该客户由小林负责，只有负责人可以共享。")
        assert at(crew.zhou).post(f"customers/{shangce.pk}/share", employees=["xiaochen"]).error == refused
        assert at(crew.zhou).post(f"customers/{shangce.pk}/unshare", employees=["xiaozhou"]).error == refused
        assert at(crew.zhou).post(f"customers/{shangce.pk}/release", reason="试试").status == 403
        assert at(crew.zhou).post(f"customers/{shangce.pk}/assign", employee="xiaozhou").status == 403
        assert at(crew.zhou).post(f"customers/{shangce.pk}/claim").error == (
            409,
            "already_claimed",
            "该客户已被小林领用。",
        )


def test_a_supervisor_does_not_share_for_a_subordinate(crew, at, shangce):
    with nothing_changes():
        answer = at(crew.manager).post(f"customers/{shangce.pk}/share", employees=["xiaozhou"])
    assert answer.error == (403, "not_owner", "该客户由小林负责，只有负责人可以共享。")


def test_an_unclaimed_customer_is_not_shared(crew, at):
    free = customer("甲公司")
    with nothing_changes():
        answer = at(crew.boss).post(f"customers/{free.pk}/share", employees=["xiaozhou"])
    assert answer.error == (409, "not_claimed", "该客户未领用，不能共享。")


def test_a_customer_out_of_range_and_one_that_does_not_exist_answer_alike(crew, at):
    foreign = customer("甲公司", crew.chen)
    with nothing_changes():
        for pk in (foreign.pk, 987654):
            answer = at(crew.lin).post(f"customers/{pk}/share", employees=["xiaozhou"])
            assert answer.error == (404, "not_found", NOT_FOUND)


def test_without_the_right_nobody_shares(crew, at):
    helper = with_rights("zhuli", "助理", "customer.view", "customer.add")
    own = customer("甲公司", helper)
    with nothing_changes():
        assert at(helper).post(f"customers/{own.pk}/share", employees=["xiaozhou"]).error == (
            403,
            "forbidden",
            NO_RIGHT,
        )


@pytest.mark.parametrize(
    ("sent", "field", "sentence"),
    [
        ({}, "employees", "请选择同事或部门。"),
        ({"employees": ["xiaolin"]}, "employees", "不用共享给自己。"),
        ({"employees": ["xiaozhou"], "until": "2020-01-01"}, "until", "共享的截止日期不能早于今天。"),
        ({"employees": ["xiaozhou"], "until": "某天"}, "until", "共享至应为日期，例如 2026-03-05。"),
        ({"employees": ["meiyou"]}, "employees", "同事「meiyou」不存在，或不在您的数据范围内，请从列表中选择。"),
        ({"employees": ["zuotian"]}, "employees", "老赵已经离职，请选择在职的同事。"),
    ],
)
def test_a_share_that_makes_no_sense_is_refused(crew, at, shangce, sent, field, sentence):
    people.employee_set_left(employee("zuotian", "老赵", "sales_rep"), by=crew.admin)
    with nothing_changes():
        answer = at(crew.lin).post(f"customers/{shangce.pk}/share", **sent)
    assert answer.error == (422, "invalid", sentence)
    assert answer.json["fields"] == {field: [sentence]}


@pytest.mark.spec("LST-09")
def test_many_are_shared_at_once_and_each_refused_one_says_why(crew, at, shangce):
    second, foreign, free = customer("甲公司", crew.lin), customer("乙公司", crew.chen), customer("丙公司")
    answer = at(crew.lin).post(
        "customers/actions/share", ids=ids([shangce, foreign, free, second]), employees=["xiaozhou"]
    )
    assert [(result["id"], result["ok"], result.get("code")) for result in answer.results] == [
        (shangce.pk, True, None), (foreign.pk, False, "not_found"), (free.pk, False, "not_found"), (second.pk, True, None),
    ]  # fmt: skip
    assert at(crew.zhou).names("shared") == sorted(["杭州商策科技有限公司", "甲公司"])


# --- the end of a share ------------------------------------------------------------------------------------------------


@pytest.mark.spec("CUS-16")
def test_a_share_taken_back_ends_at_once(crew, at, shangce):
    share(shangce, crew.zhou, crew.south)
    assert sees(at(crew.zhou), shangce)
    assert sees(at(crew.chen), shangce)
    assert at(crew.lin).post(f"customers/{shangce.pk}/unshare", employees=["xiaozhou"]).status == 200
    assert not sees(at(crew.zhou), shangce)
    assert sees(at(crew.chen), shangce)
    assert at(crew.lin).post(f"customers/{shangce.pk}/unshare", departments=[crew.south.pk]).status == 200
    assert not sees(at(crew.chen), shangce)


@pytest.mark.spec("CUS-16")
def test_the_tab_lists_the_shares_and_deletes_them(crew, at, shangce):
    share(shangce, crew.zhou, crew.south, until=today() + timedelta(days=7))
    rows = at(crew.lin).get(f"customers/{shangce.pk}/shares").json["items"]
    assert {(row["employee_display"], row["department_display"]) for row in rows} == {("小周", ""), ("", "华南组")}
    assert {row["until"] for row in rows} == {(today() + timedelta(days=7)).isoformat()}
    assert {row["created_by_display"] for row in rows} == {"小林"}
    of_zhou = next(row["id"] for row in rows if row["employee_display"] == "小周")
    assert at(crew.lin).delete(f"customers/{shangce.pk}/shares/{of_zhou}").status == 204
    assert not sees(at(crew.zhou), shangce)
    assert at(crew.lin).get(f"customers/{shangce.pk}/shares").total == 1


@pytest.mark.spec("CUS-16")
def test_the_tab_on_the_page_shows_adds_and_deletes(crew, shangce):
    page = browser(crew.lin)
    assert page.post(f"/customers/{shangce.pk}/share", {"employees": [crew.zhou.pk]}).status_code == 303
    assert "小周" in page.get(f"/customers/{shangce.pk}/tabs/shares").content.decode()
    one = CustomerShare.objects.get()
    assert page.post(f"/customers/{shangce.pk}/tabs/shares/{one.pk}/delete").status_code == 303
    assert CustomerShare.objects.count() == 0


@pytest.mark.spec("CUS-16")
def test_only_the_owner_deletes_a_share(crew, at, shangce):
    share(shangce, crew.zhou)
    one = CustomerShare.objects.get()
    with nothing_changes():
        for who in (crew.zhou, crew.manager):
            refused = (403, "not_owner", "该客户由小林负责，只有负责人可以共享。")
            assert at(who).delete(f"customers/{shangce.pk}/shares/{one.pk}").error == refused
            assert at(who).delete(f"customer-shares/{one.pk}").error == refused
        assert at(crew.chen).delete(f"customers/{shangce.pk}/shares/{one.pk}").status == 404
        assert at(crew.chen).delete(f"customer-shares/{one.pk}").status == 404


@pytest.mark.spec("CUS-16")
def test_an_end_date_is_inclusive(crew, at, shangce, monkeypatch):
    last = today() + timedelta(days=3)
    at(crew.lin).post(
        f"customers/{shangce.pk}/share", employees=["xiaozhou"], departments=[crew.south.pk], until=last.isoformat()
    )
    seen = {}
    for days in (0, 1):
        for hour, minute in ((0, 1), (23, 59)):
            then = datetime.combine(last + timedelta(days=days), datetime.min.time(), COMPANY_ZONE)
            moment = then.replace(hour=hour, minute=minute)
            monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
            assert sees(at(crew.zhou), shangce) == sees(at(crew.chen), shangce)
            seen[days, hour] = sees(at(crew.zhou), shangce)
    assert seen == {(0, 0): True, (0, 23): True, (1, 0): False, (1, 23): False}


@pytest.mark.spec("CUS-16")
def test_sharing_again_changes_the_end_date_alone(crew, at, shangce):
    at(crew.lin).post(f"customers/{shangce.pk}/share", employees=["xiaozhou"], until=today().isoformat())
    at(crew.lin).post(f"customers/{shangce.pk}/share", employees=["xiaozhou"])
    assert list(CustomerShare.objects.values_list("employee__name", "until")) == [("小周", None)]
    assert len(messages_of(crew.zhou)) == 1  # told once


def test_shares_end_on_return_and_recall_and_stay_on_assigning(crew, at):
    returned, recalled, assigned = (customer(name, crew.lin) for name in ("甲公司", "乙公司", "丙公司"))
    for one in (returned, recalled, assigned):
        share(one, crew.chen)
    at(crew.lin).post(f"customers/{returned.pk}/release", reason="无需求")
    at(crew.manager).post(f"customers/{recalled.pk}/recall")
    at(crew.manager).post(f"customers/{assigned.pk}/assign", employee="xiaozhou")
    assert at(crew.chen).names("shared") == ["丙公司"]
    assert at(crew.chen).get(f"customers/{returned.pk}").status == 404
    assert at(crew.chen).get(f"customers/{recalled.pk}").status == 404


def test_a_contact_added_later_is_covered_too(crew, at, shangce):
    share(shangce, crew.zhou)
    contact("孙七", shangce)
    assert [row["name"] for row in at(crew.zhou).get(f"customers/{shangce.pk}").json["contacts"]] == ["李四", "孙七"]
    assert at(crew.zhou).get("contacts").total == 2


def test_who_left_has_no_share_any_more(crew, at, shangce):
    share(shangce, crew.zhou)
    zhou = at(crew.zhou)
    people.employee_set_left(fresh(crew.zhou), by=crew.admin)
    assert zhou.get(f"customers/{shangce.pk}").status == 401
