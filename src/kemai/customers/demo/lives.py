"""What became of each customer of the demonstration company, planned before it is done: entered, claimed, shared, returned, assigned, handed over."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kemai.customers import services, share_services
from kemai.customers.demo.calendar import Calendar
from kemai.customers.demo.trades import (
    EAST,
    STREETS,
    SURNAMES,
    TITLES,
    Company,
    companies,
    landline,
    mobile,
    person,
)
from kemai.customers.models import Customer
from kemai.kit.models import CategoryNode
from kemai.office.fields import DictionaryField
from kemai.office.queries import entry_options, find_region
from kemai.people.models import Department, Employee

COUNT = 392
LONGEST = 210  # days ago
LEFT_AGO = 33  # days: when the colleague left
REASONS = [
    "项目暂停，客户年内没有预算", "客户选了本地集成商，先放一放", "暂无需求，半年后再联系", "区域调整，交给同事跟进", "联系人离职，新负责人还没有定",
    "客户并入集团统一采购", "价格差距太大，明年再谈",
]  # fmt: skip
ASSIGN_REASONS = [
    "按区域分配",
    "展会线索，请三天内联系",
    "客户点名要找他",
    "同行业案例由他负责",
    "官网留言，请尽快回复",
]
REMARKS = [
    "每年三月做预算，九月招标。", "付款一向准时，要求开专票。", "门卫要提前一天报备车牌。", "老板是技术出身，谈细节他很高兴。", "采购要求至少三家比价。",
    "同一园区还有两家关联公司。", "合同要走集团法务，至少留两周。", "验收单要盖设备科的章才能请款。",
]  # fmt: skip


@dataclass
class Tenure:
    """How long somebody was responsible for a customer. `until` is None where they still are."""

    owner: str
    since: datetime
    until: datetime | None = None


@dataclass
class Life:
    """One customer from its entry until today. `customer` is there from its first deed on."""

    company: Company
    entered: datetime
    tenures: list[Tenure] = field(default_factory=list)
    helpers: list[tuple[str, datetime]] = field(default_factory=list)  # with whom it is shared, since when
    customer: Any = None


@dataclass(frozen=True)
class Plan:
    """What upper floors need to plan their own part: the calendar, the customers' lives, the people by log-in name."""

    calendar: Calendar
    lives: Sequence[Life]
    people: Mapping[str, Employee]


