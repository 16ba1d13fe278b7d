"""Reads: who may do what, who stands below whom, names to show."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kemai.kit.access import provide
from kemai.kit.entity import registry
from kemai.kit.entity import rights as all_rights
from kemai.kit.errors import DomainError
from kemai.kit.reach import EVERYTHING, Reach
from kemai.kit.stamp import remembered
from kemai.people.models import DataScope, Department, DepartmentMembership, Employee, EmployeeRole, Role
from kemai.people.rules import SCOPE_ORDER

_BETWEEN_STEPS = re.compile(r"[/／\\>＞-]")  # of the way to a department


@dataclass(frozen=True)
class EmployeeAccess:
    """All that one person may do and how far they reach; remembered in the process under the stamp (D9)."""

    employee_id: int
    rights: frozenset[str]
    ranges: Mapping[str, frozenset[str]]
    subordinates: frozenset[int]
    departments: frozenset[int]  # the person's own, main and others
    department_line: frozenset[int]  # these and all above them: a share with one of them reaches the person
    colleagues: frozenset[int]  # everybody in one of the person's departments
    tree: frozenset[int]  # everybody in these or below

    def has(self, right: str) -> bool:
        """Whether one of the person's roles gives the right."""
        return right in self.rights

    def scopes(self, kind: str) -> frozenset[str]:
        """The data ranges that the person's roles give for a kind; rights add up, so all of them count (ORG-04)."""
        return self.ranges.get(kind, frozenset())

    def owners(self, kind: str, *, line: bool | None = None) -> frozenset[int] | None:
        """Whose records of the kind the person sees; None when everybody's. `line` forces or forbids the whole line below (ORG-06)."""
        scopes = self.scopes(kind)
        if DataScope.ALL in scopes:
            return None
        owners = {self.employee_id}
        if line or (line is None and DataScope.SUBORDINATES in scopes):
            owners |= self.subordinates
        if DataScope.DEPARTMENT in scopes:
            owners |= self.colleagues
        if DataScope.DEPARTMENT_TREE in scopes:
            owners |= self.tree
        return frozenset(owners)


@remembered
def access_of(employee_id: int) -> EmployeeAccess:
    """Rights and ranges of one person (ORG-04, ORG-10). The five data ranges are worked out here and nowhere else."""
    employee = Employee.objects.get(pk=employee_id)
    rights: set[str] = set()
    ranges: dict[str, set[str]] = {}
    for role in Role.objects.filter(employees=employee_id):
        everything = role.code == "sysadmin"  # also what an upgrade has added since the role was made
        rights.update(all_rights if everything else role.rights)
        for kind, scope in role.ranges.items():
            ranges.setdefault(kind, set()).add(scope)
        for entity in registry.values() if everything else ():
            if entity.ranged:
                ranges.setdefault(entity.name, set()).add(DataScope.ALL)
    own = frozenset(department_ids_of(employee))
    paths = department_paths()
    line = frozenset(int(step) for pk in own for step in paths[pk].strip("/").split("/"))
    below = frozenset(pk for pk, path in paths.items() if any(f"/{mine}/" in path for mine in own))
    return EmployeeAccess(
        employee_id=employee_id,
        rights=frozenset(rights) if employee.is_active else frozenset(),
        ranges={kind: frozenset(scopes) for kind, scopes in ranges.items()},
        subordinates=frozenset(
            Employee.objects.filter(path__startswith=employee.path).exclude(pk=employee_id).values_list("pk", flat=True)
        ),
        departments=own,
        department_line=line,
        colleagues=frozenset(_members(own)),
        tree=frozenset(_members(below)),
    )


provide(access_of)


def department_ids_of(employee: Employee) -> set[int]:
    """The main department and all others."""
    others = DepartmentMembership.objects.filter(employee=employee).values_list("department_id", flat=True)
    return {*others, *([employee.department_id] if employee.department_id else [])}


def _members(departments: frozenset[int]) -> set[int]:
    if not departments:
        return set()
    main = Employee.objects.filter(department_id__in=departments).values_list("pk", flat=True)
    others = DepartmentMembership.objects.filter(department_id__in=departments).values_list("employee_id", flat=True)
    return {*main, *others}


@remembered
def department_paths() -> dict[int, str]:
    """The path of every department."""
    return dict(Department.objects.values_list("pk", "path"))


@remembered
def employee_names() -> dict[int, str]:
    """Everybody's name, those who left included, for columns and logs."""
    return dict(Employee.objects.values_list("pk", "name"))


