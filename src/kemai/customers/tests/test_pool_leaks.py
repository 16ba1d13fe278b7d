"""The pool shows the public information of any customer and nothing else, through whichever door one comes (CUS-08)."""

import re

import pytest
from python_calamine import CalamineWorkbook

from kemai.customers.models import Contact, Customer
from kemai.customers.parameters import DEFAULT_PUBLIC
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import NO_RIGHT, NOT_FOUND, PUBLIC, nothing_changes, set_parameter, with_rights
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import browser

pytestmark = pytest.mark.spec("CUS-08")

SECRETS = {
    "short_name": "商策简称", "address": "文三路九十九号", "post_code": "310013", "phone": "0571-88886666", "fax": "0571-88886667",
    "email": "secret@shangce.example", "website": "www.shangce.example", "tax_number": "91330106MA2B0A1B2C", "bank": "招商银行城西支行",
    "bank_account": "6225880212345678", "legal_person": "钱法人", "tags": ["机密标签"], "remarks": "预算在第三季度",
}  # fmt: skip
HIDDEN_WORDS = [
    "商策简称", "文三路", "310013", "88886666", "88886667", "secret@", "shangce.example", "91330106", "招商银行", "62258802", "钱法人", "机密标签",
    "第三季度", "李四", "13800138000", "主动开发", "上级集团",
]  # fmt: skip


def entry(name: str) -> int:
    return DictionaryEntry.objects.get(name=name, dictionary__code__startswith="customer").pk


@pytest.fixture
def shangce(crew):
    """A customer of 小陈 with every field filled, hidden from 小林 but for its public information."""
    parent = customer("上级集团", crew.chen)
    made = customer(
        "杭州商策科技有限公司", crew.chen, **SECRETS, parent=parent.pk, level=entry("核心"), industry=entry("信息技术"), source=entry("主动开发"),
        size=entry("大型"), contacts=[{"name": "李四", "mobile": "13800138000"}],
    )  # fmt: skip
    Customer.objects.filter(pk=parent.pk).update(name="上级集团（已改名）")
    return made


def leaks(text: str) -> list[str]:
    return [word for word in HIDDEN_WORDS if word in text]


# --- what one gets -----------------------------------------------------------------------------------------------------


def test_the_pool_lists_claimed_and_unclaimed_ones_with_state_and_owner(crew, at, shangce):
    customer("宁波远洋贸易有限公司", phone="0574-88886666")
    items = at(crew.lin).get("customers", view="pool").json["items"]
    assert {(item["name"], item["state_display"], item["owner_display"]) for item in items} == {
        ("杭州商策科技有限公司", "已领用", "小陈"), ("上级集团（已改名）", "已领用", "小陈"), ("宁波远洋贸易有限公司", "未领用", ""),
    }  # fmt: skip
    assert all(set(item) == PUBLIC for item in items)


def test_the_record_has_public_fields_alone(crew, at, shangce):
    answer = at(crew.lin).get(f"customers/{shangce.pk}", view="pool")
    assert answer.status == 200
    assert set(answer.json) == PUBLIC
    assert answer.json["level_display"] == "核心"
    assert leaks(answer.text) == []


@pytest.mark.parametrize("who", ["lin", "chen", "manager", "boss", "admin"])
def test_nobody_gets_more_through_the_pool_not_even_of_ones_own(crew, at, shangce, who):
    person = getattr(crew, who)
    assert set(at(person).get(f"customers/{shangce.pk}", view="pool").json) == PUBLIC
    listed = at(person).get("customers", view="pool", page_size=100)
    assert all(set(item) == PUBLIC for item in listed.json["items"])
    assert leaks(listed.text.replace("上级集团", "")) == []


def test_every_other_door_to_anothers_customer_is_shut(crew, at, shangce):
    contact = Contact.objects.get()
    with nothing_changes():
        for address in (
            f"customers/{shangce.pk}", f"customers/{shangce.pk}?view=mine", f"customers/{shangce.pk}?view=shared",
            f"customers/{shangce.pk}/contacts", f"customers/{shangce.pk}/contacts?view=pool", f"customers/{shangce.pk}/shares",
            f"customers/{shangce.pk}/ownership", f"customers/{shangce.pk}/timeline", f"customers/{shangce.pk}/timeline?view=pool",
            f"customers/{shangce.pk}/attachments", f"contacts/{contact.pk}",
        ):  # fmt: skip
            assert at(crew.lin).get(address).error == (404, "not_found", NOT_FOUND), address
        assert at(crew.lin).patch(f"customers/{shangce.pk}", phone="1").status == 404
        assert at(crew.lin).patch(f"contacts/{contact.pk}", phone="1").status == 404
        assert at(crew.lin).delete(f"customers/{shangce.pk}/contacts/{contact.pk}").status == 404
        assert at(crew.lin).get("customers", view="keller").status == 404


