"""Other people's tables: headers in many tongues, words, regions, cells that hold nothing (IMP-01, IMP-03, IMP-04)."""

import pytest

from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import contact, customer
from kemai.customers.tests.import_support import (
    MOBILE,
    NAME,
    PERSON,
    TEL,
    imported,
    previewed,
    received,
    sheet,
    verdicts,
)
from kemai.kit import import_results, importing
from kemai.kit.errors import Invalid
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import again, employee


def word(name: str) -> DictionaryEntry | None:
    return DictionaryEntry.objects.filter(name=name).first()


@pytest.mark.spec("IMP-02")
def test_columns_are_matched_by_name_synonym_and_content_and_the_rest_is_listed(crew, tmp_path):
    path = sheet(
        tmp_path, ["单位（必填）", "Ａ股 简称", "备忘", "联络方式", "代码", "行业", "所属行业"],
        ["甲骨科技有限公司", "甲骨", "x", "13800138000", "91152201078377449P", "", "软件"],
        ["乙烯化工有限公司", "乙烯", "y", "13900139000", "91152201078377449P", "", "化工"],
    )  # fmt: skip
    run = received(path, crew.admin)
    assert {column["header"]: column["field"] for column in import_results.columns_json(run)} == {
        "单位（必填）": "name", "Ａ股 简称": "short_name", "备忘": "", "联络方式": "contacts.mobile", "代码": "tax_number",
        "行业": "", "所属行业": "industry",
    }  # fmt: skip
    assert import_results.unmatched(run) == ["备忘", "行业"]
    by_hand = received(path, crew.admin, map={"备忘": "remarks", "代码": "", "行业": "industry"})
    assert import_results.unmatched(by_hand) == ["代码", "所属行业"]


@pytest.mark.spec("IMP-02")
def test_a_file_without_a_name_column_asks_which_one_it_is(crew, tmp_path):
    path = sheet(tmp_path, ["股票名称", "行业"], ["平安银行", ""])
    run = previewed(path, crew.admin)
    assert run.columns["missing"] == ["name"]
    with pytest.raises(Invalid, match="没有找到「客户名称」这一列，请指定哪一列是它。"):
        importing.commit(run)
    options = importing.read_options(
        importing.importable("customers", crew.admin), crew.admin, {"map": {"股票名称": "name"}}
    )
    importing.resettle(run, options)
    done = importing.commit(importing.preview(run))
    assert (done.counts, Customer.objects.get().name) == ({"new": 1, "in": 1}, "平安银行")
    with pytest.raises(Invalid, match="文件里没有「全名」这一列。"):
        received(path, crew.admin, map={"全名": "name"})
    with pytest.raises(Invalid, match="没有「nam」这个字段。"):
        received(path, crew.admin, map={"股票名称": "nam"})


@pytest.mark.spec("IMP-04")
def test_untidy_values_are_read_and_wrong_ones_name_their_field(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, "电子邮箱", "税号", "网址", "生日", PERSON, "地址"],
        [" 宁波　海天公司 ", "ｉｎｆｏ＠ｈａｉｔｉａｎ．ｃｏｍ", "９１３３０２", "—", "2024年3月5日", "张伟", "-"],
        ["乙公司", "不是邮箱", "", "", "", "", ""],
        ["丙公司", "", 913302001440731891, "", "", "", ""],
        ["丁公司", "", "", "", "45356", "李娜", ""],
        ["戊公司", "", "", "", "去年", "王芳", ""],
        ["己公司", "", "", "", "2024.3.5", "", ""],
        ["……", "", "", "", "", "", ""],
    )  # fmt: skip
    run = imported(path, crew.admin)
    assert verdicts(run) == [
        (2, "new", ""),
        (3, "error", "电子邮箱的格式不对，应像 name@example.com。"),
        (4, "error", "税号超过 15 位，在表格里按数字保存时已失真，请把该列设为文本后重新填写。"),
        (5, "new", ""),
        (6, "error", "生日应为日期，例如 2026-03-05。"),
        (7, "new", "没有联系人姓名，生日未填写。"),
        (8, "error", "客户名称不能只有标点。"),
    ]
    first = Customer.objects.get(tax_number="913302")
    assert (first.name, first.email, first.website, first.address) == ("宁波 海天公司", "info@haitian.com", "", "")
    assert sorted(str(person.birthday) for person in Contact.objects.all()) == ["2024-03-05", "2024-03-05"]


