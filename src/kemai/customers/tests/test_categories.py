"""The tree of categories over customers: lists level by level, and records that become categories (LST-11, LST-12, CUS-23)."""

import pytest
from django.test import Client

from kemai.customers.models import Customer
from kemai.customers.tests.factories import contact, customer, share
from kemai.kit.categories import tree_of
from kemai.kit.category_services import node_change, node_create, node_delete
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.journal import journal
from kemai.kit.models import CategoryNode, RecycleBin
from kemai.kit.recycle import put_back
from kemai.kit.testing import snapshot
from kemai.people.tests.factories import Team, again, browser, company, employee, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("LST-11"), pytest.mark.spec("CUS-23")]


@pytest.fixture
def crew() -> Team:
    return team()


def node(name: str, above: CategoryNode | None = None, kind: str = "customer") -> CategoryNode:
    return again(node_create({"kind": kind, "name": name, "parent": above.pk if above else None}, by=company()))


def names(client: Client, query: str, view: str = "mine") -> list[str]:
    answer = client.get(f"/api/v1/customers?view={view}&sort=name&{query}")
    assert answer.status_code == 200, answer.content
    items = answer.json()["items"]
    assert answer.json()["total"] == len(items)
    return [item["name"] for item in items]


@pytest.fixture
def places(crew: Team) -> dict[str, CategoryNode]:
    """华东 with 上海 in it, 华北; 小林 has one customer in each, and one in none."""
    east = node("华东")
    found = {"华东": east, "上海": node("上海", east), "华北": node("华北")}
    for name, place in found.items():
        customer(f"{name}恒泰机械", crew.lin, classification=place.pk)
    customer("散户恒泰机械", crew.lin)
    return found


def test_level_shows_what_stands_directly_in_a_category_and_subtree_all_below(crew: Team, places):
    lin = browser(crew.lin)
    east = places["华东"].pk
    assert names(lin, "mode=level") == ["散户恒泰机械"]
    assert names(lin, f"mode=level&node={east}") == ["华东恒泰机械"]
    assert sorted(names(lin, f"mode=subtree&node={east}")) == ["上海恒泰机械", "华东恒泰机械"]
    assert len(names(lin, "mode=all")) == len(names(lin, "")) == len(names(lin, "mode=subtree")) == 4


def test_who_searches_or_filters_level_by_level_finds_what_stands_below_too(crew: Team, places):
    lin = browser(crew.lin)
    assert len(names(lin, "mode=level&q=恒泰")) == 4
    assert names(lin, f"mode=level&node={places['华东'].pk}&q=上海") == ["上海恒泰机械"]
    assert names(lin, f"mode=level&node={places['华北'].pk}&q=上海") == []


def test_the_page_shows_categories_as_rows_and_the_tree_beside_them(crew: Team, places):
    page = browser(crew.lin).get("/customers?view=mine").content.decode()
    assert f'<tr data-node="{places["华东"].pk}">' in page
    assert f'<tr data-node="{places["上海"].pk}">' not in page
    assert 'id="tree"' in page
    assert "散户恒泰机械" in page
    assert "华东恒泰机械" not in page
    within = browser(crew.lin).get(f"/customers?view=mine&mode=level&node={places['华东'].pk}").content.decode()
    assert f'<tr data-node="{places["上海"].pk}">' in within
    assert "华东恒泰机械" in within


def test_a_company_without_categories_sees_the_plain_list(crew: Team):
    customer("散户恒泰机械", crew.lin)
    page = browser(crew.lin).get("/customers?view=mine").content.decode()
    assert "散户恒泰机械" in page
    for word in ("列表方式", 'id="tree"', "data-mode", "全部分类"):
        assert word not in page


def test_the_pool_shows_no_categories_and_is_not_narrowed_by_them(crew: Team, places):
    lin = browser(crew.lin)
    page = lin.get("/customers?view=pool&mode=level").content.decode()
    assert 'id="tree"' not in page
    assert "列表方式" not in page
    assert "data-node" not in page
    answer = lin.get(f"/api/v1/customers?view=pool&mode=subtree&node={places['华东'].pk}")
    assert (answer.status_code, answer.json()["message"]) == (400, "这个列表不按分类显示。")
    assert "classification" not in lin.get("/api/v1/customers?view=pool").json()["items"][0]
    refused = lin.get("/api/v1/customers", {"view": "pool", "sort": "classification"})
    assert refused.status_code == 400


