"""The demonstration company: it looks as if people had worked in it for months, whatever day it is made."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import Count, F, Max, Min
from django.utils import timezone

from kemai.customers import demo
from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange, SocialTie
from kemai.files.models import Attachment
from kemai.kit import selfcheck
from kemai.kit.models import BulkEdit, CategoryNode, ChangeSet, Import, RecycleBin, SavedFilter
from kemai.notify.models import Message
from kemai.people.models import Employee
from kemai.people.start import demo_accounts
from kemai.teamwork.models import Interaction, InteractionComment

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SELLERS = ["王建国", "小林", "小周"]


@pytest.mark.spec("SYS-10")
def test_the_demonstration_company_has_worked_for_months():
    now = timezone.now()
    demo.load()
    _customers_have_moved()
    _people_have_talked(now)
    _other_work_is_there()
    _time_goes_forward(now)
    assert {title: wrong for title, wrong in selfcheck.run_checks() if wrong} == {}


def _customers_have_moved():
    assert 380 <= Customer.objects.count() <= 450
    assert 50 <= Customer.objects.filter(owner=None).count() <= 130
    deeds = Counter(OwnershipChange.objects.values_list("deed", flat=True))
    assert set(deeds) == {"create", "claim", "assign", "release", "recall", "hand_over"}
    left = Employee.objects.get(name="郑凯")
    assert not left.is_active
    assert not Customer.objects.filter(owner=left).exists()
    assert "郑凯" not in {name for _, name, _ in demo_accounts() or []}
    assert CustomerShare.objects.exclude(employee=None).exists()
    assert CustomerShare.objects.exclude(department=None).exists()
    assert CustomerShare.objects.exclude(until=None).exists()
    assert max(len(name) for name in Customer.objects.values_list("name", flat=True)) > 30
    assert not Contact.objects.filter(mobile__regex=r"^1(?!54|64|68)").exists()  # numbers that somebody could have


def _people_have_talked(now):
    records = Interaction.objects.all()
    assert records.count() > 800
    assert records.values("content").distinct().count() > records.count() * 0.6
    assert InteractionComment.objects.filter(created_by__name="陈总").exists()
    assert InteractionComment.objects.filter(created_by=F("interaction__employee")).exists()  # answers
    for name in SELLERS:
        due = records.filter(employee__name=name, employee=F("customer__owner"))
        latest = due.annotate(last=F("customer__last_contacted_at")).filter(occurred_at=F("last"))
        assert latest.filter(next_contact_at__lt=now).exists(), f"{name} has nothing overdue"
        assert latest.filter(next_contact_at__gte=now).exists(), f"{name} has nothing before them"
    written = records.filter(employee__name="郑凯").aggregate(last=Max("occurred_at"))["last"]
    assert written < now - timedelta(days=30)


def _other_work_is_there():
    assert CategoryNode.objects.exclude(parent=None).exists()
    assert Customer.objects.exclude(classification=None).exists()
    assert Customer.objects.exclude(tags=[]).exists()
    assert SavedFilter.objects.filter(everybody=True).exists()
    assert SocialTie.objects.exclude(other=None).exists()
    assert Contact.objects.filter(is_private=True).exists()
    assert {"application/pdf", "image/png", "text/csv"} == set(
        Attachment.objects.values_list("content_type", flat=True)
    )
    assert set(RecycleBin.objects.values_list("kind", flat=True)) >= {
        "customer",
        "contact",
        "interaction",
        "category-node",
    }
    assert set(Import.objects.values_list("state", flat=True)) == {Import.State.DONE, Import.State.PLANNED}
    assert BulkEdit.objects.get().state == BulkEdit.State.DONE
    unread = Message.objects.filter(read_at=None).values("employee__name").annotate(count=Count("pk"))
    assert {row["employee__name"] for row in unread} >= {"小林", "小周"}
    assert all(row["count"] < 60 for row in unread)


def _time_goes_forward(now):
    """Nothing happened after today, nothing to a customer before it was there, and the log is in the order of time."""
    moments = list(ChangeSet.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert max(moments) <= timezone.now()
    assert min(moments) < now - timedelta(days=180)
    assert not OwnershipChange.objects.filter(at__lt=F("customer__created_at")).exists()
    assert not Interaction.objects.filter(occurred_at__lt=F("customer__created_at")).exists()
    assert Interaction.objects.aggregate(first=Min("occurred_at"))["first"] < now - timedelta(days=120)
