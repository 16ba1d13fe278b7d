"""The tabs of a record: rows deleted together, printed, searched; 「变更记录」 out of the journal (CON-03, CUS-20, CUS-21)."""

import json

import pytest
from django.test import Client

from kemai.customers.contact_services import contact_change
from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_change, customer_release
from kemai.customers.tests.factories import contact, customer
from kemai.kit.changes import change_rows
from kemai.kit.entity import registry
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.timeline import OUT_OF_RANGE, timeline_of
from kemai.people.tests.factories import Team, again, browser, employee, program, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.fixture
def lin(crew: Team) -> Client:
    return browser(crew.lin)


@pytest.fixture
def hengtai(crew: Team) -> Customer:
    people = [{"name": "顾志明", "mobile": "13800138000"}, {"name": "吴倩"}, {"name": "钱伟民"}]
    return customer("苏州恒泰机械有限公司", crew.lin, contacts=people, phone="0512-62881190")


def ids_of(made: Customer, *names: str) -> list[int]:
    return [made.contacts.get(name=name).pk for name in names]


def left_at(made: Customer) -> list[str]:
    return list(made.contacts.order_by("pk").values_list("name", flat=True))


# --- deleting many -----------------------------------------------------------------------------------------------------


@pytest.mark.spec("CON-03", "CUS-20")
def test_the_chosen_contacts_are_deleted_after_a_question_that_names_them(lin: Client, hengtai: Customer) -> None:
    wanted = ids_of(hengtai, "吴倩", "钱伟民")
    address = f"/customers/{hengtai.pk}/tabs/contacts/actions/delete"
    question = lin.get(address, {"ids": ",".join(map(str, wanted))}).content.decode()
    assert "删除 2 条联系人" in question
    assert "吴倩" in question
    assert left_at(hengtai) == ["顾志明", "吴倩", "钱伟民"], "a question deletes nothing"
    answer = lin.post(address, {"ids": ",".join(map(str, wanted))})
    assert (answer.status_code, answer["Location"]) == (303, f"/customers/{hengtai.pk}?tab=contacts")
    assert left_at(hengtai) == ["顾志明"]


