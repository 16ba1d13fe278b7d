"""Decisions about people and their rights."""

from kemai.kit.errors import Reason
from kemai.people.models import DataScope, Department, Employee

PASSWORD_LEAST = 8
LOGIN_TO_AVOID = 4  # characters of a log-in name from which it may not be a part of the password
COMMON_PASSWORDS = frozenset(
    "12345678 123456789 1234567890 password password1 qwertyui 11111111 88888888 00000000 abcd1234 a1234567 1q2w3e4r iloveyou".split()
)
SCOPE_ORDER = [DataScope.OWN, DataScope.SUBORDINATES, DataScope.DEPARTMENT, DataScope.DEPARTMENT_TREE, DataScope.ALL]


def weak_password(password: str, login: str = "") -> str | None:
    """Why a password may not be taken: at least 8 characters, two sorts of them, not the log-in name, none that everybody tries."""
    if len(password) < PASSWORD_LEAST:
        return f"密码至少 {PASSWORD_LEAST} 位。"
    sorts = sum(any(test(char) for char in password) for test in (str.isdigit, str.islower, str.isupper, _is_sign))
    if sorts < 2:
        return "密码应至少包含字母、数字、符号中的两种。"
    if password.lower() in COMMON_PASSWORDS or (len(login) >= LOGIN_TO_AVOID and login.lower() in password.lower()):
        return "这个密码太容易被猜到，请换一个。"
    return None


def _is_sign(char: str) -> bool:
    return not char.isalnum()


def bad_login(login: str) -> str | None:
    """Why a name cannot be logged in with: it is typed by hand, and stands in commands and addresses."""
    if not login or not login.replace("_", "").replace("-", "").replace(".", "").isalnum():
        return "登录名只能用文字、数字、点、横线和下划线，不能有空格。"
    return None


def supervisor_makes_loop(employee: Employee, supervisor: Employee | None) -> str | None:
    """A person cannot be above themself, directly or along the line (ORG-03)."""
    if supervisor is None or employee.pk is None:
        return None
    if supervisor.pk == employee.pk:
        return "不能把自己设为上级。"
    if f"/{employee.pk}/" in supervisor.path:
        return f"{supervisor.name}是{employee.name}的下属，不能设为上级，否则汇报关系成环。"
    return None


def parent_makes_loop(department: Department, parent: Department | None) -> str | None:
    """A department cannot be below itself (ORG-03)."""
    if parent is None or department.pk is None:
        return None
    if f"/{department.pk}/" in parent.path:
        return f"「{parent.name}」在「{department.name}」之下，不能设为它的上级部门。"
    return None


def why_not_leave(employee: Employee, by: Employee) -> str | None:
    """Nobody sets themself to left: they would lock themselves out."""
    if employee.pk == by.pk:
        return Reason("不能把自己设为离职。", "own_account")
    return Reason(f"{employee.name}已经离职。", "wrong_state", 409) if not employee.is_active else None


def why_not_return(employee: Employee, by: Employee) -> str | None:
    """Only who has left can come back."""
    return Reason(f"{employee.name}在职，无需恢复。", "wrong_state", 409) if employee.is_active else None


def why_not_change_role(role, by: Employee) -> str | None:
    """The administrator's role keeps its rights, so that a system always has somebody who can mend it."""
    return Reason("系统管理员角色不能修改，以免无人能管理系统。", "fixed_role") if role.code == "sysadmin" else None
