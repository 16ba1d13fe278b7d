"""「数据过滤」 kept under a name, shared with colleagues and loaded again; 「组合查询」 as a form of all fields."""

import json
import re
from html import unescape

import pytest
from django.test import Client

from kemai.customers.tests.factories import customer, share
from kemai.kit import doors
from kemai.kit.models import SavedFilter
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import Team, again, browser, employee, team

pytestmark = pytest.mark.django_db
API = "/api/v1/customers/filters"
PART = {"HX-Request": "true"}
HENGTAI = {"op": "and", "rows": [{"field": "name", "cond": "contains", "value": "恒泰"}]}
BY_PHONE = {"op": "and", "rows": [{"field": "phone", "cond": "contains", "value": "0512"}]}


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


def send(client: Client, data: dict, path: str = API):
    return client.post(path, data, content_type="application/json")


def names(client: Client, view: str = "mine") -> list[str]:
    return [one["name"] for one in client.get(API, {"view": view}).json()["items"]]


@pytest.mark.spec("LST-04")
def test_a_filter_is_kept_under_a_name_and_loaded_again(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin)
    customer("成都蓉欣医疗器械公司", crew.lin)
    made = send(lin, {"name": " 恒泰系 ", "filter": HENGTAI}).json()
    assert (made["name"], made["filter"], made["mine"], made["everybody"]) == ("恒泰系", HENGTAI, True, False)
    kept = lin.get(API).json()["items"]
    assert [one["name"] for one in kept] == ["恒泰系"]
    found = lin.get("/api/v1/customers", {"view": "mine", "filter": json.dumps(kept[0]["filter"])}).json()
    assert [item["name"] for item in found["items"]] == ["苏州恒泰机械有限公司"]
    assert "恒泰系" in lin.get("/customers/filter?view=mine").content.decode()
    assert names(browser(crew.zhou)) == [], "nobody else has it"
    assert lin.get("/api/v1/contacts/filters").json()["items"] == [], "nor does another list"


@pytest.mark.spec("LST-04")
def test_one_name_stands_for_one_filter_and_is_replaced_only_when_asked(lin: Client) -> None:
    send(lin, {"name": "重点", "filter": HENGTAI})
    answer = send(lin, {"name": "重点", "filter": BY_PHONE})
    assert (answer.status_code, answer.json()["code"]) == (409, "exists")
    assert answer.json()["message"] == "您已有名为「重点」的过滤条件，再按一次就覆盖它。"
    assert SavedFilter.objects.get().filter == HENGTAI
    assert send(lin, {"name": "重点", "filter": BY_PHONE, "overwrite": True}).status_code == 201
    assert SavedFilter.objects.get().filter == BY_PHONE


@pytest.mark.spec("LST-04")
def test_a_filter_is_shared_with_chosen_colleagues_or_with_all(lin: Client, crew: Team) -> None:
    send(lin, {"name": "给小周", "filter": HENGTAI, "colleagues": [crew.zhou.pk]})
    send(lin, {"name": "给大家", "filter": HENGTAI, "everybody": True})
    assert names(browser(crew.zhou)) == ["给大家", "给小周"]
    assert names(browser(crew.manager)) == ["给大家"]
    theirs = browser(crew.zhou).get(API).json()["items"][1]
    assert (theirs["owner"], theirs["mine"], theirs["colleagues"]) == ("小林", False, []), "with whom else is not told"
    assert browser(crew.zhou).delete(f"{API}/{theirs['id']}").status_code == 404, "only the owner deletes it"
    assert lin.delete(f"{API}/{theirs['id']}").status_code == 204
    assert names(browser(crew.zhou)) == ["给大家"]