@pytest.mark.spec("IMP-02", "SYS-01")
def test_new_dictionary_words_are_added_by_who_may_and_otherwise_left_empty(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, "行业", "客户级别"], ["甲公司", "航天器制造", "重要"], ["乙公司", "航天器制造", "特级"]
    )
    run = imported(path, crew.marketing)
    assert verdicts(run) == [
        (2, "new", "客户行业「航天器制造」不在数据字典中，未填写。"),
        (3, "new", "客户行业「航天器制造」不在数据字典中，未填写。 客户级别「特级」不在数据字典中，未填写。"),
    ]
    assert [(one.industry, one.level and one.level.name) for one in Customer.objects.order_by("pk")] == [
        (None, "重要"),
        (None, None),
    ]
    assert word("航天器制造") is None
    other = sheet(tmp_path, [NAME, "行业"], ["丙公司", "航天器制造"], ["丁公司", "航天器制造"], name="b.xlsx")
    run = imported(other, crew.admin)
    assert [verdict for _, verdict, _ in verdicts(run)] == ["new", "new"]
    assert Customer.objects.filter(industry=word("航天器制造")).count() == 2
    assert word("航天器制造").created_by == crew.admin


@pytest.mark.spec("IMP-02", "SYS-01")
def test_a_number_that_stands_for_a_word_is_never_taken_for_an_id(crew, tmp_path):
    crew.zhou.number = str(crew.lin.pk)
    crew.zhou.save(update_fields=["number"])
    important = word("重要")
    path = sheet(
        tmp_path,
        [NAME, "负责人", "客户级别", "上级客户"],
        ["甲公司", crew.lin.pk, float(important.pk), 1],
        ["乙公司", 99999, "", ""],
    )
    assert verdicts(imported(path, crew.marketing)) == [
        (2, "new", f"客户级别「{important.pk}」不在数据字典中，未填写。 上级客户「1」没有找到，未填写。"),
        (3, "error", "负责人「99999」不存在，或不在您的数据范围内，请从列表中选择。"),
    ]
    made = Customer.objects.get()
    assert (made.owner, made.level, made.parent) == (crew.zhou, None, None)


@pytest.mark.spec("IMP-04")
def test_a_customer_above_is_found_by_number_and_by_its_name_in_whatever_width_and_case(crew, tmp_path):
    group = customer("TCL（集团）股份有限公司", crew.marketing)
    customer("他人的公司", crew.zhou)
    path = sheet(
        tmp_path,
        [NAME, "上级客户"],
        ["甲公司", group.number],
        ["乙公司", "ｔｃｌ(集团)股份有限公司"],
        ["丙公司", "他人的公司"],
    )
    assert verdicts(imported(path, crew.marketing)) == [
        (2, "new", ""),
        (3, "new", ""),
        (4, "new", "上级客户「他人的公司」没有找到，未填写。"),
    ]
    above = dict(Customer.objects.values_list("name", "parent"))
    assert (above["甲公司"], above["乙公司"], above["丙公司"]) == (group.pk, group.pk, None)


@pytest.mark.spec("IMP-02", "SYS-01")
def test_several_spellings_of_a_new_word_become_one_word(crew, tmp_path):
    path = sheet(tmp_path, [NAME, "行业"], ["甲公司", "电商（B2C）"], ["乙公司", "电商(b2c)"], ["丙公司", "电商 B2C"])
    assert imported(path, crew.admin).counts == {"new": 3, "in": 3}
    assert {one.industry.name for one in Customer.objects.select_related("industry")} == {"电商（B2C）"}


@pytest.mark.spec("IMP-02", "ORG-01")
def test_an_owner_whose_name_two_colleagues_bear_is_not_said_to_be_missing(crew, tmp_path):
    employee("liming1", "李明")
    employee("liming2", "李明")
    run = imported(
        sheet(tmp_path, [NAME, "负责人"], ["甲公司", "李明"], ["乙公司", "小林\u200b"], ["丙公司", "无"]),
        crew.marketing,
    )
    assert verdicts(run) == [
        (2, "error", "负责人「李明」有同名的几条，请改用编号等不重复的写法。"),
        (3, "new", ""),
        (4, "new", ""),
    ]
    assert [one.owner for one in Customer.objects.order_by("pk")] == [crew.lin, None]


@pytest.mark.spec("IMP-04", "IMP-06")
def test_cells_that_hold_only_invisible_signs_change_nothing(crew, tmp_path):
    known = customer("甲公司", phone="0571-87654321", remarks="旧", tags=["重点"])
    contact("张三", known, mobile="13800138001")
    nothing = ["\u200b", "\ufeff", "\u200e", "\u200b", "\u200b"]
    path = sheet(
        tmp_path, [NAME, TEL, "备注", "标签", "客户级别", "省份", PERSON, MOBILE], ["甲公司", *nothing, "张三", "\u200b"],
        ["乙公司", *nothing, "\u200b", "'"],
    )  # fmt: skip
    run = imported(path, crew.admin, update=True)
    assert verdicts(run) == [(2, "duplicate", "与已有的客户相同，没有变化。"), (3, "new", "")]
    assert (again(known).phone, again(known).remarks, again(known).tags) == ("0571-87654321", "旧", ["重点"])
    assert Contact.objects.get().mobile == "13800138001"


