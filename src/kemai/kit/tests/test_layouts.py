"""「表格配置」: columns, order, width and locked columns of one's own, and the default for everybody."""

import json
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from kemai.customers.tests.factories import customer
from kemai.kit.models import ChangeSet, ListSetting, SavedFilter
from kemai.people.models import Employee
from kemai.people.tests.factories import Team, browser, employee, team

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}
MINE = "/api/v1/customers/layout"


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


def send(client: Client, data: dict, path: str = MINE):
    return client.post(path, data, content_type="application/json")


def heads(client: Client, address: str = "/customers?view=mine") -> list[str]:
    """The names of the table's columns, in their order."""
    return re.findall(
        r'<th class="[^"]*" scope="col" data-name="(\w+)"', client.get(address, follow=True).content.decode()
    )


def columns(*names: str) -> list[dict]:
    return [{"name": name, "width": 100} for name in names]


@pytest.mark.spec("LST-07")
def test_a_list_shows_the_persons_columns_in_the_persons_order_and_width(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin, address="人民路 1 号")
    customer("无锡远望物流有限公司", crew.zhou)
    form = {
        "view": "mine",
        "columns": ["address", "name", "owner"],
        "width.address": "333",
        "width.name": "200",
        "locked": "2",
    }
    answer = lin.post("/customers/layout", form, headers=PART)
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"])["km:toast"] == "表格格式已保存。"
    page = lin.get("/customers?view=mine").content.decode()
    assert heads(lin) == ["address", "name", "owner"]
    assert re.findall(r'<col width="(\d+)">', page) == ["44", "333", "200", "90"]
    assert page.count("km-lock-edge") == 2, "the second column of head and row is the last that is locked"
    assert "人民路 1 号" in page
    assert heads(browser(crew.zhou))[:2] == ["number", "name"], "only Lin's own list has changed"
    customer("成都蓉欣医疗器械公司", crew.manager)
    assert heads(lin, "/customers?view=pool") != heads(lin), "and only this view of it"


@pytest.mark.spec("LST-07")
def test_the_records_name_cannot_be_hidden(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin)
    assert send(lin, {"view": "mine", "columns": columns("owner", "phone")}).status_code == 200
    assert heads(lin) == ["name", "owner", "phone"]


@pytest.mark.spec("LST-07", "CUS-08")
def test_a_layout_opens_no_field_that_is_not_public(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.zhou, phone="0512-62880001")
    answer = send(lin, {"view": "pool", "columns": columns("name", "phone")})
    assert (answer.status_code, answer.json()["message"]) == (422, "列表里没有这一列，或者它出现了两次，请刷新后重试。")
    offered = lin.get(MINE, {"view": "pool"}).json()
    assert "phone" not in {one["name"] for one in offered["columns"] + offered["hidden"]}
    ListSetting.objects.create(
        employee=crew.lin, kind="customer", view="pool", values={"columns": columns("name", "phone")}
    )
    assert heads(lin, "/customers?view=pool") == ["name"], "kept while the field was public, and hidden since"
    assert "0512-62880001" not in lin.get("/customers?view=pool").content.decode()


@pytest.mark.spec("LST-07")
@pytest.mark.parametrize(
    "sent",
    [
        {"columns": []}, {"columns": "name"}, {"columns": ["name"]}, {"columns": columns("name", "name")}, {"columns": columns("password")},
        {"columns": [{"name": "name", "width": 5}]}, {"columns": [{"name": "name", "width": "breit"}]}, {"columns": columns("name"), "locked": 2},
        {"columns": columns("name"), "locked": -1}, {"columns": [{"name": "name", "width": True}]},
    ],
)  # fmt: skip
def test_a_layout_that_makes_no_sense_is_refused_and_nothing_is_kept(lin: Client, sent: dict) -> None:
    answer = send(lin, sent)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert not ListSetting.objects.exists()


@pytest.mark.spec("LST-07")
def test_columns_and_rows_a_page_are_kept_apart(lin: Client, crew: Team) -> None:
    assert send(lin, {"page_size": 20}).json()["page_size"] == 20
    assert send(lin, {"view": "mine", "columns": columns("name")}).json()["page_size"] == 20
    assert send(lin, {"view": "mine", "reset": True}).json()["own"] is False
    assert lin.get(MINE).json()["page_size"] == 20
    assert (send(lin, {}).status_code, send(lin, {"page_size": 7}).status_code) == (400, 400)


@pytest.mark.spec("LST-10")
def test_an_export_has_the_persons_columns(crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.manager, address="人民路 1 号")
    client = browser(crew.manager)
    send(client, {"view": "mine", "columns": columns("address", "name")})
    file = b"".join(client.get("/customers/export?view=mine&format=csv").streaming_content).decode("utf-8-sig")
    assert file.splitlines() == ["地址,客户名称", "人民路 1 号,苏州恒泰机械有限公司"]


