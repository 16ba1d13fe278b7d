"""The first start of a system. Upper floors hang in what they need to make ready: dictionaries, roles, numbers, demonstration data."""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils import timezone

from kemai.kit import search_docs
from kemai.kit.errors import Invalid
from kemai.kit.stamp import raise_stamp
from kemai.kit.text import sort_key
from kemai.people import rules
from kemai.people.models import Employee, EmployeeRole, Role

_steps: list[tuple[int, Callable[[str], None]]] = []
_company: list[Callable[[], str]] = []
_demo: list[Callable[[], None]] = []
_demo_accounts: list[Callable[[], list[tuple[str, str, str]] | None]] = []


def ready_step(order: int) -> Callable:
    """Registers a function `(company)` that makes something ready on a new system; it must do no harm when run again."""

    def decorate(function: Callable[[str], None]) -> Callable[[str], None]:
        _steps.append((order, function))
        return function

    return decorate


def answers(*, company: Callable[[], str] | None = None, demo: Callable[[], None] | None = None,
            demo_accounts: Callable[[], list[tuple[str, str, str]] | None] | None = None) -> None:  # fmt: skip
    """An upper floor tells how to learn the company's name, how to load demonstration data and which accounts it made."""
    _company.extend([company] if company else [])
    _demo.extend([demo] if demo else [])
    _demo_accounts.extend([demo_accounts] if demo_accounts else [])


def make_ready(company: str = "") -> None:
    """Runs all steps: after it a system can be used by whoever has a role."""
    with transaction.atomic():
        for _, step in sorted(_steps, key=lambda item: item[0]):
            step(company)
        raise_stamp()


def company_name() -> str:
    """The company's name for the log-in page."""
    return next((name for ask in _company if (name := ask())), "")


def demo_accounts() -> list[tuple[str, str, str]] | None:
    """Log-in name, name and role of the demonstration accounts; None outside demonstration mode."""
    return next((found for ask in _demo_accounts if (found := ask())), None)


def set_up(
    *, company: str, name: str, login: str, password: str, again: str | None = None, demo: bool = False
) -> Employee:
    """Makes the company and its first administrator (SYS-10). Raises Invalid; refuses when there is anybody already."""
    errors: dict[str, list[str]] = {}
    for field, value, label, longest in (
        ("company", company, "公司名称", 100), ("name", name, "姓名", 40), ("login", login, "登录名", 40),
    ):  # fmt: skip
        if not value:
            errors[field] = [f"请填写{label}。"]
        elif len(value) > longest:
            errors[field] = [f"{label}最多 {longest} 个字。"]
    if login and (reason := rules.bad_login(login)):
        errors["login"] = [reason]
    if reason := rules.weak_password(password, login):
        errors["password"] = [reason]
    elif again is not None and again != password:
        errors["again"] = ["两次输入的密码不一致。"]
    if errors:
        raise Invalid(errors)
    already = Invalid({"login": ["系统已经初始化，请直接登录。"]})
    try:
        with transaction.atomic():
            if Employee.objects.exists():
                raise already
            make_ready(company)
            employee = first_administrator(name=name, login=login, password=password)
    except IntegrityError:  # somebody else was setting it up at the same moment: the numbers of employees are unique
        raise already from None
    if demo:
        for load in _demo:
            load()
    return employee


def first_administrator(*, name: str, login: str, password: str) -> Employee:
    """An employee with the role 系统管理员, made without anybody acting: there is nobody yet."""
    now = timezone.now()
    employee = Employee(
        login=login.lower(), name=name, name_key=sort_key(name), number="0001", created_at=now, updated_at=now
    )
    employee.set_password(password)
    employee.save()
    Employee.objects.filter(pk=employee.pk).update(path=f"/{employee.pk}/")
    EmployeeRole.objects.create(employee=employee, role=Role.objects.get(code="sysadmin"))
    search_docs.rewrite({"employee": {employee.pk}})
    raise_stamp()
    return Employee.objects.get(pk=employee.pk)