@remembered
def department_names() -> dict[int, str]:
    """Every department's name."""
    return dict(Department.objects.values_list("pk", "name"))


@remembered
def _department_ways() -> dict[int, tuple[str, ...]]:
    """The names from the top down to each department."""
    names = department_names()
    paths = Department.objects.values_list("pk", "path")
    return {pk: tuple(names[int(step)] for step in path.strip("/").split("/")) for pk, path in paths}


@remembered
def role_names() -> dict[int, str]:
    """Every role's name."""
    return dict(Role.objects.values_list("pk", "name"))


@remembered
def active_employees() -> list[tuple[int, str]]:
    """Who can be chosen as a colleague: everybody in service, by name."""
    return list(
        Employee.objects.filter(state=Employee.State.ACTIVE).order_by("name_key", "pk").values_list("pk", "name")
    )


def department_tree() -> list[tuple[int, str]]:
    """All departments in the order of the tree, indented for a drop-down list."""
    rows = list(Department.objects.values_list("pk", "parent_id", "name").order_by("position", "name"))
    children: dict[int | None, list[tuple[int, str]]] = {}
    for pk, parent, name in rows:
        children.setdefault(parent, []).append((pk, name))

    def walk(parent: int | None, depth: int) -> list[tuple[int, str]]:
        return [
            row for pk, name in children.get(parent, ()) for row in ((pk, "　" * depth + name), *walk(pk, depth + 1))
        ]

    return walk(None, 0)


def everyone(by: Employee) -> Reach:
    """Employees, departments and roles are known to all who may open their pages."""
    return EVERYTHING


def find_employee(by: Employee, word: str) -> int | None:
    """The employee of a log-in name, number or (when only one bears it) name."""
    word = word.strip()
    for field in ("login", "number"):
        if pk := Employee.objects.filter(**{f"{field}__iexact": word}).values_list("pk", flat=True).first():
            return pk
    named = list(Employee.objects.filter(name=word).values_list("pk", flat=True)[:2])
    return named[0] if len(named) == 1 else None


def find_department(by: Employee, word: str) -> int | None:
    """The department of a name, or of a way as other programs write it (销售部/华东组, 公司-销售部-华东组), when only one fits."""
    if (found := _only_one(department_names(), word)) is not None:
        return found
    steps, known = tuple(step.strip() for step in _BETWEEN_STEPS.split(word)), set(department_names().values())
    fitting = [
        pk
        for pk, way in _department_ways().items()
        if way[-len(steps) :] == steps[-len(way) :] and known.isdisjoint(steps[: -len(way)])
    ]
    return fitting[0] if len(fitting) == 1 else None


def find_role(by: Employee, word: str) -> int | None:
    """The role of a name."""
    return _only_one(role_names(), word)


def _only_one(names: Mapping[int, str], word: str) -> int | None:
    named = [pk for pk, name in names.items() if name == word.strip()]
    return named[0] if len(named) == 1 else None


def roles_of(ids: Sequence[int], by: Employee) -> dict[int, tuple[list[int], str]]:
    """The roles of these employees, for the list's column."""
    names = role_names()
    found: dict[int, list[int]] = {}
    for employee_id, role_id in (
        EmployeeRole.objects.filter(employee_id__in=ids).values_list("employee_id", "role_id").order_by("pk")
    ):
        found.setdefault(employee_id, []).append(role_id)
    return {pk: (role_ids, "、".join(names[role] for role in role_ids)) for pk, role_ids in found.items()}


def departments_of(ids: Sequence[int], by: Employee) -> dict[int, tuple[list[int], str]]:
    """The further departments of these employees."""
    names = department_names()
    found: dict[int, list[int]] = {}
    rows = (
        DepartmentMembership.objects.filter(employee_id__in=ids)
        .values_list("employee_id", "department_id")
        .order_by("pk")
    )
    for employee_id, department_id in rows:
        found.setdefault(employee_id, []).append(department_id)
    return {pk: (ids_, "、".join(names[one] for one in ids_)) for pk, ids_ in found.items()}


def widest(scopes: frozenset[str]) -> str:
    """The farthest of several data ranges, for showing."""
    return max(scopes, key=lambda scope: SCOPE_ORDER.index(DataScope(scope)), default=DataScope.OWN)


def acting(login: str) -> Employee:
    """The employee that a command acts as (`--as LOGIN`). Raises DomainError when there is none, or who left."""
    employee = Employee.objects.filter(login=login.strip().lower()).first()
    if employee is None or not employee.is_active:
        raise DomainError("unknown_login", f"没有登录名为「{login}」的在职职员。")
    return employee