def test_guessed_ids_answer_alike_whether_or_not_there_is_something(crew, at, shangce):
    for pk in (shangce.pk, 987654, 2**63 + 1):
        for verb, sent in (
            ("release", {"reason": "试"}),
            ("share", {"employees": ["xiaozhou"]}),
            ("assign", {"employee": "xiaozhou"}),
        ):
            assert at(crew.lin).post(f"customers/{pk}/{verb}", **sent).error == (404, "not_found", NOT_FOUND)
        assert at(crew.lin).get(f"customers/{pk}").error == (404, "not_found", NOT_FOUND)
        assert browser(crew.lin).get(f"/customers/{pk}").status_code == 404
        assert browser(crew.lin).get(f"/customers/{pk}/edit").status_code == 404
        assert browser(crew.lin).get(f"/customers/{pk}/tabs/contacts").status_code == 404
        assert browser(crew.lin).get(f"/customers/{pk}/tabs/ownership").status_code == 404
        assert browser(crew.lin).get(f"/customers/{pk}/share").status_code == 404


def test_references_to_anothers_customer_are_refused_as_if_it_were_not_there(crew, at, shangce):
    own = customer("甲公司", crew.lin)
    with nothing_changes():
        sentences = set()
        for pk in (shangce.pk, 987654):
            answer = at(crew.lin).post("contacts", name="王五", customer=pk)
            assert answer.status == 422
            sentences.add(answer.json["message"])
            answer = at(crew.lin).patch(f"customers/{own.pk}", parent=pk)
            assert answer.status == 422
            sentences.add(answer.json["message"])
        assert sentences == {
            "单位名称不存在，或不在您的数据范围内，请从列表中选择。", "上级客户不存在，或不在您的数据范围内，请从列表中选择。",
        }  # fmt: skip
    for text in ("商策", "李四"):
        for kind in ("customer", "contact"):
            answer = browser(crew.lin).get(f"/pick/{kind}", {"q": text}).json()
            assert (answer["items"], answer["more"]) == ([], False)


# --- what one asks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "李四",
        "lisi",
        "13800138000",
        "8000",
        "0571-88886666",
        "88886666",
        "商策简称",
        "文三路",
        "secret",
        "91330106",
        "钱法人",
        "机密标签",
        "主动开发",
    ],
)
def test_search_in_the_pool_finds_nothing_by_what_is_hidden(crew, at, shangce, text):
    answer = at(crew.lin).get("customers", view="pool", q=text)
    assert (answer.total, answer.json["items"]) == (0, [])
    own = at(crew.chen).get("customers", view="pool", q=text)
    assert own.total == 0  # through the pool not by its owner either


def test_nor_by_the_number(crew, at, shangce):
    assert at(crew.lin).get("customers", view="pool", q=shangce.number).total == 0
    assert at(crew.chen).names("mine", q=shangce.number) == ["杭州商策科技有限公司"]


@pytest.mark.parametrize("text", ["商策", "sckj", "shangce", "科技 杭州"])
def test_search_in_the_pool_finds_by_name(crew, at, shangce, text):
    assert at(crew.lin).names("pool", q=text) == ["杭州商策科技有限公司"]


HIDDEN_FIELDS = [
    "number", "short_name", "main_contact", "main_phone", "phone", "last_contacted_at", "source", "size", "satisfaction", "address", "post_code",
    "fax", "email", "website", "tax_number", "bank", "bank_account", "legal_person", "parent", "tags", "remarks", "first_contacted_at",
    "claimed_at", "created_by", "created_at", "updated_at", "version",
]  # fmt: skip
NO_FIELD = [
    "name_folded",
    "core_name",
    "phone_digits",
    "contacts",
    "contacts__name",
    "owner__password",
    "pk",
    "id",
    "gibt_es_nicht",
    "",
]


