"""Every change of owner is kept and shown; every deed stands in the log (CUS-18, SYS-08)."""

import pytest

from kemai.customers.models import OwnershipChange
from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.support import history, nothing_changes
from kemai.kit.models import ChangeSet, RowChange
from kemai.people import services as people
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-18")


@pytest.fixture
def travelled(crew, at):
    """A customer that has been through many hands."""
    made = customer("杭州商策科技有限公司")
    at(crew.lin).post(f"customers/{made.pk}/claim")
    at(crew.lin).post(f"customers/{made.pk}/release", reason="客户暂无需求")
    at(crew.marketing).post(f"customers/{made.pk}/assign", employee="xiaozhou", reason="展会名单")
    at(crew.zhou).post(f"customers/{made.pk}/assign", employee="xiaolin")
    at(crew.manager).post(f"customers/{made.pk}/recall", reason="三个月没有联系")
    at(crew.zhou).post(f"customers/{made.pk}/claim")
    return made


EXPECTED = [
    ("客户池", "小林", "claim", "小林", ""),
    ("小林", "客户池", "release", "小林", "客户暂无需求"),
    ("客户池", "小周", "assign", "市场专员", "展会名单"),
    ("小周", "小林", "assign", "小周", ""),
    ("小林", "客户池", "recall", "王建国", "三个月没有联系"),
    ("客户池", "小周", "claim", "小周", ""),
]
WORDS = {"claim": "领用", "release": "归还", "assign": "指派", "recall": "收回"}


def test_from_to_by_whom_and_why_are_kept_in_order(travelled):
    assert history(travelled) == EXPECTED
    moments = list(OwnershipChange.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)


def test_the_tab_shows_them_the_latest_first(crew, at, travelled):
    answer = at(crew.zhou).get(f"customers/{travelled.pk}/ownership")
    assert answer.total == 6
    rows = [(row["原负责人"], row["新负责人"], row["操作"], row["操作人"], row["原因"]) for row in answer.json["items"]]
    assert rows == [(before, after, WORDS[deed], by, why) for before, after, deed, by, why in reversed(EXPECTED)]
    text = browser(crew.zhou).get(f"/customers/{travelled.pk}/tabs/ownership").content.decode()
    for word in ("市场专员", "展会名单", "三个月没有联系", "客户池"):
        assert word in text


def test_the_time_line_shows_them_the_latest_first(crew, at, travelled):
    items = at(crew.zhou).get(f"customers/{travelled.pk}/timeline").json["items"]
    assert [(item["title"], item["text"]) for item in items] == [
        ("负责人变更：领用", "由 客户池 转给 小周"),
        ("负责人变更：收回", "由 小林 转给 客户池，原因：三个月没有联系"),
        ("负责人变更：指派", "由 小周 转给 小林"),
        ("负责人变更：指派", "由 客户池 转给 小周，原因：展会名单"),
        ("负责人变更：归还", "由 小林 转给 客户池，原因：客户暂无需求"),
        ("负责人变更：领用", "由 客户池 转给 小林"),
        ("客户建档", ""),
    ]
    text = browser(crew.zhou).get(f"/customers/{travelled.pk}").content.decode()
    assert "由 小林 转给 客户池，原因：三个月没有联系" in text


def test_names_stay_readable_when_somebody_has_left(crew, at, travelled):
    people.employee_set_left(crew.lin, by=crew.admin)
    rows = at(crew.zhou).get(f"customers/{travelled.pk}/ownership").json["items"]
    assert rows[-1]["新负责人"] == "小林"


@pytest.mark.spec("CUS-09")
def test_new_and_mine_at_once_is_the_first_change(crew, at):
    made = customer("甲公司", crew.lin)
    assert history(made) == [("客户池", "小林", "create", "小林", "")]
    assert at(crew.lin).get(f"customers/{made.pk}/ownership").json["items"][0]["操作"] == "新建并领用"


def test_a_handing_over_is_a_change_too(crew, at):
    made = customer("甲公司", crew.lin)
    people.employee_set_left(crew.lin, by=crew.admin, successor=crew.zhou.pk)
    assert history(made)[-1] == ("小林", "小周", "hand_over", "管理员", "小林离职")
    assert at(crew.zhou).get(f"customers/{made.pk}/ownership").json["items"][0]["操作"] == "离职交接"


def test_what_is_no_change_of_owner_leaves_no_trace_in_the_history(crew, at):
    made = customer("甲公司", crew.lin)
    before = history(made)
    at(crew.lin).patch(f"customers/{made.pk}", phone="0571-88886666")
    share(made, crew.zhou)
    with nothing_changes():
        at(crew.zhou).post(f"customers/{made.pk}/claim")
        at(crew.lin).post(f"customers/{made.pk}/assign", employee="xiaolin")
    assert history(made) == before


def test_who_may_not_see_the_customer_does_not_see_its_history(crew, at, travelled):
    assert at(crew.lin).get(f"customers/{travelled.pk}/ownership").status == 404  # though 小林 had it once
    assert at(crew.chen).get(f"customers/{travelled.pk}/timeline").status == 404


@pytest.mark.spec("SYS-08")
def test_every_deed_is_one_entry_of_the_log_with_person_door_and_reason(crew, travelled):
    entries = ChangeSet.objects.filter(kind="customer", record_id=travelled.pk).order_by("pk")
    assert [(entry.deed, entry.by.name, entry.door, entry.note) for entry in entries] == [
        ("customer.create", "管理员", "", ""),
        ("customer.claim", "小林", "api", ""),
        ("customer.release", "小林", "api", "客户暂无需求"),
        ("customer.assign", "市场专员", "api", "展会名单"),
        ("customer.assign", "小周", "api", ""),
        ("customer.recall", "王建国", "api", "三个月没有联系"),
        ("customer.claim", "小周", "api", ""),
    ]
    assert {entry.title for entry in entries} == {"杭州商策科技有限公司"}


@pytest.mark.spec("SYS-08")
def test_the_log_keeps_old_and_new_values(crew, at):
    made = customer("甲公司", crew.lin, phone="0571-11111111")
    at(crew.lin).patch(f"customers/{made.pk}", phone="0571-22222222")
    row = RowChange.objects.filter(kind="customer", record_id=made.pk, op="u").latest("pk")
    assert row.before["phone"] == "0571-11111111"
    assert row.after["phone"] == "0571-22222222"
    at(crew.lin).post(f"customers/{made.pk}/release", reason="暂无需求")
    row = RowChange.objects.filter(kind="customer", record_id=made.pk, op="u").latest("pk")
    assert (row.before["owner_id"], row.after["owner_id"]) == (crew.lin.pk, None)
    assert (row.before["state"], row.after["state"]) == ("claimed", "unclaimed")
