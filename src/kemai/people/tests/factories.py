"""Named people for tests, made through the services as an administrator would make them.

crew = team()
crew.manager.access.subordinates == {crew.lin.pk, crew.zhou.pk}
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.test import Client
from django.utils import timezone

from kemai.office.models import Region
from kemai.people import login_services, services
from kemai.people.middleware import COOKIE
from kemai.people.models import Department, Employee, Role
from kemai.people.start import first_administrator, make_ready

PASSWORD = "Kemai-2026-test"
COMPANY = "杭州客脉测试有限公司"
REGIONS = ["浙江省 杭州市 西湖区", "江苏省 苏州市 吴中区", "北京市 朝阳区"]


def company(*, all_regions: bool = False) -> Employee:
    """A system that is ready to use: dictionaries, roles, numbers; returns its administrator 管理员, made once.

    It knows three regions of China, for a second is a long time in a test; `all_regions` fills in the real divisions.
    """
    present = Employee.objects.filter(login="admin").first()
    if present:
        return present
    if not all_regions:
        _few_regions()
    make_ready(COMPANY)
    return first_administrator(name="管理员", login="admin", password=PASSWORD)


def _few_regions() -> None:
    now = timezone.now()
    for full_name in REGIONS:
        above, words = None, full_name.split(" ")
        for depth, name in enumerate(words, start=1):
            region, _ = Region.objects.get_or_create(
                name=name, parent=above,
                defaults={"full_name": " ".join(words[:depth]), "created_at": now, "updated_at": now},
            )  # fmt: skip
            region.path = f"{above.path if above else '/'}{region.pk}/"
            region.code = f"{region.pk:06d}"
            region.save(update_fields=["path", "code"])
            above = region


def employee(
    login: str, name: str = "", *roles: str, supervisor: Employee | None = None, department: Department | None = None,
    departments: Sequence[Department] = (), rights: Sequence[str] | None = None, ranges: dict[str, str] | None = None,
) -> Employee:  # fmt: skip
    """An employee with these roles (by code or name), who logs in with PASSWORD.

    With `rights` or `ranges` they get a role of their own that gives just that.
    """
    admin = company()
    given = [role.pk for role in map(role_of, roles)]
    if rights is not None or ranges is not None:
        given.append(role(f"{login} 的角色", rights=rights or (), ranges=ranges or {}).pk)
    values = {
        "number": f"T{Employee.objects.count() + 1:03d}", "login": login, "name": name or login,
        "supervisor": supervisor.pk if supervisor else None, "department": department.pk if department else None,
        "departments": [one.pk for one in departments], "roles": given,
    }  # fmt: skip
    made = services.employee_create(values, by=admin)
    made.set_password(PASSWORD)
    Employee.objects.filter(pk=made.pk).update(password=made.password)
    return again(made)


def role_of(word: str) -> Role:
    """The role of a code (sales_rep) or a name (销售代表)."""
    return Role.objects.filter(code=word).first() or Role.objects.get(name=word)


def role(name: str, *, rights: Sequence[str] = (), ranges: dict[str, str] | None = None) -> Role:
    """A role with exactly these rights and data ranges."""
    admin = company()
    made = services.role_create({"name": name}, by=admin)
    return services.role_set_rights(made, codes=list(rights), ranges=ranges or {}, by=admin)


def department(name: str, parent: Department | None = None, manager: Employee | None = None) -> Department:
    """A department below its parent."""
    values = {"name": name, "parent": parent.pk if parent else None, "manager": manager.pk if manager else None}
    return services.department_create(values, by=company())


def again(record):
    """The record as it is stored now, without what this object remembers (an employee's rights)."""
    return type(record).objects.get(pk=record.pk)


@dataclass
class Team:
    """The people that stories are told of: who they are, and who stands under whom."""

    admin: Employee
    boss: Employee  # 老总
    manager: Employee  # 王建国, supervisor of the two that follow
    lin: Employee  # 小林
    zhou: Employee  # 小周
    other_manager: Employee  # 孙经理: another line
    chen: Employee  # 小陈, under 孙经理
    marketing: Employee
    service: Employee
    sales: Department
    east: Department
    south: Department


def team() -> Team:
    """A small company: 老总 over two sales managers, each with people of their own; marketing and customer service."""
    admin = company()
    sales = department("销售部")
    east, south = department("华东组", sales), department("华南组", sales)
    boss = employee("laozong", "老总", "general_manager")
    manager = employee("xiaoshou", "王建国", "sales_manager", supervisor=boss, department=sales)
    other_manager = employee("sunjingli", "孙经理", "sales_manager", supervisor=boss, department=south)
    return Team(
        admin=admin, boss=boss, manager=manager, other_manager=other_manager,
        lin=employee("xiaolin", "小林", "sales_rep", supervisor=manager, department=east),
        zhou=employee("xiaozhou", "小周", "sales_rep", supervisor=manager, department=east),
        chen=employee("xiaochen", "小陈", "sales_rep", supervisor=other_manager, department=south),
        marketing=employee("shichang", "市场专员", "marketing", supervisor=boss),
        service=employee("kefu", "客服专员", "customer_service", supervisor=boss),
        sales=sales, east=east, south=south,
    )  # fmt: skip


def browser(who: Employee | None = None, *, csrf: bool = False) -> Client:
    """A browser in which this employee is logged in; with `csrf` it is as strict as in production."""
    client = Client(enforce_csrf_checks=csrf)
    if who is not None:
        client.cookies[COOKIE] = login_services.session_begin(who)
    return client


def program(who: Employee, *scopes: str) -> Client:
    """A client of the API that comes with this employee's bearer token."""
    count = who.tokens.count() + 1
    token = login_services.token_create({"name": f"测试 {count}", "scopes": list(scopes)}, by=who)
    return Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token.secret}"})
