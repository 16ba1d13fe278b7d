"""The same customer twice: the same name is an error, a similar one a warning that asks for a reason (CUS-05)."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone

from kemai.customers import queries
from kemai.customers.models import Customer
from kemai.customers.services import customer_create
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import NOT_FOUND, counts_are_true, fresh, last_log, nothing_changes
from kemai.kit import selfcheck
from kemai.kit.errors import DomainError
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-05")

SAME = [
    "杭州商策科技有限公司",
    " 杭州商策科技有限公司　",
    "杭州 商策 科技 有限公司",
    "杭州商策科技有限公司。",
    "杭州·商策科技（有限公司）",
    "「杭州商策科技有限公司」",
]


@pytest.mark.parametrize("name", SAME)
def test_the_same_name_however_it_is_written_names_the_holder_and_the_owner(crew, at, name):
    customer("杭州商策科技有限公司", crew.lin)
    sentence = "已有同名客户「杭州商策科技有限公司」，由小林负责。"
    with nothing_changes():
        for view in ("mine", "pool"):
            answer = at(crew.zhou).post(f"customers?view={view}", name=name)
            assert answer.error == (422, "same_name", sentence)
            assert answer.json["fields"] == {"name": [sentence]}


def test_width_and_case_make_no_other_name(crew, at):
    customer("ABC（中国）电子", crew.lin)
    with nothing_changes():
        for name in ("abc(中国)电子", "ＡＢＣ（中国）电子", "Abc 中国 电子"):
            assert at(crew.zhou).post("customers", name=name).json["code"] == "same_name"


def test_an_unclaimed_holder_is_named_as_such(crew, at):
    customer("杭州商策科技有限公司")
    with nothing_changes():
        answer = at(crew.zhou).post("customers", name="杭州商策科技有限公司")
    assert answer.error == (422, "same_name", "已有同名客户「杭州商策科技有限公司」，在客户池中未领用。")


def test_a_reason_does_not_let_the_same_name_pass(crew, at):
    customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        answer = at(crew.zhou).post("customers", name="杭州商策科技有限公司", similar_reason="确实是另一家")
    assert answer.json["code"] == "same_name"


def test_on_change_too(crew, at):
    customer("杭州商策科技有限公司", crew.lin)
    other = customer("宁波远洋贸易有限公司", crew.zhou)
    with nothing_changes():
        answer = at(crew.zhou).patch(f"customers/{other.pk}", name="杭州商策科技 有限公司")
    assert answer.error == (422, "same_name", "已有同名客户「杭州商策科技有限公司」，由小林负责。")


def test_writing_ones_own_name_differently_is_no_duplicate(crew, at):
    own = customer("杭州商策科技有限公司", crew.lin)
    assert at(crew.lin).patch(f"customers/{own.pk}", name="杭州商策科技（有限公司）").status == 200
    assert fresh(own).name == "杭州商策科技（有限公司）"


@pytest.mark.parametrize("name", ["（）", "。。。", "—"])
def test_a_name_of_punctuation_alone_is_none(crew, at, name):
    with nothing_changes():
        assert at(crew.lin).post("customers", name=name).error == (422, "invalid", "客户名称不能只有标点。")


def test_on_the_form_the_sentence_stands_beside_the_name_and_what_was_typed_stays(crew):
    customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        answer = browser(crew.zhou).post(
            "/customers?view=mine", {"name": "杭州商策科技有限公司", "phone": "0571-12345678"}
        )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "已有同名客户「杭州商策科技有限公司」，由小林负责。" in text
    assert "0571-12345678" in text


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_one_name_at_the_same_moment_one_wins_and_the_other_reads_who(crew, together):
    people = [crew.lin, crew.zhou, crew.chen, crew.manager]
    results = together(4, lambda number: customer_create({"name": "杭州商策科技有限公司"}, by=people[number]))
    won = [result for result in results if isinstance(result, Customer)]
    assert len(won) == Customer.objects.count() == 1
    for error in [result for result in results if result not in won]:
        assert isinstance(error, DomainError), error
        owner = won[0].owner.name
        assert (error.status, error.code) == (422, "same_name")
        assert error.message == f"已有同名客户「杭州商策科技有限公司」，由{owner}负责。"
    counts_are_true()


def test_a_name_that_somebody_saves_while_similar_ones_are_looked_for_is_the_same_name_not_a_similar_one(
    crew, monkeypatch
):
    look = queries.similar_customers

    def and_meanwhile(**asked):
        monkeypatch.setattr(queries, "similar_customers", look)
        customer("杭州商策科技有限公司", crew.zhou)
        return look(**asked)

    monkeypatch.setattr(queries, "similar_customers", and_meanwhile)
    with pytest.raises(DomainError) as refused:
        customer_create({"name": "杭州商策科技有限公司"}, by=crew.lin)
    assert refused.value.code == "same_name"
    assert refused.value.message == "已有同名客户「杭州商策科技有限公司」，由小周负责。"


# --- similar ones ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"name": "商策科技"}, "名称相似"),
        ({"name": "杭州商策科技股份有限公司"}, "名称相似"),
        ({"name": "商策科技集团"}, "名称相似"),
        ({"name": "浙江杭州商策科技有限责任公司"}, "名称相似"),
        ({"name": "商策科技（杭州）有限公司"}, "名称相似"),
        ({"name": "宁波远洋贸易有限公司", "phone": "0571 8888 6666"}, "电话相同"),
        ({"name": "宁波远洋贸易有限公司", "phone": "+86 0571-88886666"}, "电话相同"),
        ({"name": "宁波远洋贸易有限公司", "tax_number": "91330106ma2b0a1b2c"}, "税号相同"),
        ({"name": "宁波远洋贸易有限公司", "tax_number": "9133 0106 MA2B 0A1B 2C"}, "税号相同"),
    ],
)
def test_a_similar_name_the_same_phone_or_tax_number_is_a_warning_with_the_candidates(crew, at, values, why):
    customer("杭州商策科技有限公司", crew.lin, phone="0571-88886666", tax_number="91330106MA2B0A1B2C")
    with nothing_changes():
        answer = at(crew.zhou).post("customers", **values)
    assert answer.error == (422, "similar", "有 1 个相似的客户，请核对；确实不是同一家，请填写原因后保存。")
    assert answer.json["fields"] == {"similar_reason": ["请填写仍要保存的原因。"]}
    assert answer.json["candidates"] == [
        {"name": "杭州商策科技有限公司", "owner": "小林", "state": "已领用", "days_since_contact": None, "why": why}
    ]


@pytest.mark.parametrize(
    "name", ["上海睿迪恩自动设备有限公司", "上海瑞迪恩自动化设备有限公司", "上海睿迪恩自动化设备厂"]
)
def test_near_spellings_are_candidates_too(crew, at, name):
    customer("上海睿迪恩自动化设备有限公司", crew.lin)
    answer = at(crew.zhou).post("customers", name=name)
    assert [candidate["name"] for candidate in answer.json["candidates"]] == ["上海睿迪恩自动化设备有限公司"]


def test_names_that_differ_by_a_number_are_different_ones(crew, at):
    customer("江苏第二建筑安装工程公司018", crew.lin)
    assert at(crew.zhou).post("customers", name="江苏第二建筑安装工程公司019").status == 201


def test_candidates_tell_name_owner_state_and_days_and_nothing_more(crew, at):
    held = customer(
        "杭州商策科技有限公司", crew.lin, phone="0571-88886666", remarks="预算保密", contacts=[{"name": "李四"}]
    )
    Customer.objects.filter(pk=held.pk).update(last_contacted_at=timezone.now() - timedelta(days=12))
    customer("商策科技（宁波）")
    answer = at(crew.zhou).post("customers", name="商策科技")
    assert answer.json["candidates"] == [
        {
            "name": "杭州商策科技有限公司",
            "owner": "小林",
            "state": "已领用",
            "days_since_contact": 12,
            "why": "名称相似",
        },
        {"name": "商策科技（宁波）", "owner": None, "state": "未领用", "days_since_contact": None, "why": "名称相似"},
    ]
    for hidden in ("0571", "预算保密", "李四", held.number):
        assert hidden not in answer.text


def test_names_that_nobody_can_read_as_chinese_are_similar_too(crew, at):
    customer("Весна（宁波）有限公司", crew.lin)
    customer("Ромашка有限公司", crew.lin)
    answer = at(crew.zhou).post("customers", name="ВЕСНА集团")
    assert [(one["name"], one["why"]) for one in answer.json["candidates"]] == [("Весна（宁波）有限公司", "名称相似")]


def wrong_keys() -> list[str]:
    """What the self-check says of them."""
    return dict(selfcheck.run_checks())["客户名称、电话的查重键正确"]


def test_an_upgrade_gives_names_that_cannot_be_read_the_key_that_they_have_now(crew):
    unread, read = customer("Весна（宁波）有限公司", crew.lin), customer("杭州商策科技有限公司", crew.lin)
    assert (unread.core_pinyin, read.core_pinyin) == ("весна", "shangcekeji")
    Customer.objects.filter(pk=unread.pk).update(core_pinyin="")  # as it was before
    assert wrong_keys() == [f"客户 {unread.pk}「Весна（宁波）有限公司」"]
    migration = import_module("kemai.customers.migrations.0009_fewer_indexes")
    with connection.cursor() as cursor:
        cursor.execute(migration.UNREADABLE)
    assert wrong_keys() == []


def test_with_a_reason_one_saves_on_and_the_reason_is_logged(crew, at):
    customer("杭州商策科技有限公司", crew.lin)
    answer = at(crew.zhou).post("customers", name="商策科技", similar_reason="同名的另一家，在西安")
    assert answer.status == 201
    made = Customer.objects.get(pk=answer.json["id"])
    assert last_log(made).note == "与「杭州商策科技有限公司」等 1 个客户相似，仍保存，原因：同名的另一家，在西安"
    counts_are_true()


def test_a_blank_reason_is_none(crew, at):
    customer("杭州商策科技有限公司", crew.lin)
    with nothing_changes():
        assert at(crew.zhou).post("customers", name="商策科技", similar_reason=" 　").json["code"] == "similar"


def test_a_different_customer_raises_no_warning(crew, at):
    customer("杭州商策科技有限公司", crew.lin, phone="0571-88886666")
    assert at(crew.zhou).post("customers", name="宁波远洋贸易有限公司", phone="0574-87650021").status == 201


def test_a_change_that_does_not_touch_name_phone_or_tax_number_does_not_ask_again(crew, at):
    customer("杭州商策科技有限公司", crew.lin)
    other = customer("商策科技", crew.zhou)
    assert at(crew.zhou).patch(f"customers/{other.pk}", remarks="已核对").status == 200


def test_a_change_that_makes_it_similar_asks_for_a_reason(crew, at):
    customer("杭州商策科技有限公司", crew.lin, phone="0571-88886666")
    other = customer("宁波远洋贸易有限公司", crew.zhou)
    with nothing_changes():
        answer = at(crew.zhou).patch(f"customers/{other.pk}", phone="057188886666")
        assert answer.json["code"] == "similar"
    answer = at(crew.zhou).patch(f"customers/{other.pk}", phone="057188886666", similar_reason="同一栋楼的总机")
    assert answer.status == 200
    assert last_log(other).note == "与「杭州商策科技有限公司」等 1 个客户相似，仍保存，原因：同一栋楼的总机"


def test_on_the_form_the_candidates_stand_and_a_reason_is_asked_for(crew):
    customer("杭州商策科技有限公司", crew.lin, phone="0571-88886666")
    page = browser(crew.zhou)
    with nothing_changes():
        answer = page.post("/customers?view=mine", {"name": "商策科技"})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "杭州商策科技有限公司" in text
    assert "小林" in text
    assert "仍要保存的原因" in text
    assert "0571-88886666" not in text
    assert page.post("/customers?view=mine", {"name": "商策科技", "similar_reason": "另一家"}).status_code == 303


def test_what_is_found_so_opens_no_other_door(crew, at):
    held = customer("杭州商策科技有限公司", crew.lin)
    at(crew.zhou).post("customers", name="商策科技")
    assert at(crew.zhou).get(f"customers/{held.pk}").error == (404, "not_found", NOT_FOUND)
