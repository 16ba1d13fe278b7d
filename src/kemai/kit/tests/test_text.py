"""Folding, similar names, readings and sort keys (CUS-05, LST-02, IMP-04)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kemai.kit import text


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("北京 科技（集团）有限公司", "北京科技集团有限公司"),
        ("北京科技(集团)有限公司", "北京科技集团有限公司"),
        ("ＡＢＣ　Ｃｏ．， Ltd.", "abccoltd"),
        ("㈱山本·商店", "株山本商店"),
        ("A+科技", "a+科技"),
        ("ﬁne\u200bprint", "fineprint"),
        ("，。（）——！%_\"'*", ""),
        ("", ""),
    ],
)
def test_fold_drops_width_case_blanks_and_punctuation(typed, folded):
    assert text.fold(typed) == folded


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=30))
def test_folding_twice_is_folding_once(typed):
    folded = text.fold(typed)
    assert text.fold(folded) == folded
    folded.encode()  # no half characters: every database takes it


def test_clean_line_keeps_what_was_typed_but_blanks_and_invisible_signs():
    assert text.clean_line(" \u3000北京\t科技\u200b（集团） \n有限公司\x00\ufeff ") == "北京 科技（集团） 有限公司"
    assert text.clean_line("ＡＢＣ１２３") == "ＡＢＣ１２３"
    assert text.clean_line("\u200b \ud800") == ""


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("浙江省宁波市海天塑料机械(集团)有限公司", "海天塑料机械"),
        ("海天塑料机械股份有限公司", "海天塑料机械"),
        ("宁波海天塑料机械集团", "海天塑料机械"),
        ("义乌市小商品城集团股份有限公司", "小商品城"),
        ("义乌小商品城", "小商品城"),
        ("内蒙古伊利实业集团股份有限公司", "伊利实业"),
        ("新疆维吾尔自治区喀什地区喀什市天山棉花有限责任公司", "天山棉花"),
        ("恩施土家族苗族自治州恩施市富硒茶有限公司", "富硒茶"),
        ("上海ABC Co., Ltd.", "abc"),
        ("海天（宁波）服装厂", "海天服装"),
    ],
)
def test_core_name_leaves_out_legal_form_brackets_and_region(name, core):
    assert text.core_name(name) == core


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("公司", "公司"),
        ("北京有限公司", "北京"),
        ("（集团）", "集团"),
        ("A公司", "a公司"),
        ("宁波银行股份有限公司", "宁波银行"),
        ("长安汽车股份有限公司", "长安汽车"),
        ("海天有限公司宁波分公司", "海天有限公司宁波分公司"),
        ("！？", ""),
    ],
)
def test_core_name_keeps_enough_to_tell_names_apart(name, core):
    assert text.core_name(name) == core


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("重庆长江轮船", "chong qing chang jiang lun chuan"),
        ("中国银行", "zhong guo yin hang"),
        ("厦门广厦", "xia men guang sha"),
        ("六安行业", "lu an hang ye"),
        ("乐山音乐", "le shan yin yue"),
        ("单县女律", "shan xian nv lv"),
        ("成都都江堰", "cheng du du jiang yan"),
        ("长沙家长", "chang sha jia zhang"),
        ("TCL 科技№3", "t c l ke ji n o 3"),
        ("Ωひら😀", ""),
    ],
)
def test_polyphones_are_read_as_in_names_of_places_and_companies(typed, reading):
    assert text.pinyin_syllables(typed) == reading.split()


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("单雄", "shan xiong"),
        ("曾小平", "zeng xiao ping"),
        ("仇英", "qiu ying"),
        ("解晓东", "xie xiao dong"),
        ("查文", "zha wen"),
        ("任平", "ren ping"),
        ("区健", "ou jian"),
        ("朴树", "piao shu"),
        ("尉迟恭", "yu chi gong"),
        ("万俟雪", "mo qi xue"),
        ("万里", "wan li"),
        ("王单", "wang dan"),
    ],
)
def test_surnames_have_their_own_reading(name, reading):
    assert text.pinyin_syllables(name, person=True) == reading.split()


def test_initials():
    assert text.pinyin_initials("北京（科技）有限公司") == "bjkjyxgs"
    assert text.pinyin_initials("TCL科技3") == "tclkj3"
    assert text.pinyin_initials("解放", person=True) == "xf"
    assert text.pinyin_initials("") == ""


def test_sort_order_is_digits_latin_chinese_by_reading():
    ordered = [
        "123",
        "9号",
        "abc",
        "ABD",
        "TCL科技",
        "阿里",
        "北京",
        "北京a",
        "崇明",
        "重庆",
        "李",
        "李四",
        "立",
        "连战",
        "张三",
        "章四",
        "ひら",
    ]
    assert sorted(set(ordered), key=text.sort_key) == ordered
    assert text.sort_key("重庆A") == "chong 重qing 庆A"
    assert len(text.sort_key("庆" * 300)) == text.SORT_KEY_LENGTH


def test_phone_numbers_are_digits_without_country_code():
    assert text.phone_numbers("0574-8765 0021／+86 138-0013-8000") == ["057487650021", "13800138000"]
    assert text.phone_numbers("（０５７４）８７６５００２１转801；008613900139000") == [
        "057487650021801",
        "13900139000",
    ]
    assert text.phone_numbers("无") == []


@pytest.mark.spec("LST-02")
def test_the_country_code_stands_before_a_number_and_never_inside_it():
    assert text.phone_numbers("154 0086 4777") == ["15400864777"]
    for written in ("+8613800138000", "0086-138 0013 8000", "(+86)13800138000", "(0086)13800138000", "+86-13800138000"):
        assert text.phone_numbers(written) == ["13800138000"]


@pytest.mark.spec("LST-02")
def test_two_numbers_with_a_blank_between_are_two():
    assert text.phone_numbers("13800138000 0571-87654321") == ["13800138000", "057187654321"]
    assert text.phone_numbers("0571 87654321") == ["057187654321"]


def test_grams_of_a_text():
    assert text.index_tokens("云A12（北京）3") == ["a12", "12", "2", "北京", "3", "云", "北", "京"]
    assert text.query_grams("京科") == [("京科", False)]
    assert text.query_grams("云a1") == [("云", False), ("a1", True)]
    assert text.query_grams("80001") == [("800", False), ("000", False), ("001", False)]


def test_words_of_a_search_text():
    assert text.query_words(" 　") is None
    assert text.query_words("北京（科技）　8000 北京科技") == ["北京科技", "8000"]
    assert text.query_words("% _ * \" ' ()") == []
    assert text.query_words("+86138-0013") == ["1380013"]
    assert text.query_words("a" * 300) == ["a" * text.QUERY_LENGTH]


def test_initials_are_cut_into_pieces_of_two_and_three():
    assert text.initials_cuts("bjk") == [["bjk"]]
    assert text.initials_cuts("bjkj") == [["bj", "kj"]]
    assert text.initials_cuts("bjkjy") == [["bj", "kjy"], ["bjk", "jy"]]
    assert text.initials_cuts("abcdefghijk") == [["abcdefghijk"]]
