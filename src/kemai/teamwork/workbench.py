"""The cards of the workbench that speak of contacts: to-dos, customers of today, figures, the line."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kemai.customers.models import Customer
from kemai.customers.queries import customer_reach, main_contacts, silent
from kemai.customers.workbench import UNCLAIMED, owns_none
from kemai.kit import tally
from kemai.kit.entity import registry
from kemai.kit.listing import Listing
from kemai.kit.moments import COMPANY_ZONE, day_range, days_between
from kemai.kit.prepared import OneOf
from kemai.kit.question import Question
from kemai.kit.shell import short_moment
from kemai.kit.workbench import Card, Content, Deed, Figure, Item, Line, cards, filtered
from kemai.notify.workbench import told_by_cards
from kemai.people.queries import employee_names
from kemai.teamwork import todo_queries
from kemai.teamwork.models import Interaction, Todo
from kemai.teamwork.queries import interaction_reach
from kemai.teamwork.rules import state_of

MOST = 8
MOST_LINES = 50  # subordinates in the table of figures
RECENT = timedelta(days=30)
TONES = {"overdue": "orange", "today": "blue"}


def todos(by: Any) -> Content:
    """What is overdue, for today and for the coming week, the oldest first."""
    now, end = timezone.now(), day_range(timezone.localdate())[1]
    items = [
        Item(
            one.text, f"/todos/{one.pk}", [one.customer.name], end=_due(one.due_at, now), tone=TONES.get(state_of(one.due_at, None, now)[0], ""),  # type: ignore[arg-type]
            icon="phone-call", deeds=_jot(by, f"/todos/{one.pk}"),
        )
        for one in todo_queries.mine_until(by, end + todo_queries.WEEK, MOST)
    ]  # fmt: skip
    count = todo_queries.due_count(by)
    return Content(items, count=count, hot=True, href="/todos", href_text="全部待办", empty="这一周没有待办。")


def _jot(by: Any, path: str) -> list[Deed]:
    return (
        [Deed("记一笔", f"{path}/log_contact?back=/workbench", asks=True)] if by.access.has("interaction.add") else []
    )


def _due(due_at: datetime, now: datetime) -> str:
    """逾期 2 天, 今天 15:00, 明天 10:00, 11-25 10:00."""
    state, words = state_of(due_at, None, now)
    local = due_at.astimezone(COMPANY_ZONE)
    ahead = days_between(now, due_at)
    if state == "overdue" and ahead:
        return words
    day = {0: "今天", 1: "明天", 2: "后天"}.get(ahead, local.strftime("%m-%d"))
    return f"{day} {local:%H:%M}"


def follow_up(by: Any) -> Content | None:
    """One's own customers that wait today without a to-do of one's own, which the card above holds: what helpers below are to do by today, and
    whom nobody has contacted since they were claimed."""
    now, end = timezone.now(), day_range(timezone.localdate())[1]
    helpers = by.access.subordinates
    due = Todo.objects.filter(customer__owner=by, employee__in=helpers, done_at__isnull=True, due_at__lt=end)
    fresh = _not_contacted(by, now)
    found = list(due.select_related("customer").order_by("due_at", "pk")[:MOST])
    untouched = list(fresh.order_by("claimed_at", "pk")[: MOST - len(found)])
    customers = [*(one.customer for one in found), *untouched]
    mains = main_contacts([one.pk for one in customers], by)
    named = by.access.has("contact.view")

    def item(one: Customer, last: str, end: str, tone: Any = "") -> Item:
        facts = [*[mains.get(one.pk, (0, "没有联系人"))[1]] * named, _ago(one, now), *[last] * bool(last)]
        return Item(one.name, f"/customers/{one.pk}", facts, end=end, tone=tone, deeds=_jot(by, f"/customers/{one.pk}"))

    names = employee_names()
    items = [
        item(one.customer, f"{names.get(one.employee_id or 0, '')}：{one.text}", _due(one.due_at, now), TONES.get(state_of(one.due_at, None, now)[0], ""))
        for one in found
    ]  # fmt: skip
    items += [item(one, "", _claimed(one, now)) for one in untouched]
    if not items and owns_none(by):
        if not by.access.has("customer.claim"):
            return None
        empty = "您还没有客户：到客户池里领用，或者新增一个。"
        return Content(count=0, href="/customers?view=pool", href_text="去客户池领用", empty=empty)
    return Content(
        items, count=due.count() + fresh.count(), href="/customers?view=mine", href_text="我的客户", empty="除了上面的待办，今天没有要跟进的客户。",
    )  # fmt: skip


def _not_contacted(by: Any, now: datetime) -> QuerySet[Customer]:
    """One's own customers without any contact or plan; those that have waited for long stand under 「久未联系」."""
    planned = Todo.objects.filter(customer=OuterRef("pk"), done_at__isnull=True)
    waiting = Customer.objects.filter(owner=by, last_contacted_at__isnull=True).exclude(silent(now))
    return waiting.exclude(Exists(planned))


def _claimed(customer: Customer, now: datetime) -> str:
    days = days_between(customer.claimed_at, now) if customer.claimed_at else 0
    return f"领用 {days} 天" if days else "今天领用"


def _people(by: Any) -> list[int]:
    """Who does something for one's own customers: oneself, and helpers below."""
    return sorted({by.pk, *by.access.subordinates})


