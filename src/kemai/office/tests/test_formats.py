"""Unified social credit codes and telephone numbers (CUS-01)."""

import pytest

from kemai.office.formats import neat_phone, neat_uscc, phone_kind, uscc_warning


@pytest.mark.parametrize(
    "code",
    [
        "91330212MA2KM0Q0X0",
        "91110108XW8KEMA1C0",
        "52440300TPQ0000AB7",
        "12100000000000000F",
        "９１330212ma2km0q0x0",
        " 91330212 MA2KM0Q0X-0 ",
    ],
)
def test_a_well_formed_credit_code_has_no_warning(code):
    assert uscc_warning(code) is None


@pytest.mark.parametrize(
    ("code", "warning"),
    [
        ("91330212MA2KM0Q0X1", "统一社会信用代码的校验位不符，请核对。"),
        ("91330212MA2KM0QX00", "统一社会信用代码的校验位不符，请核对。"),
        ("330212MA2KM0Q0X", "统一社会信用代码应为18位，现在是15位，请核对。"),
        ("91330212MA2KMOQOXI", "统一社会信用代码中不应出现「OI」，请核对。"),
        ("九1330212MA2KM0Q0X0", "统一社会信用代码中不应出现「九」，请核对。"),
    ],
)
def test_a_doubtful_credit_code_is_warned_of_in_one_sentence(code, warning):
    assert uscc_warning(code) == warning


def test_an_empty_credit_code_has_no_warning():
    assert uscc_warning(" ") is None


def test_a_credit_code_is_stored_in_capitals_without_blanks():
    assert neat_uscc("９１330212 ma2km0q0x-0\n") == "91330212MA2KM0Q0X0"


@pytest.mark.parametrize(
    ("typed", "kind", "neat"),
    [
        ("13800138000", "mobile", "138 0013 8000"),
        ("１３８-0013-8000", "mobile", "138 0013 8000"),
        ("+86 138 0013 8000", "mobile", "138 0013 8000"),
        ("008618311006933", "mobile", "183 1100 6933"),
        ("057487650021", "landline", "0574-8765 0021"),
        ("（0574）8765—0021", "landline", "0574-8765 0021"),
        ("+86 574 8765 0021", "landline", "0574-8765 0021"),
        ("+86-10-87654321", "landline", "010-8765 4321"),
        ("0311-8765432", "landline", "0311-876 5432"),
        ("87650021", "landline", "8765 0021"),
        ("0574-87650021转801", "landline", "0574-8765 0021 转 801"),
        ("0574-87650021-801", "landline", "0574-8765 0021 转 801"),
        ("4008108888", "service", "400-810-8888"),
    ],
)
def test_phone_numbers_are_recognised_and_shown_neatly(typed, kind, neat):
    assert phone_kind(typed) == kind
    assert neat_phone(typed) == neat
    assert neat_phone(neat) == neat


@pytest.mark.parametrize(
    "typed",
    ["12800138000", "1380013800", "0574", "张三 138", "13800138000/87650021", "+1 212 555 0100", "", "٣٨٠٠١٣٨٠٠"],
)
def test_other_text_is_left_as_typed(typed):
    assert phone_kind(typed) is None
    assert neat_phone(f"  {typed} ") == typed
