"""Writes: employees, departments, roles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F, Model

from kemai.kit.access import require
from kemai.kit.category_services import in_use
from kemai.kit.entity import registry, rights, why_not_delete
from kemai.kit.errors import Conflict, DomainError, Forbidden, Invalid
from kemai.kit.events import publish
from kemai.kit.journal import Journal
from kemai.kit.recycle import bin_record
from kemai.kit.stamp import raise_stamp
from kemai.kit.text import sort_key
from kemai.kit.workflow import check_version, creation, deed
from kemai.people import rules
from kemai.people.events import HandedOver
from kemai.people.holdings import counted, holdings, in_words
from kemai.people.login_services import access_end
from kemai.people.models import (
    DataScope,
    Department,
    DepartmentMembership,
    Employee,
    EmployeeRole,
    Role,
    Session,
    Token,
)

LINKS = ("roles", "departments")  # what a form gives beside the employee's own fields
LOGIN_TAKEN = "登录名「{}」已被{}使用。"
NUMBER_TAKEN = "职员编号「{}」已被{}使用。"


def in_turn(run: Callable) -> Callable:
    """Changes of the organisation wait for one another: two at once could close a loop, or leave a path behind (ORG-03)."""

    @wraps(run)
    def wait(*args: Any, by: Employee, **values: Any) -> Any:
        require(by, run.spec.right)  # type: ignore[attr-defined]
        with transaction.atomic():
            raise_stamp()  # its row is held until the end
            return run(*args, by=by, **values)

    return wait


# --- employees ---------------------------------------------------------------------------------------------------------


@in_turn
@creation("employee.create", right="employee.add")
def employee_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Employee:
    """A new colleague. Without a password they cannot log in until they are given a one-time one (ORG-13)."""
    values = dict(values)
    roles, departments = values.pop("roles", []), values.pop("departments", [])
    employee = _unsaved(values)
    _check_employee(employee)
    log.insert(employee)
    log.update(employee, path=_path_of(employee))
    _set_links(employee, roles, departments, log)
    raise_stamp()
    return employee


def _unsaved(values: Mapping[str, Any]) -> Employee:
    employee = Employee(**_ids(Employee, values))
    employee.login = employee.login.lower()
    employee.name_key = sort_key(employee.name)
    employee.password = make_password(None)
    return employee


def employees_create(
    rows: Sequence[Mapping[str, Any]], above: Sequence[int | None], *, by: Employee, log: Journal
) -> list[Employee | DomainError]:
    """New colleagues, few statements for many, each as `employee_create` makes them (IMP-01); where a row is refused stands why.

    `above` names for each row the place of the row whose employee is the supervisor, None where `supervisor` says it. Raises Forbidden without
    the right.
    """
    require(by, "employee.add")
    raise_stamp()  # its row is held until the end, as by `in_turn`
    if any(row.get("roles") for row in rows):
        _may_give_roles(by)
    taken = {
        "login": _taken("login", [row["login"].lower() for row in rows]),
        "number": _taken("number", [row["number"] for row in rows]),
    }
    made: list[Employee | DomainError] = []
    for row in rows:
        employee = _unsaved({name: value for name, value in row.items() if name not in LINKS})
        if errors := _mistakes(employee, taken):
            made.append(Invalid(errors))
            continue
        taken["login"][employee.login] = taken["number"][employee.number] = employee.name
        made.append(employee)
    people = [one for one in made if isinstance(one, Employee)]
    log.insert_many(people)
    log.update_each(_placed(made, above))
    for name, model, field in (
        ("roles", EmployeeRole, "role_id"),
        ("departments", DepartmentMembership, "department_id"),
    ):
        log.insert_many([
            model(employee_id=one.pk, **{field: pk})
            for row, one in zip(rows, made, strict=True) if isinstance(one, Employee) for pk in dict.fromkeys(row.get(name) or ())
        ])  # fmt: skip
    raise_stamp()
    return made


def _taken(name: str, words: Sequence[str]) -> dict[str, str]:
    """Which of these log-in names or numbers are somebody's already, with whose."""
    return dict(Employee.objects.filter(**{f"{name}__in": words}).values_list(name, "name"))


def _mistakes(employee: Employee, taken: Mapping[str, Mapping[str, str]]) -> dict[str, list[str]]:
    """What is wrong with a new employee: nobody stands below one yet, so that there is no loop."""
    errors: dict[str, list[str]] = {}
    if reason := rules.bad_login(employee.login):
        errors["login"] = [reason]
    elif other := taken["login"].get(employee.login):
        errors["login"] = [LOGIN_TAKEN.format(employee.login, other)]
    if other := taken["number"].get(employee.number):
        errors["number"] = [NUMBER_TAKEN.format(employee.number, other)]
    return errors


