"""「交往记录」: what was said to whom and when, who may write it, and what the customer learns from it (INT-01, 02, 05, CUS-02, CUS-11)."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from kemai.customers.contact_services import contact_change, contact_delete_at_customer
from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_assign, customer_delete, customer_release
from kemai.customers.tests.factories import contact, customer, share
from kemai.customers.tests.support import NOT_FOUND
from kemai.kit.models import RecycleBin
from kemai.office.queries import entry_options
from kemai.people.tests.factories import again, browser
from kemai.teamwork.models import Interaction
from kemai.teamwork.tests.factories import record


@pytest.fixture
def shangce(crew):
    """A customer of 小林 with 李四 (main) and 赵六."""
    return customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}])


def named(name: str) -> Contact:
    return Contact.objects.get(name=name)


def days(count: float) -> timedelta:
    return timedelta(days=count)


# --- INT-01: what is noted ---------------------------------------------------------------------------------------------


@pytest.mark.spec("INT-01")
def test_a_record_says_when_with_whom_what_and_what_comes_next(crew, at, shangce):
    phone = {name: pk for pk, name in entry_options("contact_type")}["电话"]
    said = {
        "customer": shangce.pk, "contact": named("赵六").pk, "occurred_at": "2026-03-05 14:30", "contact_type": "电话",
        "content": "第二期款走内部流程\n最迟 25 日付出", "result": "已进流程", "made_progress": True, "next_step": "发送交期说明",
        "next_contact_at": "2026-03-12 09:00",
    }  # fmt: skip
    answer = at(crew.lin).post("interactions", **said)
    assert answer.status == 201
    kept = answer.json
    assert (kept["contact_display"], kept["people"], kept["contact_type"]) == ("赵六", "赵六", phone)
    assert kept["occurred_at"].startswith("2026-03-05T06:30") or kept["occurred_at"].startswith("2026-03-05T14:30")
    assert (kept["summary"], kept["made_progress"], kept["employee_display"]) == ("第二期款走内部流程", True, "小林")


@pytest.mark.spec("INT-01")
def test_without_a_time_it_is_now_and_a_far_future_is_refused(crew, at, shangce):
    made = at(crew.lin).post("interactions", customer=shangce.pk, contact=named("李四").pk).json
    assert abs(Interaction.objects.get(pk=made["id"]).occurred_at - timezone.now()) < timedelta(seconds=30)
    assert made["summary"] == "联系李四"
    late = (timezone.now() + days(3)).isoformat()
    refused = at(crew.lin).post("interactions", customer=shangce.pk, contact=named("李四").pk, occurred_at=late)
    assert (refused.status, refused.json["fields"]) == (
        422, {"occurred_at": ["联系时间不能晚于现在；将来的联系请填写「下次联系」。"]}
    )  # fmt: skip
    assert Interaction.objects.count() == 1


@pytest.mark.spec("INT-01")
def test_somebody_must_be_named_from_the_list_or_in_words(crew, at, shangce):
    refused = at(crew.lin).post("interactions", customer=shangce.pk, content="谈了交期")
    assert refused.json["fields"] == {"contact": ["请选择联系人；列表里没有的，请填写「其他联系人」。"]}
    made = at(crew.lin).post("interactions", customer=shangce.pk, content="谈了交期", contact_name="前台小姐")
    assert (made.status, made.json["people"]) == (201, "前台小姐")
    other = customer("宁波港务有限公司", crew.lin, contacts=[{"name": "孙七"}])
    stranger = at(crew.lin).post("interactions", customer=shangce.pk, contact=other.contacts.get().pk)
    assert stranger.json["fields"] == {"contact": ["所选的联系人不属于所选的客户，请重新选择。"]}
    assert Interaction.objects.count() == 1


@pytest.mark.spec("INT-01")
def test_files_hang_on_a_record(crew, shangce):
    from django.core.files.uploadedfile import SimpleUploadedFile

    made = record(shangce, crew.lin)
    file = SimpleUploadedFile("现场.txt", b"words")
    client = browser(crew.lin)
    client.post("/attachments/upload", {"kind": "interaction", "record": made.pk, "file": file})
    assert "现场.txt" in client.get(f"/interactions/{made.pk}/tabs/attachments").content.decode()


@pytest.mark.spec("INT-01")
def test_the_name_of_a_deleted_contact_stays_on_the_record(crew, shangce):
    made = record(shangce, crew.lin, contact=named("赵六").pk, contact_name="司机")
    contact_delete_at_customer(named("赵六"), by=crew.lin)
    kept = again(made)
    assert (kept.contact_id, kept.contact_name) == (None, "赵六、司机")


# --- INT-02, CUS-13, CUS-15: who --------------------------------------------------------------------------------------------


@pytest.mark.spec("INT-02", "CUS-15")
def test_who_may_see_the_customer_sees_and_adds_records_and_nobody_else(crew, at, shangce):
    made = record(shangce, crew.lin)
    for stranger in (crew.zhou, crew.chen, crew.service):
        assert at(stranger).get(f"interactions/{made.pk}").error == (404, "not_found", NOT_FOUND)
        assert at(stranger).get("interactions").total == 0
        assert at(stranger).post("interactions", customer=shangce.pk, contact_name="前台").status == 422
    share(shangce, crew.zhou)
    for person in (crew.zhou, crew.manager, crew.boss):
        assert at(person).get(f"interactions/{made.pk}").status == 200
        assert at(person).post("interactions", customer=shangce.pk, contact_name="前台").status == 201
    assert at(crew.lin).get("interactions").total == 4


@pytest.mark.spec("INT-02", "CUS-08")
def test_the_pool_shows_no_records(crew, at, shangce):
    record(shangce, crew.lin, "机密的底价")
    assert "底价" not in browser(crew.zhou).get(f"/customers/{shangce.pk}?view=pool").content.decode()
    assert at(crew.zhou).get("interactions", q="底价").total == 0


@pytest.mark.spec("CUS-15", "CUS-13")
def test_helpers_change_their_own_records_the_owner_all(crew, at, shangce):
    share(shangce, crew.zhou)
    by_lin, by_zhou = record(shangce, crew.lin), record(shangce, crew.zhou)
    assert at(crew.zhou).patch(f"interactions/{by_zhou.pk}", result="成").status == 200
    refused = at(crew.zhou).patch(f"interactions/{by_lin.pk}", result="改")
    assert refused.error == (403, "not_owner", "这是小林的交往记录，只有本人和客户负责人可以修改或删除。")
    assert at(crew.zhou).delete(f"interactions/{by_lin.pk}").status == 403
    assert again(by_lin).result == ""
    customer_assign(again(shangce), employee=crew.chen.pk, by=crew.lin)
    assert at(crew.chen).patch(f"interactions/{by_lin.pk}", result="接手").status == 200
    assert at(crew.lin).get(f"interactions/{by_lin.pk}").status == 404


@pytest.mark.spec("CUS-11")
def test_records_stay_with_a_customer_that_is_returned(crew, at, shangce):
    made = record(shangce, crew.lin)
    customer_release(again(shangce), reason="项目暂停", by=again(crew.lin))
    assert at(crew.lin).get(f"interactions/{made.pk}").status == 404
    at(crew.chen).post(f"customers/{shangce.pk}/claim")
    assert at(crew.chen).get(f"interactions/{made.pk}").json["employee_display"] == "小林"


# --- CUS-02: first and last contact -----------------------------------------------------------------------------------------


def contacted(what: Customer) -> tuple:
    found = again(what)
    return found.first_contacted_at, found.last_contacted_at


@pytest.mark.spec("CUS-02")
def test_first_and_last_contact_follow_what_is_added_changed_deleted_and_restored(crew, at, shangce):
    version = again(shangce).version
    assert contacted(shangce) == (None, None)
    old, new = record(shangce, crew.lin, days_ago=9), record(shangce, crew.lin, days_ago=2)
    assert contacted(shangce) == (old.occurred_at, new.occurred_at)
    earlier = (old.occurred_at - days(5)).isoformat()
    assert at(crew.lin).patch(f"interactions/{new.pk}", occurred_at=earlier).status == 200
    assert contacted(shangce) == (again(new).occurred_at, old.occurred_at)
    at(crew.lin).delete(f"interactions/{old.pk}")
    assert contacted(shangce) == (again(new).occurred_at, again(new).occurred_at)
    browser(crew.lin).post(
        f"/api/v1/recycle-bin/{RecycleBin.objects.get().pk}/restore", content_type="application/json"
    )
    assert contacted(shangce) == (again(new).occurred_at, old.occurred_at)
    assert again(shangce).version == version, "whoever has the customer's form open is not disturbed"


@pytest.mark.spec("CUS-02")
def test_a_record_that_moves_to_another_customer_moves_both(crew, at, shangce):
    other = customer("宁波港务有限公司", crew.lin, contacts=[{"name": "孙七"}])
    made = record(shangce, crew.lin, days_ago=1)
    assert at(crew.lin).patch(f"interactions/{made.pk}", customer=other.pk).status == 200
    assert (contacted(shangce), contacted(other)) == ((None, None), (made.occurred_at, made.occurred_at))


@pytest.mark.parametrize(
    ("field", "sent", "sentence"),
    [
        ("occurred_at", "0001-01-01 00:00", "联系时间应为日期和时间，例如 2026-03-05 14:30。"),
        ("next_contact_at", "9999-12-31T23:59:59-12:00", "下次联系应为日期和时间，例如 2026-03-05 14:30。"),
    ],
)
def test_a_time_that_no_calendar_holds_is_refused_with_a_sentence(crew, at, shangce, field, sent, sentence):
    made = record(shangce, crew.lin)
    refused = at(crew.lin).patch(f"interactions/{made.pk}", **{field: sent})
    assert (refused.status, refused.json["fields"]) == (422, {field: [sentence]})
    asked = {"op": "and", "rows": [{"field": field, "cond": "lte", "value": sent}]}
    assert at(crew.lin).get("interactions", filter=json.dumps(asked)).status in (200, 400)
    assert again(made).version == made.version


@pytest.mark.spec("CUS-02", "LST-05")
def test_the_list_sorts_by_the_last_contact(crew, at, shangce):
    other = customer("宁波港务有限公司", crew.lin)
    record(shangce, crew.lin, days_ago=3)
    record(other, crew.lin, days_ago=1)
    rows = at(crew.lin).get("customers", sort="-last_contacted_at").json["items"]
    assert [row["name"] for row in rows] == [other.name, shangce.name]


# --- with the customer ------------------------------------------------------------------------------------------------------


@pytest.mark.spec("CUS-07", "SYS-11")
def test_records_go_to_the_recycle_bin_with_the_customer_and_come_back(crew, shangce):
    made = record(shangce, crew.lin, contact=named("李四").pk)
    customer_release(again(shangce), reason="项目暂停", by=again(crew.lin))
    asked = browser(crew.manager).get(f"/customers/{shangce.pk}/delete").content.decode()
    assert "2 个联系人、1 条交往记录将一起移到回收站" in asked
    customer_delete(again(shangce), by=again(crew.manager))
    assert Interaction.objects.count() == 0
    kept = RecycleBin.objects.get()
    browser(crew.manager).post(f"/api/v1/recycle-bin/{kept.pk}/restore", content_type="application/json")
    assert again(made).contact.name == "李四"
    assert again(shangce).last_contacted_at == made.occurred_at


@pytest.mark.spec("CUS-20", "FRM-05")
def test_the_customer_has_the_tab_and_its_time_line_tells_them_once(crew, shangce):
    record(shangce, crew.lin, "现场看了三号车间", contact=named("李四").pk, next_step="出接线图", days_ago=-0.01)
    page = browser(crew.lin).get(f"/customers/{shangce.pk}").content.decode()
    assert "联系 · 李四" in page
    assert "出接线图" in page
    assert page.count("现场看了三号车间") == 1
    assert "现场看了三号车间" in browser(crew.lin).get(f"/customers/{shangce.pk}/tabs/interactions").content.decode()


@pytest.mark.spec("LST-02")
def test_records_are_found_by_customer_person_and_words_and_under_new_names(crew, at, shangce):
    record(shangce, crew.lin, "年底前到货", contact=named("李四").pk)
    for words in ("商策", "lisi", "年底", "李四 年底"):
        assert at(crew.lin).get("interactions", q=words).total == 1, words
    contact_change(named("李四"), values={"name": "李嗣"}, by=again(crew.lin))
    at(crew.lin).patch(f"customers/{shangce.pk}", name="温州新策贸易有限公司", similar_reason="更名")
    assert [at(crew.lin).get("interactions", q=words).total for words in ("李四", "李嗣", "商策", "新策")] == [
        0,
        1,
        0,
        1,
    ]


# --- INT-05: in one line ----------------------------------------------------------------------------------------------------


@pytest.mark.spec("INT-05")
def test_one_line_is_a_record_with_the_main_contact(crew, at, shangce):
    answer = at(crew.lin).post(f"customers/{shangce.pk}/log_contact", content="谈了交期", contact_type="电话")
    assert answer.status == 200
    made = Interaction.objects.get()
    assert (str(made.contact), made.content, str(made.contact_type)) == ("李四", "谈了交期", "电话")


@pytest.mark.spec("INT-05")
def test_the_line_stands_on_the_record_page_and_in_the_pane(crew, shangce):
    client = browser(crew.lin)
    for address in (f"/customers/{shangce.pk}", f"/customers/{shangce.pk}/pane?view=mine"):
        assert f'hx-post="/customers/{shangce.pk}/log_contact"' in client.get(address).content.decode()
    public = browser(crew.zhou).get(f"/customers/{shangce.pk}?view=pool").content.decode()
    assert "log_contact" not in public


@pytest.mark.spec("INT-05")
def test_one_line_needs_somebody_and_takes_only_the_customers_own_people(crew, at):
    empty = customer("嘉陵小店", crew.lin)
    refused = at(crew.lin).post(f"customers/{empty.pk}/log_contact", content="谈了交期")
    assert refused.json["fields"] == {"contact_name": ["「嘉陵小店」还没有联系人，请填写和谁联系。"]}
    other = contact("孙七", customer("宁波港务有限公司", crew.lin))
    refused = at(crew.lin).post(f"customers/{empty.pk}/log_contact", content="谈了交期", contact=other.pk)
    assert refused.json["fields"] == {"contact": ["所选的联系人不属于「嘉陵小店」，请重新选择。"]}
    assert Interaction.objects.count() == 0
    assert at(crew.lin).post(f"customers/{empty.pk}/log_contact", content="谈了交期", contact_name="店主").status == 200


@pytest.mark.spec("INT-05", "LST-09")
def test_one_line_for_many_customers_of_a_list(crew, at, shangce):
    other = customer("宁波港务有限公司", crew.lin)
    answer = at(crew.lin).post("customers/actions/log_contact", ids=[shangce.pk, other.pk], content="节日问候")
    assert [(row["id"], row["ok"]) for row in answer.json["results"]] == [(shangce.pk, True), (other.pk, False)]
    assert Interaction.objects.get().customer == shangce


@pytest.mark.spec("PRF-03")
def test_the_total_of_a_large_range_follows_its_records_by_itself(crew, shangce, monkeypatch):
    from kemai.kit import listing

    record(shangce, crew.lin)
    page = browser(crew.lin)
    assert "共 1 条" in page.get("/interactions").content.decode()
    monkeypatch.setattr(listing, "SMALL_RANGE", -1)
    assert "共 … 条" in page.get("/interactions").content.decode()
    pager = page.get("/interactions", headers={"HX-Request": "true", "HX-Target": "pager"}).content.decode()
    assert "共 1 条" in pager
