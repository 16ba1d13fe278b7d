"""「批量修改」: chosen fields of many customers, each by the rules of changing one, taken back as one (LST-15)."""

import pytest

from kemai.customers.models import Contact, Customer
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import nothing_changes
from kemai.kit import bulk_edit, jobs
from kemai.kit.entity import registry
from kemai.kit.models import BulkEdit, ChangeSet
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import again, browser, employee

pytestmark = pytest.mark.spec("LST-15")


@pytest.fixture
def level(crew):
    return DictionaryEntry.objects.filter(dictionary__code="customer_level").order_by("position")[1]


@pytest.fixture
def three(crew):
    """Three customers of 小林, one of which is marked already."""
    return [customer(f"{word}公司", crew.lin, remarks="旧") for word in ("甲", "乙", "丙")]


def edit(person, ids, values, **more):
    sent = {"ids": ids, "values": values, **more}
    return browser(person).post("/api/v1/customers/actions/bulk-edit", sent, content_type="application/json")


def ids_of(records):
    return [record.pk for record in records]


def test_chosen_fields_get_the_new_value_and_all_others_stay(crew, three, level):
    answer = edit(crew.lin, ids_of(three), {"level": level.name, "remarks": "年底回访"})
    assert answer.status_code == 200
    body = answer.json()
    assert body["results"] == [{"id": pk, "ok": True} for pk in ids_of(three)]
    assert (body["state"], body["counts"]) == ("done", {"changed": 3, "same": 0, "refused": 0})
    assert {(again(one).level, again(one).remarks, again(one).phone) for one in three} == {(level, "年底回访", "")}
    assert [again(one).version for one in three] == [2, 2, 2]


def test_an_empty_value_empties_the_field(crew, three):
    edit(crew.lin, ids_of(three)[:2], {"remarks": ""})
    assert [again(one).remarks for one in three] == ["", "", "旧"]


@pytest.mark.spec("LST-09")
def test_each_record_has_its_verdict_and_those_refused_stay_as_they_are(crew, three, level):
    other = customer("丁公司", crew.zhou, remarks="旧")
    free = customer("戊公司", remarks="旧")
    ids = [three[0].pk, other.pk, 999_999]
    results = edit(crew.lin, ids, {"remarks": "新"}).json()["results"]
    assert [(one["id"], one["ok"], one.get("code")) for one in results] == [
        (three[0].pk, True, None), (other.pk, False, "not_found"), (999_999, False, "not_found"),
    ]  # fmt: skip
    assert (again(other).remarks, again(free).remarks) == ("旧", "旧")


def test_the_preview_counts_without_writing(crew, three):
    other = customer("丁公司", crew.zhou)
    Customer.objects.filter(pk=three[2].pk).update(remarks="新")
    with nothing_changes():
        seen = edit(crew.lin, [*ids_of(three), other.pk], {"remarks": "新"}, preview=True).json()
    assert (seen["change"], seen["same"], [one["id"] for one in seen["refused"]]) == (2, 1, [other.pk])
    assert not BulkEdit.objects.exists()


def test_all_that_match_a_question(crew, three):
    customer("丁公司", crew.lin, remarks="旧")
    sent = {"all": True, "query": {"view": "mine", "q": "乙"}, "values": {"remarks": "新"}}
    browser(crew.lin).post("/api/v1/customers/actions/bulk-edit", sent, content_type="application/json")
    assert set(Customer.objects.filter(remarks="新").values_list("name", flat=True)) == {"乙公司"}


@pytest.mark.parametrize("name", ["name", "number", "owner", "contacts", "tax_number", "nothing"])
def test_what_must_be_unique_what_is_no_field_and_rows_inside_are_refused(crew, three, name):
    with nothing_changes():
        answer = edit(crew.lin, ids_of(three), {name: "甲"})
    assert answer.status_code == 422
    assert answer.json()["fields"] == {name: [f"「{name}」不能批量修改。"]}


def test_without_the_right_to_change_nothing_is_offered_or_done(crew, three):
    keeper = employee("keeper", "仓管", "warehouse_keeper")
    with nothing_changes():
        assert edit(keeper, ids_of(three), {"remarks": "新"}).status_code == 403
        assert browser(keeper).get(f"/customers/actions/bulk-edit?ids={three[0].pk}").status_code == 403
    assert "批量修改" not in browser(keeper).get("/customers").content.decode()


def test_the_log_has_one_entry_for_the_whole_and_takes_it_back_from_there(crew, three):
    Customer.objects.filter(pk=three[1].pk).update(remarks="新")
    edit(crew.lin, ids_of(three), {"remarks": "新"})
    entry = ChangeSet.objects.get(deed="customer.bulk_edit")
    assert (entry.by, entry.title, entry.note) == (
        crew.lin, "3 条客户", "备注：新。修改 2 条，未变 1 条，拒绝 0 条。",
    )  # fmt: skip
    page = browser(crew.admin).get(f"/log/{entry.pk}").content.decode()
    assert "批量修改客户" in page
    answer = browser(crew.admin).post(f"/api/v1/log/{entry.pk}/undo", content_type="application/json")
    assert answer.json()["message"] == "已撤销：客户 2。"
    assert [again(one).remarks for one in three] == ["旧", "新", "旧"]
    assert [again(one).version for one in three] == [1, 1, 1]
    again_answer = browser(crew.admin).post(f"/api/v1/log/{entry.pk}/undo", content_type="application/json")
    assert (again_answer.status_code, again_answer.json()["message"]) == (409, "这次批量修改已经撤销过了。")