def test_a_category_that_is_gone_is_not_found_and_the_page_goes_to_the_top(crew: Team, places):
    lin = browser(crew.lin)
    assert lin.get("/api/v1/customers?mode=level&node=999").status_code == 404
    assert lin.get("/api/v1/customers?mode=tree").status_code == 400
    assert "散户恒泰机械" in lin.get("/customers?view=mine&mode=level&node=999").content.decode()


def test_how_one_likes_the_list_is_remembered(crew: Team, places):
    lin = browser(crew.lin)
    for sent in ({"page_size": 20}, {"mode": "all"}, {"tree": False}):
        assert lin.post("/api/v1/customers/layout", sent, content_type="application/json").status_code == 200
    kept = lin.get("/api/v1/customers/layout").json()
    assert (kept["page_size"], kept["mode"], kept["tree"]) == (20, "all", False)
    page = lin.get("/customers?view=mine").content.decode()
    assert "华东恒泰机械" in page
    assert 'id="tree"' not in page
    assert "显示分类结构" in page
    assert browser(crew.zhou).get("/api/v1/customers/layout").json()["mode"] == "level"
    for sent in ("x", None, [1, 1], {"a": 1}):
        wrong = lin.post("/api/v1/customers/layout", {"mode": sent}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_mode")
    assert lin.get("/api/v1/customers/layout").json()["mode"] == "all"


def test_a_customer_gets_its_category_like_any_field_by_id_or_by_its_name(crew: Team, places):
    lin = browser(crew.lin)
    made = lin.post(
        "/api/v1/customers", {"name": "宁波港机械", "classification": "华东 / 上海"}, content_type="application/json"
    )
    assert made.status_code == 201, made.content
    assert (made.json()["classification"], made.json()["classification_display"]) == (places["上海"].pk, "华东 / 上海")
    path = f"/api/v1/customers/{made.json()['id']}"
    assert lin.patch(path, {"classification": places["华北"].pk}, content_type="application/json").status_code == 200
    assert Customer.objects.get(name="宁波港机械").classification_id == places["华北"].pk
    of_people = node("研发", kind="employee")
    refused = lin.patch(path, {"classification": of_people.pk}, content_type="application/json")
    assert refused.status_code == 422
    assert "classification" in refused.json()["fields"]


def test_the_new_form_opens_in_the_category_that_one_is_in(crew: Team, places):
    page = browser(crew.lin).get(f"/customers/new?view=mine&classification={places['上海'].pk}").content.decode()
    assert f'<option value="{places["上海"].pk}" selected>华东 / 上海</option>' in page


# --- arranging the tree ------------------------------------------------------------------------------------------------


def test_a_category_moves_with_what_is_below_it(places):
    sea = node("外滩", places["上海"])
    node_change(places["上海"], values={"parent": places["华北"].pk}, by=company())
    assert tree_of("customer").by_id[sea.pk].full_name == "华北 / 上海 / 外滩"
    assert again(sea).path == f"/{places['华北'].pk}/{places['上海'].pk}/{sea.pk}/"
    with pytest.raises(Invalid, match="下级分类"):
        node_change(again(places["华北"]), values={"parent": sea.pk}, by=company())


def test_two_of_one_name_may_stand_at_different_places_only(places):
    node("华东", places["华北"])
    before = snapshot(registry["category-node"])
    with pytest.raises(Invalid, match="同一级里已有分类「华东」"):
        node("华东")
    assert snapshot(registry["category-node"]) == before


def test_only_an_empty_category_can_be_deleted_and_it_comes_back(crew: Team, places):
    with pytest.raises(DomainError, match="还有下级分类"):
        node_delete(places["华东"], by=company())
    with pytest.raises(DomainError, match="里还有客户"):
        node_delete(places["华北"], by=company())
    empty = node("海外")
    node_delete(empty, by=company())
    assert empty.pk not in tree_of("customer").by_id
    with journal(by=company(), deed="test") as log:
        put_back(log, RecycleBin.objects.get(kind="category-node", record_id=empty.pk))
    assert tree_of("customer").by_id[empty.pk].name == "海外"


def test_arranging_needs_the_right_and_that_to_change_the_kind(crew: Team, places):
    with pytest.raises(Forbidden):
        node_create({"kind": "customer", "name": "西南", "parent": None}, by=crew.lin)
    with pytest.raises(Forbidden):  # customers yes, employees no
        node_create({"kind": "employee", "name": "研发", "parent": None}, by=crew.manager)
    assert CategoryNode.objects.count() == 3


# --- a record becomes a category ---------------------------------------------------------------------------------------


@pytest.mark.spec("LST-12")
def test_a_record_becomes_a_category_at_its_place(crew: Team, places):
    group = customer("恒泰集团", crew.manager, classification=places["华东"].pk)
    done = browser(crew.manager).post(f"/api/v1/customers/{group.pk}/classify", content_type="application/json")
    assert done.status_code == 200, done.content
    made = CategoryNode.objects.get(name="恒泰集团")
    assert (made.kind, made.parent_id) == ("customer", places["华东"].pk)
    assert not Customer.objects.filter(pk=group.pk).exists()
    assert RecycleBin.objects.get(kind="customer", record_id=group.pk).title == "恒泰集团"


@pytest.mark.spec("LST-12")
@pytest.mark.parametrize("use", ["contact", "share", "below", "owner"])
def test_a_record_in_use_cannot_become_a_category(crew: Team, use: str):
    group = customer("恒泰集团", crew.manager)
    if use == "contact":
        contact("顾志明", group)
    elif use == "share":
        share(group, crew.lin)
    elif use == "below":
        customer("成都蓉欣医疗器械", crew.manager, parent=group.pk)
    else:
        browser(crew.manager).post(
            f"/api/v1/customers/{group.pk}/release", {"reason": "试"}, content_type="application/json"
        )
        browser(crew.manager).post(f"/api/v1/customers/{group.pk}/claim", content_type="application/json")
    before = snapshot(registry["customer"]), snapshot(registry["category-node"])
    refused = browser(crew.manager).post(f"/api/v1/customers/{group.pk}/classify", content_type="application/json")
    assert (refused.status_code, refused.json()["message"]) == (422, "单据中已使用，不能向下分类。")
    assert (snapshot(registry["customer"]), snapshot(registry["category-node"])) == before


@pytest.mark.spec("LST-12")
def test_a_name_that_the_level_has_already_leaves_the_record_as_it_is(crew: Team, places):
    twin = customer("华北", crew.manager)
    refused = browser(crew.manager).post(f"/api/v1/customers/{twin.pk}/classify", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (422, "name_taken")
    assert Customer.objects.filter(pk=twin.pk).exists()


@pytest.mark.spec("LST-12")
def test_who_may_not_arrange_categories_cannot_turn_a_record_into_one(crew: Team):
    mine = customer("恒泰集团", crew.lin)
    assert (
        browser(crew.lin).post(f"/api/v1/customers/{mine.pk}/classify", content_type="application/json").status_code
        == 403
    )
    assert 'data-deed="classify"' not in browser(crew.lin).get("/customers?view=mine").content.decode()
    half = employee("half", "半权", rights=["customer.view", "category-node.change"])
    refused = browser(half).post("/api/v1/customers/999/classify", content_type="application/json")
    assert refused.status_code == 403  # the right before the range
    assert CategoryNode.objects.count() == 0


@pytest.mark.spec("LST-12")
def test_an_employee_nobody_knows_becomes_a_category_and_one_in_use_does_not(crew: Team):
    admin = browser(company())
    idle = employee("idle", "研发中心")
    refused = admin.post(f"/api/v1/employees/{crew.manager.pk}/classify", content_type="application/json")
    assert (refused.status_code, refused.json()["message"]) == (422, "单据中已使用，不能向下分类。")
    assert admin.post(f"/api/v1/employees/{idle.pk}/classify", content_type="application/json").status_code == 200
    assert CategoryNode.objects.get().kind == "employee"
    page = admin.get("/employees").content.decode()
    assert "研发中心" in page
    assert 'id="tree"' in page
