"""The cards 「久未联系」 and 「联系人生日」 of the workbench."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from kemai.customers import queries
from kemai.customers.models import Contact, Customer
from kemai.kit import tally
from kemai.kit.lunar import month_day_text
from kemai.kit.moments import days_between
from kemai.kit.workbench import Card, Content, Deed, Item, cards, filtered
from kemai.office.queries import entry_names, region_names, setting

MOST = 6
UNCLAIMED = filtered("/customers", ("state", "eq", "unclaimed"), view="pool")
SILENT = "/customers?view=mine&contact=silent"


def _silence(one: Any, now: datetime) -> str:
    days = days_between(one.since, now)
    return f"{days} 天没有联系" if one.last_contacted_at else f"领用 {days} 天，还没有联系"


def owns_none(by: Any) -> bool:
    """Whether somebody has no customers of their own: marketing, service, finance, and whoever begins."""
    return not tally.table("customer").get(by.pk, 0)


def pool(by: Any) -> Content | None:
    """What is new in the pool and belongs to nobody, for who has no customers of their own but may claim or assign; public fields only."""
    may_assign, may_claim = by.access.has("customer.assign"), by.access.has("customer.claim")
    if not owns_none(by) or not (may_assign or may_claim):
        return None
    public = queries.public_fields()
    if "name" not in public:
        return None
    found = Customer.objects.filter(state=Customer.State.UNCLAIMED)
    industries, regions = entry_names("customer_industry"), region_names()
    items = [
        Item(
            one.name, f"/customers/{one.pk}?view=pool", _public_facts(public, industries.get(one.industry_id or 0), regions.get(one.region_id or 0)),
            icon="building", deeds=[_pool_deed(one.pk, "指派", "assign") if may_assign else _pool_deed(one.pk, "领用", "claim")],
        )
        for one in found.order_by("-pk")[:MOST]
    ]  # fmt: skip
    return Content(items, count=found.count(), href=UNCLAIMED, href_text="客户池", empty="客户池里没有未领用的客户。")


def _public_facts(public: Collection[str], industry: str | None, region: str | None) -> list[str]:
    facts = {"industry": industry, "region": region}
    return [word for name, word in facts.items() if word and name in public]


def _pool_deed(pk: int, label: str, name: str) -> Deed:
    return Deed(label, f"/customers/{pk}/{name}?view=pool&back=/workbench", asks=name == "assign")


def silent(by: Any) -> Content | None:
    """One's own customers with whom nobody has spoken for long, the longest silence first."""
    if owns_none(by):
        return None
    now = timezone.now()
    found = Customer.objects.filter(queries.silent(now), owner=by)
    rows = found.annotate(since=Coalesce("last_contacted_at", "claimed_at")).order_by("since")[:MOST]
    deeds = by.access.has("interaction.add")
    items = [
        Item(
            one.name, f"/customers/{one.pk}", [_silence(one, now)],
            icon="user", deeds=[Deed("记一笔", f"/customers/{one.pk}/log_contact?back=/workbench", asks=True)] if deeds else [],
        )
        for one in rows
    ]  # fmt: skip
    days = setting("silent_days")
    return Content(items, count=found.count(), href=SILENT, empty=f"没有超过 {days} 天未联系的客户。")


def birthdays(by: Any) -> Content | None:
    """Whose birthday is today or soon, among the contacts of one's own customers."""
    today = timezone.localdate()
    found = queries.birthdays_of(by, setting("birthday_days"), today)
    if not found and owns_none(by):
        return None
    items = [
        Item(
            f"{one.name}{when(day, today)}生日", f"/contacts/{one.pk}", [calendar_text(one), *([one.customer.name] if one.customer else [])],
            icon="cake",
        )
        for one, day in found[:MOST]
    ]  # fmt: skip
    return Content(items, count=len(found), empty="这几天没有联系人过生日。")


def when(day: date, today: date) -> str:
    """今天, 明天, 后天, or how many days ahead."""
    ahead = (day - today).days
    return ["今天", "明天", "后天"][ahead] if ahead < 3 else f"{ahead} 天后"


def calendar_text(contact: Contact) -> str:
    """The birthday in the calendar in which it counts."""
    born = contact.birthday
    if born is None:
        return ""
    return month_day_text(born.month, born.day) if contact.birthday_is_lunar else f"{born.month} 月 {born.day} 日"


cards += [
    Card("pool", "待领用的客户", pool, column=1, order=30, right="customer.view", late=True),
    Card("silent", "久未联系", silent, column=2, order=30, right="customer.view", late=True),
    Card("birthdays", "联系人生日", birthdays, column=2, order=20, right="contact.view", late=True),
]