@pytest.mark.parametrize("field", HIDDEN_FIELDS + NO_FIELD)
def test_filters_and_sorting_by_hidden_fields_are_refused_like_those_by_fields_that_do_not_exist(
    crew, at, shangce, field
):
    for cond in ("eq", "contains", "gt"):
        asked = {"op": "and", "rows": [{"field": field, "cond": cond, "value": "0571-88886666"}]}
        answer = at(crew.lin).get("customers", view="pool", filter=asked)
        assert answer.error == (400, "bad_filter", "过滤条件里有不能使用的字段。")
    if field:
        for sort in (field, f"-{field}"):
            answer = at(crew.lin).get("customers", view="pool", sort=sort)
            assert answer.error == (400, "not_sortable", "不能按这一列排序。")


def test_filters_by_public_fields_work(crew, at, shangce):
    asked = {
        "op": "and",
        "rows": [
            {"field": "level", "cond": "eq", "value": "核心"},
            {"field": "owner", "cond": "eq", "value": "xiaochen"},
        ],
    }
    assert at(crew.lin).names("pool", filter=asked) == ["杭州商策科技有限公司"]


def test_deeds_on_all_that_match_ask_the_same_question(crew, at, shangce):
    with nothing_changes():
        query = {
            "view": "pool",
            "filter": {"op": "and", "rows": [{"field": "phone", "cond": "contains", "value": "0571"}]},
        }
        assert at(crew.lin).post("customers/actions/claim", all=True, query=query).error == (
            400, "bad_filter", "过滤条件里有不能使用的字段。",
        )  # fmt: skip
        answer = at(crew.lin).post("customers/actions/claim", all=True, query={"view": "pool", "q": "李四"})
        assert answer.json == {"results": []}


def test_counts_tell_nothing_of_what_is_hidden(crew, at, shangce):
    assert at(crew.lin).get("customers", view="pool").total == 2  # that there are two is public
    assert at(crew.lin).get("customers").total == 0
    assert at(crew.lin).get("customers", view="shared", scope="all", q="商策").total == 0
    assert at(crew.lin).get("contacts").total == 0
    asked = {"op": "and", "rows": [{"field": "customer", "cond": "contains", "value": "商策"}]}
    assert at(crew.lin).get("contacts", filter=asked).total == 0


# --- pages -------------------------------------------------------------------------------------------------------------


def test_the_pages_of_the_pool_show_public_fields_alone(crew, shangce):
    page = browser(crew.lin)
    for address in (
        "/customers?view=pool", f"/customers/{shangce.pk}?view=pool", "/customers/filter?view=pool", f"/customers/{shangce.pk}/claim",
        "/customers?view=pool&q=88886666", "/customers?view=pool&q=李四",
    ):  # fmt: skip
        text = page.get(address).content.decode()
        assert [word for word in leaks(text) if word not in ("上级集团", *address.split("q=")[1:])] == [], address
    text = page.get(f"/customers/{shangce.pk}?view=pool").content.decode()
    assert "公开信息" in text
    assert "小陈" in text
    assert "已领用" in text
    assert "核心" in text


def test_the_filter_of_the_pool_offers_public_fields_alone(crew, shangce):
    text = browser(crew.lin).get("/customers/filter?view=pool").content.decode()
    offered = set(re.findall(r'"name": ?"(\w+)"', text.replace("&#34;", '"').replace("&quot;", '"')))
    assert offered <= set(DEFAULT_PUBLIC)


@pytest.mark.parametrize(
    "address", ["/customers?view=pool&sort=phone", "/customers?view=pool&filter=%7B%22op%22%3A%22and%22%2C%22rows%22%3A%5B%7B%22field"
                "%22%3A%22phone%22%2C%22cond%22%3A%22eq%22%2C%22value%22%3A%221%22%7D%5D%7D"]
)  # fmt: skip
def test_the_pages_refuse_hidden_fields_too(crew, shangce, address):
    assert browser(crew.lin).get(address).status_code == 400


# --- export ------------------------------------------------------------------------------------------------------------


def exported(client, address: str, tmp_path) -> list[list]:
    response = client.get(address)
    assert response.status_code == 200
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"".join(response.streaming_content) if response.streaming else response.content)
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


