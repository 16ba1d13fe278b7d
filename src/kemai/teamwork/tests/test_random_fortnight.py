"""A fortnight in which people do whatever they can, in a random order that is the same each time; every evening what each of them sees is
compared with a model that knows the rules and nothing of the program (INT-04, WRK-01, WRK-02, ORG-02)."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from kemai.customers.tests.factories import customer
from kemai.kit.moments import COMPANY_ZONE
from kemai.notify.queries import unread
from kemai.people.services import employee_set_left
from kemai.people.tests.factories import again
from kemai.teamwork.jobs import remind_of_todos, take_todos_home
from kemai.teamwork.models import Interaction, Todo

pytestmark = [pytest.mark.django_db, pytest.mark.spec("INT-04", "WRK-01", "WRK-02", "ORG-02")]

DAYS, DEEDS = 14, 24  # deeds of a day


@dataclass
class Plan:
    """A next contact: of which customer, whose, when, and whether it is done."""

    of: int
    whose: int | None
    due: datetime
    record: int
    done: bool = False


@dataclass
class Said:
    """A contact record."""

    of: int
    author: int
    at: datetime
    step: str


@dataclass
class World:
    """What should be so."""

    owners: dict[int, int | None] = field(default_factory=dict)
    claimed: dict[int, datetime] = field(default_factory=dict)
    shares: dict[int, dict[int, date | None]] = field(default_factory=dict)
    records: dict[int, Said] = field(default_factory=dict)
    plans: dict[int, Plan] = field(default_factory=dict)  # record -> plan

    def sees(self, who: Any, of: int, below: set[int], today: date) -> bool:
        until = self.shares.get(of, {}).get(who.pk, date.min)
        return self.owners[of] in {who.pk, *below} or until is None or until >= today

    def latest(self, of: int) -> int | None:
        return max(
            (one for one, said in self.records.items() if said.of == of),
            key=lambda one: (self.records[one].at, one),
            default=None,
        )

    def wrote(self, record: int, said: Said, due: datetime | None) -> None:
        self.records[record] = said
        if self.latest(said.of) != record:
            return
        for plan in self.plans.values():
            plan.done |= plan.of == said.of
        if due:
            self.plans[record] = Plan(said.of, said.author, due, record)

    def moved(self, of: int, owner: int | None, now: datetime) -> None:
        self.owners[of], self.claimed[of] = owner, now
        self.shares.get(of, {}).pop(owner, None)  # what is one's own is not shared with one
        for plan in self.plans.values():
            if plan.of == of and not plan.done:
                plan.whose = owner

    def goes_home(self, of: int, today: date, below: dict[int, set[int]], people: dict[int, Any]) -> None:
        for plan in self.plans.values():
            if (
                plan.of == of
                and not plan.done
                and plan.whose
                and not self.sees(people[plan.whose], of, below[plan.whose], today)
            ):
                plan.whose = self.owners[of]


class Fortnight:
    """Everybody's deeds by the API, and the same in the model."""

    def __init__(self, crew: Any, at: Any, clock: Any, seed: int) -> None:
        self.crew, self.at, self.clock = crew, at, clock
        self.chance = random.Random(seed)  # noqa: S311
        self.world = World()
        self.people = {one.pk: one for one in (crew.lin, crew.zhou, crew.manager, crew.chen)}
        self.below = {one.pk: set(again(one).access.subordinates) for one in self.people.values()}
        self.gone: set[int] = set()
        self.names: dict[int, str] = {}

    @property
    def active(self) -> list[Any]:
        return [one for pk, one in self.people.items() if pk not in self.gone]

    def begin(self) -> None:
        for number, who in enumerate([*self.people.values()] * 2 + [None] * 2):
            made = customer(f"{'甲乙丙丁戊己庚辛壬癸'[number]}号客户", who)
            self.names[made.pk] = made.name
            self.world.owners[made.pk], self.world.claimed[made.pk] = who.pk if who else None, timezone.now()

    # --- deeds

    def day(self, day: date) -> None:
        moment = datetime.combine(day, datetime.min.time(), COMPANY_ZONE) + timedelta(hours=8)
        for _ in range(DEEDS):
            moment += timedelta(minutes=self.chance.randint(2, 24))
            self.clock(moment.strftime("%Y-%m-%d %H:%M"))
            deed = self.chance.choice(
                [self.write] * 6
                + [
                    self.finish,
                    self.put_off,
                    self.claim,
                    self.release,
                    self.assign,
                    self.share,
                    self.unshare,
                    self.erase,
                ]
            )
            deed(moment)
            if self.chance.random() < 0.2:
                remind_of_todos()

    def visible(self, who: Any, now: datetime) -> list[int]:
        return [of for of in self.names if self.world.sees(who, of, self.below[who.pk], now.date())]

    def write(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        if not (seen := self.visible(who, now)):
            return
        of, step = self.chance.choice(seen), f"第 {len(self.world.records)} 步"
        at = now - timedelta(hours=self.chance.choice([0, 0, 0, 5, 50]))
        due = now + timedelta(hours=self.chance.choice([3, 20, 30, 100, 250])) if self.chance.random() < 0.7 else None
        said = {
            "customer": of,
            "contact_name": "前台",
            "content": step,
            "next_step": step,
            "occurred_at": at.isoformat(),
        }
        answer = self.at(who).post("interactions", **said, **({"next_contact_at": due.isoformat()} if due else {}))
        assert answer.status == 201, answer.text
        self.world.wrote(answer.json["id"], Said(of, who.pk, at, step), due)

    def open_plan(self, who: Any) -> Plan | None:
        mine = [one for one in self.world.plans.values() if one.whose == who.pk and not one.done]
        return self.chance.choice(mine) if mine else None

    def finish(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        if plan := self.open_plan(who):
            assert self.at(who).post(f"todos/{Todo.objects.get(interaction=plan.record).pk}/done").status == 200
            plan.done = True

    def put_off(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        if plan := self.open_plan(who):
            plan.due = now + timedelta(hours=self.chance.choice([2, 40, 90]))
            sent = self.at(who).post(
                f"todos/{Todo.objects.get(interaction=plan.record).pk}/put_off", due_at=plan.due.isoformat()
            )
            assert sent.status == 200, sent.text

    def claim(self, now: datetime) -> None:
        who, free = self.chance.choice(self.active), [of for of, owner in self.world.owners.items() if owner is None]
        if free:
            of = self.chance.choice(free)
            assert self.at(who).post(f"customers/{of}/claim").status == 200
            self.world.moved(of, who.pk, now)

    def own(self, who: Any) -> list[int]:
        return [of for of, owner in self.world.owners.items() if owner == who.pk]

    def release(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        if (mine := self.own(who)) and self.chance.random() < 0.5:
            of = self.chance.choice(mine)
            assert self.at(who).post(f"customers/{of}/release", reason="暂无需求").status == 200
            self.world.moved(of, None, now)
            self.world.shares.pop(of, None)

    def assign(self, now: datetime) -> None:
        mine = [
            of
            for of, owner in self.world.owners.items()
            if owner in {self.crew.manager.pk, *self.below[self.crew.manager.pk]}
        ]
        if mine:
            of, to = self.chance.choice(mine), self.chance.choice(self.active)
            if to.pk != self.world.owners[of]:
                assert self.at(self.crew.manager).post(f"customers/{of}/assign", employee=to.pk).status == 200
                self.world.moved(of, to.pk, now)
                self.world.goes_home(of, now.date(), self.below, self.people)

    def share(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        others = [one for one in self.active if one.pk != who.pk]
        if mine := self.own(who):
            of, other = self.chance.choice(mine), self.chance.choice(others)
            until = self.chance.choice([None, None, now.date() + timedelta(days=self.chance.randint(0, 4))])
            sent = {"until": until.isoformat()} if until else {}
            answer = self.at(who).post(f"customers/{of}/share", employees=[other.pk], **sent)
            assert answer.status == 200, answer.text
            self.world.shares.setdefault(of, {})[other.pk] = until

    def unshare(self, now: datetime) -> None:
        who = self.chance.choice(self.active)
        shared = [of for of in self.own(who) if self.world.shares.get(of)]
        if shared:
            of = self.chance.choice(shared)
            other = self.chance.choice([*self.world.shares[of]])
            assert self.at(who).post(f"customers/{of}/unshare", employees=[other]).status == 200
            del self.world.shares[of][other]
            self.world.goes_home(of, now.date(), self.below, self.people)

    def erase(self, now: datetime) -> None:
        """A record that is not the latest of its customer, by its author while the customer is theirs."""
        old = [
            one
            for one, said in self.world.records.items()
            if self.world.latest(said.of) != one and self.world.owners[said.of] == said.author
        ]
        old = [one for one in old if self.world.records[one].author not in self.gone]
        if old:
            record = self.chance.choice(old)
            assert (
                self.at(self.people[self.world.records[record].author]).delete(f"interactions/{record}").status == 204
            )
            del self.world.records[record]
            self.world.plans.pop(record, None)

    def leave(self, who: Any, successor: Any, now: datetime) -> None:
        employee_set_left(again(who), successor=successor.pk, by=self.crew.admin)
        self.gone.add(who.pk)
        for of in self.own(who):
            self.world.moved(of, successor.pk, now)
        for of, shares in self.world.shares.items():
            until = shares.pop(who.pk, "")
            if until != "" and self.world.owners[of] != successor.pk:
                shares.setdefault(successor.pk, until)
        for plan in self.world.plans.values():
            if plan.whose == who.pk and not plan.done:
                plan.whose = successor.pk

    # --- evenings

    def expected(self, who: Any, now: datetime) -> dict[str, Any]:
        mine = sorted(
            (one.due, one.record)
            for one in self.world.plans.values()
            if one.whose == who.pk and not one.done and self.world.sees(who, one.of, self.below[who.pk], now.date())
        )
        steps = [(self.world.records[record].step, due) for due, record in mine]
        tonight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), COMPANY_ZONE)
        planned = {one.of for one in self.world.plans.values() if not one.done}
        contacted = {said.of for said in self.world.records.values()}
        helped = {
            self.names[one.of]
            for one in self.world.plans.values()
            if not one.done
            and self.world.owners[one.of] == who.pk
            and one.whose in self.below[who.pk]
            and one.due < tonight
        }
        return {
            "open": [step for step, _ in steps],
            "today": [step for step, due in steps if due.date() == now.date()],
            "overdue": [step for step, due in steps if due < now],
            "count": sum(due < tonight for _, due in steps),
            "card": [step for step, due in steps if due < tonight + timedelta(days=7)][:8],
            "follow": sorted(helped | {self.names[of] for of in self.own(who) if of not in planned | contacted}),
            "told": sorted(
                f"该联系「{self.names[one.of]}」了：{self.world.records[one.record].step}" for one in self.world.plans.values()
                if one.whose == who.pk and not one.done and one.due <= now
            ),
        }  # fmt: skip

    def seen(self, who: Any) -> dict[str, Any]:
        cards = {one["name"]: one for one in self.at(who).get("workbench").json["cards"]}
        lists = {
            view: [one["text"] for one in self.at(who).get("todos", view=view).json["items"]]
            for view in ("open", "today", "overdue")
        }
        assert self.at(who).get("me").json["counts"]["/todos"] == cards["todos"]["count"]
        return {
            **lists,
            "count": cards["todos"]["count"],
            "card": [one["title"] for one in cards["todos"]["items"]],
            "follow": sorted(one["title"] for one in cards["follow-up"]["items"]),
            "told": sorted(one.text for one in unread(who, 500) if one.text.startswith("该联系")),
        }

    def evening(self, now: datetime) -> None:
        self.clock(now.strftime("%Y-%m-%d %H:%M"))
        remind_of_todos()
        for who in self.active:
            assert self.seen(who) == self.expected(who, now), (who, now)
        assert Interaction.objects.count() == len(self.world.records)


@pytest.mark.parametrize("seed", [2])
def test_every_evening_everybody_sees_what_the_rules_say(crew, at, clock, seed):
    play = Fortnight(crew, at, clock, seed)
    clock("2026-03-02 07:00")
    play.begin()
    for number in range(DAYS):
        day = date(2026, 3, 2) + timedelta(days=number)
        midnight = datetime.combine(day, datetime.min.time(), COMPANY_ZONE)
        clock(f"{day} 02:00")
        take_todos_home()
        for of in play.names:
            play.world.goes_home(of, day, play.below, play.people)
        if number == 9:
            clock(f"{day} 07:30")
            play.leave(crew.zhou, crew.lin, midnight + timedelta(hours=7, minutes=30))
        play.day(day)
        play.evening(midnight + timedelta(hours=19))
