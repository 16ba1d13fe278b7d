"""「我的工作台」 and reminders: what waits for whom, and how it is heard of (WRK-01, WRK-02)."""

from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kemai.customers.jobs import remind_of_birthdays, remind_of_silence
from kemai.customers.models import Customer
from kemai.customers.tests.factories import contact, customer, share
from kemai.customers.tests.support import set_parameter
from kemai.kit.lunar import lunar_of
from kemai.notify.models import Message
from kemai.notify.queries import unread_count
from kemai.people.tests.factories import again, browser, employee
from kemai.teamwork.jobs import remind_of_todos
from kemai.teamwork.tests.clock import when
from kemai.teamwork.tests.factories import record

pytestmark = pytest.mark.django_db


def card(at, who, name: str) -> dict:
    """One card of somebody's workbench."""
    return next(one for one in at(who).get("workbench").json["cards"] if one["name"] == name)


def titles(at, who, name: str) -> list[str]:
    return [one["title"] for one in card(at, who, name)["items"]]


@pytest.mark.spec("WRK-01")
def test_after_log_in_one_stands_before_the_workbench(crew, clock):
    client = browser(crew.lin)
    assert client.get("/").url == "/workbench"
    page = client.get("/workbench").content.decode()
    assert "上午好，小林" in page
    assert "2026 年 3 月 5 日 星期四" in page
    assert "农历正月十七" in page
    for title in ("待办事宜", "今日待跟进客户", "提醒", "联系人生日", "久未联系", "我的数字", "最近的联系"):
        assert f"<h2>{title}</h2>" in page
    for path in ("/customers/new", "/contacts/new", "/interactions/new"):
        assert f'href="{path}"' in page
    assert 'href="/tokens/new" title' not in page


@pytest.mark.spec("WRK-01")
def test_who_may_not_see_records_has_no_card_of_them(crew, clock):
    clerk = employee("clerk", "文员", rights=["message.view"])
    client = browser(clerk)
    page = client.get("/workbench").content.decode()
    assert "<h2>提醒</h2>" in page
    assert "待办事宜" not in page
    assert client.get("/workbench/cards/todos").status_code == 404
    assert client.get("/workbench/cards/messages").status_code == 200


@pytest.mark.spec("WRK-01", "INT-04")
def test_to_dos_of_the_coming_week_stand_in_their_order(crew, at, clock):
    for name, due in (
        ("甲", "2026-03-12 09:00"),
        ("乙", "2026-03-06 15:00"),
        ("丙", "2026-03-05 16:00"),
        ("丁", "2026-03-20 09:00"),
    ):
        record(customer(f"{name}有限公司", crew.lin), crew.lin, next_step=f"联系{name}", next_contact_at=when(due))
    clock("2026-03-05 17:00")
    shown = card(at, crew.lin, "todos")
    assert [(one["title"], one["end"], one["tone"]) for one in shown["items"]] == [
        ("联系丙", "今天 16:00", "orange"), ("联系乙", "明天 15:00", ""), ("联系甲", "03-12 09:00", ""),
    ]  # fmt: skip
    assert (shown["count"], shown["href"]) == (1, "/todos")
    assert at(crew.lin).get("me").json["counts"]["/todos"] == 1
    follow = card(at, crew.lin, "follow-up")
    assert (follow["items"], follow["empty"]) == ([], "除了上面的待办，今天没有要跟进的客户。")


@pytest.mark.spec("WRK-01", "INT-04")
def test_customers_of_today_are_those_that_wait_without_a_to_do_of_ones_own(crew, at, clock):
    clock("2026-02-01 10:00")
    customer("久远有限公司", crew.manager)
    clock("2026-03-02 10:00")
    helped, fresh = customer("甲有限公司", crew.manager), customer("乙有限公司", crew.manager)
    planned = customer("丙有限公司", crew.manager)
    share(helped, crew.lin)
    record(helped, crew.lin, next_step="寄样机", next_contact_at=when("2026-03-04 10:00"))
    record(planned, crew.manager, next_step="发送报价", next_contact_at=when("2026-03-05 09:00"))
    clock("2026-03-05 17:00")
    follow = card(at, crew.manager, "follow-up")
    assert [(one["title"], one["facts"], one["end"]) for one in follow["items"]] == [
        ("甲有限公司", ["没有联系人", "3 天前联系", "小林：寄样机"], "逾期 1 天"),
        ("乙有限公司", ["没有联系人", "没有联系过"], "领用 3 天"),
    ]
    assert follow["count"] == 2
    assert titles(at, crew.manager, "todos") == ["发送报价"]
    assert titles(at, crew.manager, "silent") == ["久远有限公司"]
    record(fresh, crew.manager)
    assert titles(at, crew.manager, "follow-up") == ["甲有限公司"]