@pytest.mark.spec("LST-04", "CUS-08")
def test_a_shared_filter_opens_no_field_that_the_list_does_not_show(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.zhou, phone="0512-62880001")
    made = send(lin, {"name": "苏州电话", "filter": BY_PHONE, "everybody": True, "view": "mine"}).json()
    assert made["filter"] == BY_PHONE
    in_pool = browser(crew.manager).get(API, {"view": "pool"}).json()["items"][0]
    assert (in_pool["filter"], in_pool["why"]) == (None, "这组条件用到了这个列表里没有的字段，不能装入。")
    page = unescape(browser(crew.manager).get("/customers/filter?view=pool").content.decode())
    assert "0512" not in page
    assert 'aria-disabled="true" title="这组条件用到了这个列表里没有的字段，不能装入。"' in page
    assert send(lin, {"name": "池", "filter": BY_PHONE, "view": "pool"}).status_code == 400
    answer = lin.get("/api/v1/customers", {"view": "pool", "filter": json.dumps(BY_PHONE)})
    assert (answer.status_code, answer.json()["message"]) == (400, "过滤条件里有不能使用的字段。")


@pytest.mark.spec("LST-04")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"name": "", "filter": HENGTAI}, 422), ({"name": "长" * 41, "filter": HENGTAI}, 422), ({"name": "空"}, 422), ({"name": "空", "filter": "{"}, 400),
        ({"name": "空", "filter": {"rows": []}}, 422), ({"name": "错", "filter": {"rows": [{"field": "password", "cond": "eq", "value": ""}]}}, 400),
        ({"name": "给谁", "filter": HENGTAI, "colleagues": [99999]}, 422), ({"name": "给谁", "filter": HENGTAI, "colleagues": {"a": 1}}, 422),
        ({"name": "x", "filter": HENGTAI, "view": "nothing"}, 404),
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_not_kept(lin: Client, sent: dict, status: int) -> None:
    assert send(lin, sent).status_code == status
    assert not SavedFilter.objects.exists()


def test_filters_are_for_who_may_look_at_the_list(crew: Team) -> None:
    blind = browser(employee("blind", "门卫", rights=["employee.view"]))
    assert blind.get(API).status_code == 403
    assert send(blind, {"name": "x", "filter": HENGTAI}).status_code == 403
    assert blind.delete(f"{API}/1").status_code == 403
    assert blind.post("/customers/filters", {"name": "x"}).status_code == 403
    assert blind.get("/customers/query").status_code == 403


@pytest.mark.spec("LST-04")
def test_the_page_keeps_a_filter_and_says_so(lin: Client, crew: Team) -> None:
    form = {"name": "恒泰系", "filter": json.dumps(HENGTAI), "view": "mine", "colleagues": [str(crew.zhou.pk)]}
    told = json.loads(lin.post("/customers/filters", form, headers=PART)["HX-Trigger"])
    assert told["km:toast"] == "已保存过滤条件「恒泰系」。"
    kept = SavedFilter.objects.get()
    assert list(kept.colleagues.all()) == [crew.zhou]
    told = json.loads(lin.post("/customers/filters", form, headers=PART)["HX-Trigger"])
    assert "再按一次就覆盖" in told["km:filter-exists"]
    told = json.loads(lin.post("/customers/filters", {**form, "name": ""}, headers=PART)["HX-Trigger"])
    assert told["km:filter-unsaved"].startswith("请填写过滤条件的名称")
    assert lin.post(f"/customers/filters/{kept.pk}/delete", headers=PART).status_code == 204
    assert not SavedFilter.objects.exists()


# --- several values, 组合查询 ------------------------------------------------------------------------------------------


@pytest.mark.spec("LST-03", "LST-04")
def test_a_choice_may_be_one_of_several(lin: Client, crew: Team) -> None:
    levels = list(DictionaryEntry.objects.filter(dictionary__code="customer_level").order_by("position")[:3])
    for name, level in zip(("甲公司", "乙公司", "丙公司"), levels, strict=True):
        customer(name, crew.lin, level=level.pk)
    customer("丁公司", crew.lin)

    def found(cond: str, value) -> set[str]:
        asked = {"rows": [{"field": "level", "cond": cond, "value": value}]}
        listing = doors.list_of(customer_kind(), again(crew.lin), {"view": "mine", "filter": asked})
        return set(listing.sheet.strips[1].texts)

    first_two = [levels[0].pk, str(levels[1].pk)]
    assert found("eq", first_two) == {"甲公司", "乙公司"}
    assert found("ne", first_two) == {"丙公司", "丁公司"}
    assert found("eq", [levels[2].pk, ""]) == {"丙公司", "丁公司"}
    page = lin.get(
        "/customers",
        {"view": "mine", "filter": json.dumps({"rows": [{"field": "level", "cond": "eq", "value": first_two}]})},
    )
    assert f"<em>客户级别</em>等于 {levels[0].name}、{levels[1].name}" in unescape(page.content.decode())


