"""Pages as a browser without scripts gets them: lists, forms, deeds, errors."""

import gzip
import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError, connection
from django.test import Client

from kemai.customers.models import Customer
from kemai.customers.tests.factories import contact, customer, share
from kemai.kit.models import ListSetting
from kemai.people.models import Employee
from kemai.people.tests.factories import Team, browser, employee, team

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


def text_of(response) -> str:
    return unescape(response.content.decode())


def plain(response) -> str:
    """The page's words without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text_of(response)))


def row_ids(response) -> list[int]:
    return [int(pk) for pk in re.findall(r'<tr data-id="(\d+)"', text_of(response))]


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("LST-01")
def test_a_list_has_the_buttons_with_their_words_and_keys(crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.manager)
    page = text_of(browser(crew.manager).get("/customers"))
    for word, key in (("新增", "alt+a"), ("修改", "alt+e"), ("帮助", "f1")):
        assert re.search(
            rf'data-key="{re.escape(key)}" title="{word}|data-key="{re.escape(key)}"(?:(?!</button>).)*{word}',
            page,
            re.S,
        ), word
    for word in ("打印", "导出", "刷新", "归还", "共享"):
        assert word in page
    pool = text_of(browser(crew.manager).get("/customers?view=pool"))
    assert 'data-key="alt+d"' in pool
    assert 'data-key="alt+d"' not in page, "我的客户 has no 删除"


@pytest.mark.spec("LST-01")
def test_a_record_opens_by_its_name(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = text_of(lin.get("/customers"))
    assert f'<a class="km-name" href="/customers/{made.pk}?view=mine">苏州恒泰机械有限公司</a>' in page
    assert "苏州恒泰机械有限公司" in text_of(lin.get(f"/customers/{made.pk}?view=mine"))


@pytest.mark.spec("LST-01")
def test_refresh_gives_the_list_alone_with_the_same_question(lin: Client, crew: Team) -> None:
    for number in range(60):
        customer(f"恒泰{number}号机械厂", crew.lin)
    question = urlencode({"view": "mine", "sort": "name", "page": 2})
    answer = lin.get(
        f"/customers?{question}", headers={**PART, "HX-Current-URL": f"http://testserver/customers?{question}"}
    )
    assert '<section class="km-list" id="list"' in text_of(answer)
    assert "<!doctype" not in text_of(answer)
    assert len(row_ids(answer)) == 10
    assert "HX-Push-Url" not in answer, "the address is the same: nothing to push"
    assert "HX-Request" in answer["Vary"]


@pytest.mark.spec("LST-01")
def test_the_question_before_a_deletion_says_what_goes_along(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    asked = browser(crew.manager).get(
        f"/customers/actions/delete?view=pool&ids={made.pk}", headers={"HX-Request": "true"}
    )
    assert "删除「苏州恒泰机械有限公司」" in plain(asked)
    assert "2 个联系人" in plain(asked)
    assert Customer.objects.filter(pk=made.pk).exists(), "asking deletes nothing"


@pytest.mark.spec("LST-06")
def test_a_click_on_a_head_sorts_up_down_and_not_at_all(lin: Client, crew: Team) -> None:
    names = ["丙机械厂", "甲机械厂", "乙机械厂"]
    for name in names:
        customer(name, crew.lin)

    def head(response) -> str:
        return re.search(r"<th[^>]*>(?:(?!</th>).)*客户名称", text_of(response), re.S).group()

    def target(response) -> str:
        return re.search(r'href="([^"]*)"', head(response)).group(1)

    plain_list = lin.get("/customers?view=mine")
    assert "aria-sort" not in head(plain_list)
    up = lin.get(target(plain_list))
    assert 'aria-sort="ascending"' in head(up)
    down = lin.get(target(up))
    assert 'aria-sort="descending"' in head(down)
    assert row_ids(up) == row_ids(down)[::-1]
    off = lin.get(target(down))
    assert "aria-sort" not in head(off)
    assert row_ids(off) == row_ids(plain_list)


@pytest.mark.spec("LST-08")
def test_paging_says_the_total_and_leads_to_first_previous_next_and_last(lin: Client, crew: Team) -> None:
    for number in range(45):
        customer(f"恒泰{number}号机械厂", crew.lin)
    page = lin.get("/customers?view=mine&page=2&page_size=20")
    words = text_of(page)
    assert "共 45 条" in words
    assert len(row_ids(page)) == 20
    for name, where in (("首页", ""), ("上一页", ""), ("下一页", "&page=3"), ("末页", "&page=3")):
        step = re.search(rf'<a class="km-page" href="([^"]*)" aria-label="{name}"', words)
        assert step, name
        assert step.group(1) == f"/customers?view=mine{where}&page_size=20"
    assert len(row_ids(lin.get("/customers?view=mine&page=3&page_size=20"))) == 5


@pytest.mark.spec("LST-08")
def test_a_page_beyond_the_end_shows_the_last_one(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin)
    assert len(row_ids(lin.get("/customers?view=mine&page=9"))) == 1


@pytest.mark.spec("LST-08", "SYS-07")
def test_rows_a_page_are_kept_for_the_person_until_put_back(lin: Client, crew: Team) -> None:
    for number in range(25):
        customer(f"恒泰{number}号机械厂", crew.lin)
    assert lin.post("/customers/layout", {"page_size": "20"}, headers={"HX-Request": "true"}).status_code == 204
    assert len(row_ids(lin.get("/customers"))) == 20
    customer("另一家公司", crew.zhou)
    assert len(row_ids(browser(crew.zhou).get("/customers"))) == 1
    assert not ListSetting.objects.filter(employee=crew.zhou).exists()
    lin.post("/me/reset-layout")
    assert len(row_ids(lin.get("/customers"))) == 25
    assert lin.post("/customers/layout", {"page_size": "7"}).status_code == 400


def test_chips_name_the_filter_and_lead_to_the_list_without_it(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.lin)
    rows = [
        {"field": "name", "cond": "contains", "value": "恒泰"},
        {"field": "state", "cond": "eq", "value": "claimed"},
    ]
    asked = json.dumps({"op": "and", "rows": rows})
    page = text_of(lin.get("/customers", {"view": "mine", "filter": asked}))
    assert "<em>客户名称</em>包含 恒泰" in page
    assert "<em>状态</em>等于 已领用" in page
    without = re.search(r'<em>客户名称</em>[^<]*<a href="([^"]*)"', page).group(1)
    rest = text_of(lin.get(without))
    assert "<em>客户名称</em>" not in rest
    assert "<em>状态</em>等于 已领用" in rest


def test_an_empty_list_says_what_to_do_first(lin: Client) -> None:
    assert "到「客户池」领用" in text_of(lin.get("/customers?view=mine"))
    assert "没有符合条件的客户" in text_of(lin.get("/customers?view=mine&q=没有这家"))


@pytest.mark.spec("SEC-03")
def test_what_people_enter_is_shown_as_text(lin: Client, crew: Team) -> None:
    made = customer("<script>alert(1)</script>&公司", crew.lin)
    for address in ("/customers", f"/customers/{made.pk}", f"/customers/{made.pk}/edit"):
        raw = lin.get(address).content.decode()
        assert "<script>alert" not in raw
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;公司" in raw


# --- deeds -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("LST-09")
def test_a_deed_on_many_says_per_row_what_was_refused_and_why(lin: Client, crew: Team) -> None:
    free = customer("苏州恒泰机械有限公司")
    taken = customer("成都蓉欣医疗器械公司", crew.zhou)
    answer = lin.post(
        "/customers/actions/claim?view=pool", {"ids": f"{free.pk},{taken.pk}"}, headers={"HX-Request": "true"}
    )
    words = plain(answer)
    assert "1 条完成，1 条没有完成" in words
    assert re.search(r"成都蓉欣医疗器械公司 该客户已被小周领用。", words)
    assert "km:refresh" in json.loads(answer["HX-Trigger"])
    free.refresh_from_db()
    taken.refresh_from_db()
    assert (free.owner, taken.owner) == (crew.lin, crew.zhou)


@pytest.mark.spec("LST-09")
def test_a_deed_that_goes_well_is_a_message_in_passing(lin: Client, crew: Team) -> None:
    made = [customer(f"恒泰{number}号机械厂") for number in range(3)]
    answer = lin.post(
        "/customers/actions/claim?view=pool", {"ids": [one.pk for one in made]}, headers={"HX-Request": "true"}
    )
    events = json.loads(answer["HX-Trigger"])
    assert events["km:toast"]["text"] == "已领用 3 条客户。"
    assert {"km:close", "km:refresh"} <= set(events)
    assert not answer.content


@pytest.mark.spec("LST-08", "LST-09")
def test_a_deed_on_all_that_match_takes_the_question_and_not_the_page(lin: Client, crew: Team) -> None:
    for number in range(60):
        customer(f"恒泰{number}号机械厂")
    other = customer("成都蓉欣医疗器械公司")
    lin.post("/customers/actions/claim?view=pool&q=恒泰&page=2&all=1", headers={"HX-Request": "true"})
    assert Customer.objects.filter(owner=crew.lin).count() == 60
    other.refresh_from_db()
    assert other.owner is None


def test_a_deed_with_fields_asks_for_them_and_keeps_what_was_typed(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    asked = lin.get(f"/customers/{made.pk}/release", headers={"HX-Request": "true"})
    assert 'name="reason"' in text_of(asked)
    refused = lin.post(f"/customers/{made.pk}/release", {"reason": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "请填写归还原因。" in text_of(refused)
    done = lin.post(f"/customers/{made.pk}/release", {"reason": "暂无需求"}, headers={"HX-Request": "true"})
    assert done["HX-Redirect"] == "/customers", "it has left the person's range"
    made.refresh_from_db()
    assert made.owner is None


def test_a_refused_deed_is_grey_and_says_why(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    page = text_of(lin.get(f"/customers/{made.pk}"))
    button = re.search(r'<button[^>]*aria-disabled="true"[^>]*>(?:(?!</button>).)*领用', page, re.S).group()
    assert 'title="该客户已在您名下。"' in button


def test_pages_work_without_scripts(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司")
    answer = lin.post("/customers/actions/claim?view=pool", {"ids": str(made.pk)})
    assert (answer.status_code, answer["Location"]) == (303, "/customers?view=pool")
    assert "已领用 1 条客户。" in text_of(lin.get(answer["Location"]))
    assert "已领用 1 条客户。" not in text_of(lin.get("/customers?view=pool")), "a message is shown once"


# --- forms -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("FRM-01")
def test_a_mistake_stands_beside_its_field_and_what_was_typed_is_kept(lin: Client) -> None:
    typed = {"name": "", "email": "不是邮箱", "phone": "0512-62881190", "remarks": "第一行\n第二行", "then": "close"}
    answer = lin.post("/customers?view=mine", typed)
    page = text_of(answer)
    assert answer.status_code == 422
    assert re.search(r'id="f-name"[^>]*aria-invalid="true"[^>]*aria-describedby="f-name-note"', page)
    assert re.search(r'id="f-name-note"[^>]*>(?:(?!</div>).)*请填写客户名称。', page, re.S)
    assert 'value="不是邮箱"' in page
    assert 'value="0512-62881190"' in page
    assert "第一行\n第二行</textarea>" in page
    assert "2 处需要改正" in page
    assert not Customer.objects.exists()


@pytest.mark.spec("FRM-01")
def test_required_fields_carry_a_star(lin: Client) -> None:
    page = text_of(lin.get("/customers/new"))
    assert re.search(r'<label class="km-label" for="f-name">客户名称<b aria-hidden="true">\*</b>', page)
    assert re.search(r'<label class="km-label" for="f-short_name">简称</label>', page)


@pytest.mark.spec("FRM-01", "FRM-04")
def test_rows_inside_are_kept_with_their_mistakes(lin: Client) -> None:
    typed = {
        "name": "苏州恒泰机械有限公司", "contacts": "1", "contacts-0-id": "", "contacts-0-name": "顾志明", "contacts-0-is_main": ["", "1"],
        "contacts-3-id": "", "contacts-3-name": "", "contacts-3-mobile": "13962184470", "contacts-4-id": "", "contacts-4-name": "",
    }  # fmt: skip
    page = text_of(lin.post("/customers?view=mine", typed))
    assert 'value="顾志明"' in page
    assert re.search(r'name="contacts-1-name"[^>]*aria-invalid="true"', page), (
        "the empty row is left out, the others move up"
    )
    assert "联系人第 2 行 联系人姓名" in page
    lin.post("/customers?view=mine", typed | {"contacts-3-name": "吴倩"})
    made = Customer.objects.get()
    assert sorted(made.contacts.values_list("name", "mobile")) == [("吴倩", "13962184470"), ("顾志明", "")]


@pytest.mark.spec("FRM-02")
def test_save_closes_save_and_new_offers_an_empty_form(lin: Client, crew: Team) -> None:
    closes = lin.post("/customers?view=mine", {"name": "苏州恒泰机械有限公司", "then": "close"})
    assert (closes.status_code, closes["Location"]) == (303, "/customers?view=mine")
    again = lin.post("/customers?view=mine", {"name": "成都蓉欣医疗器械公司", "then": "new"})
    assert again["Location"] == "/customers/new?view=mine"
    page = text_of(lin.get(again["Location"]))
    assert "已新增客户「成都蓉欣医疗器械公司」。" in page
    assert re.search(r'id="f-name"', page)
    assert 'value="成都' not in page
    assert Customer.objects.filter(owner=crew.lin).count() == 2


@pytest.mark.spec("FRM-02", "CUS-09")
def test_new_in_the_pool_is_unclaimed_or_mine_at_once(lin: Client, crew: Team) -> None:
    assert "新建并领用" in text_of(lin.get("/customers/new?view=pool"))
    lin.post("/customers?view=pool", {"name": "苏州恒泰机械有限公司", "then": "close"})
    lin.post("/customers?view=pool", {"name": "成都蓉欣医疗器械公司", "then": "makes"})
    assert Customer.objects.get(name="苏州恒泰机械有限公司").owner is None
    assert Customer.objects.get(name="成都蓉欣医疗器械公司").owner == crew.lin


@pytest.mark.spec("FRM-02")
def test_the_second_to_save_sees_whose_change_came_between(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-1")
    lin, manager = browser(crew.lin), browser(crew.manager)
    sent = {"name": made.name, "phone": "0512-2", "version": str(made.version)}
    assert manager.post(f"/customers/{made.pk}", sent | {"phone": "0512-9"}).status_code == 303
    answer = lin.post(f"/customers/{made.pk}", sent)
    words = plain(answer)
    assert answer.status_code == 409
    assert re.search(r"电话 0512-1 0512-9 王建国", words)
    assert 'value="0512-2"' in text_of(answer), "what was typed is kept"
    made.refresh_from_db()
    assert made.phone == "0512-9", "nothing is saved yet"
    newer = re.search(r'name="version" value="(\d+)"', text_of(answer)).group(1)
    assert lin.post(f"/customers/{made.pk}", sent | {"version": newer}).status_code == 303
    made.refresh_from_db()
    assert made.phone == "0512-2"


@pytest.mark.spec("CUS-05")
def test_a_similar_name_is_shown_and_saved_on_with_a_reason(lin: Client, crew: Team) -> None:
    customer("苏州恒泰机械有限公司", crew.zhou)
    typed = {"name": "恒泰机械股份有限公司", "then": "close"}
    warned = lin.post("/customers?view=mine", typed)
    assert "苏州恒泰机械有限公司" in text_of(warned)
    assert 'name="similar_reason"' in text_of(warned)
    assert 'value="恒泰机械股份有限公司"' in text_of(warned)
    assert lin.post("/customers?view=mine", typed | {"similar_reason": "另一家"}).status_code == 303
    assert Customer.objects.filter(name="恒泰机械股份有限公司").exists()


@pytest.mark.spec("CUS-01")
def test_a_doubtful_value_is_saved_and_marked(lin: Client, crew: Team) -> None:
    saved = lin.post("/customers?view=mine", {"name": "苏州恒泰机械有限公司", "tax_number": "91320506MA1XQ7T38X"})
    assert saved.status_code == 303
    assert "请核对" in text_of(lin.get(saved["Location"]))
    made = Customer.objects.get()
    assert "请核对" in plain(lin.get(f"/customers/{made.pk}"))
    assert "请核对" in plain(lin.get(f"/customers/{made.pk}/edit"))


def test_a_form_leads_back_to_where_it_was_opened_and_nowhere_else(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    form = text_of(lin.get(f"/contacts/new?customer={made.pk}&back=/customers/{made.pk}?tab=contacts"))
    assert 'value="苏州恒泰机械有限公司"' in form
    typed = {"name": "顾志明", "customer": made.pk}
    back = lin.post("/contacts", typed | {"back": f"/customers/{made.pk}?tab=contacts"})
    assert back["Location"] == f"/customers/{made.pk}?tab=contacts"
    away = lin.post("/contacts", {"name": "吴倩", "customer": made.pk, "back": "https://elsewhere.example/"})
    assert away["Location"] == "/contacts"
    assert (
        lin.post("/contacts", {"name": "周海波", "customer": made.pk, "back": "//elsewhere.example"})["Location"]
        == "/contacts"
    )


# --- records ---------------------------------------------------------------------------------------------------------


@pytest.mark.spec("FRM-05")
def test_a_record_shows_its_fields_its_time_line_and_tabs_with_counts(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-62881190", contacts=[{"name": "顾志明"}])
    page = lin.get(f"/customers/{made.pk}")
    assert "0512-62881190" in plain(page)
    assert "时间线" in plain(page)
    assert re.search(r"联系人<span class=\"km-count\">1</span>", text_of(page))
    assert "顾志明" in plain(lin.get(f"/customers/{made.pk}/tabs/contacts"))
    assert lin.get(f"/customers/{made.pk}/tabs/nonsense").status_code == 404


@pytest.mark.spec("CUS-08", "ORG-08")
def test_through_the_pool_only_public_fields_are_shown(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.chen, phone="0512-62881190", contacts=[{"name": "顾志明"}])
    page = plain(lin.get(f"/customers/{made.pk}?view=pool"))
    assert "苏州恒泰机械有限公司" in page
    assert "这里只显示公开信息" in page
    assert "0512-62881190" not in page
    assert "顾志明" not in page
    assert lin.get(f"/customers/{made.pk}").status_code == 404
    assert lin.get(f"/customers/{made.pk}/edit").status_code == 404
    assert lin.get(f"/customers/{made.pk}/tabs/contacts").status_code == 404
    assert "0512-62881190" not in plain(lin.get("/customers?view=pool"))


def test_a_contact_is_deleted_at_its_customer(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    one = made.contacts.get(name="吴倩")
    where = f"/customers/{made.pk}/tabs/contacts/{one.pk}/delete"
    assert "删除「吴倩」" in plain(lin.get(where, headers={"HX-Request": "true"}))
    answer = lin.post(where, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/customers/{made.pk}?tab=contacts"
    assert list(made.contacts.values_list("name", flat=True)) == ["顾志明"]


@pytest.mark.spec("FRM-03")
def test_a_picker_offers_what_is_in_range_and_never_the_pool(lin: Client, crew: Team) -> None:
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    shared = customer("恒泰物流公司", crew.chen)
    share(shared, crew.lin)
    customer("恒泰医疗公司", crew.chen)
    customer("恒泰食品公司")
    items = lin.get("/pick/customer?q=恒泰").json()["items"]
    assert {item["id"] for item in items} == {mine.pk, shared.pk}
    assert [item["text"] for item in lin.get("/pick/customer?q=szht").json()["items"]] == ["苏州恒泰机械有限公司"]
    assert lin.get("/pick/nothing").status_code == 404
    assert [item["text"] for item in lin.get("/pick/employee?q=xiaozhou").json()["items"]] == ["小周"]


@pytest.mark.spec("FRM-03")
def test_a_dependent_picker_follows_its_parent(lin: Client, crew: Team) -> None:
    one = customer("苏州恒泰机械有限公司", crew.lin)
    two = customer("成都蓉欣医疗器械公司", crew.lin)
    contact("顾志明", one)
    contact("顾小明", two)
    items = lin.get(f"/pick/contact?q=顾&depends=customer&value={two.pk}").json()["items"]
    assert [item["text"] for item in items] == ["顾小明"]


# --- menu, rights, errors --------------------------------------------------------------------------------------------


@pytest.mark.spec("SYS-14")
def test_the_menu_shows_what_the_person_may_use_under_all_its_words(crew: Team) -> None:
    admin = browser(crew.admin)
    for word in ("客户池", "我的客户", "共享客户", "联系人", "数据字典", "参数设置", "用户及权限设置", "客户类别"):
        assert admin.get(f"/api/v1/search?q={word}").json()["pages"], word
    system = text_of(browser(crew.admin).get("/settings"))
    section = re.search(r'<b class="km-sub-head">系统设置</b>(.*?)</div>', system, re.S).group(1)
    assert "数据字典" in section
    assert "参数设置" in section
    seller = text_of(browser(crew.lin).get("/customers"))
    assert 'href="/rights"' not in seller


@pytest.mark.spec("ORG-08")
def test_a_missing_right_hides_the_button_and_is_refused_at_the_address(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司")
    lin = browser(crew.lin)
    assert 'data-deed="delete"' not in text_of(lin.get("/customers?view=pool"))
    for answer in (
        lin.get(f"/customers/actions/delete?view=pool&ids={made.pk}"),
        lin.post("/customers/actions/delete?view=pool", {"ids": made.pk}),
        lin.post(f"/customers/{made.pk}/delete"),
        lin.get("/customers/export"),
    ):
        assert answer.status_code == 403
        assert "没有这项权限" in plain(answer)


def test_errors_are_plain_sentences_in_the_frame(lin: Client) -> None:
    for address, status in (
        ("/nowhere", 404),
        ("/customers/99999999", 404),
        ("/customers?page=x", 400),
        ("/a/b/c/d", 404),
    ):
        answer = lin.get(address)
        assert answer.status_code == status
        assert 'id="side"' in text_of(answer)
        assert not re.search(r"Traceback|Exception|not found", plain(answer), re.IGNORECASE)
    part = lin.get("/customers/99999999/edit", headers={"HX-Request": "true"})
    assert part["HX-Retarget"] == "#alerts"
    assert "没有找到这条记录" in text_of(part)


def test_unknown_addresses_of_the_api_are_json(lin: Client) -> None:
    answer = lin.get("/api/v1/nowhere/else/at/all")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_an_accident_is_logged_and_shown_without_its_details(lin: Client, monkeypatch, caplog) -> None:
    monkeypatch.setattr("kemai.kit.pages_list.list_page", lambda *given: 1 / 0)
    answer = lin.get("/customers")
    assert answer.status_code == 500
    assert "系统出了意外" in plain(answer)
    assert "ZeroDivision" not in text_of(answer)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.spec("REL-01")
@pytest.mark.parametrize("address", ["/customers", "/", "/login", "/api/v1/customers", "/customers/7"])
@pytest.mark.parametrize("still", ["nothing", '"people_session"'])
def test_while_the_database_does_not_answer_there_is_a_plain_sentence(
    lin: Client, address: str, still: str, caplog
) -> None:
    def gone(execute: Callable, sql: str, params: object, many: bool, context: object) -> object:
        if still in sql:
            return execute(sql, params, many, context)
        raise OperationalError("connection refused")

    lin.raise_request_exception = False
    with connection.execute_wrapper(gone):
        answer = lin.get(address)
    assert answer.status_code == 500
    said = answer.json()["message"] if address.startswith("/api/") else plain(answer)
    assert "系统出了意外，刚才的操作没有完成。请稍后再试" in said
    assert "connection refused" not in answer.content.decode()
    assert "connection refused" in caplog.text


@pytest.mark.spec("SEC-03")
def test_pages_carry_a_strict_policy_and_keep_to_it(lin: Client, crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin)
    for address in ("/customers", f"/customers/{made.pk}", "/customers/new", "/login", "/help", "/nowhere"):
        answer = lin.get(address, follow=True)
        policy = answer["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        page = answer.content.decode()
        assert not re.search(r"<[^>]+\sstyle=", page)
        assert not re.search(r"<[^>]+\son[a-z]+=", page)
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)


def test_strangers_are_asked_to_log_in(crew: Team) -> None:
    assert browser().get("/customers")["Location"].startswith("/login")


def test_a_person_without_roles_is_told_so(crew: Team) -> None:
    nobody: Employee = employee("xinren", "新人", rights=[])
    assert "还没有分配角色" in plain(browser(nobody).get("/"))


def test_help_is_about_the_very_page(lin: Client) -> None:
    assert "客户管理" in plain(lin.get("/help/customer"))
    assert lin.get("/help").status_code == 200
    assert lin.get("/help/nothing").status_code == 404


@pytest.mark.spec("SEC-02")
def test_a_forged_form_is_refused_with_a_sentence(crew: Team) -> None:
    answer = browser(crew.lin, csrf=True).post("/customers", {"name": "苏州恒泰机械有限公司"})
    assert answer.status_code == 403
    assert "请刷新页面后重试" in plain(answer)
    assert not Customer.objects.exists()


@pytest.mark.spec("PRF-09")
def test_pages_are_light(lin: Client, crew: Team) -> None:
    for number in range(50):
        contacts = [{"name": f"联系人{number}", "mobile": f"139{number:08d}"}]
        customer(f"苏州恒泰{number}号精密机械制造有限公司", crew.lin, phone=f"0512-{number:08d}", contacts=contacts)
    answer = lin.get("/customers")
    assert len(row_ids(answer)) == 50
    page = gzip.compress(
        gzip.decompress(answer.content) if answer.has_header("Content-Encoding") else answer.content, 6
    )
    assert len(page) <= 25 * 1024
    assets = set(re.findall(r'(?:href|src)="/static/([^"#]*)', gzip.decompress(page).decode()))
    assets |= {f"kit/{file.name}" for file in Path(finders.find("kit/app.js")).parent.glob("*.js")}
    weight = sum(len(gzip.compress(Path(finders.find(asset)).read_bytes(), 6)) for asset in assets)
    assert weight + len(page) <= 350 * 1024


@pytest.mark.spec("PRF-02")
@pytest.mark.parametrize(
    "limits",
    [{"SMALL_RANGE": -1, "NEAR_RANGE": -1}, {"SMALL_RANGE": -1, "QUICKLY_COUNTED": 2}, {"QUICKLY_COUNTED": 2}],
    ids=["a large range", "a near one", "a small one"],
)
def test_a_common_term_shows_its_rows_first_and_the_total_follows_by_itself(
    lin: Client, crew: Team, monkeypatch, limits: dict[str, int]
) -> None:
    from kemai.kit import listing

    for number in range(3):
        customer(f"恒泰机械{number}厂", crew.lin)
    for name, limit in {**limits, "RARE_TERM": 0}.items():
        monkeypatch.setattr(listing, name, limit)
    first = text_of(lin.get("/customers?view=mine&q=恒泰"))
    assert "共 … 条" in first
    assert "恒泰机械2厂" in first
    assert 'hx-trigger="load" hx-select="#pager" hx-target="#pager"' in first
    second = text_of(lin.get("/customers?view=mine&q=恒泰", headers={"HX-Request": "true", "HX-Target": "pager"}))
    assert "共 3 条" in second
    assert lin.get("/api/v1/customers?view=mine&q=恒泰").json()["total"] == 3


@pytest.mark.spec("FRM-02")
def test_after_a_conflict_each_keeps_what_they_changed(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, phone="0512-1", fax="0512-5", email="a@example.com")
    lin, manager = browser(crew.lin), browser(crew.manager)
    read = {
        "name": made.name,
        "phone": "0512-1",
        "fax": "0512-5",
        "email": "a@example.com",
        "version": str(made.version),
    }
    assert manager.post(f"/customers/{made.pk}", read | {"phone": "0512-9", "fax": "0512-6"}).status_code == 303
    answer = lin.post(f"/customers/{made.pk}", read | {"phone": "0512-2", "email": "b@example.com"})
    assert answer.status_code == 409
    form = text_of(answer).split("</section>", 1)[1]
    value_in = lambda name: re.search(rf'id="f-{name}"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*id="f-{name}"', form)  # noqa: E731
    values = {name: next(filter(None, value_in(name).groups())) for name in ("phone", "fax", "email")}
    assert values == {"phone": "0512-2", "fax": "0512-6", "email": "b@example.com"}
    chosen = re.findall(r'name="clash-(\w+)" value="(\w+)" data-choose="\w+" checked', text_of(answer))
    assert dict(chosen) == {"phone": "mine", "fax": "theirs"}
    made.refresh_from_db()
    assert (made.phone, made.fax, made.email) == ("0512-9", "0512-6", "a@example.com"), "nothing is saved yet"


def posted_again(page: str, prefix: str) -> dict[str, str]:
    """What the browser would send of the text inputs whose names begin so."""
    tags = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", page)]
    return {
        tag["name"]: tag.get("value", "")
        for tag in tags
        if tag.get("name", "").startswith(prefix) and tag.get("type") != "checkbox" and "__" not in tag["name"]
    }


@pytest.mark.spec("FRM-02", "CON-02")
def test_after_a_conflict_the_others_contacts_are_there_and_mine_too(crew: Team) -> None:
    made = customer("苏州恒泰机械有限公司", crew.lin, contacts=[{"name": "顾志明"}, {"name": "吴倩"}])
    gu, wu = made.contacts.order_by("pk")
    lin, manager = browser(crew.lin), browser(crew.manager)
    typed = {
        "name": made.name, "version": str(made.version), "contacts": "", "contacts-0-id": str(gu.pk), "contacts-0-name": "顾志明",
        "contacts-0-mobile": "13800138000", "contacts-0-title": "", "contacts-0-is_main": "1", "contacts-1-id": str(wu.pk), "contacts-1-name": "吴倩",
        "contacts-2-name": "钱伟民",
    }  # fmt: skip
    assert manager.post("/contacts", {"name": "郑秋", "customer": made.pk}).status_code == 303
    assert (
        manager.post(
            f"/contacts/{gu.pk}", {"name": "顾志明", "customer": made.pk, "title": "厂长", "is_main": "1"}
        ).status_code
        == 303
    )
    assert manager.post(f"/customers/{made.pk}/tabs/contacts/{wu.pk}/delete").status_code == 303
    answer = lin.post(f"/customers/{made.pk}", typed)
    page = text_of(answer)
    assert answer.status_code == 409
    assert "别人新增了联系人「郑秋」" in page
    again_sent = posted_again(page, "contacts-")
    newer = re.search(r'name="version" value="(\d+)"', page).group(1)
    names = {value for name, value in again_sent.items() if name.endswith("-name")}
    assert {"顾志明", "钱伟民", "郑秋"} <= names
    assert "吴倩" not in names, "deleted by the other and untouched by me"
    saved = lin.post(f"/customers/{made.pk}", {"name": made.name, "version": newer, "contacts": "", **again_sent})
    assert saved.status_code == 303
    assert set(made.contacts.values_list("name", flat=True)) == {"顾志明", "钱伟民", "郑秋"}
    gu.refresh_from_db()
    assert (gu.mobile, gu.title) == ("13800138000", "厂长"), "my cell and theirs"
