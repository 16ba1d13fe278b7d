"""What people did with customers: contact records and what supervisors say to them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kemai.customers.models import Contact, Customer
from kemai.kit.models import SortIndex
from kemai.kit.record import Record
from kemai.office.fields import DictionaryField

SUMMARY_LENGTH = 80


class Interaction(Record):
    """One contact with a customer: a call, a visit, a mail (INT-01). It belongs to the customer and stays with it, whoever owns that."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="interactions", db_index=False, verbose_name="客户"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="interactions", verbose_name="联系人"
    )
    contact_name = models.CharField("其他联系人", max_length=120, blank=True)
    occurred_at = models.DateTimeField("联系时间")
    contact_type = DictionaryField("contact_type", verbose_name="联系类型")
    content = models.TextField("交往内容", blank=True)
    result = models.TextField("结果", blank=True)
    made_progress = models.BooleanField("有进展", default=False)
    next_step = models.CharField("下一步", max_length=200, blank=True)
    next_contact_at = models.DateTimeField("下次联系", null=True, blank=True)
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name="记录人",
    )
    summary = models.CharField("摘要", max_length=SUMMARY_LENGTH, editable=False)

    search_reads = ("customer_id", "contact_id", "contact_name", "content")
    derived_fields = frozenset({"summary"})

    class Meta:
        verbose_name = "交往记录"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False) | ~Q(contact_name=""), name="interaction_has_somebody"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-occurred_at", "-id"], name="interaction_customer"),
            SortIndex(fields=["employee", "occurred_at", "id"], name="interaction_employee"),
            SortIndex(fields=["occurred_at", "id"], name="interaction_occurred"),
        ]

    def __str__(self) -> str:
        return self.summary


class InteractionComment(models.Model):
    """What a supervisor says to a record, or its author answers (INT-03)."""

    interaction = models.ForeignKey(
        Interaction, models.CASCADE, related_name="comments", db_index=False, verbose_name="交往记录"
    )
    text = models.CharField("批复", max_length=500)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="批复人"
    )
    created_at = models.DateTimeField("批复时间", null=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "批复"
        default_permissions = ()
        indexes = [models.Index(fields=["interaction", "id"], name="interactioncomment_record")]

    def __str__(self) -> str:
        return self.text
