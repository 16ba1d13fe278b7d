"""Who works in the demonstration company."""

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from kemai.people.models import Department, Employee, Role
from kemai.people.services import department_create, employee_create

PASSWORD = "Kemai-demo-2026"  # noqa: S105  demonstration mode only; printed by `make run`, shown on the log-in page
COMPANY = "华信远达自动化科技有限公司"

DEPARTMENTS = [
    ("总经办", None), ("销售部", None), ("华东销售组", "销售部"), ("市场部", None), ("客服部", None),
    ("技术部", None), ("采购部", None), ("仓储部", None), ("财务部", None),
]  # fmt: skip
PEOPLE = [  # login, name, role, title, department, supervisor
    ("laozong", "陈总", "general_manager", "总经理", "总经办", None),
    ("xiaoshou", "王建国", "sales_manager", "销售经理", "销售部", "laozong"),
    ("xiaolin", "小林", "sales_rep", "销售代表", "华东销售组", "xiaoshou"),
    ("xiaozhou", "小周", "sales_rep", "销售代表", "华东销售组", "xiaoshou"),
    ("shichang", "何敏", "marketing", "市场专员", "市场部", "laozong"),
    ("kefu", "孙悦", "customer_service", "客服专员", "客服部", "laozong"),
    ("jishu", "李工", "technical_manager", "技术部经理", "技术部", "laozong"),
    ("gongcheng", "赵磊", "service_engineer", "服务工程师", "技术部", "jishu"),
    ("caijingli", "蔡经理", "purchasing_manager", "采购部经理", "采购部", "laozong"),
    ("xiaowang", "小王", "buyer", "采购员", "采购部", "caijingli"),
    ("cangku", "周师傅", "warehouse_keeper", "仓库管理员", "仓储部", "laozong"),
    ("qianjingli", "钱经理", "finance_manager", "财务部经理", "财务部", "laozong"),
    ("caiwu", "吴会计", "finance", "财务", "财务部", "qianjingli"),
]  # fmt: skip
LEAVES = ("xiaozheng", "郑凯", "sales_rep", "销售代表", "华东销售组", "xiaoshou")  # some weeks ago; xiaozhou takes over


def hire(admin: Employee) -> dict[str, Employee]:
    """All of them, by log-in name; the one who leaves is still there."""
    departments: dict[str, Department] = {}
    for name, parent in DEPARTMENTS:
        departments[name] = department_create(
            {"name": name, "parent": departments[parent].pk if parent else None}, by=admin
        )
    people: dict[str, Employee] = {}
    for number, (login, name, role, title, department, supervisor) in enumerate([*PEOPLE, LEAVES], start=2):
        people[login] = employee_create(
            {
                "number": f"{number:04d}", "login": login, "name": name, "title": title, "department": departments[department].pk,
                "supervisor": people[supervisor].pk if supervisor else None, "roles": [Role.objects.get(code=role).pk],
                "phone": f"0512-6288 {1000 + number}", "email": f"{login}@example.com",
                "hire_date": (timezone.localdate() - timedelta(days=230 + 97 * number)),
            },
            by=admin,
        )  # fmt: skip
    made = [employee.pk for employee in people.values()]
    Employee.objects.filter(pk__in=made).update(password=make_password(PASSWORD))
    return {employee.login: employee for employee in Employee.objects.filter(pk__in=made)}
