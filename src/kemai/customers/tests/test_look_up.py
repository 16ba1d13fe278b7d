"""Looking up names over all customers: what is said, what is counted, what is logged (CUS-04)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kemai.customers import rules
from kemai.customers.lookup_services import customer_look_up
from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet
from kemai.office.services import settings_save
from kemai.people.tests.factories import Team, browser, employee, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("CUS-04")]


@pytest.fixture
def crew() -> Team:
    return team()


def names(found) -> list[str]:
    return [one["name"] for one in found.items]


def logged(by) -> list[tuple[str, str]]:
    entries = ChangeSet.objects.filter(by=by, deed="customer.look_up").order_by("pk")
    return list(entries.values_list("note", "title"))


def test_search_finds_all_names_that_contain_the_text_whoever_owns_them_and_says_no_more(crew: Team):
    three_days = timezone.now() - timedelta(days=3)
    theirs = customer("苏州商策咨询公司", crew.chen, phone="0512-62880001")
    Customer.objects.filter(pk=theirs.pk).update(last_contacted_at=three_days)
    customer("上海（商 策）管理公司")
    customer("策商贸易公司", crew.lin)
    found = customer_look_up("商策", by=crew.lin)
    assert list(found.items) == [
        {"name": "上海（商 策）管理公司", "owner": None, "state": "未领用", "days_since_contact": None},
        {"name": "苏州商策咨询公司", "owner": crew.chen.name, "state": "已领用", "days_since_contact": 3},
    ]


def test_fifty_are_listed_and_more_is_said(crew: Team):
    for number in range(51):
        customer(f"商策{number:02d}号门店", crew.chen)
    found = customer_look_up("商策", by=crew.lin)
    assert (len(found.items), found.more) == (50, True)


def test_while_typing_the_same_and_near_names_are_shown_and_in_the_edit_form_not_the_record_itself(crew: Team):
    made = customer("苏州恒泰机械有限公司", crew.chen)
    customer("无锡远望物流有限公司", crew.zhou)
    assert names(customer_look_up("恒泰机械股份公司", by=crew.lin, typing=True)) == [made.name]
    assert names(customer_look_up("苏州恒泰", by=crew.lin, typing=True)) == [made.name]
    assert names(customer_look_up("恒泰机械股份公司", by=crew.lin, typing=True, except_id=made.pk)) == []


def test_each_search_counts_and_what_is_typed_counts_once_for_a_name():
    typed, searched = rules.TYPED, rules.SEARCHED
    made = [
        (typed, "苏州"),
        (typed, "苏州恒泰"),
        (typed, "苏州恒泰机械"),
        (searched, "恒泰"),
        (searched, "恒泰"),
        (typed, "无锡"),
    ]
    assert [rules.look_ups_counted(made[:count]) for count in range(7)] == [0, 1, 1, 1, 2, 3, 4]
    assert rules.look_ups_counted([(typed, "苏州甲"), (typed, "苏州乙")]) == 2


def test_the_limit_of_a_day_refuses_in_a_plain_sentence_and_the_next_day_is_free(crew: Team):
    settings_save({"customer_look_ups_a_day": 2}, by=crew.admin)
    customer("苏州商策咨询公司", crew.chen)
    customer_look_up("商策", by=crew.lin)
    customer_look_up("商策咨", by=crew.lin, typing=True)
    customer_look_up("商策咨询", by=crew.lin, typing=True)  # the same name, further typed
    with pytest.raises(DomainError) as refused:
        customer_look_up("商策", by=crew.lin)
    assert (refused.value.status, refused.value.code) == (429, "look_up_limit")
    assert refused.value.message.startswith("您今天已查询客户名称 2 次，到了每天的上限，请明天再查")
    with pytest.raises(DomainError):
        customer_look_up("无锡远望", by=crew.lin, typing=True)
    assert len(logged(crew.lin)) == 3
    customer_look_up("商策", by=crew.zhou)
    ChangeSet.objects.filter(by=crew.lin).update(at=timezone.now() - timedelta(days=1))
    assert names(customer_look_up("商策", by=crew.lin)) == ["苏州商策咨询公司"]


def test_every_look_up_is_logged_but_the_same_words_typed_again(crew: Team):
    customer_look_up("商策", by=crew.lin)
    customer_look_up("恒泰机械", by=crew.lin, typing=True)
    customer_look_up("恒泰机械", by=crew.lin, typing=True)
    customer_look_up("商策", by=crew.lin)
    assert logged(crew.lin) == [("搜索", "商策"), ("输入时查重", "恒泰机械"), ("搜索", "商策")]
    page = browser(crew.admin).get("/log").content.decode()
    assert "按名称查询客户" in page


def test_a_single_character_is_not_looked_up(crew: Team):
    with pytest.raises(Invalid) as refused:
        customer_look_up("（商）", by=crew.lin)
    assert refused.value.fields == {"text": ["请至少输入 2 个字再搜索。"]}
    assert customer_look_up("商", by=crew.lin, typing=True).items == []
    assert logged(crew.lin) == []


def test_only_who_may_make_or_change_customers_looks_up(crew: Team):
    reader = employee("reader", "读者", rights=["customer.view"])
    with pytest.raises(Forbidden):
        customer_look_up("商策", by=reader)
    assert browser(reader).post("/customers/look_up", {"text": "商策"}).status_code == 403
    assert browser(crew.lin).post("/contacts/look_up", {"text": "商策"}).status_code == 404
    assert logged(reader) == []


def test_the_page_shows_what_was_found_and_the_api_gives_the_same(crew: Team):
    customer("苏州商策咨询公司", crew.chen, address="人民路 8 号")
    page = browser(crew.lin).post("/customers/look_up", {"text": "商策"}).content.decode()
    assert "名称包含「商策」的客户 1 个" in page
    assert "苏州商策咨询公司" in page
    assert "人民路" not in page
    assert (
        "没有名称包含「远望」的客户" in browser(crew.lin).post("/customers/look_up", {"text": "远望"}).content.decode()
    )
    answer = program(crew.lin).post("/api/v1/customers/look_up", {"text": "商策"}, content_type="application/json")
    assert answer.json() == {
        "items": [{"name": "苏州商策咨询公司", "owner": crew.chen.name, "state": "已领用", "days_since_contact": None}], "more": False,
    }  # fmt: skip
    refused = program(crew.lin).post("/api/v1/customers/look_up", {"text": "商"}, content_type="application/json")
    assert (refused.status_code, refused.json()["fields"]) == (422, {"text": ["请至少输入 2 个字再搜索。"]})


def test_new_and_edit_form_have_the_button(crew: Team):
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = browser(crew.lin)
    for address in ("/customers/new", f"/customers/{made.pk}/edit"):
        assert 'data-look-up="/customers/look_up"' in page.get(address).content.decode()


def save(who, **sent):
    return program(who).post("/api/v1/customers", sent, content_type="application/json")


@pytest.mark.spec("CUS-05")
def test_a_refused_save_names_similar_customers_only_within_the_limit_of_a_day(crew: Team):
    settings_save({"customer_look_ups_a_day": 2}, by=crew.admin)
    for name in ("苏州商策咨询公司", "无锡远望物流公司", "宁波港务公司"):
        customer(name, crew.chen)
    for name in ("苏州商策咨询有限公司", "苏州商策咨询有限公司", "无锡远望物流有限公司"):
        answer = save(crew.lin, name=name)
        assert (answer.status_code, answer.json()["code"], len(answer.json()["candidates"])) == (422, "similar", 1)
    refused = save(crew.lin, name="宁波港务有限公司")
    assert (refused.status_code, refused.json()["code"]) == (422, "similar")
    assert "到了每天的上限" in refused.json()["message"]
    assert "宁波港务公司" not in refused.content.decode()
    assert logged(crew.lin) == [(rules.SAVED, "苏州商策咨询有限公司"), (rules.SAVED, "无锡远望物流有限公司")]
    made = save(crew.lin, name="宁波港务有限公司", similar_reason="另一家")
    assert made.status_code == 201


@pytest.mark.spec("CUS-05")
def test_who_tries_one_phone_after_the_other_is_counted_and_who_saves_what_was_typed_is_not(crew: Team):
    customer("苏州商策咨询公司", crew.chen, phone="0512-62880001")
    customer("无锡远望物流公司", crew.chen, phone="0512-62880002")
    customer_look_up("北京试探有限公司", by=crew.lin, typing=True)
    for phone in ("0512-62880001", "0512-62880002", "0512-62880002"):
        assert save(crew.lin, name="北京试探有限公司", phone=phone).json()["code"] == "similar"
    made = logged(crew.lin)
    assert [title for _, title in made] == [
        "北京试探有限公司", "北京试探有限公司 0512-62880001", "北京试探有限公司 0512-62880002",
    ]  # fmt: skip
    assert rules.look_ups_counted(made) == 2
    assert not Customer.objects.filter(name="北京试探有限公司").exists()


@pytest.mark.spec("CUS-05")
def test_a_change_that_is_refused_counts_too(crew: Team):
    customer("苏州商策咨询公司", crew.chen)
    own = customer("无锡远望物流公司", crew.lin)
    answer = program(crew.lin).patch(
        f"/api/v1/customers/{own.pk}", {"name": "苏州商策咨询有限公司"}, content_type="application/json"
    )
    assert answer.json()["code"] == "similar"
    assert logged(crew.lin) == [(rules.SAVED, "苏州商策咨询有限公司")]
    assert Customer.objects.get(pk=own.pk).name == "无锡远望物流公司"
