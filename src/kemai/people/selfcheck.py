"""What must hold of departments and reporting lines, for `kemai check`."""

from collections.abc import Iterator

from kemai.kit.selfcheck import broken_paths, check
from kemai.people.models import Department, Employee


@check("部门的层级路径正确")
def department_paths_are_true() -> Iterator[str]:
    """Ranges by department go by these paths (ORG-03, ORG-10)."""
    for pk in broken_paths(list(Department.objects.order_by("pk").values_list("pk", "parent_id", "path"))):
        yield f"部门 {pk}"


@check("职员的上下级路径正确")
def employee_paths_are_true() -> Iterator[str]:
    """The whole line below a supervisor goes by these paths (ORG-03)."""
    for pk in broken_paths(list(Employee.objects.order_by("pk").values_list("pk", "supervisor_id", "path"))):
        yield f"职员 {pk}"