@pytest.mark.spec("WRK-01")
def test_what_was_in_the_evening_was_yesterday_in_the_morning(crew, at, clock):
    clock("2026-03-04 23:00")
    helped = customer("甲有限公司", crew.manager)
    customer("乙有限公司", crew.manager)
    share(helped, crew.lin)
    record(helped, crew.lin, next_step="寄样机", next_contact_at=when("2026-03-05 12:00"))
    clock("2026-03-05 08:00")
    follow = card(at, crew.manager, "follow-up")
    assert [(one["title"], one["facts"][1], one["end"]) for one in follow["items"]] == [
        ("甲有限公司", "1 天前联系", "今天 12:00"),
        ("乙有限公司", "没有联系过", "领用 1 天"),
    ]


@pytest.mark.spec("WRK-01", "WRK-02")
def test_what_the_to_dos_show_is_not_shown_again_among_the_reminders(crew, at, clock):
    record(customer("甲有限公司", crew.lin), crew.lin, next_step="发送报价", next_contact_at=when("2026-03-05 15:00"))
    clock("2026-03-05 15:00")
    assert remind_of_todos() == 1
    assert (titles(at, crew.lin, "todos"), titles(at, crew.lin, "messages")) == (["发送报价"], [])
    assert unread_count(crew.lin) == 1


@pytest.mark.spec("WRK-01")
def test_every_figure_leads_to_a_list_with_as_many_records(crew, at, clock):
    clock("2026-02-20 10:00")
    old = customer("甲有限公司", crew.lin)
    clock("2026-03-02 10:00")  # a Monday
    new = customer("乙有限公司", crew.lin)
    clock("2026-03-04 10:00")
    for of, ago in ((old, 0), (old, 1), (new, 0), (old, 4), (old, 9), (old, 12)):
        record(of, crew.lin, days_ago=ago)
    share(new, crew.zhou)
    record(new, crew.zhou)
    shown = card(at, crew.lin, "figures")["figures"]
    assert [(one["label"], one["value"], one["note"]) for one in shown] == [
        ("我的客户", 2, ""), ("本月新建", 1, ""), ("本月领用", 1, ""), ("本周联系", 3, "上周 2"),
    ]  # fmt: skip
    lines = card(at, crew.manager, "line")["lines"]
    assert [(one["title"], [figure["value"] for figure in one["figures"]]) for one in lines] == [
        ("小周", [0, 1, 0, 0]), ("小林", [2, 3, 2, 0]),
    ]  # fmt: skip
    for who, figures in ((crew.lin, shown), *((crew.manager, one["figures"]) for one in lines)):
        for figure in figures:
            answer = browser(who).get(figure["href"])
            assert answer.status_code == 200
            total = at(who).client.get(f"/api/v1{figure['href']}").json()["total"]
            assert total == figure["value"], figure
    assert not [one for one in at(crew.lin).get("workbench").json["cards"] if one["name"] == "line"]


@pytest.mark.spec("WRK-02")
def test_customers_without_contact_for_long_are_named_and_told_of_once(crew, at, clock):
    clock("2026-02-01 10:00")
    quiet, spoken = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.lin)
    clock("2026-02-20 10:00")
    record(spoken, crew.lin)
    clock("2026-03-03 10:00")
    assert titles(at, crew.lin, "silent") == []
    remind_of_silence()
    assert unread_count(crew.lin) == 0
    clock("2026-03-04 10:00")
    shown = card(at, crew.lin, "silent")
    assert [(one["title"], one["facts"]) for one in shown["items"]] == [("甲有限公司", ["领用 31 天，还没有联系"])]
    assert at(crew.lin).client.get(f"/api/v1{shown['href']}").json()["total"] == shown["count"] == 1
    for _ in range(2):
        remind_of_silence()
    assert list(Message.objects.filter(employee=crew.lin).values_list("text", flat=True)) == [
        "「甲有限公司」超过 30 天没有联系。"
    ]
    clock("2026-03-05 10:00")
    remind_of_silence()
    assert unread_count(crew.lin) == 1
    record(quiet, crew.lin)
    assert titles(at, crew.lin, "silent") == []
    set_parameter("silent_days", 10)
    assert titles(at, crew.lin, "silent") == ["乙有限公司"]
    assert "silent" not in [one["name"] for one in at(crew.zhou).get("workbench").json["cards"]]  # without customers


