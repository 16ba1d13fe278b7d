"""The record of a customer: its fields over the API and the form, its number, its list, two editors at once (CUS-01, CUS-03, FRM-02)."""

import pytest

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import NOT_FOUND, fresh, last_log, nothing_changes, with_rights
from kemai.office.models import DictionaryEntry, Region
from kemai.people.tests.factories import browser

TEXTS = {
    "name": "杭州商策科技有限公司", "short_name": "商策", "address": "文三路 99 号 B 座 1203", "post_code": "310013",
    "phone": "0571-88886666 / 138 0013 8000", "fax": "0571-88886667", "email": "info@shangce.example", "website": "www.shangce.example",
    "tax_number": "91330106MA2B0A1B2B", "bank": "招商银行杭州城西支行", "bank_account": "6225 8802 1234 5678", "legal_person": "钱学",
    "remarks": "第一行\n第二行 <b>不是标签</b> ' \" & 😀",
}  # fmt: skip
CHOICES = {
    "category": ("customer_category", "经销商"), "level": ("customer_level", "核心"), "industry": ("customer_industry", "信息技术"),
    "source": ("customer_source", "展会"), "size": ("customer_size", "中型"), "satisfaction": ("customer_satisfaction", "满意"),
}  # fmt: skip


def entry(code: str, name: str) -> int:
    return DictionaryEntry.objects.get(dictionary__code=code, name=name).pk


@pytest.fixture
def region(crew) -> Region:
    return Region.objects.get(full_name="浙江省 杭州市 西湖区")


@pytest.mark.spec("CUS-01")
def test_every_field_goes_in_and_comes_back_over_the_api(crew, at, region):
    parent = customer("商策集团（控股）", crew.lin)
    chosen = {name: entry(*where) for name, where in CHOICES.items()}
    sent = {
        **TEXTS,
        **chosen,
        "region": region.pk,
        "parent": parent.pk,
        "tags": ["展会", "重点"],
        "similar_reason": "子公司",
    }
    answer = at(crew.lin).post("customers", **sent)
    assert answer.status == 201
    record = at(crew.lin).get(f"customers/{answer.json['id']}").json
    assert record == {name: value for name, value in answer.json.items() if name != "warnings"}
    assert {name: record[name] for name in TEXTS} == TEXTS
    assert {name: record[name] for name in CHOICES} == chosen
    assert {name: record[f"{name}_display"] for name in CHOICES} == {name: word for name, (_, word) in CHOICES.items()}
    assert (record["region_display"], record["parent_display"]) == ("浙江省 杭州市 西湖区", "商策集团（控股）")
    assert record["tags"] == ["展会", "重点"]
    assert (record["owner_display"], record["created_by_display"], record["version"]) == ("小林", "小林", 1)
    assert record["created_at"] == record["claimed_at"]
    assert record["created_at"].endswith("+08:00")
    assert record["first_contacted_at"] is record["last_contacted_at"] is None


@pytest.mark.spec("CUS-01")
def test_every_field_goes_in_and_comes_back_over_the_form(crew, at, region):
    parent = customer("商策集团（控股）", crew.lin)
    page = browser(crew.lin)
    chosen = {name: entry(*where) for name, where in CHOICES.items()}
    posted = {
        **TEXTS,
        **chosen,
        "region": region.pk,
        "parent": parent.pk,
        "tags": "展会，重点",
        "similar_reason": "子公司",
    }
    assert page.post("/customers?view=mine", posted).status_code == 303
    made = Customer.objects.get(name=TEXTS["name"])
    record = at(crew.lin).get(f"customers/{made.pk}").json
    assert {name: record[name] for name in TEXTS} == TEXTS
    assert {name: record[name] for name in CHOICES} == chosen
    assert (record["region"], record["parent"], record["tags"]) == (region.pk, parent.pk, ["展会", "重点"])
    shown = page.get(f"/customers/{made.pk}").content.decode()
    form = page.get(f"/customers/{made.pk}/edit").content.decode()
    for word in (
        "文三路 99 号 B 座 1203",
        "91330106MA2B0A1B2B",
        "招商银行杭州城西支行",
        "钱学",
        "经销商",
        "第二行 &lt;b&gt;不是标签&lt;/b&gt;",
    ):
        assert word in shown
        assert word in form
    # saved again without a change it is the same
    again = {**posted, "version": made.version}
    assert page.post(f"/customers/{made.pk}", again).status_code == 303
    assert at(crew.lin).get(f"customers/{made.pk}").json == record


@pytest.mark.spec("CUS-01")
def test_dictionary_words_and_regions_can_be_written_as_people_write_them(crew, at, region):
    answer = at(crew.lin).post("customers", name="甲公司", level="核心", region="浙江杭州西湖", industry="信息技术")
    assert (answer.json["level_display"], answer.json["industry_display"]) == ("核心", "信息技术")
    assert answer.json["region"] == region.pk


@pytest.mark.spec("CUS-01")
def test_a_name_alone_is_enough(crew, at):
    answer = at(crew.lin).post("customers", name=" 甲公司　")
    assert (answer.status, answer.json["name"], answer.json["contacts"]) == (201, "甲公司", [])