@pytest.mark.spec("CON-03", "API-01")
def test_the_api_says_row_by_row_what_was_deleted(crew: Team, hengtai: Customer) -> None:
    elsewhere = contact("郑秋", customer("无锡远望物流有限公司", crew.lin), by=crew.lin)
    (wu,) = ids_of(hengtai, "吴倩")
    answer = program(crew.lin).post(
        f"/api/v1/customers/{hengtai.pk}/contacts/actions/delete",
        json.dumps({"ids": [wu, elsewhere.pk]}),
        content_type="application/json",
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert results[0] == {"id": wu, "ok": True}
    assert (results[1]["ok"], results[1]["code"]) == (False, "not_found")
    assert Contact.objects.filter(pk=elsewhere.pk).exists()
    assert left_at(hengtai) == ["顾志明", "钱伟民"]


@pytest.mark.spec("CON-03", "ORG-08")
def test_nobody_deletes_rows_of_a_record_out_of_their_range(crew: Team, hengtai: Customer) -> None:
    ids = ids_of(hengtai, "吴倩")
    page, api = (
        f"/customers/{hengtai.pk}/tabs/contacts/actions/delete",
        f"/api/v1/customers/{hengtai.pk}/contacts/actions/delete",
    )
    assert browser(crew.zhou).get(page, {"ids": ids}).status_code == 404
    assert browser(crew.zhou).post(page, {"ids": ids}).status_code == 404
    assert program(crew.zhou).post(api, json.dumps({"ids": ids}), content_type="application/json").status_code == 404
    reader = employee(
        "reader", "阅览", rights=["customer.view", "contact.view", "token.add"], ranges={"customer": "all"}
    )
    assert browser(reader).post(page, {"ids": ids}).status_code == 403
    assert program(reader).post(api, json.dumps({"ids": ids}), content_type="application/json").status_code == 403
    assert left_at(hengtai) == ["顾志明", "吴倩", "钱伟民"]


@pytest.mark.spec("CUS-20")
def test_only_who_may_delete_has_boxes_to_tick(crew: Team, lin: Client, hengtai: Customer) -> None:
    address = f"/customers/{hengtai.pk}/tabs/contacts"
    assert "data-tab-delete" in lin.get(address).content.decode()
    reader = employee("reader", "阅览", rights=["customer.view", "contact.view"], ranges={"customer": "all"})
    page = browser(reader).get(address).content.decode()
    assert "顾志明" in page
    for deed in ("data-tab-delete", "data-tick", "打印"):
        assert deed not in page


# --- on paper ----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("CUS-21")
def test_a_customer_is_printed_with_its_fields_and_its_contacts(lin: Client, hengtai: Customer) -> None:
    page = lin.get(f"/customers/{hengtai.pk}/print").content.decode()
    for word in (
        "苏州恒泰机械有限公司",
        "0512-62881190",
        "联系人（3）",
        "顾志明",
        "13800138000",
        "钱伟民",
        "打印人：小林",
    ):
        assert word in page
    assert "变更记录" not in page


@pytest.mark.spec("CUS-20", "CUS-21")
def test_the_list_of_a_tab_is_printed_alone_and_as_it_was_searched(lin: Client, hengtai: Customer) -> None:
    page = lin.get(f"/customers/{hengtai.pk}/print?tab=contacts&q=顾志").content.decode()
    assert "顾志明" in page
    for word in ("吴倩", "0512-62881190"):
        assert word not in page
    assert lin.get(f"/customers/{hengtai.pk}/print?tab=nothing").status_code == 404


@pytest.mark.spec("CUS-08", "CUS-21")
def test_the_print_gives_nothing_that_the_page_does_not_give(crew: Team, hengtai: Customer) -> None:
    stranger = browser(crew.zhou)
    assert stranger.get(f"/customers/{hengtai.pk}/print").status_code == 404
    assert stranger.get(f"/customers/{hengtai.pk}/print?tab=contacts").status_code == 404
    for address in ("print?view=pool", "print?view=pool&tab=contacts"):
        page = stranger.get(f"/customers/{hengtai.pk}/{address}").content.decode()
        assert "苏州恒泰机械有限公司" in page
        for secret in ("0512-62881190", "顾志明"):
            assert secret not in page
    blind = employee("blind", "丙", rights=["customer.view"], ranges={"customer": "all"})
    assert browser(blind).get(f"/customers/{hengtai.pk}/print").status_code == 403
    half = employee(
        "half", "丁", rights=["customer.view", "customer.print", "contact.view"], ranges={"customer": "all"}
    )
    assert "吴倩" not in browser(half).get(f"/customers/{hengtai.pk}/print").content.decode()
    assert browser(half).get(f"/customers/{hengtai.pk}/print?tab=contacts").status_code == 403


# --- 「变更记录」 -----------------------------------------------------------------------------------------------------------


@pytest.mark.spec("CUS-20", "SYS-08")
def test_changes_are_told_field_by_field_the_latest_first(crew: Team, lin: Client, hengtai: Customer) -> None:
    customer_change(hengtai, by=again(crew.lin), values={"phone": "0512-33334444", "fax": "0512-33334445"})
    customer_release(Customer.objects.get(pk=hengtai.pk), by=again(crew.lin), reason="没有需求")
    rows = [
        (row["操作"], row["操作人"], row["字段"], row["原值"], row["新值"])
        for row in change_rows(Customer.objects.get(pk=hengtai.pk), again(crew.manager))
    ]
    assert ("修改", "小林", "电话", "0512-62881190", "0512-33334444") in rows
    assert ("修改", "小林", "传真", "—", "0512-33334445") in rows
    assert ("归还", "小林", "负责人", "小林", "—") in rows
    assert ("归还", "小林", "状态", "已领用", "未领用") in rows
    assert rows[-1][0] == "新增"
    assert rows.index(("归还", "小林", "负责人", "小林", "—")) < rows.index(
        ("修改", "小林", "电话", "0512-62881190", "0512-33334444")
    )


@pytest.mark.spec("CUS-20")
def test_the_tab_of_changes_is_paged_and_searched(crew: Team, lin: Client, hengtai: Customer) -> None:
    for number in range(25):
        customer_change(
            Customer.objects.get(pk=hengtai.pk), by=again(crew.lin), values={"fax": f"0512-6288{number:04d}"}
        )
    address = f"/customers/{hengtai.pk}/tabs/changes"
    first, second = (lin.get(address, {"page": page}).content.decode() for page in ("1", "2"))
    assert "0512-62880024" in first
    assert "0512-62880000" not in first
    assert "0512-62880000" in second
    found = lin.get(address, {"q": "62880003"}).content.decode()
    assert found.count("<td") == 7 * 2, "once as the new value, once as the old one"
    assert lin.get(address, {"page": "x"}).status_code == 200
    address = f"/api/v1/customers/{hengtai.pk}/changes"
    ask = lambda **params: program(crew.lin).get(address, params)  # noqa: E731
    whole = ask().json()
    assert (whole["items"][0]["新值"], whole["total"], whole["page"], whole["page_size"]) == (
        "0512-62880024",
        26,
        1,
        50,
    )
    third = ask(page=3, page_size=10).json()
    assert third["items"] == whole["items"][20:]
    assert (third["total"], third["page"], third["page_size"]) == (26, 3, 10)
    assert ask(page=4, page_size=10).json()["items"] == []
    assert [row["新值"] for row in ask(q="62880003").json()["items"]] == ["0512-62880004", "0512-62880003"]
    assert [ask(**wrong).status_code for wrong in ({"page": "x"}, {"page": 0}, {"page_size": 501})] == [400, 400, 400]


@pytest.mark.spec("CUS-20", "LST-14")
def test_of_a_record_that_was_written_thousands_of_times_every_change_can_be_read(
    crew: Team, lin: Client, hengtai: Customer, django_assert_max_num_queries
) -> None:
    entry = ChangeSet.objects.filter(kind="customer", record_id=hengtai.pk).latest("pk")
    RowChange.objects.bulk_create(
        RowChange(
            change_set=entry, kind="customer", record_id=hengtai.pk, op=RowChange.Op.UPDATE, before={"fax": str(number)},
            after={"fax": str(number + 1), "last_contacted_at": None},
        )
        for number in range(3000)
    )  # fmt: skip
    client = program(crew.lin)
    address = f"/api/v1/customers/{hengtai.pk}/changes"
    last = client.get(address, {"page": 7, "page_size": 500}).json()
    assert last["total"] == 3001, "what follows by itself is no news"
    assert last["items"] == client.get(address, {"page": 3001, "page_size": 1}).json()["items"]
    assert last["items"][0]["操作"] == "新增"
    with django_assert_max_num_queries(20):
        assert len(client.get(address, {"page": 2, "page_size": 500}).json()["items"]) == 500
    page = lin.get(f"/customers/{hengtai.pk}/tabs/changes", {"page": 151}).content.decode()
    assert page.count("<tr>") == 2, "the heads and the record's beginning"


@pytest.mark.spec("CUS-20", "ORG-08")
def test_changes_keep_names_out_of_range_and_records_out_of_range_to_themselves(crew: Team, hengtai: Customer) -> None:
    theirs = customer("杭州启明灯具厂", crew.zhou)
    person = contact("郑秋", theirs, by=crew.zhou)
    contact_change(person, by=again(crew.admin), values={"customer": hengtai.pk})
    person.refresh_from_db()
    rows = change_rows(person, again(crew.lin))
    assert (OUT_OF_RANGE, "苏州恒泰机械有限公司") in [(row["原值"], row["新值"]) for row in rows]
    assert "杭州启明灯具厂" not in str(rows)
    assert browser(crew.lin).get(f"/customers/{theirs.pk}/tabs/changes").status_code == 404
    assert program(crew.lin).get(f"/api/v1/customers/{theirs.pk}/changes").status_code == 404


@pytest.mark.spec("CUS-20")
def test_every_kind_that_is_changed_has_the_tab_as_its_last(crew: Team) -> None:
    for entity in registry.values():
        if entity.form and entity.form.change:
            assert entity.tabs[-1].name == "changes", entity.name
    page = browser(crew.admin).get(f"/employees/{crew.lin.pk}/tabs/changes").content.decode()
    assert "password" not in page


@pytest.mark.spec("FRM-05")
def test_the_time_line_tells_of_contacts_that_were_deleted(crew: Team, lin: Client, hengtai: Customer) -> None:
    (wu,) = ids_of(hengtai, "吴倩")
    lin.post(f"/customers/{hengtai.pk}/tabs/contacts/{wu}/delete")
    told = [
        (entry.title, entry.text, entry.by) for entry in timeline_of(registry["customer"], hengtai, again(crew.lin))
    ]
    assert ("删除联系人", "吴倩", "小林") in told
    blind = employee("blind", "丙", rights=["customer.view"], ranges={"customer": "all"})
    assert "吴倩" not in str([entry.text for entry in timeline_of(registry["customer"], hengtai, again(blind))])