def test_what_was_edited_since_is_named_and_left(crew, at, three):
    made = edit(crew.lin, ids_of(three), {"remarks": "新"}).json()
    at(crew.lin).patch(f"customers/{three[0].pk}", remarks="后来写的")
    answer = browser(crew.lin).post(f"/api/v1/bulk-edits/{made['id']}/undo", content_type="application/json").json()
    assert answer["left"] == [{"kind": "customer", "id": three[0].pk, "title": "甲公司", "reason": "后来被修改过"}]
    assert [again(one).remarks for one in three] == ["后来写的", "旧", "旧"]
    assert answer["message"] == "已撤销：客户 2。1 条保留未动：「甲公司」后来被修改过。"


def test_others_cannot_take_mine_back(crew, three):
    made = edit(crew.lin, ids_of(three), {"remarks": "新"}).json()
    with nothing_changes():
        assert browser(crew.zhou).get(f"/api/v1/bulk-edits/{made['id']}").status_code == 404
        assert browser(crew.zhou).post(f"/bulk-edits/{made['id']}/undo").status_code == 404


def test_other_entries_of_the_log_cannot_be_taken_back(crew, three):
    entry = ChangeSet.objects.filter(deed="customer.create").first()
    answer = browser(crew.admin).post(f"/api/v1/log/{entry.pk}/undo", content_type="application/json")
    assert (answer.status_code, answer.json()["message"]) == (422, "只有批量修改可以在这里撤销。")


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(bulk_edit, "AT_ONCE", 2)


def test_many_are_changed_by_the_runner_with_progress_and_taken_back_by_it(crew, three, few):
    answer = edit(crew.lin, ids_of(three), {"remarks": "新"})
    assert (answer.status_code, answer.json()["state"], answer.json()["results"]) == (202, "waiting", [])
    address = f"/bulk-edits/{answer.json()['id']}"
    waiting = browser(crew.lin).get(address).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert "等待：0 / 3 条" in waiting
    assert jobs.run_one()
    done = browser(crew.lin).get(address).content.decode()
    assert "修改 3 条，未变 0 条，没有修改 0 条。" in done
    assert {again(one).remarks for one in three} == {"新"}
    assert browser(crew.lin).post(f"/api/v1{address}/undo", content_type="application/json").status_code == 202
    assert jobs.run_one()
    assert {again(one).remarks for one in three} == {"旧"}
    assert BulkEdit.objects.get().state == "undone"


def test_one_that_was_killed_goes_on_where_it_stopped(crew, three, few):
    made = BulkEdit.objects.get(pk=edit(crew.lin, ids_of(three), {"remarks": "新"}).json()["id"])
    made.by = again(crew.lin)
    bulk_edit._change(made, registry["customer"], {"remarks": "新"}, three[0].pk)
    assert jobs.run_one()
    assert [again(one).version for one in three] == [2, 2, 2]
    assert made.rows.count() == 3


def test_the_dialog_chooses_fields_shows_the_count_and_does_it(crew, three):
    lin, htmx = browser(crew.lin), {"HX-Request": "true"}
    ids = ",".join(map(str, ids_of(three)))
    address = "/customers/actions/bulk-edit?view=mine"
    first = lin.get(f"{address}&ids={ids}", headers=htmx).content.decode()
    assert "批量修改 3 条客户" in first
    assert '<option value="remarks">备注</option>' in first
    assert '<option value="name">' not in first
    chosen = lin.post(address, {"ids": ids, "add": "remarks"}, headers=htmx).content.decode()
    assert 'name="v-remarks"' in chosen
    sent = {"ids": ids, "field": "remarks", "v-remarks": "新"}
    seen = lin.post(address, {**sent, "step": "preview"}, headers=htmx).content.decode()
    assert "将修改 3 条" in seen
    assert {again(one).remarks for one in three} == {"旧"}
    done = lin.post(address, {**sent, "step": "do"}, headers=htmx)
    made = BulkEdit.objects.get()
    assert f'"undo": {{"url": "/bulk-edits/{made.pk}/undo"' in done["HX-Trigger"]
    assert {again(one).remarks for one in three} == {"新"}
    lin.post(f"/bulk-edits/{made.pk}/undo", {"ids": made.pk}, headers=htmx)
    assert {again(one).remarks for one in three} == {"旧"}


def test_contacts_too_but_not_who_is_the_main_one(crew, three):
    made = customer("丁公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}])
    ids = ids_of(Contact.objects.filter(customer=made))
    lin = browser(crew.lin)
    sent = {"ids": ids, "values": {"title": "经理"}}
    assert lin.post("/api/v1/contacts/actions/bulk-edit", sent, content_type="application/json").status_code == 200
    assert set(made.contacts.values_list("title", flat=True)) == {"经理"}
    sent = {"ids": ids, "values": {"is_main": True}}
    assert lin.post("/api/v1/contacts/actions/bulk-edit", sent, content_type="application/json").status_code == 422
