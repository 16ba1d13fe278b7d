"""The company of the measurements: 300 people in four levels, made through the product's services."""

from dataclasses import dataclass, field
from random import Random

from bench.names import person_name

# Departments with head: title, role of the leaders and members, how many below the head, how many leaders of them.
BRANCHES = [
    ("华东销售部", "sales_manager", "sales_rep", 100, 8),  # the supervisor of exactly 100 people
    ("华南销售部", "sales_manager", "sales_rep", 75, 7),
    ("华北销售部", "sales_manager", "sales_rep", 58, 5),
    ("市场部", "marketing", "marketing", 20, 2),
    ("客户服务部", "customer_service", "customer_service", 40, 4),
]
SMALL_OWNER_CUSTOMERS = 40  # customers of the one salesperson who has few


@dataclass
class Company:
    """Who is who, by ids: all that loading and measuring ask for."""

    boss: int = 0
    supervisor: int = 0  # of exactly 100 people
    small: int = 0  # the salesperson with 40 customers
    heads: list[int] = field(default_factory=list)
    leaders: list[int] = field(default_factory=list)
    sales: list[int] = field(default_factory=list)  # members who own customers
    marketing: list[int] = field(default_factory=list)
    everybody: list[int] = field(default_factory=list)
    departments: list[int] = field(default_factory=list)  # the teams' departments, for shares

    def weights(self) -> list[float]:
        """How many customers each salesperson has, beside the others: most an equal part, some a third, some twice as many."""
        return [
            0 if pk == self.small else (1 / 3 if place % 10 == 3 else 2 if place % 10 == 7 else 1)
            for place, pk in enumerate(self.sales)
        ]


def make_company(seed: int) -> Company:
    """An empty database becomes a system that is ready, with administrator and 299 colleagues."""
    from kemai.people.models import Role
    from kemai.people.services import department_create, employee_create
    from kemai.people.start import first_administrator, make_ready

    random = Random(seed)
    make_ready("杭州恒力达机械有限公司")
    admin = first_administrator(name="系统管理员", login="admin", password="Kemai-Bench-2026")
    roles = dict(Role.objects.values_list("code", "pk"))
    company = Company(everybody=[admin.pk])

    def department(name: str, parent: int | None) -> int:
        return department_create({"name": name, "parent": parent}, by=admin).pk

    def employee(role: str, supervisor: int | None, where: int) -> int:
        number = len(company.everybody) + 1
        values = {"number": f"{number:04d}", "login": f"e{number:03d}", "name": person_name(random), "supervisor": supervisor,
                  "department": where, "roles": [roles[role]]}  # fmt: skip
        company.everybody.append(employee_create(values, by=admin).pk)
        return company.everybody[-1]

    top = department("总公司", None)
    company.boss = employee("general_manager", None, top)
    for title, leader_role, member_role, below, leaders in BRANCHES:
        branch = department(title, top)
        head = employee("sales_manager" if "sales" in leader_role else leader_role, company.boss, branch)
        company.heads.append(head)
        members = below - leaders
        for team in range(leaders):
            where = department(f"{title}第{team + 1}组", branch)
            company.departments.append(where)
            leader = employee(leader_role, head, where)
            company.leaders.append(leader)
            for _ in range(members // leaders + (team < members % leaders)):
                pk = employee(member_role, leader, where)
                if member_role == "sales_rep":
                    company.sales.append(pk)
                elif member_role == "marketing":
                    company.marketing.append(pk)
    company.supervisor = company.heads[0]
    company.small = company.sales[len(company.sales) // 2]
    return company