@pytest.mark.spec("CUS-01")
@pytest.mark.parametrize(
    ("sent", "sentences"),
    [
        ({}, {"name": ["请填写客户名称。"]}),
        ({"name": " 　"}, {"name": ["请填写客户名称。"]}),
        ({"name": "字" * 121}, {"name": ["客户名称最多 120 个字，现在是 121 个。"]}),
        ({"name": 12}, {"name": ["客户名称应为文字。"]}),
        ({"name": "甲公司", "email": "nonsense"}, {"email": ["电子邮箱的格式不对，应像 name@example.com。"]}),
        ({"name": "甲公司", "website": "javascript:alert(1)"}, {"website": ["网址的格式不对，应像 www.example.com。"]}),
        (
            {"name": "甲公司", "level": "不存在"},
            {"level": ["客户级别「不存在」不存在，或不在您的数据范围内，请从列表中选择。"]},
        ),
        ({"name": "甲公司", "number": "KH1"}, {"number": ["这个字段由系统维护，不能直接填写。"]}),
        ({"name": "甲公司", "owner": 1}, {"owner": ["这个字段由系统维护，不能直接填写。"]}),
        ({"name": "甲公司", "nonsense": 1}, {"nonsense": ["没有「nonsense」这个字段。"]}),
    ],
)
def test_what_cannot_be_taken_is_refused_beside_its_field(crew, at, sent, sentences):
    with nothing_changes():
        answer = at(crew.lin).post("customers", **sent)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.json["fields"] == sentences


@pytest.mark.spec("CUS-01")
def test_a_wrong_tax_number_is_a_warning_and_is_saved_all_the_same(crew, at):
    warned = {"tax_number": "统一社会信用代码的校验位不符，请核对。"}
    answer = at(crew.lin).post("customers", name="甲公司", tax_number="91330106MA2B0A1B2X")
    assert (answer.status, answer.json["tax_number"], answer.json["warnings"]) == (201, "91330106MA2B0A1B2X", warned)
    pk = answer.json["id"]
    answer = at(crew.lin).patch(f"customers/{pk}", tax_number="123")
    assert (answer.status, answer.json["tax_number"]) == (200, "123")
    assert answer.json["warnings"] == {"tax_number": "统一社会信用代码应为18位，现在是3位，请核对。"}
    assert "warnings" not in at(crew.lin).patch(f"customers/{pk}", tax_number="").json


@pytest.mark.spec("CUS-01")
def test_on_the_form_the_warning_is_said_after_saving_and_stands_beside_the_field(crew):
    page = browser(crew.lin)
    assert page.post("/customers?view=mine", {"name": "乙公司", "tax_number": "91330106MA2B0A1B2Y"}).status_code == 303
    made = Customer.objects.get(name="乙公司")
    assert made.tax_number == "91330106MA2B0A1B2Y"
    sentence = "统一社会信用代码的校验位不符，请核对。"
    assert sentence in page.get("/customers?view=mine").content.decode()
    assert sentence in page.get(f"/customers/{made.pk}/edit").content.decode()
    good = {"name": "乙公司", "tax_number": "91330106MA2B0A1B2B", "version": made.version}
    assert page.post(f"/customers/{made.pk}", good).status_code == 303
    assert sentence not in page.get(f"/customers/{made.pk}").content.decode()


@pytest.mark.spec("CUS-01")
def test_a_tax_number_is_stored_neat(crew, at):
    assert (
        at(crew.lin).post("customers", name="甲公司", tax_number="9133 0106-ma2b0a1b2b").json["tax_number"]
        == "91330106MA2B0A1B2B"
    )


@pytest.mark.spec("CUS-01")
def test_numbers_are_given_in_a_row(crew, at):
    first, second = (at(crew.lin).post("customers", name=name).json["number"] for name in ("甲公司", "乙公司"))
    assert first.startswith("KH")
    assert int(second[-4:]) == int(first[-4:]) + 1
    with nothing_changes():
        at(crew.lin).post("customers", name="甲公司")  # refused: takes no number
    assert int(at(crew.lin).post("customers", name="丙公司").json["number"][-4:]) == int(first[-4:]) + 2


@pytest.mark.spec("CUS-01")
def test_a_customer_is_not_its_own_parent(crew, at):
    one = customer("甲公司", crew.lin)
    two = customer("乙公司", crew.lin, parent=one.pk)
    with nothing_changes():
        for parent in (one, two):  # neither directly nor round a corner
            answer = at(crew.lin).patch(f"customers/{one.pk}", parent=parent.pk)
            assert answer.json["fields"] == {"parent": ["上级客户不能是它自己，也不能是它的下级客户。"]}


