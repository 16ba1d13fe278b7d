"""One value on every door: what people and programs write for it, and what cannot be it."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemai.kit.entity import Field
from kemai.kit.errors import Invalid
from kemai.kit.tests.sample.models import SampleLine, SampleOrder, SampleParcel
from kemai.kit.values import BadValue, Spec, bind, plain_number, read_all

pytestmark = pytest.mark.spec("FRM-01", "API-03")


def spec(kind: str = "text", **options) -> Spec:
    return bind(None, Field("value", "数值", kind=kind, **options))


def sentence(one: Spec, raw, door: str = "api") -> str:
    with pytest.raises(BadValue) as refused:
        one.read(raw, None, door)
    return str(refused.value)


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
def test_a_day_is_read_from_a_moment_that_a_program_wrote():
    assert spec("date").read("2026-03-05T22:30:00.000Z", None, "import") == date(2026, 3, 6)


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
