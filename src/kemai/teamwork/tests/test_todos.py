"""「待办」: the next contact that a record plans, until it takes place (INT-04)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from kemai.customers.services import customer_assign, customer_claim, customer_delete, customer_release
from kemai.customers.tests.factories import customer, share
from kemai.kit.models import ChangeSet, RecycleBin
from kemai.notify.queries import unread
from kemai.office.services import recycle_restore
from kemai.people.services import employee_change, employee_set_left
from kemai.people.tests.factories import again, browser
from kemai.teamwork.jobs import remind_of_todos, take_todos_home
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.services import interaction_change, interaction_delete
from kemai.teamwork.tests.clock import when
from kemai.teamwork.tests.factories import record

pytestmark = [pytest.mark.django_db, pytest.mark.spec("INT-04")]


def plan(of, by, step: str, at_time: str) -> Todo:
    """Somebody notes a contact and when the next one is to be."""
    return record(of, by, next_step=step, next_contact_at=when(at_time)).todo


def listed(at, who, view: str = "open", **options) -> list[tuple[str, str]]:
    """What stands on somebody's list: text and state."""
    return [(one["text"], one["state"]) for one in at(who).get("todos", view=view, **options).json["items"]]


def test_a_plan_waits_is_for_today_and_then_overdue_until_the_next_record(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    assert listed(at, crew.lin) == [("发送报价", "open")]
    assert (listed(at, crew.lin, "today"), listed(at, crew.lin, "overdue")) == ([], [])
    clock("2026-03-06 08:00")
    assert listed(at, crew.lin, "today") == [("发送报价", "today")]
    clock("2026-03-06 15:01")
    assert listed(at, crew.lin, "today") == listed(at, crew.lin, "overdue") == [("发送报价", "overdue")]
    clock("2026-03-08 09:00")
    page = browser(crew.lin).get("/todos?view=overdue").content.decode()
    assert "km-row--orange" in page
    assert "km-state--orange" in page
    assert "逾期 2 天" in page
    record(shangce, crew.lin, "已发报价")
    assert (listed(at, crew.lin), listed(at, crew.lin, "overdue")) == ([], [])
    (done,) = at(crew.lin).get("todos", view="done").json["items"]
    assert (done["text"], done["done_by_display"], done["ticked"]) == ("发送报价", "小林", False)


def test_without_a_next_step_it_says_whom_to_contact(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}])
    record(shangce, crew.lin, contact=shangce.contacts.get().pk, next_contact_at=when("2026-03-06 15:00"))
    assert listed(at, crew.lin) == [("联系李四", "open")]


