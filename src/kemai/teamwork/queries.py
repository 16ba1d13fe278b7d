"""Reads: which contact records a person reaches, and what pages want to know of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigAutoField, Max, Min, QuerySet

from kemai.customers.models import Customer
from kemai.customers.queries import through_customer
from kemai.kit.entity import TimeLineEntry
from kemai.kit.moments import show_time
from kemai.kit.prepared import Ids, OneOf, Prepared, PreparedRecords, Slot
from kemai.kit.reach import Reach
from kemai.office.queries import entry_options
from kemai.people.models import Employee
from kemai.people.queries import employee_names
from kemai.teamwork.models import Interaction, InteractionComment
from kemai.teamwork.rules import people_of

MOST = 200  # records in a customer's time line
ICONS = {
    "电话": "phone",
    "拜访": "walk",
    "来访": "users",
    "微信": "brand-wechat",
    "邮件": "mail",
    "会议": "users",
    "短信": "message",
}


def interaction_reach(by: Employee) -> Reach:
    """Records of the customers that I see: never through the public pool (INT-02)."""
    reach = through_customer(by)
    return replace(reach, tally="interaction") if reach.everything else reach


# --- columns of a page -------------------------------------------------------------------------------------------------


_people = Prepared(
    lambda: Interaction.objects.filter(OneOf("pk", Ids("ids"))).values_list("pk", "contact__name", "contact_name")
)
_comments = Prepared(
    lambda: (
        InteractionComment.objects.filter(OneOf("interaction_id", Ids("ids")))
        .order_by("pk")
        .values_list("interaction_id", "created_by_id", "text", "created_at")
    )
)


def people(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """With whom each of these records was."""
    return {pk: (people_of(name or "", others),) * 2 for pk, name, others in _people.rows(ids=ids)}


def last_comments(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """What was last said to each of these records."""
    names = employee_names()
    return {pk: (f"{names.get(who, '')}：{text}",) * 2 for pk, who, text, _ in _comments.rows(ids=ids)}


# --- one record, one customer ------------------------------------------------------------------------------------------


def comment_rows(interaction: Interaction, by: Any) -> list[dict[str, Any]]:
    """The tab 「批复」."""
    names = employee_names()
    return [
        {"时间": show_time(at), "姓名": names.get(who, ""), "批复": text}
        for _, who, text, at in _comments.rows(ids=[interaction.pk])
    ]


def _of_customer() -> QuerySet[Interaction]:
    return Interaction.objects.filter(customer_id=Slot("customer", BigAutoField()))


class _Told(NamedTuple):
    """What the time line tells of a contact record."""

    id: int
    occurred_at: datetime
    employee_id: int
    contact_type: str | None
    contact: str | None
    contact_name: str
    content: str
    result: str
    next_contact_at: datetime | None
    next_step: str


_told = Prepared(
    lambda: (
        _of_customer()
        .order_by("-occurred_at", "-pk")
        .values_list(
            "pk", "occurred_at", "employee_id", "contact_type__name", "contact__name", "contact_name", "content", "result",
            "next_contact_at", "next_step",
        )[:MOST]
    )
)  # fmt: skip


def timeline(customer: Customer, by: Any) -> Iterable[TimeLineEntry]:
    """The contacts with a customer, with what supervisors said to them."""
    if not by.access.has("interaction.view"):
        return []
    names = employee_names()
    records = [_Told(*row) for row in _told.rows(customer=customer.pk)]
    said, authors = defaultdict(list), {one.id: one.employee_id for one in records}
    for pk, who, text, _ in _comments.rows(ids=list(authors)) if records else ():
        said[pk].append((f"{names.get(who, '')}{'回复' if who == authors[pk] else '批复'}", text))
    return [_entry(one, names.get(one.employee_id, ""), said[one.id]) for one in records]


def _entry(one: _Told, author: str, said: Sequence[tuple[str, str]]) -> TimeLineEntry:
    kind = one.contact_type or "联系"
    after = [f"下次联系 {show_time(one.next_contact_at)}" if one.next_contact_at else "", one.next_step]
    return TimeLineEntry(
        at=one.occurred_at, title=f"{kind} · {people_of(one.contact or '', one.contact_name)}",
        text="\n".join(part for part in (one.content, one.result) if part),
        icon=ICONS.get(kind, "message-circle"), tone="brand", by=author, href=f"/interactions/{one.id}",
        after=" · ".join(part for part in after if part), said=said,
    )  # fmt: skip


_latest = PreparedRecords(lambda: _of_customer().order_by("-occurred_at", "-pk")[:1])
_first = Prepared(lambda: _of_customer().order_by("occurred_at", "pk").values_list("occurred_at")[:1])


def first_and_latest(customer_id: int) -> tuple[datetime | None, Interaction | None]:
    """When a customer was first contacted, and the record of the last time: the two ends of an index (CUS-02)."""
    latest = _latest.record(customer=customer_id)
    first = _first.first(customer=customer_id) if latest else None
    return first[0] if first else None, latest


def first_and_latest_of(ids: Sequence[int]) -> dict[int, tuple[datetime, Interaction]]:
    """`first_and_latest` of many customers, two statements for all; those without records are left out."""
    records = Interaction.objects.filter(OneOf("customer_id", ids))
    ends = {
        pk: (first, last)
        for pk, first, last in records.values_list("customer_id")
        .annotate(Min("occurred_at"), Max("occurred_at"))
        .order_by()
    }
    times = {last for _, last in ends.values()}
    latest = {
        one.customer_id: one
        for one in records.filter(occurred_at__in=times).select_related("contact").order_by("pk")
        if one.occurred_at == ends[one.customer_id][1]
    }
    return {pk: (first, latest[pk]) for pk, (first, _) in ends.items()}


def author_words(by: Any) -> list[str]:
    """Who can be named as the author of imported records: the person, or everybody for who may import in the name of others."""
    return [*employee_names().values()] if by.access.has("interaction.import_as_others") else [by.name]


def contact_types(by: Any) -> Sequence[tuple[int, str]]:
    """The entries of 「联系类型」, to choose from."""
    return entry_options("contact_type")