@pytest.mark.spec("IMP-04")
def test_words_that_people_write_for_a_choice_are_known(crew, tmp_path):
    rows = [
        ["甲公司", "张三", "先生"],
        ["乙公司", "李四", "女士"],
        ["丙公司", "王五", "未知"],
        ["丁公司", "赵六", "男\u200b"],
        ["戊公司", "孙七", "保密"],
    ]
    run = imported(sheet(tmp_path, [NAME, PERSON, "性别"], *rows), crew.admin)
    assert run.counts == {"new": 5, "in": 5}
    assert [one.sex for one in Contact.objects.order_by("pk")] == ["male", "female", "", "male", ""]


@pytest.mark.spec("IMP-04", "SYS-04")
def test_province_city_and_county_make_one_region_and_an_unknown_one_is_named(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, "地区", "省", "市", "区县"],
        ["甲公司", "", "江苏", "苏州", "吴中区"], ["乙公司", "华东", "浙江省", "杭州市", ""], ["丙公司", "江苏省苏州市吴中区", "", "", ""],
        ["丁公司", "", "火星", "", ""], ["戊公司", "", "浙江", "温州", ""],
    )  # fmt: skip
    run = imported(path, crew.admin)
    regions = [one.region and one.region.full_name for one in Customer.objects.order_by("pk")]
    assert regions == ["江苏省 苏州市 吴中区", "浙江省 杭州市", "江苏省 苏州市 吴中区", None, "浙江省"]
    assert verdicts(run)[3:] == [
        (5, "new", "地区「火星」没有识别，未填写。"),
        (6, "new", "地区「浙江 温州」只识别到「浙江省」。"),
    ]


@pytest.mark.spec("IMP-02", "IMP-04")
def test_english_and_traditional_headers_are_known(crew, tmp_path):
    english = ["Company Name", "Contact Person", "Mobile", "Tel", "E-mail", "Job Title", "Tax No.", "Remark", "City"]
    run = received(sheet(tmp_path, english, ["甲公司", *["x"] * 8]), crew.admin)
    assert run.columns["fields"] == [
        "name", "contacts.name", "contacts.mobile", "phone", "email", "contacts.title", "tax_number", "remarks", "city",
    ]  # fmt: skip
    run = received(sheet(tmp_path, ["客戶名稱", "聯絡人", "手機", "電話", "備註"], ["甲公司", *["x"] * 4]), crew.admin)
    assert run.columns["fields"] == ["name", "contacts.name", "contacts.mobile", "phone", "remarks"]


@pytest.mark.spec("IMP-02")
def test_headers_of_other_programs_are_known(crew, tmp_path):
    others = {
        "客户所有人": "owner", "首要联系人": "contacts.name", "上级公司": "parent", "省、市、区/县": "region", "电子邮件": "email",
        "纳税登记号": "tax_number",
    }  # fmt: skip
    run = received(sheet(tmp_path, ["客户名称（必填）", *others], ["甲公司", *["x"] * 6]), crew.admin)
    assert run.columns["fields"] == ["name", *others.values()]
    run = received(sheet(tmp_path, ["Account Name", "Account Owner", "Phone"], ["Bosch", "x", "1"]), crew.admin)
    assert run.columns["fields"] == ["name", "owner", "phone"]


@pytest.mark.spec("IMP-04")
def test_words_for_nothing_are_nothing_and_of_several_addresses_the_first_is_kept(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, "电话", "邮箱", "备注"], ["甲公司", "无", "没有", "无"], ["乙公司", "暂无", "mailto:a@b.cn", ""],
        ["丙公司", "-", "a@b.cn；c@d.cn", ""],
    )  # fmt: skip
    run = imported(path, crew.admin)
    assert verdicts(run) == [(2, "new", ""), (3, "new", ""), (4, "new", "电子邮箱有 2 个，只填写了第一个。")]
    assert [(one.phone, one.email, one.remarks) for one in Customer.objects.order_by("pk")] == [
        ("", "", "无"),
        ("", "a@b.cn", ""),
        ("", "a@b.cn", ""),
    ]


@pytest.mark.spec("IMP-02", "IMP-04")
def test_a_list_without_a_header_goes_in_whole_once_somebody_says_what_its_columns_are(crew, tmp_path):
    path = tmp_path / "无表头.csv"
    path.write_text("杭州云图科技有限公司,张三,13800138000\n宁波海天塑机有限公司,李四,13900139000\n", encoding="gbk")
    run = received(path, crew.admin, map={"第 2 列": "contacts.name"})
    assert run.columns["fields"] == ["name", "contacts.name", "contacts.mobile"]
    assert importing.commit(importing.preview(run)).counts == {"new": 2, "in": 2}
    assert [person.name for person in Contact.objects.order_by("pk")] == ["张三", "李四"]