def _placed(
    made: Sequence[Employee | DomainError], above: Sequence[int | None]
) -> Iterator[tuple[Employee, dict[str, Any]]]:
    """Where new employees stand, whoever of them stands above whom."""
    over = {
        one.pk: boss.pk
        for one, place in zip(made, above, strict=True)
        if isinstance(one, Employee) and place is not None and isinstance(boss := made[place], Employee)
    }
    known = [one.supervisor_id for one in made if isinstance(one, Employee) and one.supervisor_id]
    paths: dict[int | None, str] = dict(Employee.objects.filter(pk__in=known).values_list("pk", "path")) | {None: "/"}
    waiting = {one.pk: one for one in made if isinstance(one, Employee)}
    while waiting:
        bosses = {pk: over.get(pk, one.supervisor_id) for pk, one in waiting.items()}
        next_down = {pk: boss for pk, boss in bosses.items() if boss in paths}
        if not next_down:
            raise Conflict("parent_gone", "有一位上级刚刚被删除，请再导入一次。")
        for pk, boss_pk in next_down.items():
            paths[pk] = f"{paths[boss_pk]}{pk}/"
            yield waiting.pop(pk), {"path": paths[pk], "supervisor": boss_pk}


@in_turn
@deed("employee.change", right="employee.change")
def employee_change(
    employee: Employee, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None
) -> Employee:
    """Changes an employee; a new supervisor moves the whole line below (ORG-03)."""
    check_version(employee, version)
    values = dict(values)
    roles, departments = values.pop("roles", None), values.pop("departments", None)
    wanted = _ids(Employee, values)
    if "login" in wanted:
        wanted["login"] = wanted["login"].lower()
    if "name" in wanted:
        wanted["name_key"] = sort_key(wanted["name"])
    probe = Employee(**{field.attname: getattr(employee, field.attname) for field in employee._meta.concrete_fields})
    for name, value in wanted.items():
        setattr(probe, name, value)
    _check_employee(probe)
    changed = log.update(employee, **_names(Employee, wanted))
    line_follows(employee, log)
    if _set_links(employee, roles, departments, log) and not set(changed) - employee.derived_fields:
        Employee.objects.filter(pk=employee.pk).update(version=F("version") + 1)
        employee.version += 1
    raise_stamp()
    return employee


def _check_employee(employee: Employee) -> None:
    taken = Employee.objects.exclude(pk=employee.pk)
    errors: dict[str, list[str]] = {}
    if reason := rules.bad_login(employee.login):
        errors["login"] = [reason]
    elif other := taken.filter(login__iexact=employee.login).first():
        errors["login"] = [LOGIN_TAKEN.format(employee.login, other.name)]
    if other := taken.filter(number=employee.number).first():
        errors["number"] = [NUMBER_TAKEN.format(employee.number, other.name)]
    if reason := rules.supervisor_makes_loop(employee, employee.supervisor):
        errors["supervisor"] = [reason]
    if errors:
        raise Invalid(errors)


def _path_of(employee: Employee) -> str:
    return f"{employee.supervisor.path if employee.supervisor_id else '/'}{employee.pk}/"


def line_follows(employee: Employee, log: Journal) -> None:
    """The paths of an employee whose supervisor is another one now, and of everybody below."""
    old, new = employee.path, _path_of(employee)
    if old == new:
        return
    for below in Employee.objects.filter(path__startswith=old).order_by("path"):
        target = employee if below.pk == employee.pk else below
        log.update(target, path=new + below.path.removeprefix(old))


def _set_links(employee: Employee, roles: list[int] | None, departments: list[int] | None, log: Journal) -> bool:
    """Roles and further departments by difference; whether there was one. The log says it in words (SYS-08)."""
    notes = []
    for model, of, field, wanted in (
        (EmployeeRole, Role, "role_id", roles),
        (DepartmentMembership, Department, "department_id", departments),
    ):
        present = {getattr(link, field): link for link in model.objects.filter(employee=employee)}
        if wanted is None or set(wanted) == set(present):
            continue
        if model is EmployeeRole:
            _may_give_roles(log.by)
        names = dict(of.objects.filter(pk__in={*wanted, *present}).values_list("pk", "name"))
        for pk, link in present.items():
            if pk not in wanted:
                log.delete(link)
        log.insert_many([model(employee=employee, **{field: pk}) for pk in dict.fromkeys(wanted) if pk not in present])
        before, after = ("、".join(names[pk] for pk in ids) or "无" for ids in (present, dict.fromkeys(wanted)))
        notes.append(f"{'角色' if model is EmployeeRole else '其他部门'}：{before} → {after}")
        if model is EmployeeRole:
            _keep_an_administrator()
    log.note = "；".join([log.note] * bool(log.note) + notes)
    return bool(notes)


