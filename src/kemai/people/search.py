"""What quick search knows of employees."""

from collections.abc import Mapping, Sequence

from kemai.kit.search import Doc
from kemai.people.models import Employee


def employee_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Name (with pinyin), log-in name and number, phone."""
    rows = Employee.objects.filter(pk__in=ids).values_list("pk", "name", "login", "number", "phone")
    return {
        pk: {"name": Doc(persons=(name,)), "login": Doc(codes=(login, number)), "phone": Doc(phones=(phone,))}
        for pk, name, login, number, phone in rows
    }
