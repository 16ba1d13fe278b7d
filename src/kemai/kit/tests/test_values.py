"""One value on every door: what people and programs write for it, and what cannot be it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemai.kit.entity import Field
from kemai.kit.errors import Invalid
from kemai.kit.tests.sample.models import SampleLine, SampleOrder, SampleParcel
from kemai.kit.values import (
    BadValue,
    Spec,
    bind,
    day_range,
    days_between,
    plain_number,
    read_all,
    read_date,
    read_moment,
    show_time,
)

pytestmark = pytest.mark.spec("FRM-01", "API-03")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def spec(kind: str = "text", **options) -> Spec:
    return bind(None, Field("value", "数值", kind=kind, **options))


def sentence(one: Spec, raw, door: str = "api") -> str:
    with pytest.raises(BadValue) as refused:
        one.read(raw, None, door)
    return str(refused.value)


@pytest.mark.parametrize(
    "written",
    ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "2026年03月05", "２０２６－０３－０５", " 2026-3-5 ", "2026 年 3 月 5 日", date(2026, 3, 5)],
)  # fmt: skip
def test_days_are_read_in_the_usual_chinese_ways(written):
    assert read_date(written) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30",
        "2026-13-01",
        "26-3-5",
        "明天",
        "",
        "2026-03",
        "20260305",
        20260305,
        None,
        True,
        [],
        "二〇二六年三月五",
        "0001-01-01",
        "0206-03-05",
    ],
)
def test_what_is_no_day_is_none(written):
    assert read_date(written) is None


def test_a_spreadsheets_day_number_is_a_day_in_imports_alone():
    assert read_date(46086, serial=True) == date(2026, 3, 5)
    assert read_date("46086", serial=True) == date(2026, 3, 5)
    assert read_date(46086.75, serial=True) == date(2026, 3, 5)
    assert read_date(0, serial=True) is None
    assert read_date(3_000_000, serial=True) is None
    assert read_date(46086) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-05 14:30", datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI)),
        ("2026-03-05T14:30:15", datetime(2026, 3, 5, 14, 30, 15, tzinfo=SHANGHAI)),
        ("2026年3月5日 9:05", datetime(2026, 3, 5, 9, 5, tzinfo=SHANGHAI)),
        ("2026-03-05T06:30:00Z", datetime(2026, 3, 5, 6, 30, tzinfo=UTC)),
        ("2026-03-05T06:30:00.123+00:00", datetime(2026, 3, 5, 6, 30, tzinfo=UTC)),
        ("2026-03-05T22:30:00-0800", datetime(2026, 3, 6, 14, 30, tzinfo=SHANGHAI)),
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=SHANGHAI)),
    ],
)
def test_moments_are_meant_in_the_companys_zone_unless_they_name_one(written, moment):
    assert read_moment(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-05 24:00", "2026-03-05 12:60", "2026-02-30 12:00", "14:30", "now", 5, None, True, "0001-01-01 00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(written):
    assert read_moment(written) is None


def test_a_day_of_the_company_has_its_own_instants():
    start, end = day_range(date(2026, 3, 5))
    assert start == datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert end == datetime(2026, 3, 5, 16, tzinfo=UTC)
    assert day_range(date.max)[1] == datetime.max.replace(tzinfo=SHANGHAI)


def test_from_the_evening_to_the_next_morning_it_is_a_day():
    evening, morning = datetime(2026, 3, 4, 23, tzinfo=SHANGHAI), datetime(2026, 3, 5, 8, tzinfo=SHANGHAI)
    assert days_between(evening, morning) == 1
    assert days_between(morning, evening) == -1
    assert days_between(datetime(2026, 3, 4, 16, tzinfo=UTC), morning) == 0  # midnight in the company


NUMBERS = {
    "１２３４．５": "1234.5", "1,234.5": "1234.5", "1，234.5": "1234.5", "￥1 234.5": "1234.5", "−3": "-3", " 7 ": "7", 2.5: "2.5", 3: "3",
    "1e3": "1000",
}  # fmt: skip


@pytest.mark.parametrize(("written", "number"), NUMBERS.items())
def test_numbers_are_read_in_full_width_and_with_thousands_and_signs_of_money(written, number):
    assert spec("number").read(written, None, "api") == Decimal(number)


@pytest.mark.parametrize(
    "written", ["多少", "", True, [1], {"a": 1}, "NaN", "Infinity", float("inf"), float("nan"), "1.2.3", "--1"]
)
def test_what_is_no_number_is_refused(written):
    if written == "":
        assert spec("number").read(written, None, "api") is None
    else:
        assert sentence(spec("number"), written) == "数值应为数字。"


def test_numbers_keep_to_what_the_column_holds():
    price, amount = bind(SampleLine, Field("price")), bind(SampleLine, Field("amount"))
    assert price.read("99999999999.9999", None, "api") == Decimal("99999999999.9999")
    assert sentence(price, "1000000000000") == "单价太大了。"
    assert sentence(price, "0.00001") == "单价最多 4 位小数。"
    assert sentence(amount, "1.234") == "金额最多 2 位小数。"
    assert sentence(amount, "1e30") == "金额太大了。"
    position = bind(SampleLine, Field("position", "顺序"))
    assert sentence(position, -1) == "顺序不能小于 0。"
    assert sentence(position, 2**31) == "顺序太大了。"
    assert sentence(position, "1.5") == "顺序应为整数。"
    assert position.read("１２", None, "api") == 12


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(1, "数值应为文字。"), (True, "数值应为文字。"), (["a"], "数值应为文字。"), ({"a": 1}, "数值应为文字。")],
)
def test_text_is_text(raw, shown):
    assert sentence(spec("text"), raw) == shown
    assert sentence(spec("long"), raw) == shown


def test_text_is_tidied_and_measured():
    subject = bind(SampleOrder, Field("subject"))
    assert subject.read("  展会　样品\x00\ud800 ", None, "api") == "展会 样品"
    assert subject.read("名" * 120, None, "api") == "名" * 120
    assert sentence(subject, "名" * 121) == "事由最多 120 个字，现在是 121 个。"
    assert sentence(bind(SampleOrder, Field("remarks")), "长" * 20_001) == "备注最多 20000 个字，现在是 20001 个。"
    assert bind(SampleOrder, Field("remarks")).read("第一行\r\n第二行\n", None, "api") == "第一行\n第二行"


def test_number_cells_of_an_import_become_the_text_that_people_typed():
    assert spec("text").read(13800138000.0, None, "import") == "13800138000"
    assert plain_number(0.5) == "0.5"
    assert sentence(spec("text"), 913205940000000001, "import").startswith("数值超过 15 位")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("是", True),
        ("1", True),
        ("on", True),
        (True, True),
        ("√", True),
        ("否", False),
        ("0", False),
        (False, False),
        ("", False),
        (None, False),
    ],
)
def test_yes_and_no_have_many_words(raw, value):
    assert spec("bool").read(raw, None, "api") is value


@pytest.mark.parametrize("raw", ["也许", 2, ["是"], {"a": 1}])
def test_other_words_are_neither_yes_nor_no(raw):
    assert sentence(spec("bool"), raw) == "数值应为“是”或“否”。"


def test_a_choice_is_read_by_its_code_and_by_its_word():
    state = bind(SampleOrder, Field("state"))
    assert (state.read("draft", None, "api"), state.read("已批准", None, "api")) == ("draft", "approved")
    assert sentence(state, "批了") == "状态只能是：草稿、已提交、已批准、已作废。"
    assert sentence(state, ["draft"]) == "状态只能是：草稿、已提交、已批准、已作废。"


def test_tags_come_as_a_list_or_with_commas():
    assert spec("tags").read("重要，展会、重要;新", None, "api") == ["重要", "展会", "新"]
    assert spec("tags").read(["重要", " 重要 "], None, "api") == ["重要"]
    assert sentence(spec("tags"), [1]) == "数值应是一组词。"
    assert sentence(spec("tags"), ["长" * 31]) == "数值最多 30 个，每个最多 30 个字。"


def test_an_address_is_an_address():
    assert spec("email").read("ＩＮＦＯ@example.com", None, "api") == "INFO@example.com"
    assert sentence(spec("email"), "小林") == "数值的格式不对，应像 name@example.com。"
    assert sentence(spec("url"), "JavaScript:alert(1)") == "数值的格式不对，应像 www.example.com。"


def test_a_required_field_asks_for_itself():
    for raw in ("", None, "  ", "\x00", []):
        assert sentence(spec("text", required=True), raw) == "请填写数值。"


def test_all_mistakes_are_told_at_once_and_what_was_not_sent_is_left_out():
    specs = [bind(SampleParcel, Field(name, required=True)) for name in ("waybill", "sent_on")]
    with pytest.raises(Invalid) as refused:
        read_all(specs, {"waybill": ["x"], "sent_on": "明天"}, None, "api")
    assert refused.value.fields == {"waybill": ["运单号应为文字。"], "sent_on": ["寄出日期应为日期，例如 2026-03-05。"]}
    assert refused.value.message == "有 2 处需要改正：运单号应为文字。"
    assert read_all(specs, {"sent_on": "2026-03-05"}, None, "api", partial=True) == {"sent_on": date(2026, 3, 5)}


def test_a_default_stands_for_what_was_not_sent_but_not_for_what_was_emptied():
    one = spec("int", default=lambda: 5)
    assert read_all([one], {}, None, "api") == {"value": 5}
    assert read_all([one], {"value": ""}, None, "api") == {"value": None}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    raw=ANYTHING,
    kind=st.sampled_from(
        ["text", "long", "int", "number", "date", "time", "bool", "email", "url", "tags", "weights", "password"]
    ),
)
def test_whatever_is_sent_is_read_or_refused_with_a_sentence(raw, kind):
    for door in ("api", "page", "import"):
        try:
            spec(kind).read(raw, None, door)
        except BadValue as error:
            told = str(error)
            assert "数值" in told or "号码" in told


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    "written",
    ["20260305", 20260305, 20260305.0, "2026-03-05 00:00:00", "2026/3/5 14:30", "2026年3月5日 星期四", "2026-03-05（周四）", "2026年3月5号",
     "2026\\3\\5", "二〇二六年三月五日", "二零二六年三月五日"],
)  # fmt: skip
def test_a_day_is_read_as_cells_of_spreadsheets_hold_it(written):
    assert read_date(written, serial=True) == date(2026, 3, 5)


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("written", ["3月5日", "2026年3月", "05/03/2026", "26.3.5", 13800138000, "20261340", True])
def test_what_may_be_several_days_is_none_in_imports_too(written):
    assert read_date(written, serial=True) is None


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    "written",
    ["2026-03-05 下午2:30", "2026/3/5 2:30 PM", "2026年3月5日14时30分", "2026-03-05 14：30", "2026年3月5日 星期四 14点30分", 46086.604166666664,
     "20260305 14:30"],
)  # fmt: skip
def test_a_moment_is_read_as_cells_of_spreadsheets_hold_it(written):
    assert read_moment(written, serial=True) == datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI)


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("written", ["2026-03-05 晚上12点", "2026-03-05 晚上1:30"])
def test_an_hour_of_the_night_that_may_be_of_the_next_day_is_none(written):
    assert read_moment(written, serial=True) is None


@pytest.mark.spec("IMP-04")
def test_a_day_is_read_from_a_moment_that_a_program_wrote():
    assert spec("date").read("2026-03-05T22:30:00.000Z", None, "import") == date(2026, 3, 6)


@pytest.mark.spec("IMP-04")
def test_midnight_and_noon_by_halves_of_the_day():
    assert read_moment("2026-03-05 12:30 AM", serial=True) == datetime(2026, 3, 5, 0, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 12:30 PM", serial=True) == datetime(2026, 3, 5, 12, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 上午12:30", serial=True) == datetime(2026, 3, 5, 0, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 下午12:30", serial=True) == datetime(2026, 3, 5, 12, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 中午1点", serial=True) == datetime(2026, 3, 5, 13, 0, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 早上9点半", serial=True) == datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 25:00", serial=True) is None


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1.3800138001E+10", "13800138001"), (13800138001.0, "13800138001"), ("'13800138001", "13800138001"),
        ("13800138001\n0571-87654321", "13800138001/0571-87654321"),
        ("13800138001.0", "13800138001"), ("1.3800138001E10", "13800138001"), ("1.38E10", "13800000000"), ("1.3800138001e+10", "13800138001"),
        ("1.38001380010E+10", "13800138001"), ("8.7654321E7", "87654321"), ("3E2", "3E2"), ("2.0", "2.0"),
    ],
)  # fmt: skip
def test_a_phone_number_is_read_as_it_was_typed(cell, number):
    assert spec("phone").read(cell, None, "import") == number


@pytest.mark.spec("IMP-04")
def test_a_number_whose_digits_are_lost_is_refused_and_not_kept():
    said = "数值「1.38E+10」是表格缩写的号码，已失真，请把该列设为文本后重新填写。"
    assert sentence(spec("phone"), "1.38E+10", "import") == said
    assert spec("long").read("约 1.38E+10", None, "import") == "约 1.38E+10"


@pytest.mark.spec("IMP-04")
def test_yes_and_no_of_a_spreadsheet_are_words_where_text_is_meant():
    assert spec("text").read(True, None, "import") == "是"
    assert spec("long").read(False, None, "import") == "否"
    assert sentence(spec("text", required=True), True, "import") == "数值应为文字。"
    assert sentence(spec("text"), True, "api") == "数值应为文字。"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 3, 5, 15, 59, 59, 999, tzinfo=UTC), "2026-03-05 23:59"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01 00:00"),
        (datetime(1988, 7, 1, 4, 0, tzinfo=UTC), "1988-07-01 13:00"),  # summer time
        (datetime(1991, 12, 31, 16, 0, tzinfo=UTC), "1992-01-01 00:00"),
        (datetime(2026, 3, 5, 9, 30, tzinfo=ZoneInfo("Europe/Berlin")), "2026-03-05 16:30"),
        (None, ""),
    ],
)
def test_a_moment_is_shown_by_the_clock_of_the_company(moment, shown):
    assert show_time(moment) == shown
