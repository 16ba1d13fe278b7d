"""A fortnight of a sales team, day by day: plans, records, comments, and one who leaves (INT-04, WRK-01, WRK-02, ORG-02).

王建国 leads 小林 and 小周. Each evening everybody's workbench and lists are looked at.
"""

import pytest
from django.utils import timezone

from kemai.customers.jobs import remind_of_birthdays, remind_of_silence
from kemai.customers.services import customer_release
from kemai.customers.tests.factories import customer, share
from kemai.kit.models import ChangeSet
from kemai.notify.models import Message
from kemai.notify.queries import unread
from kemai.people.services import employee_set_left
from kemai.people.tests.factories import again
from kemai.teamwork.jobs import remind_of_todos
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.services import interaction_comment

pytestmark = [pytest.mark.django_db, pytest.mark.spec("INT-04", "WRK-01", "WRK-02", "ORG-02")]


@pytest.fixture
def team_of(crew, at, clock):
    return Story(crew, at, clock)


class Story:
    """What people do by the API, and what each then sees."""

    def __init__(self, crew, at, clock) -> None:
        self.crew, self.at, self.clock = crew, at, clock

    def says(self, who, of, content: str, **values) -> None:
        """「记一笔」."""
        answer = self.at(who).post(f"customers/{of.pk}/log_contact", content=content, contact_name="前台", **values)
        assert answer.status == 200, answer.text

    def plans(self, who, of, content: str, step: str, due: str) -> None:
        """A record with what comes next."""
        said = {
            "customer": of.pk,
            "contact_name": "前台",
            "content": content,
            "next_step": step,
            "next_contact_at": due,
            "occurred_at": timezone.now().isoformat(),
        }
        answer = self.at(who).post("interactions", **said)
        assert answer.status == 201, answer.text

    def todo(self, text: str) -> Todo:
        return Todo.objects.get(text=text, done_at=None)

    def evening(self, who) -> dict[str, list]:
        """What waits for somebody: to-dos of the workbench, overdue ones, customers to follow up, unread messages."""
        remind_of_todos()
        cards = {one["name"]: one for one in self.at(who).get("workbench").json["cards"]}
        overdue = self.at(who).get("todos", view="overdue").json["items"]
        counts = self.at(who).get("me").json["counts"]
        assert counts["/todos"] == cards["todos"]["count"]
        said = [one.text for one in reversed(unread(who, 50))]
        assert counts["/messages"] == len(said)
        shown = [one["title"] for one in reversed(cards["messages"]["items"])]
        assert shown == [one for one in said if not one.startswith("该联系")]  # the to-dos stand in their own card
        return {
            "todos": [(one["title"], one["end"]) for one in cards["todos"]["items"]],
            "overdue": [one["text"] for one in overdue],
            "follow": [one["title"] for one in cards["follow-up"]["items"]],
            "said": said,
        }

    def line(self, who) -> list[tuple[str, list[int]]]:
        """The table of figures by subordinate: customers, contacts of this week and the last, overdue."""
        cards = {one["name"]: one for one in self.at(who).get("workbench").json["cards"]}
        return [(one["title"], [figure["value"] for figure in one["figures"]]) for one in cards["line"]["lines"]]


NOTHING = {"todos": [], "overdue": [], "follow": [], "said": []}