@pytest.mark.spec("LST-19")
def test_an_administrator_sets_columns_order_and_filter_for_everybody(lin: Client, crew: Team) -> None:
    for name in ("北京甲公司", "安徽乙公司", "成都丙物流"):
        customer(name, crew.lin)
    asked = {"op": "and", "rows": [{"field": "name", "cond": "contains", "value": "公司"}]}
    sent = {"view": "mine", "columns": columns("name", "owner"), "everybody": True, "sort": "name", "filter": asked}
    answer = send(browser(crew.admin), sent)
    assert answer.json()["default"] == {"sort": "name", "filter": asked}
    entry = ChangeSet.objects.get(deed="listsetting.change")
    assert (entry.by_id, entry.note) == (crew.admin.pk, "客户：我的客户")

    page = lin.get("/customers?view=mine", follow=True)
    address = page.redirect_chain[-1][0]
    assert parse_qs(urlsplit(address).query)["sort"] == ["name"], (
        "the address says it, for exports and deeds go by the address"
    )
    words = unescape(page.content.decode())
    assert heads(lin) == ["name", "owner"]
    assert re.findall(r'aria-label="选择 (\S+)"', words) == ["安徽乙公司", "北京甲公司"]
    without = unescape(re.search(r'<em>客户名称</em>包含 公司<a href="([^"]*)"', words).group(1))
    assert "成都丙物流" in lin.get(without).content.decode(), "the chip can be clicked away all the same"
    assert lin.get("/api/v1/customers?view=mine").json()["total"] == 3, "programs ask what they ask"

    send(lin, {"view": "mine", "columns": columns("name", "phone")})
    assert heads(lin) == ["name", "phone"], "one's own columns come before the default"
    send(lin, {"view": "mine", "reset": True})
    assert heads(lin) == ["name", "owner"]


@pytest.mark.spec("LST-19")
def test_only_who_has_the_right_sets_the_default(lin: Client, crew: Team) -> None:
    sent = {"view": "mine", "columns": columns("name"), "everybody": True}
    assert send(lin, sent).status_code == 403
    assert lin.post("/customers/layout", {"everybody": "1", "reset": "1"}).status_code == 403
    assert not ListSetting.objects.exists()
    assert "设为所有人的默认" not in lin.get("/customers/layout").content.decode()
    assert "设为所有人的默认" in browser(crew.admin).get("/customers/layout").content.decode()
    helper = employee("helper", "助理", rights=["customer.view", "list.default"])
    assert send(browser(helper), sent).status_code == 200


@pytest.mark.spec("LST-19", "CUS-08")
def test_a_default_that_a_person_cannot_use_is_left_out(crew: Team) -> None:
    client = browser(crew.admin)
    asked = {"rows": [{"field": "phone", "cond": "contains", "value": "0512"}]}
    wrong = [{"sort": "phone"}, {"sort": "nothing"}, {"filter": asked, "view": "pool"}, {"filter": "{"}]
    for more in wrong:
        sent = {"view": "mine", "columns": columns("name"), "everybody": True, **more}
        assert send(client, sent).status_code == 400, more
    assert not ListSetting.objects.exists()
    values = {"columns": columns("name"), "sort": "created_at", "filter": {"op": "and", **asked}}
    ListSetting.objects.create(kind="customer", view="pool", values=values)
    answer = client.get("/customers?view=pool")
    assert answer.status_code == 200, "the field is public no longer: the list opens, without the filter"


@pytest.mark.spec("SYS-07")
def test_clearing_the_layouts_asks_first_and_takes_back_only_ones_own(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin)
    for who in (crew.lin, crew.zhou):
        send(browser(who), {"view": "mine", "columns": columns("name"), "page_size": 20})
        SavedFilter.objects.create(owner=who, kind="customer", name="重点", filter={"op": "and", "rows": []})
    ListSetting.objects.create(kind="customer", view="mine", values={"columns": columns("name", "owner")})
    question = lin.get("/me/reset-layout?back=/customers", headers=PART).content.decode()
    assert "您保存的 1 组过滤条件 「重点」" in question
    assert ListSetting.objects.filter(employee=crew.lin).count() == 2, "a question changes nothing"
    assert lin.post("/me/reset-layout", {"back": "/customers"})["Location"] == "/customers"
    assert heads(lin) == ["name", "owner"], "the default for everybody"
    assert set(ListSetting.objects.values_list("employee__login", flat=True)) == {"xiaozhou", None}
    assert list(SavedFilter.objects.values_list("owner__login", flat=True)) == ["xiaozhou"]
    assert Employee.objects.filter(pk=crew.lin.pk).exists()