def customer_kind():
    from kemai.kit.entity import registry

    return registry["customer"]


@pytest.mark.spec("LST-04")
@pytest.mark.parametrize("row", [
    {"field": "name", "cond": "eq", "value": ["甲", "乙"]}, {"field": "level", "cond": "contains", "value": [1]}, {"field": "level", "cond": "eq", "value": []},
    {"field": "level", "cond": "eq", "value": [[1]]}, {"field": "level", "cond": "eq", "value": list(range(101))},
    {"field": "created_at", "cond": "eq", "value": ["2026-01-01"]},
    {"field": "level", "cond": "eq", "value": ["没有这个级别"]},
])  # fmt: skip
def test_several_values_stand_only_where_they_mean_something(lin: Client, row: dict) -> None:
    assert lin.get("/api/v1/customers", {"filter": json.dumps({"rows": [row]})}).status_code == 400


@pytest.mark.spec("LST-03")
def test_the_query_has_a_fitting_operator_for_each_field_and_knows_what_is_asked(lin: Client, crew: Team) -> None:
    level = DictionaryEntry.objects.filter(dictionary__code="customer_level").first()
    rows = [
        {"field": "name", "cond": "contains", "value": "恒泰"}, {"field": "level", "cond": "eq", "value": level.pk},
        {"field": "created_at", "cond": "gte", "value": "2026-01-01"}, {"field": "phone", "cond": "ne", "value": "110"},
    ]  # fmt: skip
    page = unescape(
        lin.get(
            "/customers/query", {"view": "mine", "filter": json.dumps({"op": "and", "rows": rows})}
        ).content.decode()
    )
    controls = dict(re.findall(r'data-field="(\w+)" data-control="(\w+)"', page))
    assert controls["name"] == controls["tags"] == controls["parent"] == "text"
    assert controls["level"] == controls["state"] == controls["owner"] == "many"
    assert controls["created_at"] == "range"
    assert "main_contact" not in controls, "what is worked out cannot be asked for"
    assert 'id="q-name" value="恒泰"' in page
    assert f'value="{level.pk}" checked' in page
    assert 'value="2026-01-01" aria-label="创建时间从"' in page
    assert json.loads(re.search(r"data-rest='([^']*)'", page).group(1)) == [rows[3]], (
        "what has no place in the form stays"
    )


@pytest.mark.spec("LST-03", "CUS-08")
def test_the_query_of_a_public_list_has_public_fields_only(lin: Client) -> None:
    page = lin.get("/customers/query?view=pool").content.decode()
    assert 'data-field="name"' in page
    assert 'data-field="phone"' not in page


@pytest.mark.spec("CUS-17")
def test_a_query_without_any_condition_shows_mine_my_subordinates_and_what_is_shared(crew: Team) -> None:
    customer("我自己的", crew.manager)
    customer("下属的", crew.lin)
    share(customer("别人共享的", crew.chen), crew.manager)
    customer("别人的", crew.chen)
    client = browser(crew.manager)
    form = unescape(client.get("/customers/query?view=shared").content.decode())
    options = json.loads(re.search(r"data-options='([^']*)'", form).group(1))
    shown = client.get("/api/v1/customers", {"view": "shared", **options}).json()["items"]
    assert {item["name"] for item in shown} == {"我自己的", "下属的", "别人共享的"}
    chosen = unescape(client.get("/customers/query?view=shared&scope=subordinates").content.decode())
    assert "data-options='{}'" in chosen, "who has chosen a range searches in it"
    assert "data-options='{}'" in client.get("/customers/query?view=mine").content.decode()