@pytest.mark.spec("WRK-02")
def test_birthdays_by_both_calendars_are_shown_and_told_of_once(crew, at, clock):
    mine = customer("甲有限公司", crew.lin)
    contact("张丽华", mine, birthday=date(1985, 3, 6))
    contact("李四", mine, birthday=date(1980, 1, 17), birthday_is_lunar=True)  # 农历正月十七
    contact("王五", mine, birthday=date(1980, 3, 9))
    contact("赵六", mine, birthday=date(1980, 3, 5), birthday_is_lunar=True)
    contact("老同学", by=crew.lin, birthday=date(1990, 3, 8))
    contact("孙七", customer("乙有限公司", crew.zhou), birthday=date(1985, 3, 5))
    assert lunar_of(date(2026, 3, 5)).text == "农历正月十七"
    assert [(one["title"], one["facts"]) for one in card(at, crew.lin, "birthdays")["items"]] == [
        ("李四今天生日", ["农历正月十七", "甲有限公司"]), ("张丽华明天生日", ["3 月 6 日", "甲有限公司"]), ("老同学3 天后生日", ["3 月 8 日"]),
    ]  # fmt: skip
    for _ in range(2):
        remind_of_birthdays()
    told = Message.objects.filter(employee=crew.lin).order_by("pk").values_list("text", flat=True)
    assert sorted(told) == ["张丽华（甲有限公司）明天生日，3 月 6 日。", "李四（甲有限公司）今天生日，农历正月十七。"]
    assert unread_count(crew.zhou) == 1


@pytest.mark.spec("WRK-02", "INT-04")
def test_at_its_time_a_to_do_is_told_of_without_reloading_and_goes_when_it_is_done(crew, at, clock):
    shangce = customer("杭州商策科技有限公司", crew.lin)
    record(shangce, crew.lin, next_step="发送报价", next_contact_at=when("2026-03-05 15:00"))
    client = browser(crew.lin)
    before = client.get("/me/news")
    assert before.json() == {"counts": {"/todos": 1, "/messages": 0}, "latest": None}
    assert client.get("/me/news", headers={"If-None-Match": before["ETag"]}).status_code == 304
    assert remind_of_todos() == 0
    clock("2026-03-05 15:00")
    assert (remind_of_todos(), remind_of_todos()) == (1, 0)
    news = client.get("/me/news", headers={"If-None-Match": before["ETag"]})
    message = Message.objects.get(employee=crew.lin)
    said = {"id": message.pk, "text": "该联系「杭州商策科技有限公司」了：发送报价", "href": message.link}
    assert news.json() == {"counts": {"/todos": 1, "/messages": 1}, "latest": said}
    clock("2026-03-05 15:20")
    record(shangce, crew.lin, "已发")
    assert client.get("/me/news").json() == {"counts": {"/todos": 0, "/messages": 0}, "latest": None}


@pytest.mark.spec("WRK-02")
def test_a_to_do_that_is_put_off_is_told_of_again_at_its_new_time(crew, at, clock):
    todo = record(customer("甲有限公司", crew.lin), crew.lin, next_contact_at=when("2026-03-05 15:00")).todo
    clock("2026-03-05 15:00")
    remind_of_todos()
    assert at(crew.lin).post(f"todos/{todo.pk}/put_off", due_at="2026-03-06 09:00").status == 200
    assert (unread_count(crew.lin), remind_of_todos()) == (0, 0)
    clock("2026-03-06 09:00")
    assert remind_of_todos() == 1
    assert unread_count(crew.lin) == 1


@pytest.mark.spec("WRK-02")
def test_what_was_past_when_it_was_written_is_no_news(crew, clock):
    clock("2026-03-05 15:00")
    record(customer("甲有限公司", crew.lin), crew.lin, days_ago=9, next_contact_at=when("2026-03-01 09:00"))
    assert remind_of_todos() == 0


@pytest.mark.spec("WRK-02")
def test_a_reminder_is_put_off_and_comes_again(crew, at, clock):
    from kemai.notify.services import tell

    tell(crew.lin, "老总把客户「甲」指派给您。")
    message = Message.objects.get()
    refused = at(crew.lin).post(f"messages/{message.pk}/put_off", delay="never")
    assert refused.status == 422
    assert unread_count(crew.lin) == 1
    assert at(crew.lin).post(f"messages/{message.pk}/put_off", delay="tomorrow").status == 200
    assert (unread_count(crew.lin), titles(at, crew.lin, "messages")) == (0, [])
    clock("2026-03-06 08:59")
    assert unread_count(crew.lin) == 0
    clock("2026-03-06 09:00")
    assert titles(at, crew.lin, "messages") == ["老总把客户「甲」指派给您。"]
    assert at(crew.lin).post(f"messages/{message.pk}/read").status == 200
    assert at(crew.lin).post(f"messages/{message.pk}/put_off", delay="60").status == 409
    assert at(crew.zhou).post(f"messages/{message.pk}/put_off", delay="60").status == 404