@pytest.mark.spec("CUS-03")
def test_the_list_shows_the_main_contact_and_their_phone(crew, at):
    customer(
        "甲公司",
        crew.lin,
        contacts=[{"name": "李四"}, {"name": "赵六", "mobile": "13800138000", "phone": "0571-1", "is_main": True}],
    )
    customer("乙公司", crew.lin, contacts=[{"name": "孙七", "phone": "0571-88886666"}])
    customer("丙公司", crew.lin)
    items = at(crew.lin).get("customers", sort="name").json["items"]
    shown = {item["name"]: (item["main_contact_display"], item["main_phone"]) for item in items}
    assert shown == {"甲公司": ("赵六", "13800138000"), "乙公司": ("孙七", "0571-88886666"), "丙公司": ("", None)}
    text = browser(crew.lin).get("/customers").content.decode()
    for word in ("赵六", "13800138000", "孙七", "0571-88886666", "主联系人", "联系人电话"):
        assert word in text
    assert "李四" not in text


# --- changing ----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("FRM-02")
def test_the_second_of_two_editors_is_told_and_nothing_is_lost(crew, at):
    one = customer("甲公司", crew.lin, phone="0571-11111111")
    assert at(crew.manager).patch(f"customers/{one.pk}", version=1, phone="0571-22222222").json["version"] == 2
    with nothing_changes():
        answer = at(crew.lin).patch(f"customers/{one.pk}", version=1, phone="0571-33333333")
    assert answer.json == {
        "code": "version_conflict", "message": "这条记录刚刚被别人修改过，请核对后再保存。", "fields": {}, "version": 2,
    }  # fmt: skip
    assert answer.status == 409
    assert at(crew.lin).patch(f"customers/{one.pk}", version=2, phone="0571-33333333").status == 200


@pytest.mark.spec("FRM-02")
def test_on_the_form_one_sees_whose_change_came_between_and_keeps_what_was_typed(crew, at):
    one = customer("甲公司", crew.lin, phone="0571-11111111")
    at(crew.manager).patch(f"customers/{one.pk}", phone="0571-22222222")
    with nothing_changes():
        answer = browser(crew.lin).post(
            f"/customers/{one.pk}", {"name": "甲公司", "phone": "0571-33333333", "version": 1}
        )
    text = answer.content.decode()
    assert answer.status_code == 409
    for word in ("王建国", "0571-11111111", "0571-22222222", "0571-33333333"):
        assert word in text


@pytest.mark.spec("FRM-02")
def test_a_change_without_a_version_is_not_checked(crew, at):
    one = customer("甲公司", crew.lin)
    at(crew.lin).patch(f"customers/{one.pk}", phone="1", version=1)
    assert at(crew.lin).patch(f"customers/{one.pk}", phone="2").json["version"] == 3


@pytest.mark.spec("FRM-02")
def test_a_change_that_changes_nothing_raises_no_version_and_leaves_no_trace(crew, at):
    one = customer("甲公司", crew.lin, phone="0571-11111111")
    before = last_log(one).pk
    assert at(crew.lin).patch(f"customers/{one.pk}", phone="0571-11111111", version=1).json["version"] == 1
    assert fresh(one).updated_at == one.updated_at
    assert last_log(one).pk >= before


@pytest.mark.spec("FRM-02")
def test_cancel_saves_nothing(crew):
    one = customer("甲公司", crew.lin)
    page = browser(crew.lin)
    with nothing_changes():
        text = page.get(f"/customers/{one.pk}/edit").content.decode()
        assert "取消" in text
        page.get(f"/customers/{one.pk}")


@pytest.mark.spec("FRM-02")
def test_a_version_that_is_none_is_refused(crew, at):
    one = customer("甲公司", crew.lin)
    with nothing_changes():
        assert at(crew.lin).patch(f"customers/{one.pk}", version="alt", phone="1").status == 422


@pytest.mark.spec("ORG-05")
def test_who_manages_customers_changes_those_of_others_in_range(crew, at):
    own, foreign, free = customer("甲公司", crew.lin), customer("乙公司", crew.chen), customer("丙公司")
    assert at(crew.manager).patch(f"customers/{own.pk}", phone="0571-88886666").status == 200
    assert at(crew.manager).patch(f"customers/{free.pk}", phone="0571-88886667").status == 200
    assert fresh(own).owner == crew.lin  # a change is no change of owner
    with nothing_changes():
        assert at(crew.manager).patch(f"customers/{foreign.pk}", phone="1").error == (404, "not_found", NOT_FOUND)


@pytest.mark.spec("ORG-05")
def test_without_that_right_a_supervisor_sees_and_does_not_change(crew, at):
    head = with_rights("zuzhang", "组长", "customer.view", "customer.change", supervisor=crew.manager)
    from kemai.people import services as people

    people.employee_change(fresh(crew.lin), values={"supervisor": head.pk}, by=crew.admin)
    own = customer("甲公司", crew.lin)
    assert at(head).get(f"customers/{own.pk}").status == 200
    with nothing_changes():
        answer = at(head).patch(f"customers/{own.pk}", phone="1")
    assert answer.error == (403, "not_owner", "该客户由小林负责，您不能修改客户资料。")


@pytest.mark.spec("CUS-01")
@pytest.mark.parametrize("sent", ["[]", "nonsense", '"text"', '{"name": NaN}'])
def test_a_body_that_cannot_be_read_is_malformed(crew, at, sent):
    with nothing_changes():
        response = at(crew.lin).client.post("/api/v1/customers", sent, content_type="application/json")
    assert response.status_code == 400
