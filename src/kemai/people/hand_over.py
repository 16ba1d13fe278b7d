"""What people themselves hand over when somebody leaves: their line, the departments that they manage, the filters that colleagues use."""

from kemai.kit.journal import Journal
from kemai.kit.models import SavedFilter
from kemai.people.holdings import Holding, holdings
from kemai.people.models import Department, Employee
from kemai.people.services import line_follows


def _reports(leaver: Employee) -> list[Employee]:
    return list(Employee.objects.filter(supervisor=leaver).order_by("pk"))


def move_reports(leaver: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """The subordinates report to the successor, who takes the leaver's place when below them so far."""
    if f"/{leaver.pk}/" in successor.path:
        log.update(successor, supervisor=leaver.supervisor_id)
        line_follows(successor, log)
    for one in _reports(leaver):
        log.update(one, supervisor=successor.pk)
        line_follows(Employee.objects.select_related("supervisor").get(pk=one.pk), log)


def move_departments(leaver: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """The departments have another manager."""
    log.update_many(list(Department.objects.filter(manager=leaver)), manager=successor)


def _shared_filters(leaver: Employee) -> list[SavedFilter]:
    found = SavedFilter.objects.filter(owner_id=leaver.pk).order_by("pk")
    return [one for one in found if one.everybody or one.colleagues.exists()]


def move_filters(leaver: Employee, successor: Employee, *, by: Employee, log: Journal) -> None:
    """Filters that colleagues use stay theirs; of two with one name the leaver's gets their name too."""
    for one in _shared_filters(leaver):
        taken = set(SavedFilter.objects.filter(owner_id=successor.pk, kind=one.kind).values_list("name", flat=True))
        if one.name in taken:
            ending = f"（{leaver.name}）"
            one.name = next(
                name
                for number in range(1, 1000)
                if (name := f"{one.name[:30]}{ending[:8]}{number if number > 1 else ''}"[:40]) not in taken
            )
        one.owner_id = successor.pk
        one.save()
        one.colleagues.remove(successor.pk)


holdings += [
    Holding("下属", lambda leaver: len(_reports(leaver)), move_reports),
    Holding("管理的部门", lambda leaver: Department.objects.filter(manager=leaver).count(), move_departments),
    Holding("共享的过滤条件", lambda leaver: len(_shared_filters(leaver)), move_filters),
]
