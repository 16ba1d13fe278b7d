"""Contact records for tests, made through the services."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from kemai.customers.models import Customer
from kemai.people.models import Employee
from kemai.people.tests.factories import again
from kemai.teamwork.models import Interaction
from kemai.teamwork.services import interaction_create


def record(of: Customer, by: Employee, content: str = "谈了交期", *, days_ago: float = 0, **values: Any) -> Interaction:
    """What somebody noted about a customer, with 前台 unless a contact is named."""
    whom = {} if values.get("contact") else {"contact_name": "前台"}
    occurred_at = timezone.now() - timedelta(days=days_ago)
    made = interaction_create(
        {"customer": of.pk, "content": content, "occurred_at": occurred_at, **whom, **values}, by=again(by)
    )
    return Interaction.objects.get(pk=made.pk)