@pytest.mark.spec("WRK-01")
def test_the_workbench_takes_as_many_statements_for_many_as_for_few(crew, at, clock):
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert at(crew.manager).get("workbench").status == 200
        return len(asked)

    def one_more(number: int) -> None:
        of = customer(
            f"第{number}号有限公司",
            crew.lin if number % 2 else crew.manager,
            contacts=[{"name": "李四", "birthday": "1980-03-06"}],
        )
        record(of, again(crew.manager), next_contact_at=timezone.now() + timedelta(hours=number + 1))

    for number in range(3):
        one_more(number)
    statements()
    few = statements()
    for number in range(3, 16):
        one_more(number)
    assert statements() <= few
    assert Customer.objects.count() == 16


@pytest.mark.spec("WRK-01")
def test_each_part_of_the_page_that_comes_late_is_there(crew, clock):
    customer("甲有限公司", crew.manager)
    client = browser(crew.manager)
    for name in ("figures", "line", "recent", "silent", "birthdays"):
        answer = client.get(f"/workbench/cards/{name}")
        assert answer.status_code == 200
        assert f'id="card-{name}"' in answer.content.decode()
    assert client.get("/workbench/cards/nothing").status_code == 404
    assert urlsplit(client.get("/").url).path == "/workbench"


@pytest.mark.spec("WRK-01", "CUS-08", "CUS-13")
def test_who_has_no_customers_sees_those_that_wait_for_an_owner_by_public_fields_alone(crew, at, clock):
    hidden = {"phone": "0571-87654321", "address": "文三路 1 号"}
    customer("甲有限公司", **hidden)
    customer("乙有限公司", crew.lin)
    shown = card(at, crew.marketing, "pool")
    assert (titles(at, crew.marketing, "pool"), shown["count"]) == (["甲有限公司"], 1)
    assert [one["label"] for one in shown["items"][0]["deeds"]] == ["指派"]
    assert [one["label"] for one in card(at, crew.zhou, "pool")["items"][0]["deeds"]] == ["领用"]
    whole = browser(crew.marketing).get("/workbench/cards/pool").content.decode()
    assert not [word for word in hidden.values() if word in whole]
    assert at(crew.marketing).client.get(f"/api/v1{shown['href']}").json()["total"] == 1
    assert "pool" not in [one["name"] for one in at(crew.lin).get("workbench").json["cards"]]
    set_parameter("customer_public_fields", ["state", "owner"])
    assert "pool" not in [one["name"] for one in at(crew.marketing).get("workbench").json["cards"]]


@pytest.mark.spec("WRK-01", "CUS-15")
def test_who_only_helps_sees_the_latest_contacts_with_the_customers_that_are_shared(crew, at, clock):
    shared, other = customer("甲有限公司", crew.lin), customer("乙有限公司", crew.lin)
    share(shared, crew.service)
    record(shared, crew.lin, "谈了付款")
    record(other, crew.lin, "谈了交期")
    assert titles(at, crew.service, "recent") == ["谈了付款"]
    figures = card(at, crew.service, "figures")["figures"]
    assert [(one["label"], one["value"]) for one in figures] == [
        ("我的客户", 0),
        ("共享客户", 1),
        ("待领用", 0),
        ("本周联系", 0),
    ]
    assert at(crew.service).client.get(f"/api/v1{figures[1]['href']}").json()["total"] == 1
    share(shared, crew.boss)
    of_the_line = card(at, crew.boss, "figures")["figures"][1]
    assert (of_the_line["label"], of_the_line["value"]) == ("共享客户", 2)
    assert at(crew.boss).client.get(f"/api/v1{of_the_line['href']}").json()["total"] == 2


@pytest.mark.spec("WRK-02")
def test_at_nine_everybody_is_told_in_the_same_minute_however_many_they_are(crew, at, clock, monkeypatch):
    monkeypatch.setattr("kemai.teamwork.jobs.AT_ONCE", 3)
    for number in range(10):
        shangce = customer(f"第{number}号有限公司", crew.lin)
        record(shangce, crew.lin, next_step="发送报价", next_contact_at=when("2026-03-06 09:00"))
    clock("2026-03-06 09:00")
    assert (remind_of_todos(), remind_of_todos()) == (10, 0)
    assert Message.objects.filter(employee=crew.lin, text__startswith="该联系").count() == 10
