"""The demonstration company: people, customers, contacts, shares of the last months. All names are invented.

Everything is made by the services, in the order of time, as if people had done it, so that log, time line and counts are real (SYS-10, SYS-13).
"""

import random

from django.utils import timezone

from kemai.customers.demo.calendar import Calendar
from kemai.customers.demo.calendar import happened as happened
from kemai.customers.demo.habits import plan_habits, plan_leaving, tidy_messages
from kemai.customers.demo.lives import Plan, Planner, odd_ones
from kemai.customers.demo.people import COMPANY, PASSWORD, PEOPLE, hire
from kemai.customers.events import DemonstrationMade, DemonstrationPlanned
from kemai.kit.events import publish
from kemai.office.models import Setting
from kemai.office.services import settings_save
from kemai.people.models import Employee
from kemai.people.start import answers, company_name, first_administrator, make_ready

MARK = "demo_accounts"  # the setting whose presence means demonstration mode


def accounts() -> list[tuple[str, str, str]] | None:
    """Log-in name, name and role of the demonstration accounts; None outside demonstration mode."""
    kept = Setting.objects.filter(code=MARK).values_list("value", flat=True).first()
    return [tuple(row) for row in kept] if kept else None


def load() -> None:
    """Fills an empty system (or one with only its first administrator) with the demonstration company."""
    chance = random.Random(20261120)  # noqa: S311  the same company every time
    calendar = Calendar(chance, timezone.now())
    make_ready("" if company_name() else COMPANY)
    admin = Employee.objects.filter(roles__code="sysadmin").first() or first_administrator(
        name="系统管理员", login="admin", password=PASSWORD
    )
    with happened(calendar.working(225)):
        people = hire(admin)
        settings_save(
            {"company_address": "江苏省苏州市工业园区星湖街 328 号", "company_phone": "0512-6288 0000"}, by=admin
        )
    plan = Plan(calendar, Planner(calendar, people).plan(), people)
    plan_leaving(plan, admin)
    plan_habits(plan)
    publish(DemonstrationPlanned(plan))
    calendar.at(calendar.working(3.3), lambda: odd_ones(people["xiaolin"], chance))
    calendar.run()
    publish(DemonstrationMade(chance, people))
    tidy_messages(calendar.now)
    now = timezone.now()
    rows = [(admin.login, admin.name, "系统管理员"), *((login, name, title) for login, name, _, title, _, _ in PEOPLE)]
    Setting.objects.create(code=MARK, value=rows, created_at=now, updated_at=now)


answers(demo=load, demo_accounts=accounts)
