"""What customers remind of by night (WRK-02)."""

from datetime import timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from kemai.customers.models import Customer
from kemai.customers.queries import birthdays
from kemai.customers.workbench import SILENT, calendar_text, when
from kemai.kit.jobs import nightly
from kemai.kit.moments import day_range
from kemai.notify.models import Message
from kemai.notify.services import remind
from kemai.office.queries import setting
from kemai.people.queries import access_of, active_employees

CHUNK = 1000


@nightly("customers.birthdays")
def remind_of_birthdays() -> None:
    """Owners hear of their contacts' birthdays some days before, each once."""
    today = timezone.localdate()
    active = {pk for pk, _ in active_employees()}
    found = [
        Message(
            employee_id=one.customer.owner_id, key=f"birthday:{one.pk}:{day.isoformat()}", link=f"/contacts/{one.pk}",
            text=f"{one.name}（{one.customer.name}）{when(day, today)}生日，{calendar_text(one)}。",
        )
        for one, day in birthdays(setting("birthday_days"), today)
        if one.customer and one.customer.owner_id in active and access_of(one.customer.owner_id).has("contact.view")
    ]  # fmt: skip
    for start in range(0, len(found), CHUNK):
        remind(found[start : start + CHUNK])


@nightly("customers.silent")
def remind_of_silence() -> None:
    """Owners hear of customers on the day on which the silence has lasted too long: one message for all of that day."""
    days = setting("silent_days")
    start, end = day_range(timezone.localdate() - timedelta(days=days + 1))
    found = []
    for pk, _ in active_employees():
        since = Customer.objects.filter(owner=pk).annotate(since=Coalesce("last_contacted_at", "claimed_at"))
        names = list(since.filter(since__gte=start, since__lt=end).order_by("since").values_list("name", flat=True))
        if names:
            more = f"等 {len(names)} 个客户" if len(names) > 1 else ""
            text = f"「{names[0]}」{more}超过 {days} 天没有联系。"
            found.append(Message(employee_id=pk, key=f"silent:{end.date().isoformat()}", link=SILENT, text=text))
    remind(found)