def _may_give_roles(by: Employee) -> None:
    """Roles are given by who manages rights; nobody raises themself through the employees' list."""
    if not by.access.has("role.change"):
        raise Forbidden("forbidden", "只有能修改角色权限的人可以给职员分配角色。")


def _keep_an_administrator() -> None:
    """A system always has somebody who can mend it."""
    if not EmployeeRole.objects.filter(role__code="sysadmin", employee__state=Employee.State.ACTIVE).exists():
        raise DomainError("last_administrator", "至少要有一位在职的系统管理员，请先让另一位同事担任。")


@in_turn
@deed("employee.set_left", right="employee.change", guards=[rules.why_not_leave])
def employee_set_left(
    employee: Employee, *, by: Employee, log: Journal, successor: int | None = None
) -> dict[str, Any]:
    """Who left cannot log in, and their keys for the API are gone; what they own moves to the successor, where one is named; says how many
    of each (ORG-02)."""
    heir = Employee.objects.filter(pk=successor, state=Employee.State.ACTIVE).first() if successor else None
    if successor and (heir is None or heir.pk == employee.pk):
        raise Invalid({"successor": ["请选择一位在职的同事。"]})
    owned = counted(employee)
    log.update(employee, state=Employee.State.LEFT)
    _keep_an_administrator()
    access_end([employee], log)
    moved = owned if heir else {}
    for holding in holdings if heir else ():
        holding.move(employee, heir, by=by, log=log)
    raise_stamp()
    said = in_words(moved) or "没有要交接的记录"
    if heir:
        log.note = f"交接给{heir.name}：{said}"
        if moved and heir.pk != by.pk:
            publish(HandedOver(heir, f"{employee.name}离职，{said}已交接给您。"))
    return {
        "handed_over": moved,
        "message": f"{employee.name}已设为离职。" + (f"已交接给{heir.name}：{said}。" if heir else ""),
    }


@in_turn
@deed("employee.set_active", right="employee.change", guards=[rules.why_not_return])
def employee_set_active(employee: Employee, *, by: Employee, log: Journal) -> None:
    """Somebody who left comes back."""
    log.update(employee, state=Employee.State.ACTIVE)
    raise_stamp()


@in_turn
@deed("employee.delete", right="employee.delete")
def employee_delete(employee: Employee, *, by: Employee, log: Journal) -> None:
    """Only somebody who appears in no record can be deleted; the others are set to left (ORG-02)."""
    if employee.pk == by.pk:
        raise DomainError("own_account", "不能删除自己。")
    if used := _used_in(employee):
        raise DomainError("in_use", f"{employee.name}已在{used}中使用，不能删除，请改为设为离职。")
    if reason := why_not_delete("employee", employee):
        raise DomainError.of(reason)
    links = [*EmployeeRole.objects.filter(employee=employee), *DepartmentMembership.objects.filter(employee=employee)]
    bin_record(log, employee, links)
    _keep_an_administrator()
    raise_stamp()


def employee_becomes_category(employee: Employee, *, by: Employee, log: Journal) -> None:
    """Takes away an employee who becomes a category (LST-12): as a deletion does, and for nobody with a log-in of one's own in use."""
    if _used_in(employee) or employee.last_login:
        raise in_use()
    employee_delete(employee, by=by)


def _used_in(employee: Employee) -> str:
    """The name of a table that refers to the employee, "" when none does."""
    own = {EmployeeRole, DepartmentMembership, Session, Token}
    for relation in employee._meta.get_fields(include_hidden=True):
        if (
            not (relation.auto_created and not relation.concrete and relation.related_model)
            or relation.related_model in own
        ):
            continue
        if relation.many_to_many:
            continue
        if relation.related_model._base_manager.filter(**{relation.field.name: employee.pk}).exists():
            return f"「{relation.related_model._meta.verbose_name}」"
    return ""


# --- departments and roles ---------------------------------------------------------------------------------------------


@in_turn
@creation("department.create", right="department.add")
def department_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Department:
    """A new department below its parent."""
    department = Department(**_ids(Department, values))
    _check_department(department)
    log.insert(department)
    log.update(department, path=f"{department.parent.path if department.parent_id else '/'}{department.pk}/")
    raise_stamp()
    return department


