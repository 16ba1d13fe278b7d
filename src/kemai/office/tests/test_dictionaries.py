"""「数据字典」 (SYS-01, SYS-02, SYS-03) and 「地区」 (SYS-04)."""

import re

import pytest

from kemai.customers.tests.factories import customer
from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.models import RecycleBin
from kemai.office import services
from kemai.office.models import Dictionary, DictionaryEntry, Region
from kemai.office.queries import entry_options, find_entry, find_region
from kemai.office.ready import STATISTICAL_HEADINGS
from kemai.people.start import make_ready
from kemai.people.tests.factories import Team, again, browser, company, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


def entry(name: str, of: str = "customer_level") -> DictionaryEntry:
    return DictionaryEntry.objects.get(dictionary__code=of, name=name)


def add(name: str, crew: Team, of: str = "customer_level", **more) -> DictionaryEntry:
    values = {"dictionary": Dictionary.objects.get(code=of).pk, "name": name, **more}
    return services.entry_create(values, by=crew.admin)


def offered(of: str = "customer_level") -> list[str]:
    return [name for _, name in entry_options(of)]


def words_of(answer) -> str:
    """The page with the characters of its JSON parts as people see them."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), answer.content.decode())


@pytest.mark.spec("SYS-01")
def test_a_new_system_has_the_lists_that_are_asked_for(crew):
    assert offered("customer_category") == ["未分类", "供应商", "经销商", "竞争对手", "上级主管", "其他业务客户"]
    assert offered("customer_level") == ["核心", "重要", "普通", "潜在", "待合作", "黑名单"]
    assert offered("customer_size") == ["大型", "中型", "小型"]
    titles = set(Dictionary.objects.values_list("title", flat=True))
    assert titles >= {
        "客户类别", "客户行业", "客户级别", "客户规模", "客户来源", "客户满意度", "客户服务类型", "联系类型", "重要程度", "社会关系", "销售阶段",
        "费用类型", "付款方式", "文档类型", "快递公司", "计量单位", "公告类型",
    }  # fmt: skip
    for dictionary in Dictionary.objects.all():
        assert dictionary.entries.exists()
    rates = dict(DictionaryEntry.objects.filter(dictionary__code="sales_stage").values_list("name", "rate"))
    assert rates["初步接触"] == 10
    assert None not in rates.values()


@pytest.mark.spec("SYS-01")
def test_entries_are_added_at_the_end_ordered_renamed_and_disabled(crew):
    new = add("战略", crew)
    assert offered()[-1] == "战略"
    services.entry_change(new, values={"position": 0}, by=crew.admin)
    assert offered()[0] == "战略"
    services.entry_change(again(new), values={"name": "战略级"}, by=crew.admin)
    assert offered()[0] == "战略级"
    services.entry_change(again(new), values={"enabled": False}, by=crew.admin)
    assert "战略级" not in offered()
    assert find_entry("customer_level", "战略级") is None


@pytest.mark.spec("SYS-01")
def test_an_entry_in_use_cannot_be_deleted_and_a_disabled_one_stays_where_it_is_used(crew):
    core = entry("核心")
    own = customer("宁波北仑注塑有限公司", crew.lin, level=core.pk)
    with pytest.raises(DomainError, match="「核心」已在「客户」中使用，不能删除，可以停用。") as caught:
        services.entry_delete(core, by=crew.admin)
    assert caught.value.code == "in_use"
    services.entry_change(core, values={"enabled": False}, by=crew.admin)
    assert program(crew.lin).get(f"/api/v1/customers/{own.pk}").json()["level_display"] == "核心"
    refused = program(crew.lin).patch(f"/api/v1/customers/{own.pk}", {"level": "核心"}, content_type="application/json")
    assert refused.status_code == 422


@pytest.mark.spec("SYS-01", "SYS-11")
def test_an_unused_entry_is_deleted_into_the_recycle_bin(crew):
    new = add("临时", crew)
    services.entry_delete(new, by=crew.admin)
    assert "临时" not in offered()
    assert RecycleBin.objects.filter(kind="dictionary-entry", record_id=new.pk).exists()


@pytest.mark.spec("SYS-03")
@pytest.mark.parametrize("name", ["核心", " 核心 ", "核 心", "核心。"])
def test_equal_names_however_written_are_an_error(crew, name):
    with pytest.raises(Invalid, match="已有同名的「核心」"):
        add(name, crew)
    with pytest.raises(Invalid, match="已有同名"):
        services.entry_change(entry("重要"), values={"name": name}, by=crew.admin)


@pytest.mark.spec("SYS-03")
@pytest.mark.parametrize("name", ["。。。", "ﷺ" * 10])
def test_a_name_is_a_name(crew, name):
    with pytest.raises(Invalid):
        add(name, crew)


@pytest.mark.spec("SYS-03")
def test_the_first_row_of_customer_categories_is_fixed(crew):
    first = entry("未分类", "customer_category")
    for deed in (
        lambda: services.entry_change(first, values={"name": "别的"}, by=crew.admin),
        lambda: services.entry_change(first, values={"enabled": False}, by=crew.admin),
        lambda: services.entry_delete(first, by=crew.admin),
    ):
        with pytest.raises(DomainError, match="固定项，不能修改或删除"):
            deed()
    assert program(crew.admin).delete(f"/api/v1/dictionary-entries/{first.pk}").status_code == 422


def test_an_entry_does_not_move_to_another_list(crew):
    other = Dictionary.objects.get(code="customer_size")
    with pytest.raises(Invalid, match="不能移到别的字典"):
        services.entry_change(entry("核心"), values={"dictionary": other.pk}, by=crew.admin)


@pytest.mark.spec("ORG-08")
def test_only_who_may_changes_lists(crew):
    with pytest.raises(Forbidden):
        services.entry_create({"dictionary": 1, "name": "x"}, by=crew.lin)
    api = program(crew.lin)
    assert api.get("/api/v1/dictionaries").status_code == 200
    assert (
        api.patch(
            f"/api/v1/dictionary-entries/{entry('核心').pk}", {"name": "x"}, content_type="application/json"
        ).status_code
        == 403
    )


@pytest.mark.spec("SYS-02")
def test_a_new_title_shows_on_every_screen_at_once(crew):
    own = customer("宁波北仑注塑有限公司", crew.lin)
    client = browser(crew.lin)
    pages = ("/customers", "/customers/new", f"/customers/{own.pk}", "/customers/filter?view=mine")
    for page in pages:
        assert "客户级别" in words_of(client.get(page)), page
    answer = browser(crew.admin).post(
        f"/dictionaries/{Dictionary.objects.get(code='customer_level').pk}", {"title": "客户等级"}
    )
    assert answer.status_code == 303
    for page in pages:
        shown = words_of(client.get(page))
        assert "客户等级" in shown, page
        assert "客户级别" not in shown, page
    wrong = program(crew.lin).patch(f"/api/v1/customers/{own.pk}", {"level": "没有"}, content_type="application/json")
    assert "客户等级" in wrong.json()["message"]


@pytest.mark.spec("SYS-01")
def test_making_ready_again_keeps_what_an_administrator_changed(crew):
    services.entry_delete(entry("黑名单"), by=crew.admin)
    services.dictionary_change(
        Dictionary.objects.get(code="customer_level"), values={"title": "客户等级"}, by=crew.admin
    )
    make_ready()
    assert "黑名单" not in offered()
    assert Dictionary.objects.get(code="customer_level").title == "客户等级"


@pytest.mark.spec("SYS-04")
def test_the_real_divisions_of_china_are_there():
    company(all_regions=True)
    assert Region.objects.filter(parent=None).count() == 34
    assert Region.objects.count() > 3000
    names = dict(Region.objects.values_list("pk", "full_name"))
    for word, name in (
        ("浙江省宁波市北仑区", "浙江省 宁波市 北仑区"), ("浙江宁波北仑", "浙江省 宁波市 北仑区"), ("宁波市", "浙江省 宁波市"), ("上海", "上海市"),
        ("内蒙古", "内蒙古自治区"), ("内蒙", "内蒙古自治区"),
        ("北京朝阳", "北京市 朝阳区"), ("北京市北京市朝阳区", "北京市 朝阳区"), ("重庆市市辖区万州区", "重庆市 万州区"),
        ("重庆云阳", "重庆市 云阳县"), ("河南济源", "河南省 济源市"), ("香港", "香港特别行政区"),
    ):  # fmt: skip
        assert names.get(find_region(None, word)) == name, word
    for word, name in (
        ("长沙", "湖南省 长沙市"), ("湖南省长沙", "湖南省 长沙市"), ("南昌", "江西省 南昌市"), ("朝阳", "辽宁省 朝阳市"),
        ("江苏昆山", "江苏省 苏州市 昆山市"), ("义乌市", "浙江省 金华市 义乌市"), ("广东省佛山市顺德", "广东省 佛山市 顺德区"),
        ("上海浦东", "上海市 浦东新区"), ("中国/浙江省/杭州", "浙江省 杭州市"), ("渝北区", "重庆市 渝北区"),
        ("朝阳区", None), ("普陀区", None), ("江北区", None), ("鼓楼区", None), ("华东", None),
    ):  # fmt: skip
        assert names.get(find_region(None, word)) == name, word
    assert not Region.objects.filter(name__in=STATISTICAL_HEADINGS).exists()
    for word in ("江苏苏州吴中", "苏州市吴中区", "苏州吴中"):
        assert names[find_region(None, word)] == "江苏省 苏州市 吴中区"
    for region in Region.objects.exclude(parent=None).select_related("parent")[:50]:
        assert region.path == f"{region.parent.path}{region.pk}/"


@pytest.mark.spec("SYS-04")
def test_users_add_regions_of_their_own(crew):
    district = Region.objects.get(name="西湖区")
    own = services.region_create({"name": "云栖小镇", "parent": district.pk}, by=crew.admin)
    assert own.full_name == "浙江省 杭州市 西湖区 云栖小镇"
    assert again(own).path == f"{district.path}{own.pk}/"
    with pytest.raises(Invalid, match="这里已有"):
        services.region_create({"name": "云栖小镇", "parent": district.pk}, by=crew.admin)
    with pytest.raises(Invalid, match="全称太长"):
        services.region_create({"name": "长" * 60, "parent": services.region_create({"name": "长" * 60, "parent": own.pk}, by=crew.admin).pk},
                               by=crew.admin)  # fmt: skip


@pytest.mark.spec("SYS-04")
def test_a_region_of_ones_own_is_renamed_and_moved_with_what_lies_below(crew):
    district = Region.objects.get(name="西湖区")
    town = services.region_create({"name": "云栖小镇", "parent": district.pk}, by=crew.admin)
    street = services.region_create({"name": "石龙山街", "parent": town.pk}, by=crew.admin)
    services.region_change(town, values={"name": "云栖", "parent": district.parent_id}, by=crew.admin)
    assert again(street).full_name == "浙江省 杭州市 云栖 石龙山街"
    assert again(street).path == f"{again(town).path}{street.pk}/" == f"{district.parent.path}{town.pk}/{street.pk}/"
    with pytest.raises(Invalid, match="不能是它自己"):
        services.region_change(again(town), values={"parent": street.pk}, by=crew.admin)
    assert again(town).parent_id == district.parent_id


@pytest.mark.spec("SYS-04")
def test_what_the_country_has_divided_stays_and_a_region_in_use_is_not_deleted(crew):
    district = Region.objects.get(name="西湖区")
    for refused in (
        lambda: services.region_change(district, values={"name": "东湖区"}, by=crew.admin),
        lambda: services.region_delete(district, by=crew.admin),
    ):
        with pytest.raises(DomainError, match="「浙江省 杭州市 西湖区」是国家行政区划，不能修改或删除。"):
            refused()
    town = services.region_create({"name": "云栖小镇", "parent": district.pk}, by=crew.admin)
    street = services.region_create({"name": "石龙山街", "parent": town.pk}, by=crew.admin)
    with pytest.raises(DomainError, match="「浙江省 杭州市 西湖区 云栖小镇」已在「地区」中使用，不能删除。"):
        services.region_delete(town, by=crew.admin)
    services.region_delete(street, by=crew.admin)
    services.region_delete(again(town), by=crew.admin)
    assert not Region.objects.filter(name__in=["云栖小镇", "石龙山街"]).exists()
    assert again(district).name == "西湖区"
