"""The demonstration company: people, customers, contacts, shares of the last months. All names are invented.

Everything is made by the services, in the order of time, as if people had done it, so that log, time line and counts are real (SYS-10, SYS-13).
"""

import random
from collections.abc import Mapping

from django.db.models import Q
from django.utils import timezone

from kemai.customers.demo.calendar import Calendar
from kemai.customers.demo.calendar import happened as happened
from kemai.customers.demo.habits import plan_habits, plan_leaving, tidy_messages
from kemai.customers.demo.lives import Plan, Planner, odd_ones
from kemai.customers.demo.people import COMPANY, PASSWORD, PEOPLE, hire
from kemai.customers.events import DemonstrationMade, DemonstrationPlanned
from kemai.kit import demonstration
from kemai.kit.access import require
from kemai.kit.errors import DomainError
from kemai.kit.events import publish
from kemai.kit.journal import journal
from kemai.kit.stamp import raise_stamp
from kemai.office.models import Dictionary, DictionaryEntry, NumberCounter, NumberingRule, Region, Setting
from kemai.office.services import settings_save
from kemai.people.models import Employee, EmployeeRole, LoginFailure, Role, Session, Token
from kemai.people.services import employee_set_left
from kemai.people.start import answers, company_name, first_administrator, make_ready

MARK = "demo_accounts"  # the setting whose presence means demonstration mode
MADE = "demo_made"  # the setting that holds which rows are of the demonstration
STAYS = (
    EmployeeRole,
    Session,
    Token,
    LoginFailure,
    Role,
    Setting,
    Dictionary,
    DictionaryEntry,
    NumberingRule,
    NumberCounter,
    Region,
)


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
    with demonstration.made() as marks:
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
    for code, value in ((MARK, rows), (MADE, marks)):
        Setting.objects.create(code=code, value=value, created_at=now, updated_at=now)


def why_not_remove(by: Employee) -> str | None:
    """There must be demonstration data whose rows are known, and somebody who goes on administering without the common password."""
    if accounts() is None:
        return "系统里没有演示数据。"
    made = Setting.objects.filter(code=MADE).values_list("value", flat=True).first()
    if made is None:
        return "这些演示数据由更早的版本装入，不知道哪些记录是演示的，不能自动移除。请在新的数据目录里开始。"
    low, high = made.get(Employee._meta.label, (0, 0))
    if low < by.pk <= high:
        return "请用管理员账号移除演示数据，演示账号会一起停用。"
    if by.check_password(PASSWORD):
        return "您的密码还是公开的演示密码，请先在右上角「更改密码」，再移除演示数据。"
    return None


def remove(*, by: Employee) -> str:
    """Takes the demonstration away and leaves what people entered, with the records on which it hangs; says how many of each (SYS-13).

    Demonstration accounts have left: the log speaks of them. Raises Forbidden, DomainError; nothing has changed then.
    """
    require(by, "setting.change")
    if reason := why_not_remove(by):
        raise DomainError("not_removed", reason)
    marks = Setting.objects.get(code=MADE).value
    with journal(by=by, deed="demo.remove") as log:
        log.kind = "demo"
        left = _close_accounts(by, marks)
        removal = demonstration.Removal(marks, keep={Employee: left, **dict.fromkeys(STAYS, ())})
        went, stayed = removal.run(log)
        low, high = marks.get(Setting._meta.label, (0, 0))
        Setting.objects.filter(pk__gt=low, pk__lte=high, version=1).delete()  # as the demonstration has set them
        Setting.objects.filter(code__in=[MARK, MADE]).delete()
        Setting.objects.filter(code="company_name", value=COMPANY).delete()
        raise_stamp()
        log.note = f"已移除：{_words(went) or '没有记录'}。"
        log.note += f"保留（上面有你们自己录入的内容）：{_words(stayed)}。" if stayed else ""
        log.note += f"{len(left)} 个演示账号已设为离职，不能再登录。"
    return log.note


def _words(counts: Mapping[str, int]) -> str:
    return "、".join(f"{title} {count:,}" for title, count in counts.items())


def _close_accounts(by: Employee, marks: demonstration.Marks) -> list[int]:
    """Nobody logs in with the common password any more; customers that stay go to who removes. Accounts that somebody has taken over stay."""
    low, high = marks.get(Employee._meta.label, (0, 0))
    made = Q(pk__gt=low, pk__lte=high) | Q(login__in=[login for login, _, _ in accounts() or []])
    left = []
    for person in Employee.objects.filter(made).exclude(pk=by.pk).order_by("pk"):
        if person.is_active and not person.check_password(PASSWORD):
            continue
        person.set_password(None)
        Employee.objects.filter(pk=person.pk).update(password=person.password)
        if person.is_active:
            employee_set_left(person, by=by, successor=by.pk)
        left.append(person.pk)
    return left


answers(demo=load, demo_accounts=accounts)