def _ago(customer: Customer, now: datetime) -> str:
    last = customer.last_contacted_at
    days = days_between(last, now) if last else 0
    return "没有联系过" if last is None else f"{days} 天前联系" if days else "今天联系过"


def figures(by: Any) -> Content:
    """One's own customers and contacts, this month and this week; each number leads to its list."""
    month, monday = _month(), _monday()
    mine = Customer.objects.filter(owner=by)
    week, before = _weeks(by, [by.pk], monday)
    month_day, monday_day = month.date().isoformat(), monday.date().isoformat()
    own = [
        Figure("本月新建", mine.filter(created_at__gte=month).count(), filtered("/customers", ("created_at", "gte", month_day), view="mine")),
        Figure("本月领用", mine.filter(claimed_at__gte=month).count(), filtered("/customers", ("claimed_at", "gte", month_day), view="mine")),
    ]  # fmt: skip
    if owns_none(by):
        unclaimed = Customer.objects.filter(state=Customer.State.UNCLAIMED).count()
        own = [
            Figure(
                "共享客户", Listing(registry["customer"], by, Question(view="shared")).total, "/customers?view=shared"
            ),
            Figure("待领用", unclaimed, UNCLAIMED),
        ]
    weeks = Figure(
        "本周联系", week.get(by.pk, 0), filtered("/interactions", ("employee", "eq", by.pk), ("occurred_at", "gte", monday_day)),
        f"上周 {before.get(by.pk, 0)}",
    )  # fmt: skip
    return Content(
        figures=[Figure("我的客户", tally.table("customer").get(by.pk, 0), "/customers?view=mine"), *own, weeks]
    )


def line(by: Any) -> Content | None:
    """The same by subordinate, for who has any."""
    names = employee_names()
    people = sorted(by.access.subordinates, key=lambda pk: (names[pk], pk))[:MOST_LINES]
    if not people:
        return None
    monday = _monday()
    week, before = _weeks(by, people, monday)
    late = Todo.objects.filter(employee__in=people, done_at__isnull=True, due_at__lt=timezone.now())
    overdue = _counts(todo_queries.todo_reach(by).apply(late))
    counts = tally.table("customer") if customer_reach(by).everything or people[0] in customer_reach(by).owners else {}
    first, last = monday - timedelta(days=7), monday - timedelta(days=1)
    return Content(
        lines=[
            Line(
                names[pk],
                [
                    Figure("客户", counts.get(pk, 0), filtered("/customers", ("owner", "eq", pk), view="shared", scope="all")),
                    Figure("本周联系", week.get(pk, 0), filtered("/interactions", ("employee", "eq", pk), ("occurred_at", "gte", _iso(monday)))),
                    Figure(
                        "上周", before.get(pk, 0),
                        filtered("/interactions", ("employee", "eq", pk), ("occurred_at", "gte", _iso(first)), ("occurred_at", "lte", _iso(last))),
                    ),
                    Figure("逾期", overdue.get(pk, 0), filtered("/todos", ("employee", "eq", pk), view="overdue", whose="line")),
                ],
            )
            for pk in people
        ]
    )  # fmt: skip


def _iso(moment: datetime) -> str:
    return moment.astimezone(COMPANY_ZONE).date().isoformat()


def _month() -> datetime:
    return day_range(timezone.localdate().replace(day=1))[0]


def _monday() -> datetime:
    today = timezone.localdate()
    return day_range(today - timedelta(days=today.weekday()))[0]


def _weeks(by: Any, people: list[int], monday: datetime) -> tuple[dict[int, int], dict[int, int]]:
    """Contact records of these people in this week and in the last one, as far as the viewer sees them."""
    seen = interaction_reach(by).apply(Interaction.objects.filter(employee__in=people))
    last = Q(occurred_at__gte=monday - timedelta(days=7), occurred_at__lt=monday)
    return _counts(seen.filter(occurred_at__gte=monday)), _counts(seen.filter(last))


def _counts(records: Any) -> dict[int, int]:
    found: Iterable[tuple[int, int]] = records.order_by().values_list("employee").annotate(count=Count("pk"))
    return dict(found)


def recent(by: Any) -> Content:
    """The latest contacts of oneself and one's line; for who has neither customers nor a line those with the customers that they help with."""
    names = employee_names()
    seen = Interaction.objects.filter(occurred_at__gte=timezone.now() - RECENT)
    if by.access.subordinates or not owns_none(by):
        seen = seen.filter(OneOf("employee_id", _people(by)))
    rows = (
        interaction_reach(by).apply(seen, walk=True).select_related("customer").order_by("-occurred_at", "-pk")[:MOST]
    )
    items = [
        Item(
            one.summary, f"/interactions/{one.pk}", [names.get(one.employee_id, ""), one.customer.name],
            end=short_moment(one.occurred_at), icon="message-circle",
        )
        for one in rows
    ]  # fmt: skip
    return Content(items, href="/interactions", href_text="交往记录", empty="最近一个月还没有交往记录。")


told_by_cards.append("todo:")
cards += [
    Card("todos", "待办事宜", todos, column=1, order=10, right="interaction.view"),
    Card("follow-up", "今日待跟进客户", follow_up, column=1, order=20, right="interaction.view"),
    Card("figures", "我的数字", figures, column=3, order=10, right="interaction.view", late=True),
    Card("line", "团队", line, column=3, order=20, right="interaction.view", late=True),
    Card("recent", "最近的联系", recent, column=3, order=30, right="interaction.view", late=True),
]