@in_turn
@deed("department.change", right="department.change")
def department_change(
    department: Department, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None
) -> Department:
    """Changes a department; a new parent moves everything below."""
    check_version(department, version)
    old = department.path
    wanted = _ids(Department, values)
    probe = Department(pk=department.pk, name=department.name, parent_id=department.parent_id)
    for name, value in wanted.items():
        setattr(probe, name, value)
    _check_department(probe)
    log.update(department, **_names(Department, wanted))
    department = Department.objects.select_related("parent").get(pk=department.pk)
    new = f"{department.parent.path if department.parent_id else '/'}{department.pk}/"
    if new != old:
        for below in Department.objects.filter(path__startswith=old):
            log.update(below, path=new + below.path.removeprefix(old))
    raise_stamp()
    return department


def _check_department(department: Department) -> None:
    if reason := rules.parent_makes_loop(department, department.parent):
        raise Invalid({"parent": [reason]})
    if Department.objects.filter(parent=department.parent_id, name=department.name).exclude(pk=department.pk).exists():
        raise Invalid({"name": [f"同一上级下已有部门「{department.name}」。"]})


@in_turn
@deed("department.delete", right="department.delete")
def department_delete(department: Department, *, by: Employee, log: Journal) -> None:
    """Only an empty department can be deleted."""
    if department.children.exists():
        raise DomainError("in_use", f"「{department.name}」还有下级部门，请先删除或移走。")
    if department.members.exists() or department.all_members.exists():
        raise DomainError("in_use", f"「{department.name}」还有职员，请先调到别的部门。")
    if reason := why_not_delete("department", department):
        raise DomainError.of(reason)
    bin_record(log, department)
    raise_stamp()


def branch_restoring(record: Employee | Department, log: Journal) -> None:
    """Somebody, or a department, comes back: where the one above stands now, which may have moved."""
    above = record.supervisor_id if isinstance(record, Employee) else record.parent_id
    path = type(record)._base_manager.filter(pk=above or 0).values_list("path", flat=True).first()
    record.path = f"{path or '/'}{record.pk}/"


@in_turn
@creation("role.create", right="role.change")
def role_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Role:
    """A new role; its rights are ticked on the page 「用户及权限设置」."""
    role = Role(name=values["name"], remarks=values.get("remarks", ""))
    _check_role_name(role)
    log.insert(role)
    raise_stamp()
    return role


@in_turn
@deed("role.change", right="role.change", guards=[rules.why_not_change_role])
def role_change(role: Role, *, values: dict[str, Any], by: Employee, log: Journal, version: int | None = None) -> Role:
    """Name and remarks."""
    check_version(role, version)
    probe = Role(pk=role.pk, name=values.get("name", role.name))
    _check_role_name(probe)
    log.update(role, **values)
    raise_stamp()
    return role


def _check_role_name(role: Role) -> None:
    if Role.objects.filter(name=role.name).exclude(pk=role.pk).exists():
        raise Invalid({"name": [f"已有角色「{role.name}」。"]})


@in_turn
@deed("role.delete", right="role.change", guards=[rules.why_not_change_role])
def role_delete(role: Role, *, by: Employee, log: Journal) -> None:
    """A role that somebody has cannot be deleted."""
    if count := role.employees.count():
        raise DomainError("in_use", f"还有 {count} 位职员是「{role.name}」，请先改掉他们的角色。")
    bin_record(log, role)
    raise_stamp()


@in_turn
@deed("role.set_rights", right="role.change", guards=[rules.why_not_change_role])
def role_set_rights(
    role: Role, *, codes: list[str], ranges: dict[str, str], by: Employee, log: Journal, version: int | None = None
) -> Role:
    """Function rights and data ranges of a role (ORG-04, ORG-05). Raises Invalid for a right or range that does not exist."""
    check_version(role, version)
    if unknown := [code for code in codes if code not in rights]:
        raise Invalid({"rights": [f"没有「{unknown[0]}」这项权限。"]})
    for kind, scope in ranges.items():
        if kind not in registry or not registry[kind].ranged or scope not in DataScope.values:
            raise Invalid({"ranges": ["数据范围的设置有误。"]})
    log.update(role, rights=sorted(set(codes)), ranges=dict(sorted(ranges.items())))
    raise_stamp()
    return role


# --- helpers -----------------------------------------------------------------------------------------------------------


def _ids(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Form values, references by id, as the model's attributes."""
    return {model._meta.get_field(name).attname: value for name, value in values.items()}


def _names(model: type[Model], attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        model._meta.get_field(name.removesuffix("_id") if name.endswith("_id") else name).name: value
        for name, value in attributes.items()
    }