def test_of_a_customer_only_the_latest_record_plans(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    clock("2026-03-05 11:00")
    plan(shangce, crew.lin, "约见面", "2026-03-09 15:00")
    record(
        shangce, crew.lin, "补记上周的电话", days_ago=6, next_step="寄样品", next_contact_at=when("2026-03-04 09:00")
    )
    assert listed(at, crew.lin) == [("约见面", "open")]
    assert Todo.objects.count() == 2


def test_the_to_do_follows_when_its_record_is_changed_deleted_and_restored(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    first = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00").interaction
    clock("2026-03-05 11:00")
    second = record(shangce, crew.lin, "对方在开会", next_step="再打电话", next_contact_at=when("2026-03-05 16:00"))
    interaction_change(again(second), values={"next_contact_at": when("2026-03-10 09:00")}, by=crew.lin)
    assert [(one.text, one.due_at) for one in Todo.objects.filter(done_at=None)] == [
        ("再打电话", when("2026-03-10 09:00"))
    ]
    interaction_delete(again(second), by=crew.lin)
    assert listed(at, crew.lin) == [("发送报价", "open")]
    recycle_restore(RecycleBin.objects.get(), by=crew.lin)
    assert listed(at, crew.lin) == [("再打电话", "open")]
    interaction_change(again(second), values={"next_contact_at": None}, by=crew.lin)
    assert listed(at, crew.lin) == []
    assert Interaction.objects.count() == 2
    assert list(Todo.objects.values_list("interaction_id", flat=True)) == [first.pk]


def test_it_is_ticked_off_by_hand_and_comes_back(crew, at, clock):
    todo = plan(customer("杭州商策科技有限公司", crew.lin), crew.lin, "发送报价", "2026-03-06 15:00")
    assert at(crew.lin).post(f"todos/{todo.pk}/done").status == 200
    assert listed(at, crew.lin) == []
    assert (again(todo).ticked, again(todo).done_by) == (True, crew.lin)
    assert at(crew.lin).post(f"todos/{todo.pk}/done").error == (409, "wrong_state", "这个待办已经完成。")
    assert at(crew.lin).post(f"todos/{todo.pk}/reopen").status == 200
    assert listed(at, crew.lin) == [("发送报价", "open")]
    assert (again(todo).ticked, again(todo).done_by) == (False, None)


def test_what_a_record_has_settled_does_not_come_back(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    todo = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    clock("2026-03-06 10:00")
    record(shangce, crew.lin, "已发报价")
    sentence = "之后已经联系过客户，这个待办不再需要。"
    assert at(crew.lin).post(f"todos/{todo.pk}/reopen").error == (409, "wrong_state", sentence)
    assert again(todo).done_at == when("2026-03-06 10:00")


def test_what_was_ticked_off_does_not_come_back_beside_the_plan_of_a_later_record(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    todo = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    assert at(crew.lin).post(f"todos/{todo.pk}/done").status == 200
    clock("2026-03-06 10:00")
    plan(shangce, crew.lin, "约见面", "2026-03-09 15:00")
    sentence = "之后已经联系过客户，这个待办不再需要。"
    assert at(crew.lin).post(f"todos/{todo.pk}/reopen").error == (409, "wrong_state", sentence)
    assert listed(at, crew.lin) == [("约见面", "open")]


def test_with_a_record_that_moves_to_another_customer_goes_what_it_plans(crew, at, clock):
    first, second = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.lin)
    for start, end in ((first, second), (second, first)):
        for ticked in (False, True):
            todo = plan(start, crew.lin, "寄样品", "2026-03-06 15:00")
            if ticked:
                assert at(crew.lin).post(f"todos/{todo.pk}/done").status == 200
            assert at(crew.lin).patch(f"interactions/{todo.interaction_id}", customer=end.pk).status == 200
            assert [(one.customer, one.text) for one in Todo.objects.filter(done_at=None)] == [(end, "寄样品")]
            interaction_delete(again(todo.interaction), by=crew.lin)


@pytest.mark.spec("INT-04", "LST-15")
def test_a_bulk_edit_that_is_undone_brings_no_plan_back_that_a_later_record_has_replaced(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    first = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00").interaction
    done = at(crew.lin).post("interactions/actions/bulk-edit", ids=[first.pk], values={"next_contact_at": None})
    assert listed(at, crew.lin) == []
    clock("2026-03-05 11:00")
    plan(shangce, crew.lin, "约见面", "2026-03-09 15:00")
    assert at(crew.lin).post(f"bulk-edits/{done.json['id']}/undo").status == 200
    assert again(first).next_contact_at == when("2026-03-06 15:00")
    assert listed(at, crew.lin) == [("约见面", "open")]
    assert listed(at, crew.lin, "done") == [("发送报价", "done")]


@pytest.mark.spec("INT-04", "LST-15", "CUS-02")
def test_records_moved_in_bulk_go_back_with_what_they_plan(crew, at, clock):
    first, second = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.lin)
    made = plan(first, crew.lin, "发送报价", "2026-03-06 15:00").interaction
    done = at(crew.lin).post("interactions/actions/bulk-edit", ids=[made.pk], values={"customer": second.pk})
    assert Todo.objects.get(done_at=None).customer == second
    later = record(second, crew.lin, days_ago=2)
    assert at(crew.lin).post(f"bulk-edits/{done.json['id']}/undo").status == 200
    assert (again(first).last_contacted_at, again(second).last_contacted_at) == (made.occurred_at, later.occurred_at)
    assert [(one.customer, one.text) for one in Todo.objects.filter(done_at=None)] == [(first, "发送报价")]


@pytest.mark.spec("INT-04", "WRK-02")
def test_of_a_record_that_is_deleted_nobody_is_reminded(crew, at, clock):
    todo = plan(customer("甲有限公司", crew.lin), crew.lin, "寄样品", "2026-03-06 15:00")
    clock("2026-03-06 15:00")
    assert remind_of_todos() == 1
    interaction_delete(again(todo.interaction), by=crew.lin)
    assert at(crew.lin).get("me").json["counts"] == {"/todos": 0, "/messages": 0}


def test_it_is_put_off_and_the_record_says_so_too(crew, at, clock):
    todo = plan(customer("杭州商策科技有限公司", crew.lin), crew.lin, "发送报价", "2026-03-06 15:00")
    refused = at(crew.lin).post(f"todos/{todo.pk}/put_off", due_at="2026-03-05 09:59")
    assert (refused.status, refused.json["fields"]) == (422, {"due_at": ["请选择将来的时间。"]})
    assert again(todo).due_at == when("2026-03-06 15:00")
    assert at(crew.lin).post(f"todos/{todo.pk}/put_off", due_at="2026-03-12 10:00").status == 200
    assert again(todo).due_at == again(todo.interaction).next_contact_at == when("2026-03-12 10:00")


def test_many_are_put_off_and_ticked_off_at_once(crew, at, clock):
    todos = [
        plan(customer(f"{name}有限公司", crew.lin), crew.lin, f"联系{name}", "2026-03-06 15:00")
        for name in ("甲", "乙", "丙")
    ]
    ids = [todo.pk for todo in todos]
    assert at(crew.lin).post("todos/actions/put_off", ids=ids, due_at="2026-03-12 10:00").done == [True, True, True]
    assert {again(todo).due_at for todo in todos} == {when("2026-03-12 10:00")}
    assert at(crew.lin).post("todos/actions/done", ids=[*ids[:2], 999]).done == [True, True, False]
    assert listed(at, crew.lin) == [("联系丙", "open")]


def test_a_record_written_from_the_to_do_settles_it(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin, contacts=[{"name": "李四"}, {"name": "赵六"}])
    zhao = shangce.contacts.get(name="赵六")
    todo = record(shangce, crew.lin, contact=zhao.pk, next_contact_at=when("2026-03-06 15:00")).todo
    clock("2026-03-06 15:10")
    question = browser(crew.lin).get(f"/todos/{todo.pk}/log_contact").content.decode()
    assert "杭州商策科技有限公司，上次联系人：赵六。" in question
    answer = at(crew.lin).post(f"todos/{todo.pk}/log_contact", content="报价已收到", next_contact_at="2026-03-11 10:00")
    assert answer.status == 200
    assert listed(at, crew.lin) == [("联系赵六", "open")]
    assert (Interaction.objects.latest("pk").contact, again(todo).done_at) == (zhao, when("2026-03-06 15:10"))


# --- whose -------------------------------------------------------------------------------------------------------------


def test_supervisors_see_those_of_their_line(crew, at, clock):
    plan(customer("甲有限公司", crew.lin), crew.lin, "联系甲", "2026-03-06 15:00")
    plan(customer("乙有限公司", crew.chen), crew.chen, "联系乙", "2026-03-06 16:00")
    plan(customer("丙有限公司", crew.manager), crew.manager, "联系丙", "2026-03-06 17:00")
    assert listed(at, crew.manager) == [("联系丙", "open")]
    assert listed(at, crew.manager, whose="line") == [("联系甲", "open")]
    assert listed(at, crew.manager, whose="all") == [("联系甲", "open"), ("联系丙", "open")]
    assert listed(at, crew.boss, whose="line") == [("联系甲", "open"), ("联系乙", "open"), ("联系丙", "open")]
    assert listed(at, crew.zhou, whose="all") == []


def test_a_colleague_neither_sees_nor_does_it_and_a_helper_does_not_do_it(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    todo = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    assert at(crew.zhou).get(f"todos/{todo.pk}").status == 404
    assert at(crew.zhou).post(f"todos/{todo.pk}/done").status == 404
    share(shangce, crew.zhou)
    assert at(crew.zhou).get(f"todos/{todo.pk}").status == 200
    sentence = "这是小林的待办，只有本人、客户负责人和上级可以处理。"
    assert at(crew.zhou).post(f"todos/{todo.pk}/done").error == (403, "not_owner", sentence)
    assert at(crew.zhou).post(f"todos/{todo.pk}/put_off", due_at="2026-03-12 10:00").error == (
        403,
        "not_owner",
        sentence,
    )
    assert (again(todo).done_at, again(todo).due_at) == (None, when("2026-03-06 15:00"))


def test_a_helper_has_a_to_do_of_their_own_record(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    share(shangce, crew.zhou)
    clock("2026-03-05 11:00")
    todo = plan(shangce, crew.zhou, "装样机", "2026-03-06 15:00")
    assert (listed(at, crew.zhou), listed(at, crew.lin)) == ([("装样机", "open")], [])
    assert at(crew.lin).post(f"todos/{todo.pk}/done").status == 200


def test_with_the_customer_the_to_do_changes_hands_and_in_the_pool_is_nobodys(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    todo = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    clock("2026-03-05 11:00")
    customer_assign(shangce, employee=crew.zhou.pk, by=crew.lin)
    assert (listed(at, crew.lin), listed(at, crew.zhou)) == ([], [("发送报价", "open")])
    customer_release(again(shangce), reason="项目暂停", by=crew.zhou)
    assert again(todo).employee is None
    assert listed(at, crew.zhou, whose="all") == []
    customer_claim(again(shangce), by=crew.chen)
    assert (again(todo).employee, listed(at, crew.chen)) == (crew.chen, [("发送报价", "open")])
    interaction_change(again(todo.interaction), values={"next_step": "发送合同"}, by=crew.chen)
    assert listed(at, crew.chen) == [("发送合同", "open")]


def test_a_plan_of_before_the_hand_over_is_the_new_owners_when_it_comes_back(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    made = Interaction.objects.get()
    interaction_delete(made, by=crew.lin)
    clock("2026-03-05 11:00")
    customer_assign(shangce, employee=crew.zhou.pk, by=crew.lin)
    recycle_restore(RecycleBin.objects.get(), by=crew.admin)
    assert (listed(at, crew.lin), listed(at, crew.zhou)) == ([], [("发送报价", "open")])


@pytest.mark.spec("ORG-02")
def test_who_leaves_hands_over_what_they_had_to_do_for_others_customers_too(crew, at, clock):
    own, zhous = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.chen)
    share(zhous, crew.lin)
    clock("2026-03-05 11:00")
    plan(own, crew.lin, "联系甲", "2026-03-06 15:00")
    plan(zhous, crew.lin, "帮忙演示", "2026-03-06 16:00")
    answer = employee_set_left(again(crew.lin), successor=crew.zhou.pk, by=crew.admin)
    assert answer["handed_over"] == {"客户": 1, "收到的共享": 1, "待办": 2}
    assert listed(at, crew.zhou) == [("联系甲", "open"), ("帮忙演示", "open")]


def test_deleted_with_its_customer_it_comes_back_with_it(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    todo = plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    customer_release(shangce, reason="重复", by=crew.lin)
    customer_delete(again(shangce), by=crew.boss)
    assert Todo.objects.count() == 0
    recycle_restore(RecycleBin.objects.get(), by=crew.admin)
    assert again(todo).text == "发送报价"


def test_the_list_of_customers_says_when_the_next_contact_is(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    plan(shangce, crew.lin, "发送报价", "2026-03-06 15:00")
    (row,) = at(crew.lin).get("customers", view="mine").json["items"]
    assert row["next_contact"] == "2026-03-06T15:00:00+08:00"
    assert "next_contact" not in at(crew.zhou).get("customers", view="pool").json["items"][0]


def test_a_thousand_plans_take_no_more_statements_than_three(crew, at, clock, django_assert_max_num_queries):
    for number in range(3):
        plan(customer(f"第{number}号有限公司", crew.lin), crew.lin, "联系", "2026-03-06 15:00")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        at(crew.lin).get("todos")
    for number in range(3, 30):
        plan(customer(f"第{number}号有限公司", crew.lin), crew.lin, "联系", "2026-03-06 15:00")
    with CaptureQueriesContext(connection) as many:
        assert len(at(crew.lin).get("todos").json["items"]) == 30
    assert len(many) <= len(few)
    assert timedelta(0) < when("2026-03-06 15:00") - timezone.now()


@pytest.mark.spec("INT-04", "CUS-15", "CUS-16")
def test_what_a_helper_planned_is_the_owners_when_the_share_ends(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    share(shangce, crew.zhou)
    record(shangce, crew.zhou, next_step="寄样机", next_contact_at=when("2026-03-06 10:00"))
    clock("2026-03-06 10:05")
    assert remind_of_todos() == 1
    assert [one["text"] for one in at(crew.zhou).get("todos", view="overdue").json["items"]] == ["寄样机"]
    assert at(crew.lin).post(f"customers/{shangce.pk}/unshare", employees=[crew.zhou.pk]).status == 200
    assert Todo.objects.get().employee == crew.lin
    assert [one["text"] for one in at(crew.lin).get("todos", view="overdue").json["items"]] == ["寄样机"]
    assert at(crew.zhou).get("me").json["counts"]["/todos"] == 0
    told = "该联系「杭州商策科技有限公司」了：寄样机"
    assert told not in [one.text for one in unread(crew.zhou, 9)]
    assert remind_of_todos() == 1
    assert [one.text for one in unread(crew.lin, 9)] == [told]


@pytest.mark.spec("INT-04", "CUS-16")
def test_what_a_helper_planned_is_the_owners_on_the_day_after_the_shares_last_day(crew, at, clock):
    shangce, other = customer("杭州商策科技有限公司", crew.lin), customer("甲公司", crew.lin)
    share(shangce, crew.zhou, until=date(2026, 3, 6))
    share(other, crew.zhou)
    for one in (shangce, other):
        record(one, crew.zhou, next_step=f"联系{one.name}", next_contact_at=when("2026-03-10 10:00"))
    clock("2026-03-06 23:00")
    take_todos_home()
    assert Todo.objects.filter(employee=crew.zhou).count() == 2
    clock("2026-03-07 02:00")
    take_todos_home()
    assert {todo.customer.name: todo.employee for todo in Todo.objects.all()} == {
        "杭州商策科技有限公司": crew.lin,
        "甲公司": crew.zhou,
    }
    entry = ChangeSet.objects.latest("pk")
    assert (entry.deed, entry.by, entry.note) == ("todo.change", None, "原来的人已看不到客户")
    take_todos_home()
    assert ChangeSet.objects.latest("pk") == entry


@pytest.mark.spec("INT-04", "ORG-03", "ORG-06")
def test_what_a_supervisor_planned_is_the_owners_once_the_supervisor_sees_the_customer_no_more(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    record(shangce, crew.manager, next_step="拜访张总", next_contact_at=when("2026-03-06 10:00"))
    employee_change(again(crew.lin), values={"supervisor": crew.other_manager.pk}, by=crew.admin)
    clock("2026-03-06 02:00")
    take_todos_home()
    assert listed(at, crew.lin) == [("拜访张总", "today")]
    assert at(crew.manager).get("me").json["counts"]["/todos"] == 0


@pytest.mark.spec("INT-04", "WRK-02", "CUS-13")
def test_a_reminder_follows_its_to_do_to_the_new_owner(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    record(shangce, crew.lin, next_step="发送报价", next_contact_at=when("2026-03-05 15:00"))
    clock("2026-03-05 15:00")
    remind_of_todos()
    told = "该联系「杭州商策科技有限公司」了：发送报价"
    assert [one.text for one in unread(crew.lin, 9)] == [told]
    assert at(crew.manager).post(f"customers/{shangce.pk}/assign", employee=crew.zhou.pk).status == 200
    remind_of_todos()
    assert told not in [one.text for one in unread(crew.lin, 9)]
    assert told in [one.text for one in unread(crew.zhou, 9)]


@pytest.mark.spec("LST-02")
def test_to_dos_are_found_by_their_text_and_by_customer_and_owner_with_pinyin(crew, at, clock):
    plan(customer("杭州商策科技有限公司", crew.lin), crew.lin, "发送报价", "2026-03-06 15:00")
    plan(customer("宁波远航贸易有限公司", crew.lin), crew.lin, "催合同", "2026-03-07 15:00")

    def found(who, q: str) -> list[str]:
        answer = at(who).get("todos", q=q).json
        assert answer["total"] == len(answer["items"])
        return [one["text"] for one in answer["items"]]

    assert found(crew.lin, "报价") == found(crew.lin, "商策") == found(crew.lin, "hzsc") == ["发送报价"]
    assert found(crew.lin, "yuanhang 合同") == ["催合同"]
    assert found(crew.lin, "yuanhang 报价") == []
    assert found(crew.lin, "小林") == ["发送报价", "催合同"]
    assert found(crew.zhou, "商策") == []
    page = browser(crew.lin).get("/todos").content.decode()
    assert 'placeholder="待办、客户、负责人"' in page