def test_a_fortnight(team_of):
    story, crew, clock = team_of, team_of.crew, team_of.clock
    lin, zhou, manager = crew.lin, crew.zhou, crew.manager

    # Monday: three customers, two plans
    clock("2026-03-02 09:00")
    heng, bo, yun = (
        customer("恒晟机械有限公司", lin),
        customer("博远电子有限公司", lin),
        customer("云岭食品有限公司", zhou),
    )
    clock("2026-03-02 10:00")
    story.plans(lin, heng, "介绍了产品", "发送报价", "2026-03-03 15:00")
    story.plans(zhou, yun, "初次拜访", "约参观", "2026-03-06 09:00")
    clock("2026-03-02 18:00")
    new = ["博远电子有限公司"]
    assert story.evening(lin) == {**NOTHING, "todos": [("发送报价", "明天 15:00")], "follow": new}
    assert story.evening(zhou) == {**NOTHING, "todos": [("约参观", "03-06 09:00")]}
    assert story.evening(manager) == NOTHING
    assert story.line(manager) == [("小周", [1, 1, 0, 0]), ("小林", [2, 1, 0, 0])]

    # Tuesday: the quote is sent in time, the next contact planned; the manager comments
    clock("2026-03-03 14:30")
    story.plans(lin, heng, "已发报价", "跟进报价", "2026-03-05 10:00")
    clock("2026-03-03 17:00")
    interaction_comment(Interaction.objects.latest("pk"), text="价格守住", by=again(manager))
    clock("2026-03-03 18:00")
    commented = "王建国批复了您的交往记录（恒晟机械有限公司）：价格守住"
    assert story.evening(lin) == {
        "todos": [("跟进报价", "后天 10:00")],
        "overdue": [],
        "follow": new,
        "said": [commented],
    }
    assert [one["text"] for one in story.at(lin).get("todos", view="done").json["items"]] == ["发送报价"]
    assert story.line(manager) == [("小周", [1, 1, 0, 0]), ("小林", [2, 2, 0, 0])]

    # Wednesday: 小林 reads and answers; 小周 helps at 博远 and plans there
    clock("2026-03-04 09:00")
    story.at(lin).post(
        "messages/actions/read", ids=list(Message.objects.filter(employee=lin).values_list("pk", flat=True))
    )
    interaction_comment(Interaction.objects.latest("pk"), text="好的", by=again(lin))
    share(again(bo), zhou)
    clock("2026-03-04 10:00")
    story.plans(zhou, bo, "演示了样机", "寄样机", "2026-03-05 16:00")
    clock("2026-03-04 18:00")
    assert story.evening(lin) == {**NOTHING, "todos": [("跟进报价", "明天 10:00")]}
    shared = "小林把客户「博远电子有限公司」共享给您。"
    assert story.evening(zhou) == {
        **NOTHING,
        "todos": [("寄样机", "明天 16:00"), ("约参观", "后天 09:00")],
        "said": [shared],
    }
    assert story.evening(manager)["said"] == ["小林回复了交往记录的批复（恒晟机械有限公司）：好的"]

    # Thursday: nobody does anything, and hears of it
    clock("2026-03-05 18:00")
    follow = {
        "overdue": ["跟进报价"],
        "follow": [],
        "said": ["该联系「恒晟机械有限公司」了：跟进报价"],
    }
    assert story.evening(lin) == {"todos": [("跟进报价", "今天 10:00")], **follow}
    assert story.evening(zhou) == {
        "todos": [("寄样机", "今天 16:00"), ("约参观", "明天 09:00")], "overdue": ["寄样机"], "follow": [],
        "said": [shared, "该联系「博远电子有限公司」了：寄样机"],
    }  # fmt: skip
    assert story.line(manager) == [("小周", [1, 2, 0, 1]), ("小林", [2, 2, 0, 1])]

    # Friday: one is put off, one is done from the to-do, one is done by the customer's owner
    clock("2026-03-06 08:30")
    assert story.at(lin).post(f"todos/{story.todo('跟进报价').pk}/put_off", due_at="2026-03-10 10:00").status == 200
    assert story.at(lin).post(f"todos/{story.todo('寄样机').pk}/done").status == 200
    clock("2026-03-06 09:20")
    answer = story.at(zhou).post(
        f"todos/{story.todo('约参观').pk}/log_contact", content="下周三来", next_contact_at="2026-03-11 14:00"
    )
    assert answer.status == 200
    clock("2026-03-06 18:00")
    assert story.evening(lin) == {**NOTHING, "todos": [("跟进报价", "03-10 10:00")]}
    assert story.evening(zhou) == {**NOTHING, "todos": [("联系前台", "03-11 14:00")], "said": [shared]}
    assert story.line(manager) == [("小周", [1, 3, 0, 0]), ("小林", [2, 2, 0, 0])]

    # Monday of the second week: the weeks have moved on
    clock("2026-03-09 18:00")
    assert story.evening(lin) == {**NOTHING, "todos": [("跟进报价", "明天 10:00")]}
    assert story.line(manager) == [("小周", [1, 0, 3, 0]), ("小林", [2, 0, 2, 0])]

    # Tuesday: 小林 leaves in the morning and hands over to 小周
    clock("2026-03-10 09:00")
    answer = employee_set_left(again(lin), successor=zhou.pk, by=crew.admin)
    assert answer["handed_over"] == {"客户": 2, "待办": 1}
    assert ChangeSet.objects.latest("pk").note == "交接给小周：2 个客户、1 个待办"
    clock("2026-03-10 18:00")
    told = "小林离职，2 个客户、1 个待办已交接给您。"
    assert story.evening(zhou) == {
        "todos": [("跟进报价", "今天 10:00"), ("联系前台", "明天 14:00")], "overdue": ["跟进报价"], "follow": [],
        "said": [shared, told, "该联系「恒晟机械有限公司」了：跟进报价"],
    }  # fmt: skip
    assert story.line(manager) == [("小周", [3, 0, 3, 1]), ("小林", [0, 0, 2, 0])]
    assert Message.objects.filter(employee=lin).count() == 2

    # Wednesday: 小周 follows up what was handed over
    clock("2026-03-11 11:00")
    story.says(zhou, again(heng), "报价已过会", next_contact_at="2026-03-13 10:00")
    clock("2026-03-11 18:00")
    evening = story.evening(zhou)
    assert (evening["todos"], evening["overdue"]) == (
        [("联系前台", "今天 14:00"), ("联系前台", "后天 10:00")],
        ["联系前台"],
    )

    # Friday: 恒晟 goes back to the pool with its plan, 云岭 has waited since Wednesday
    clock("2026-03-13 09:00")
    customer_release(again(heng), reason="项目取消", by=again(zhou))
    clock("2026-03-13 18:00")
    evening = story.evening(zhou)
    assert (evening["todos"], evening["overdue"], evening["follow"]) == (
        [("联系前台", "逾期 2 天")],
        ["联系前台"],
        [],
    )
    assert Todo.objects.get(customer=heng, done_at=None).employee is None
    assert story.line(manager) == [("小周", [2, 1, 3, 1]), ("小林", [0, 0, 2, 0])]

    # the nights told nobody of birthdays or silence: there were none
    before = Message.objects.count()
    remind_of_birthdays()
    remind_of_silence()
    assert Message.objects.count() == before
