"""Tables become customers: what is matched, what becomes of each row, who may (IMP-01 to IMP-06)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.customers import import_writing
from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.tests.factories import contact, customer
from kemai.customers.tests.import_support import (
    imported,
    in_chunks_of,
    killed_after_a_chunk,
    previewed,
    received,
    sheet,
    verdicts,
    whole_database,
)
from kemai.customers.tests.support import counts_are_true, nothing_changes, set_parameter
from kemai.kit import import_reading, import_results, importing, undo
from kemai.kit.errors import Conflict, DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet, Import, ImportChunk, ImportRow
from kemai.office.models import DictionaryEntry, NumberCounter
from kemai.people.tests.factories import again, company, employee, team

NAME, TEL, PERSON, MOBILE = "客户名称", "电话", "联系人", "手机"


def word(name: str) -> DictionaryEntry | None:
    return DictionaryEntry.objects.filter(name=name).first()


@pytest.mark.spec("IMP-01", "IMP-06")
def test_a_row_becomes_a_customer_with_a_main_contact_in_the_pool(crew, tmp_path):
    path = sheet(
        tmp_path, ["公司全称", "省份", "城市", "公司电话", PERSON, MOBILE, "职务", "标签"],
        ["宁波海天塑机有限公司", "浙江", "杭州市", "0571-8618 8888", "张伟", 13800138000, "采购经理", "老客户，重点"],
    )  # fmt: skip
    run = imported(path, crew.marketing)
    assert (run.state, run.counts) == ("done", {"new": 1, "in": 1})
    made = Customer.objects.get()
    assert (made.name, made.owner, made.state, made.phone, made.tags, made.region.full_name) == (
        "宁波海天塑机有限公司", None, "unclaimed", "0571-8618 8888", ["老客户", "重点"], "浙江省 杭州市",
    )  # fmt: skip
    assert (made.phone_digits, made.core_name, made.created_by) == ("057186188888", "海天塑机", crew.marketing)
    person = Contact.objects.get()
    assert (person.customer, person.name, person.mobile, person.title, person.is_main) == (
        made,
        "张伟",
        "13800138000",
        "采购经理",
        True,
    )
    counts_are_true()


@pytest.mark.spec("IMP-02")
def test_the_verdict_of_the_preview_is_the_outcome(crew, tmp_path):
    customer("北京云杉科技有限公司", crew.lin)
    rows = [
        ["北京云杉科技有限公司", ""], ["杭州启明星信息技术有限公司", ""], ["杭州启明星信息技术 有限公司", ""], ["云杉科技（集团）有限公司", ""],
        ["", "0571-86188888"], ["苏州恒达贸易有限公司", "0571-86188888"], ["南京恒通物流有限公司", "0571-86188888"],
    ]  # fmt: skip
    path = sheet(tmp_path, [NAME, TEL], *rows)
    with nothing_changes():
        run = previewed(path, crew.marketing)
    expected = [
        (2, "duplicate", "已有同名客户「北京云杉科技有限公司」，由小林负责。"),
        (3, "new", ""),
        (4, "duplicate", "与第 3 行同名，已跳过。"),
        (5, "similar", "与「北京云杉科技有限公司」名称相似，仍导入，原因：批量导入。"),
        (6, "error", "请填写客户名称。"),
        (7, "new", ""),
        (8, "similar", "与第 7 行电话相同，仍导入，原因：批量导入。"),
    ]
    assert verdicts(run) == expected
    assert run.counts == {"duplicate": 2, "new": 2, "similar": 2, "error": 1}
    assert not ImportRow.objects.filter(of=run, verdict="new", record_id__isnull=False).exists()
    done = importing.commit(run)
    assert verdicts(done) == expected
    assert done.counts == {"duplicate": 2, "new": 2, "similar": 2, "error": 1, "in": 4}
    assert Customer.objects.count() == 5
    entry = ChangeSet.objects.get(deed="customer.import")
    assert (entry.door, entry.by, entry.title) == ("import", crew.marketing, "客户.xlsx")
    assert entry.note == "第 2–8 行；2 行与已有的相似，仍导入，原因：批量导入"


@pytest.mark.spec("IMP-02")
def test_names_that_nobody_can_read_as_chinese_are_similar_too(crew, tmp_path):
    customer("Весна（宁波）有限公司", crew.lin)
    run = previewed(sheet(tmp_path, [NAME], ["ВЕСНА集团"], ["Ромашка有限公司"], ["Ромашка厂"]), crew.marketing)
    assert verdicts(run) == [
        (2, "similar", "与「Весна（宁波）有限公司」名称相似，仍导入，原因：批量导入。"),
        (3, "new", ""),
        (4, "similar", "与第 3 行名称相似，仍导入，原因：批量导入。"),
    ]


def test_similar_rows_stay_out_when_so_chosen(crew, tmp_path):
    customer("北京云杉科技有限公司")
    run = imported(
        sheet(tmp_path, [NAME], ["云杉科技（集团）有限公司"], ["云山科技有限公司"]), crew.marketing, similar="refuse"
    )
    assert verdicts(run) == [
        (2, "similar", "与「北京云杉科技有限公司」名称相似，未导入。"),
        (3, "similar", "与「北京云杉科技有限公司」名称读音相同，未导入。"),
    ]
    assert run.counts == {"similar": 2, "in": 0}
    assert Customer.objects.count() == 1
    assert not ChangeSet.objects.filter(deed="customer.import").exists()


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


@pytest.mark.spec("IMP-06", "CUS-18")
def test_rows_go_to_the_pool_to_me_to_one_owner_or_to_the_owner_named_in_a_column(crew, tmp_path):
    rows = [["甲公司", "小林"], ["乙公司", ""], ["丙公司", "xiaozhou"]]
    owners = {}
    for into in ("", "pool", "mine", "xiaochen"):
        named = [[f"{into or '列'}{name}", owner] for name, owner in rows]
        imported(sheet(tmp_path, [NAME, "负责人"], *named), crew.marketing, into=into)
        made = Customer.objects.order_by("pk").select_related("owner")
        owners[into] = [one.owner.name if one.owner else None for one in made][-3:]
    assert owners == {
        "": ["小林", None, "小周"],
        "pool": [None] * 3,
        "mine": ["市场专员"] * 3,
        "xiaochen": ["小陈"] * 3,
    }
    changes = OwnershipChange.objects.order_by("pk").values_list("deed", "to_owner__name", "by__name")
    assert list(changes)[:3] == [
        ("assign", "小林", "市场专员"),
        ("assign", "小周", "市场专员"),
        ("create", "市场专员", "市场专员"),
    ]
    assert not Customer.objects.filter(state="claimed", claimed_at__isnull=True).exists()
    counts_are_true()


@pytest.mark.spec("IMP-06")
def test_owners_that_nobody_knows_do_no_harm_where_it_is_settled_who_gets_the_rows(crew, tmp_path):
    rows = [["甲公司", "旧系统的人"], ["乙公司", "小林"]]
    path = sheet(tmp_path, [NAME, "负责人"], *rows)
    assert imported(path, crew.marketing, into="pool").counts == {"new": 2, "in": 2}
    assert not Customer.objects.filter(owner__isnull=False).exists()
    other = sheet(tmp_path, [NAME, "负责人"], *[[f"新{name}", owner] for name, owner in rows])
    assert verdicts(previewed(other, crew.marketing))[0][1] == "error"
    assert imported(other, crew.marketing, into="xiaochen").counts == {"new": 2, "in": 2}
    assert Customer.objects.filter(owner=crew.chen).count() == 2


@pytest.mark.spec("IMP-06", "ORG-08")
def test_into_anothers_name_needs_the_right_to_assign(crew, tmp_path):
    clerk = employee("luru", "录入员", rights=["customer.import", "customer.add"])
    path = sheet(tmp_path, [NAME, "负责人"], ["甲公司", "小林"], ["乙公司", "录入员"])
    with nothing_changes(), pytest.raises(Forbidden, match="导入给别人需要「客户指派」权限。"):
        received(path, clerk, into="xiaolin")
    run = imported(path, clerk)
    assert verdicts(run) == [(2, "error", "导入给别人需要「客户指派」权限。"), (3, "new", "")]
    assert Customer.objects.get().owner == clerk
    with pytest.raises(Invalid, match="没有找到职员「王五」，请用 pool、mine 或登录名。"):
        received(path, crew.marketing, into="王五")


@pytest.mark.spec("IMP-06", "ORG-08")
def test_importing_needs_its_right_and_updating_the_right_to_change(crew, tmp_path):
    path = sheet(tmp_path, [NAME], ["甲公司"])
    with nothing_changes(), pytest.raises(Forbidden):
        received(path, crew.lin)
    clerk = employee("luru", "录入员", rights=["customer.import"])
    with nothing_changes(), pytest.raises(Forbidden):
        received(path, clerk, update=True)
    assert imported(path, clerk).counts == {"new": 1, "in": 1}
    run = received(path, clerk)
    run.by = crew.lin
    with pytest.raises(Forbidden):
        importing.commit(run)


@pytest.mark.spec("IMP-06")
def test_an_update_changes_what_is_filled_in_and_leaves_the_rest(crew, tmp_path):
    present = customer(
        "甲公司",
        crew.manager,
        phone="0571-86188888",
        address="旧地址",
        contacts=[{"name": "张伟", "mobile": "13800138000"}, {"name": "李娜"}],
    )
    path = sheet(
        tmp_path, [NAME, TEL, "地址", PERSON, MOBILE, "职务"],
        ["甲 公司", "", "新地址", "李娜", "13900139000", ""], ["乙公司", "0571-86000000", "", "", "", ""], ["甲公司", "", "再新", "", "", ""],
    )  # fmt: skip
    run = imported(path, crew.manager, update=True, into="mine")
    assert verdicts(run) == [(2, "update", ""), (3, "new", ""), (4, "duplicate", "与第 2 行是同一客户，已跳过。")]
    now = again(present)
    assert (now.name, now.phone, now.address, now.version) == ("甲公司", "0571-86188888", "新地址", 2)
    people = list(Contact.objects.filter(customer=present).order_by("pk").values_list("name", "mobile", "is_main"))
    assert people == [("张伟", "13800138000", True), ("李娜", "13900139000", False)]
    assert run.counts == {"update": 1, "new": 1, "duplicate": 1, "in": 2}


@pytest.mark.spec("IMP-06")
def test_an_update_finds_customers_by_number_or_tax_number(crew, tmp_path):
    first = customer("甲公司", crew.manager, tax_number="91152201078377449P")
    second = customer("乙公司", crew.manager)
    path = sheet(
        tmp_path, ["客户编号", NAME], [second.number, "乙公司（新名）"], [first.number, "乙公司"], ["KH0", "丙公司"]
    )
    run = imported(path, crew.manager, update=True, add=False, key="number")
    assert verdicts(run) == [
        (2, "update", ""),
        (3, "error", "已有同名客户「乙公司」。"),
        (4, "error", "没有找到要更新的客户。"),
    ]
    assert (again(second).name, again(second).core_name, again(second).name_folded) == (
        "乙公司（新名）",
        "乙公司",
        "乙公司新名",
    )
    by_tax = sheet(tmp_path, ["税号", "简称"], ["91152201078377449P", "甲"], name="b.xlsx")
    assert imported(by_tax, crew.manager, update=True, add=False, key="tax_number").counts == {"update": 1, "in": 1}
    assert (again(first).short_name, again(first).name) == ("甲", "甲公司")


@pytest.mark.spec("IMP-06", "ORG-04", "ORG-05")
def test_an_update_obeys_range_and_ownership(crew, tmp_path):
    out_of_range = customer("甲公司", crew.chen)
    unclaimed = customer("乙公司")
    subordinates = customer("丙公司", crew.lin)
    clerk = employee("luru", "录入员", rights=["customer.import", "customer.change"])
    path = sheet(tmp_path, [NAME, "地址"], ["甲公司", "新"], ["乙公司", "新"], ["丙公司", "新"])
    run = imported(path, clerk, update=True)
    assert [message for _, _, message in verdicts(run)] == [
        f"客户「{name}」不在您的数据范围内，未更新。" for name in ("甲公司", "乙公司", "丙公司")
    ]
    run = imported(path, crew.manager, update=True)
    assert verdicts(run) == [
        (2, "duplicate", "客户「甲公司」不在您的数据范围内，未更新。"),
        (3, "update", ""),
        (4, "update", ""),
    ]
    assert [again(one).address for one in (out_of_range, unclaimed, subordinates)] == ["", "新", "新"]
    viewer = employee(
        "zhuli", "助理", rights=["customer.import", "customer.change", "customer.view"], ranges={"customer": "all"}
    )
    set_parameter("supervisors_see_all", True)
    run = imported(sheet(tmp_path, [NAME, "地址"], ["甲公司", "再新"]), viewer, update=True)
    assert verdicts(run) == [(2, "error", "该客户由小陈负责，您不能修改客户资料。")]


@pytest.mark.spec("IMP-02", "IMP-06")
@pytest.mark.django_db(transaction=True)
def test_a_preview_of_updates_needs_no_transaction_around_it(tmp_path):
    admin = company()
    customer("甲公司", admin)
    run = previewed(sheet(tmp_path, [NAME, "地址"], ["甲公司", "新地址"]), admin, update=True)
    assert run.counts == {"update": 1}
    assert importing.commit(run).counts == {"update": 1, "in": 1}
    assert undo.undo_import(undo.import_to_undo(run.pk, admin), by=admin).left == []


@pytest.mark.spec("IMP-02")
def test_the_same_file_again_changes_nothing(crew, tmp_path):
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["甲公司", "张伟", "13800138000"], ["乙公司", "", ""])
    imported(path, crew.marketing)
    with nothing_changes():
        run = imported(path, crew.marketing)
        assert run.counts == {"duplicate": 2, "in": 0}
    with nothing_changes():
        assert imported(path, crew.boss, update=True).counts == {"duplicate": 2, "in": 0}


@pytest.mark.spec("IMP-03", "SYS-06")
def test_rows_go_in_in_chunks_of_which_each_is_one_entry_and_numbers_have_no_gap(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 2103)])
    seen = []
    run = received(path, crew.marketing)
    done = importing.commit(run, lambda at, total: seen.append((at, total)))
    assert seen == [(1000, 2102), (2000, 2102), (2102, 2102)]
    assert (done.total, done.done, done.counts) == (2102, 2102, {"new": 2102, "in": 2102})
    assert list(ImportChunk.objects.order_by("pk").values_list("first", "last")) == [
        (2, 1001),
        (1002, 2001),
        (2002, 2103),
    ]
    assert ChangeSet.objects.filter(deed="customer.import").count() == 3
    numbers = sorted(Customer.objects.values_list("number", flat=True))
    assert [int(number[-4:]) for number in numbers] == list(range(1, 2103))
    assert NumberCounter.objects.get(kind="customer").last == 2102
    counts_are_true()


@pytest.mark.spec("IMP-03")
def test_a_killed_import_goes_on_exactly_where_it_stopped(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    names = [f"第{number}号公司" for number in range(1, 1251)]
    rows = [[name, f"0571-8{number:07d}"] for number, name in enumerate(names)]
    rows += [["第3号 公司", ""], ["新公司", "0571-80000004"], ["", "1"]]
    path = sheet(tmp_path, [NAME, TEL], *rows)
    expected = verdicts(previewed(path, crew.marketing))
    run = killed_after_a_chunk(received(path, crew.marketing))
    assert (run.state, run.done, Customer.objects.count()) == ("running", 1000, 1000)
    done = importing.commit(run)
    assert (done.state, Customer.objects.count()) == ("done", 1251)
    assert verdicts(done) == expected
    assert expected[-3:] == [
        (1252, "duplicate", "与第 4 行同名，已跳过。"), (1253, "similar", "与第 6 行电话相同，仍导入，原因：批量导入。"), (1254, "error", "请填写客户名称。"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="这次导入已完成，不能再导入。"):
        importing.commit(done)


@pytest.mark.spec("IMP-03", "SYS-15")
def test_an_import_that_an_earlier_version_began_goes_on_with_larger_chunks(crew, tmp_path, monkeypatch):
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 8)], ["第3号公司"])
    in_chunks_of(2, monkeypatch)
    run = killed_after_a_chunk(received(path, crew.marketing))
    assert (run.done, Customer.objects.count()) == (2, 2)
    in_chunks_of(5, monkeypatch)
    done = importing.commit(run)
    assert (done.done, done.counts) == (8, {"new": 7, "duplicate": 1, "in": 7})
    assert Customer.objects.count() == 7
    assert [*ImportChunk.objects.order_by("pk").values_list("first", "last")] == [(2, 3), (4, 6), (7, 9)]


@pytest.mark.spec("IMP-03")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite keeps what is written")
def test_after_an_import_sqlite_copies_what_is_written_as_often_as_before(crew, tmp_path):
    imported(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA wal_autocheckpoint").fetchone() == (1000,)


@pytest.mark.spec("IMP-03")
def test_a_chunk_that_fails_leaves_nothing_of_itself(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    path = sheet(tmp_path, [NAME, "行业"], *[[f"第{number}号公司", "新行业"] for number in range(1, 1201)])
    run = received(path, crew.admin)
    make = import_writing.make_ready
    monkeypatch.setattr(
        import_writing, "make_ready", lambda row: 1 / 0 if row.values["name"] == "第1100号公司" else make(row)
    )
    with pytest.raises(ZeroDivisionError):
        importing.commit(run)
    run.refresh_from_db()
    assert (run.state, run.done, Customer.objects.count()) == ("failed", 1000, 1000)
    assert run.error == "导入意外中断，已导入的部分保留，可以继续或撤销。"
    counts_are_true()
    monkeypatch.undo()
    assert importing.commit(run).counts == {"new": 1200, "in": 1200}
    assert DictionaryEntry.objects.filter(name="新行业").count() == 1


@pytest.mark.spec("IMP-03")
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_write_one_import_at_once_write_each_row_once(together, tmp_path):
    crew = team()
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 1101)])
    run = received(path, crew.marketing)
    results = together(2, lambda number: importing.commit(Import.objects.get(pk=run.pk)))
    assert sum(isinstance(result, Import) for result in results) >= 1
    assert all(isinstance(result, Import | DomainError) for result in results), results
    run.refresh_from_db()
    assert (run.state, run.counts, Customer.objects.count()) == ("done", {"new": 1100, "in": 1100}, 1100)


@pytest.mark.spec("IMP-03", "CUS-05")
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_names_at_once_make_each_customer_once(together, tmp_path):
    crew = team()
    rows = [[f"第{number}号公司"] for number in range(1, 601)]
    runs = [received(sheet(tmp_path, [NAME], *rows, name=f"{at}.xlsx"), crew.marketing) for at in range(2)]
    results = together(2, lambda number: importing.commit(Import.objects.get(pk=runs[number].pk)))
    assert all(isinstance(result, Import) for result in results), results
    assert Customer.objects.count() == 600
    assert sum(result.counts["in"] for result in results) == 600
    counts_are_true()


@pytest.mark.spec("IMP-03")
def test_refused_rows_come_back_with_their_reason_and_go_in_once_mended(crew, tmp_path):
    path = sheet(
        tmp_path,
        [NAME, "电子邮箱", "备忘"],
        ["甲公司", "a@b.cn", "一"],
        ["乙公司", "不是邮箱", "二"],
        ["", "", "三"],
        ["甲公司", "", "四"],
    )
    run = imported(path, crew.marketing)
    back = tmp_path / "未导入.xlsx"
    assert import_results.write_rejected(run, str(back)) == 2
    mended = received(back, crew.marketing)
    headers, rows = mended.columns["headers"], [cells for _, cells in import_reading.Reading(mended).table.rows()]
    assert headers == [NAME, "电子邮箱", "备忘", "未导入原因"]
    assert rows == [
        ["乙公司", "不是邮箱", "二", "电子邮箱的格式不对，应像 name@example.com。"],
        ["", "", "三", "请填写客户名称。"],
    ]
    again_ = sheet(tmp_path, headers, ["乙公司", "b@b.cn", "二", rows[0][3]], name="b.xlsx")
    assert imported(again_, crew.marketing).counts == {"new": 1, "in": 1}


@pytest.mark.spec("IMP-03")
def test_an_import_is_seen_by_its_author_and_by_who_manages_customers(crew, tmp_path):
    run = imported(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    assert importing.import_of(run.pk, crew.marketing) == run
    assert importing.import_of(run.pk, crew.boss) == run
    for stranger in (crew.lin, crew.service):
        with pytest.raises(DomainError, match="没有找到这次导入。"):
            importing.import_of(run.pk, stranger)
        with pytest.raises(DomainError, match="没有找到这次导入。"):
            undo.import_to_undo(run.pk, stranger)


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


@pytest.mark.spec("IMP-04", "IMP-06")
def test_a_number_without_a_persons_name_is_the_customers_and_is_not_lost(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, TEL, PERSON, MOBILE, "职务"],
        ["甲公司", "", "", 13800138001, ""], ["乙公司", "0571-87654321", "—", "13800138002", "经理"],
        ["丙公司", "", "张三", "13800138003", "经理"], ["丁公司", "1" * 55, "", "13800138004", ""],
    )  # fmt: skip
    expected = [
        (2, "new", "没有联系人姓名，13800138001 记为客户的电话。"),
        (3, "new", "没有联系人姓名，13800138002 记为客户的电话。 没有联系人姓名，职务未填写。"),
        (4, "new", ""),
        (5, "error", "没有联系人姓名，号码与电话合在一起太长，请填写联系人姓名。"),
    ]
    assert verdicts(previewed(path, crew.admin)) == expected
    assert verdicts(imported(path, crew.admin)) == expected
    assert [one.phone for one in Customer.objects.order_by("pk")] == ["13800138001", "0571-87654321/13800138002", ""]
    assert [person.name for person in Contact.objects.all()] == ["张三"]
    again_ = imported(path, crew.admin, update=True)
    assert [verdict for _, verdict, _ in verdicts(again_)] == ["duplicate", "duplicate", "duplicate", "error"]


@pytest.mark.spec("IMP-04", "IMP-06")
def test_an_update_adds_a_number_without_a_name_only_where_nobody_has_it(crew, tmp_path):
    known, other = customer("甲公司", phone="0571-87654321"), customer("乙公司", phone="0571-87654322")
    contact("张三", known, mobile="138 0013 8001")
    path = sheet(tmp_path, [NAME, MOBILE], ["甲公司", "13800138001"], ["乙公司", "13800138002"])
    run = imported(path, crew.admin, update=True)
    assert verdicts(run) == [
        (2, "duplicate", "与已有的客户相同，没有变化。"),
        (3, "update", "没有联系人姓名，13800138002 记为客户的电话。"),
    ]
    assert (again(known).phone, again(other).phone) == ("0571-87654321", "0571-87654322/13800138002")
    assert again(other).phone_digits == "057187654322"


@pytest.mark.spec("IMP-02", "IMP-06")
def test_further_rows_of_a_customer_bring_its_other_contacts(crew, tmp_path):
    path = sheet(
        tmp_path, [NAME, TEL, PERSON, MOBILE],
        ["甲公司", "0571-87654321", "张三", "13800138001"], ["甲公司", "0571-00000000", "李四", "13800138002"],
        ["乙公司", "", "", ""], ["（甲公司）", "", "王五", "13800138003"], ["甲公司", "", "张三", ""], ["乙公司", "", "赵六", ""],
    )  # fmt: skip
    expected = [
        (2, "new", ""),
        (3, "update", "联系人「李四」加入第 2 行的客户。"),
        (4, "new", ""),
        (5, "update", "联系人「王五」加入第 2 行的客户。"),
        (6, "duplicate", "与第 2 行同名，已跳过。"),
        (7, "update", "联系人「赵六」加入第 4 行的客户。"),
    ]
    before = whole_database()
    run = previewed(path, crew.admin)
    assert verdicts(run) == expected
    run = importing.commit(run)
    assert verdicts(run) == expected
    assert run.counts == {"new": 2, "update": 3, "duplicate": 1, "in": 5}
    people = Contact.objects.order_by("pk").values_list("customer__name", "name", "mobile", "is_main")
    assert list(people) == [
        ("甲公司", "张三", "13800138001", True),
        ("甲公司", "李四", "13800138002", False),
        ("甲公司", "王五", "13800138003", False),
        ("乙公司", "赵六", "", True),
    ]
    assert Customer.objects.get(name="甲公司").phone == "0571-87654321"
    second = imported(path, crew.admin)
    assert {verdict for _, verdict, _ in verdicts(second)} == {"duplicate"}
    undo.undo_import(run, by=crew.admin)
    assert whole_database() == before


@pytest.mark.spec("IMP-04", "IMP-06")
def test_a_number_beside_a_further_contact_is_theirs_if_it_is_not_the_customers(crew, tmp_path):
    before = whole_database()
    path = sheet(
        tmp_path, [NAME, PERSON, TEL],
        ["甲公司", "张三", "0571-87654321"], ["甲公司", "李四", "138 0013 8002"], ["甲公司", "王五", "0571-86188888"],
        ["甲公司", "赵六", "0571-87654321"],
    )  # fmt: skip
    run = previewed(path, crew.admin)
    expected = [
        (2, "new", ""),
        (3, "update", "联系人「李四」加入第 2 行的客户。 138 0013 8002 记为「李四」的手机。"),
        (4, "update", "联系人「王五」加入第 2 行的客户。 0571-86188888 记为「王五」的电话。"),
        (5, "update", "联系人「赵六」加入第 2 行的客户。"),
    ]
    assert verdicts(run) == expected
    assert verdicts(importing.commit(run)) == expected
    assert Customer.objects.get().phone == "0571-87654321"
    people = Contact.objects.order_by("pk").values_list("name", "mobile", "phone")
    assert list(people) == [
        ("张三", "", ""), ("李四", "138 0013 8002", ""), ("王五", "", "0571-86188888"), ("赵六", "", ""),
    ]  # fmt: skip
    after = whole_database()
    second = imported(path, crew.admin, update=True)
    assert {verdict for _, verdict, _ in verdicts(second)} == {"duplicate"}
    assert whole_database() == after
    undo.undo_import(run, by=crew.admin)
    assert whole_database() == before


@pytest.mark.spec("IMP-06")
def test_sixty_further_contacts_are_written_in_as_many_statements_as_thirty(crew, tmp_path):
    def statements(company, count):
        rows = [[company, f"{company}联系人{number}"] for number in range(count + 1)]
        run = previewed(sheet(tmp_path, [NAME, PERSON], *rows), crew.admin)
        with CaptureQueriesContext(connection) as asked:
            importing.commit(run)
        assert Contact.objects.filter(customer__name=company).count() == count + 1
        return len(asked)

    statements("甲公司", 30)  # what is asked once is known afterwards
    assert statements("丙公司", 60) == statements("乙公司", 30)


@pytest.mark.spec("IMP-03", "IMP-06")
def test_contacts_of_a_customer_join_it_over_the_border_of_chunks(crew, tmp_path, monkeypatch):
    in_chunks_of(2, monkeypatch)
    present = customer("乙公司", contacts=[{"name": "孙七"}])
    path = sheet(
        tmp_path, [NAME, PERSON], ["甲公司", "张三"], ["乙公司", "孙七"], ["乙公司", "周八"], ["甲公司", "李四"], ["乙公司", "孙七"],
        ["乙公司", "周八"],
    )  # fmt: skip
    run = previewed(path, crew.admin, update=True)
    expected = verdicts(run)
    assert [verdict for _, verdict, _ in expected] == ["new", "duplicate", "update", "update", "duplicate", "duplicate"]
    assert verdicts(importing.commit(run)) == expected
    assert sorted(present.contacts.values_list("name", flat=True)) == ["周八", "孙七"]
    assert Contact.objects.filter(customer__name="甲公司").count() == 2


@pytest.mark.spec("IMP-06", "ORG-05")
def test_who_may_not_add_contacts_imports_the_customers_alone(crew, tmp_path):
    rights = ["customer.view", "customer.add", "customer.change", "customer.import"]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["杭州商策科技有限公司", "李四", "13800138000"])
    run = imported(path, he, into="mine")
    assert verdicts(run) == [(2, "new", "您没有新增联系人的权限，联系人未填写。")]
    assert (Customer.objects.get().owner, Contact.objects.count()) == (he, 0)


@pytest.mark.spec("IMP-06", "ORG-05")
def test_who_may_not_change_contacts_changes_none_by_an_import(crew, tmp_path):
    rights = ["customer.view", "customer.add", "customer.change", "customer.import", "contact.view", "contact.add"]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    customer("杭州商策科技有限公司", he, contacts=[{"name": "李四", "mobile": "13800138000"}])
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["杭州商策科技有限公司", "李四", "13900139000"])
    run = imported(path, he, update=True)
    assert verdicts(run) == [(2, "error", "您没有修改联系人的权限。")]
    assert Contact.objects.get().mobile == "13800138000"


@pytest.mark.spec("IMP-06", "ORG-05")
def test_a_further_row_adds_a_contact_only_where_contacts_may_be_changed(crew, tmp_path):
    rights = [
        "customer.view",
        "customer.add",
        "customer.change",
        "customer.manage",
        "customer.import",
        "contact.view",
        "contact.add",
    ]
    he = employee("xiaohe", "小何", supervisor=crew.manager, rights=rights)
    customer("杭州商策科技有限公司")
    path = sheet(
        tmp_path,
        [NAME, TEL, PERSON],
        ["杭州商策科技有限公司", "0571-86188888", ""],
        ["杭州商策科技有限公司", "", "李四"],
    )
    run = imported(path, he, update=True)
    assert verdicts(run) == [(2, "update", ""), (3, "error", "修改未领用客户的联系人需要「联系人修改删除」权限。")]
    assert not Contact.objects.exists()


@pytest.mark.spec("IMP-06", "FRM-02")
def test_a_contact_that_an_import_adds_is_not_lost_to_a_form_opened_before(crew, tmp_path):
    present = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])
    before = present.version
    imported(sheet(tmp_path, [NAME, PERSON], ["杭州商策科技有限公司", "王五"]), crew.admin, update=True)
    assert (again(present).version, present.contacts.count()) == (before + 1, 2)