class Planner:
    """Plans the lives of all customers."""

    def __init__(self, calendar: Calendar, people: Mapping[str, Employee]) -> None:
        self.calendar, self.chance, self.people = calendar, calendar.chance, people
        self.choices = {
            model_field.name: [pk for pk, _ in entry_options(model_field.source.code)]
            for model_field in Customer._meta.fields
            if isinstance(model_field, DictionaryField)
        }
        self.industries = {name: pk for pk, name in entry_options("customer_industry")}
        self.departments = {one.name: one.pk for one in Department.objects.all()}

    def plan(self) -> list[Life]:
        """All lives, the oldest first."""
        ages = sorted((self._age() for _ in range(COUNT)), reverse=True)
        return [self._life(company, age) for company, age in zip(companies(self.chance, COUNT), ages, strict=True)]

    def _age(self) -> float:
        return self.chance.triangular(1.2, LONGEST, 45)

    def _life(self, company: Company, age: float) -> Life:
        chance, calendar = self.chance, self.calendar
        life = Life(company, calendar.working(age))
        own = chance.random() < 0.3
        author = (
            self._seller(age) if own else chance.choice(["shichang", "shichang", "xiaoshou", "xiaolin", "xiaozhou"])
        )
        calendar.at(life.entered, lambda: self._enter(life, author, "mine" if own else "pool"))
        if own:
            life.tenures.append(Tenure(author, life.entered))
        elif chance.random() < 0.76:
            self._taken(life, calendar.later(life.entered, chance.uniform(0.2, min(9, age * 0.4))))
        if life.tenures:
            self._goes_on(life)
        if age > 20 and chance.random() < 0.22:
            calendar.at(calendar.working(chance.uniform(2, age - 15)), lambda: self._changed(life))
        return life

    def _seller(self, days_ago: float) -> str:
        sellers = ["xiaolin", "xiaolin", "xiaozhou", "xiaozhou", "xiaoshou"] + ["xiaozheng"] * (
            days_ago > LEFT_AGO + 6
        ) * 2
        return self.chance.choice(sellers)

    def _ago(self, moment: datetime) -> float:
        return (self.calendar.now - moment).total_seconds() / 86400

    def _taken(self, life: Life, moment: datetime) -> None:
        """Somebody claims it from the pool, or marketing assigns it."""
        owner = self._seller(self._ago(moment))
        if self.chance.random() < 0.7:
            self.calendar.at(moment, lambda: self._claim(life, owner))
        else:
            reason = self.chance.choice(ASSIGN_REASONS)
            self.calendar.at(moment, lambda: self._assign(life, owner, "shichang", reason))
        life.tenures.append(Tenure(owner, moment))

    def _goes_on(self, life: Life) -> None:
        """A tenure ends, or lasts: shared, returned and claimed again, recalled, assigned on."""
        tenure, chance = life.tenures[-1], self.chance
        days = self._ago(tenure.since)
        leaves = tenure.owner == "xiaozheng"
        dice = chance.random()
        if days > 12 and not leaves and len(life.tenures) < 3:
            end = self.calendar.later(tenure.since, chance.uniform(6, days - 3))
            if dice < 0.13:
                self._ends(life, end, lambda: self._release(life, tenure.owner))
                if chance.random() < 0.5 and self._ago(end) > 4:
                    self._taken(life, self.calendar.later(end, chance.uniform(0.5, self._ago(end) - 2)))
                    self._goes_on(life)
                return
            if dice < 0.16 and tenure.owner != "xiaoshou":
                self._ends(life, end, lambda: self._recall(life))
                return
            if dice < 0.22:
                heir = chance.choice([one for one in ("xiaolin", "xiaozhou") if one != tenure.owner])
                self._ends(life, end, lambda: self._assign(life, heir, "xiaoshou", "同事手上客户多，转给你跟进"))
                life.tenures.append(Tenure(heir, end))
                return
        if leaves:
            tenure.until = self.calendar.now - timedelta(days=LEFT_AGO)
            life.tenures.append(Tenure("xiaozhou", tenure.until))
        elif days > 3 and chance.random() < 0.2:
            moment = self.calendar.later(tenure.since, chance.uniform(0.5, days - 1))
            self._share(life, tenure.owner, moment)

    def _ends(self, life: Life, moment: datetime, deed: Any) -> None:
        life.tenures[-1].until = moment
        self.calendar.at(moment, deed)

    def _share(self, life: Life, owner: str, moment: datetime) -> None:
        helpers = [one for one in ("kefu", "gongcheng", "jishu", "xiaolin", "xiaozhou", "caiwu") if one != owner]
        helper = self.chance.choice(helpers)
        department = self.departments[self.chance.choice(["技术部", "客服部"])] if self.chance.random() < 0.25 else None
        until = (
            self.calendar.coming(self.chance.choice([14, 30, 60, 90])).date() if self.chance.random() < 0.35 else None
        )
        people, by = [self.people[helper].pk], self.people[owner]
        if department:
            people = []
        else:
            life.helpers.append((helper, moment))
        self.calendar.at(
            moment,
            lambda: share_services.customer_share(
                life.customer, employees=people, departments=[department] if department else [], until=until, by=by
            ),
        )

    # --- the deeds -----------------------------------------------------------------------------------------------------

    def _enter(self, life: Life, author: str, into: str) -> None:
        life.customer = services.customer_create(
            self._values(life.company), by=self.people[author], into=into, similar_reason="已电话核对，不是同一家"
        )

    def _claim(self, life: Life, owner: str) -> None:
        services.customer_claim(life.customer, by=self.people[owner])

    def _assign(self, life: Life, owner: str, by: str, reason: str) -> None:
        services.customer_assign(life.customer, employee=self.people[owner].pk, by=self.people[by], reason=reason)

    def _release(self, life: Life, owner: str) -> None:
        services.customer_release(life.customer, reason=self.chance.choice(REASONS), by=self.people[owner])

    def _recall(self, life: Life) -> None:
        services.customer_recall(
            life.customer, by=self.people["xiaoshou"], reason="超过一个月没有联系记录，收回重新分配"
        )

    def _changed(self, life: Life) -> None:
        """What one learns later: another level, satisfaction, a phone."""
        customer = Customer.objects.get(pk=life.customer.pk)
        by = customer.owner if customer.owner_id else self.people["xiaoshou"]
        names = self.chance.sample(["level", "satisfaction", "phone", "size", "remarks"], 2)
        values: dict[str, Any] = {
            name: self.chance.choice(self.choices[name]) for name in names if name in self.choices
        }
        if "phone" in names:
            values["phone"] = landline(self.chance, life.company.city)
        if "remarks" in names:
            values["remarks"] = self.chance.choice(REMARKS)
        services.customer_change(customer, values=values, by=by, similar_reason="同一家公司的新电话")

    def _values(self, company: Company) -> dict[str, Any]:
        """A new customer's facts as its form would send them."""
        chance = self.chance
        contacts = [
            {**person(chance), "is_main": place == 0} for place in range(chance.choice([1, 1, 2, 2, 2, 3, 3, 4]))
        ]
        values: dict[str, Any] = {
            name: chance.choice(options)
            for name, options in self.choices.items()
            if name not in ("industry", "category", "level") and chance.random() < 0.7
        }
        if chance.random() < 0.3:
            values |= {"bank": f"江南商业银行{company.city}支行", "bank_account": f"62{chance.randrange(10**17):017d}",
                       "legal_person": chance.choice(SURNAMES) + chance.choice("志远 明德 国强 永康 建平".split())}  # fmt: skip
        return {
            **values, "name": company.name, "short_name": company.short, "region": find_region(None, company.city + "市"),
            "industry": self.industries.get(company.trade.industry), "category": self.choices["category"][chance.choice([0, 0, 0, 2, 5])],
            "level": self.choices["level"][chance.choice([0, 1, 1, 2, 2, 2, 3, 3, 4])], "classification": self._classification(company),
            "phone": landline(chance, company.city), "address": f"{company.city}市{chance.choice(STREETS)} {chance.randint(1, 999)} 号",
            "website": f"www.{chance.randint(1000, 9999)}.example.com" if chance.random() < 0.5 else "",
            "tags": chance.sample(company.trade.tags, 1) + ["重点跟进"] * (chance.random() < 0.1) + ["展会线索"] * (chance.random() < 0.12),
            "remarks": chance.choice(REMARKS) if chance.random() < 0.35 else "", "contacts": contacts,
        }  # fmt: skip

    def _classification(self, company: Company) -> int | None:
        if self.chance.random() < 0.12:
            return None
        builds = "物业" in company.name or "建设" in company.name
        name = "集成商与总包" if builds else "华东" if company.city in EAST else "其他地区"
        return CategoryNode.objects.filter(kind="customer", name=name).values_list("pk", flat=True).first()


def odd_ones(owner: Employee, chance: random.Random) -> None:
    """Two customers that show what a page does with long names and with next to nothing filled in."""
    services.customer_create(
        {"name": "北方草原乳业及冷链物流综合产业发展（内蒙古自治区呼和浩特市）集团股份有限公司", "bank_account": "32250198823600001274",
         "bank": "江南商业银行苏州吴中支行", "contacts": [
             {"name": "欧阳思远", "title": "集团采购中心副总经理兼供应链管理部部长", "mobile": mobile(chance), "is_main": True},
             {"name": "慕容雨桐", "title": TITLES[3][0], "mobile": mobile(chance)}]},
        by=owner, similar_reason="已核对",
    )  # fmt: skip
    services.customer_create({"name": "嘉陵小店"}, by=owner, similar_reason="已核对")
