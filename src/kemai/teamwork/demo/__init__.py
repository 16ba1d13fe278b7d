"""The demonstration company's contact records of the last months, made by the services as if people had written them (SYS-13)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from kemai.customers.demo.lives import Life, Plan, Tenure
from kemai.customers.models import Contact
from kemai.office.queries import entry_options
from kemai.teamwork.demo.talk import ANSWERS, COMMENTS, HELP, STAGES, Talk, fill
from kemai.teamwork.models import Interaction
from kemai.teamwork.services import interaction_comment, interaction_create, interaction_delete

COMMENTED = 60  # days: what the supervisors have looked at
EVERY = (9.0, 40.0)  # days between two records at one customer
MOST = 6  # records of one customer


def plan_records(plan: Plan) -> None:
    """Records at every customer while somebody is responsible for it; the next contact that the last one names is due soon, today or overdue."""
    Recorder(plan).plan()


class Recorder:
    """Plans who writes what, and when."""

    def __init__(self, whole: Plan) -> None:
        self.whole, self.calendar, self.chance = whole, whole.calendar, whole.calendar.chance
        self.types = {name: pk for pk, name in entry_options("contact_type")}
        self.told: dict[int, set[str]] = {}  # what has been written at a customer already
        self.faces = {"xiaolin": 0, "xiaozhou": 0, "xiaoshou": 0}  # who has next contacts, how many

    def plan(self) -> None:
        """Everything."""
        for life in self.whole.lives:
            stage, written = 0, 0
            for tenure in life.tenures:
                for moment, nxt in self._moments(tenure, MOST - written):
                    self._plan_record(life, tenure, stage, moment, nxt)
                    written += 1
                    stage = self._further(stage)
            for helper, since in life.helpers:
                moment = self.calendar.later(since, self.chance.uniform(1, 12))
                if helper in ("kefu", "gongcheng", "jishu") and moment < self.calendar.now - timedelta(hours=3):
                    recent = moment > self.calendar.now - timedelta(days=40)
                    following = self._due(helper) if recent and self.chance.random() < 0.6 else None
                    following = following if following and following > moment else None
                    self.calendar.at(moment, self._written(life, helper, HELP, moment, following))
        self.calendar.at(self.calendar.working(8), self._delete_one)

    def _further(self, stage: int) -> int:
        last = len(STAGES) - 1
        return min(last, stage + self.chance.choice([0, 1, 1])) if stage < last else stage

    def _moments(self, tenure: Tenure, most: int) -> Sequence[tuple[datetime, datetime | None]]:
        """When somebody gets in touch, each with when the next contact is to be."""
        end = tenure.until or self.calendar.now
        moments: list[datetime] = []
        moment = self.calendar.later(tenure.since, self.chance.uniform(0.1, 2.5))
        while moment < end - timedelta(hours=2) and len(moments) < most:
            moments.append(moment)
            moment = self.calendar.later(moment, self.chance.uniform(*EVERY) * self.chance.choice([0.5, 1, 1, 1.7]))
        last = self._due(tenure.owner) if tenure.until is None and self.chance.random() < 0.42 else None
        return list(zip(moments, [*moments[1:], last], strict=False))

    def _due(self, owner: str) -> datetime:
        """Every person has something overdue, something today, and the rest in the days to come."""
        place = self.faces.get(owner, 0)
        self.faces[owner] = place + 1
        days = (0, -2, 1, 3, 0, 5, -4, 2, 7, 9, 1, 6, -1, 12, 4, 18)[place % 16]
        return self.calendar.coming(days)

    def _plan_record(
        self, life: Life, tenure: Tenure, stage: int, moment: datetime, following: datetime | None
    ) -> None:
        if following and following <= moment:
            following = None
        self.calendar.at(moment, self._written(life, tenure.owner, STAGES[stage], moment, following))

    def _written(
        self, life: Life, author: str, talks: Sequence[Talk], moment: datetime, following: datetime | None
    ) -> Callable[[], None]:
        def write() -> None:
            record = self._record(life, author, talks, following)
            days = (self.calendar.now - moment).total_seconds() / 86400
            if record and days < COMMENTED and self.chance.random() < 0.3:
                self._plan_comment(record, author, moment, days)

        return write

    def _record(self, life: Life, author: str, talks: Sequence[Talk], following: datetime | None) -> Interaction | None:
        """Nothing is written where the customer has gone meanwhile, as the pool is tidied now and then."""
        customer = life.customer.pk
        contacts = list(Contact.objects.filter(customer=customer).order_by("pk").values_list("pk", "name", "title"))
        if not contacts:
            return None
        contact, name, title = self.chance.choice(contacts)
        told = self.told.setdefault(customer, set())
        talk = self.chance.choice([one for one in talks if one.content not in told] or list(talks))
        told.add(talk.content)
        who = f"{title}{name}" if self.chance.random() < 0.4 else name
        content, result, step = (
            fill(text, self.chance, life.company.trade, who) for text in (talk.content, talk.result, talk.step)
        )
        return interaction_create(
            {
                "customer": customer, "contact": contact, "contact_type": self.types.get(talk.kind), "content": content, "result": result,
                "next_step": step, "made_progress": talk.forward, "next_contact_at": following,
            },
            by=self.whole.people[author],
        )  # fmt: skip

    def _plan_comment(self, record: Interaction, author: str, moment: datetime, days: float) -> None:
        """The supervisor says something within two days; the author often answers."""
        by = {"xiaoshou": "laozong", "gongcheng": "jishu"}.get(author, "xiaoshou")
        by = "laozong" if by == "xiaoshou" and self.chance.random() < 0.12 else by
        boss = self.whole.people[by]
        if record.employee_id not in boss.access.subordinates:
            return
        said = self.calendar.later(moment, self.chance.uniform(0.05, min(2, days)))
        text, answer = self.chance.choice(COMMENTS), self.chance.choice(ANSWERS)
        self.calendar.at(said, lambda: self._comment(record, text, boss))
        if self.chance.random() < 0.5 and author != "xiaozheng":
            self.calendar.at(
                said + timedelta(minutes=self.chance.randint(9, 200)),
                lambda: self._comment(record, answer, record.employee),
            )

    def _comment(self, record: Interaction, text: str, by: Any) -> None:
        if Interaction.objects.filter(pk=record.pk).exists():
            interaction_comment(record, text=text, by=by)

    def _delete_one(self) -> None:
        """Somebody wrote a record twice."""
        record = Interaction.objects.filter(employee=self.whole.people["xiaozhou"]).order_by("-occurred_at").first()
        if record:
            interaction_delete(record, by=self.whole.people["xiaozhou"])
