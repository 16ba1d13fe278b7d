"""The cards 「久未联系」 and 「联系人生日」 of the workbench."""

from datetime import date, datetime
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone

from kemai.customers import queries
from kemai.customers.models import Contact, Customer
from kemai.kit.lunar import month_day_text
from kemai.kit.workbench import Card, Content, Deed, Item, cards
from kemai.office.queries import setting

MOST = 6
SILENT = "/customers?view=mine&contact=silent"


def _silence(one: Any, now: datetime) -> str:
    days = (now - one.since).days
    return f"{days} 天没有联系" if one.last_contacted_at else f"领用 {days} 天，还没有联系"


def silent(by: Any) -> Content:
    """One's own customers with whom nobody has spoken for long, the longest silence first."""
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


def birthdays(by: Any) -> Content:
    """Whose birthday is today or soon, among the contacts of one's own customers."""
    today = timezone.localdate()
    found = queries.birthdays_of(by, setting("birthday_days"), today)
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
    Card("silent", "久未联系", silent, column=2, order=30, right="customer.view", late=True),
    Card("birthdays", "联系人生日", birthdays, column=2, order=20, right="contact.view", late=True),
]