def test_an_export_of_the_pool_has_public_columns_alone(crew, at, shangce, tmp_path):
    for client, base in (
        (browser(crew.manager), "/customers/export"),
        (at(crew.manager).client, "/api/v1/customers/export"),
    ):
        rows = exported(client, f"{base}?view=pool", tmp_path)
        heads = next(row for row in rows if "客户名称" in row)
        assert {head for head in heads if head} == {
            "客户名称",
            "客户类别",
            "客户行业",
            "客户级别",
            "地区",
            "状态",
            "负责人",
        }
        assert leaks(str(rows).replace("上级集团", "")) == []
        assert "杭州商策科技有限公司" in str(rows)


def test_an_export_by_hidden_fields_is_refused(crew, at, shangce):
    assert at(crew.manager).get("customers/export", view="pool", sort="phone").status == 400
    asked = {"op": "and", "rows": [{"field": "phone", "cond": "contains", "value": "0571"}]}
    assert at(crew.manager).get("customers/export", view="pool", filter=asked).status == 400


def test_export_is_a_right_of_its_own(crew, at, shangce):
    assert at(crew.lin).get("customers/export", view="pool").error == (403, "forbidden", NO_RIGHT)


# --- the parameter -----------------------------------------------------------------------------------------------------


def test_a_field_made_public_appears_everywhere_at_once_and_goes_again(crew, at, shangce, tmp_path):
    def doors() -> dict[str, bool]:
        item = next(one for one in at(crew.lin).get("customers", view="pool").json["items"] if one["id"] == shangce.pk)
        asked = {"op": "and", "rows": [{"field": "phone", "cond": "contains", "value": "88886666"}]}
        rows = exported(browser(crew.manager), "/customers/export?view=pool", tmp_path)
        page = browser(crew.lin)
        return {
            "list": item.get("phone") == "0571-88886666",
            "record": at(crew.lin).get(f"customers/{shangce.pk}", view="pool").json.get("phone") == "0571-88886666",
            "search": at(crew.lin).get("customers", view="pool", q="88886666").total == 1,
            "filter": at(crew.lin).get("customers", view="pool", filter=asked).status == 200,
            "export": "0571-88886666" in str(rows),
            "list page": "0571-88886666" in page.get("/customers?view=pool").content.decode(),
            "record page": "0571-88886666" in page.get(f"/customers/{shangce.pk}?view=pool").content.decode(),
        }

    assert set(doors().values()) == {False}
    set_parameter("customer_public_fields", [*DEFAULT_PUBLIC, "phone"])
    assert doors() == dict.fromkeys(doors(), True)
    set_parameter("customer_public_fields", DEFAULT_PUBLIC)
    assert set(doors().values()) == {False}


def test_a_public_field_that_lists_do_not_show_by_default_shows_in_the_pool(crew, at, shangce):
    set_parameter("customer_public_fields", [*DEFAULT_PUBLIC, "address"])
    page = browser(crew.lin)
    assert "文三路九十九号" in page.get("/customers?view=pool").content.decode()
    assert "文三路九十九号" in page.get(f"/customers/{shangce.pk}?view=pool").content.decode()
    assert at(crew.lin).get(f"customers/{shangce.pk}", view="pool").json["address"] == "文三路九十九号"


def test_a_field_made_hidden_is_gone_everywhere_and_the_name_always_stays(crew, at, shangce):
    set_parameter("customer_public_fields", ["state"])
    record = at(crew.lin).get(f"customers/{shangce.pk}", view="pool").json
    assert set(record) == {"id", "name", "state", "state_display"}
    assert at(crew.lin).get("customers", view="pool", sort="level").status == 400
    text = browser(crew.lin).get(f"/customers/{shangce.pk}?view=pool").content.decode()
    assert "核心" not in text
    assert "小陈" not in text


# --- rights ------------------------------------------------------------------------------------------------------------


def test_without_the_right_to_see_customers_there_is_no_pool(crew, at, shangce):
    guest = with_rights("fangke", "访客", "message.view")
    for address in ("customers?view=pool", f"customers/{shangce.pk}?view=pool"):
        assert at(guest).get(address).error == (403, "forbidden", NO_RIGHT)
    assert browser(guest).get("/customers?view=pool").status_code == 403


def test_who_manages_customers_changes_unclaimed_ones_and_others_do_not(crew, at):
    free = customer("宁波远洋贸易有限公司", phone="0574-1111111")
    with nothing_changes():
        assert at(crew.lin).patch(f"customers/{free.pk}", phone="0574-2222222").error == (404, "not_found", NOT_FOUND)
    assert at(crew.manager).patch(f"customers/{free.pk}", phone="0574-2222222").json["phone"] == "0574-2222222"
