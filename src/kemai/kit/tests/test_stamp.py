"""What a process remembers of the organisation is true, also after a change that came to nothing (D9)."""

import pytest

from kemai.kit.errors import DomainError
from kemai.kit.journal import journal
from kemai.kit.stamp import raise_stamp
from kemai.people.models import Employee
from kemai.people.queries import employee_names
from kemai.people.tests.factories import company

pytestmark = pytest.mark.django_db(transaction=True)


def rename_and_refuse(employee):
    with journal(by=employee, deed="employee.change"):
        Employee.objects.filter(pk=employee.pk).update(name="改了又撤回")
        raise_stamp()
        assert employee_names()[employee.pk] == "改了又撤回"
        raise DomainError("refused", "不行。")


def test_a_name_changed_in_a_refused_deed_is_not_remembered():
    admin = company()
    before = employee_names()[admin.pk]
    with pytest.raises(DomainError):
        rename_and_refuse(admin)
    raise_stamp()  # another process may reach the very value that was taken back
    assert employee_names()[admin.pk] == before
