"""What people did with customers and are going to do: contact records, what supervisors say to them, to-dos."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kemai.customers.models import Contact, Customer
from kemai.kit.models import SortIndex
from kemai.kit.record import Record
from kemai.office.fields import DictionaryField

SUMMARY_LENGTH = 80
PEOPLE_LENGTH = 120
COMMENT_LENGTH = 500


class Interaction(Record):
    """One contact with a customer: a call, a visit, a mail (INT-01). It belongs to the customer and stays with it, whoever owns that."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="interactions", db_index=False, verbose_name="客户"
    )
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="interactions", verbose_name="联系人"
    )
    contact_name = models.CharField("其他联系人", max_length=PEOPLE_LENGTH, blank=True)
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
    text = models.CharField("批复", max_length=COMMENT_LENGTH)
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


class Todo(Record):
    """The next contact that a record plans (INT-04). It follows from the records of its customer, of which only the latest one plans."""

    interaction = models.OneToOneField(
        Interaction, models.CASCADE, related_name="todo", editable=False, verbose_name="交往记录"
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="todos", db_index=False, editable=False, verbose_name="客户"
    )
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name="负责人",
    )
    text = models.CharField("待办", max_length=200, editable=False)
    due_at = models.DateTimeField("时间", editable=False)
    done_at = models.DateTimeField("完成时间", null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name="完成人",
    )
    ticked = models.BooleanField("手工完成", default=False, editable=False)
    reminded_at = models.DateTimeField("提醒时间", null=True, editable=False)

    derived_fields = frozenset({"employee", "reminded_at"})

    class Meta:
        verbose_name = "待办"
        default_permissions = ()
        indexes = [
            SortIndex(fields=["due_at", "id"], name="todo_open", condition=Q(done_at__isnull=True)),
            SortIndex(fields=["done_at", "id"], name="todo_done", condition=Q(done_at__isnull=False)),
            models.Index(fields=["employee", "due_at", "id"], name="todo_mine", condition=Q(done_at__isnull=True)),
            models.Index(
                fields=["employee", "done_at", "id"], name="todo_mine_done", condition=Q(done_at__isnull=False)
            ),
            models.Index(fields=["customer", "due_at"], name="todo_customer"),
            models.Index(
                fields=["due_at"], name="todo_unsaid", condition=Q(done_at__isnull=True, reminded_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def message_key(self) -> str:
        """Under which key its reminder is told."""
        return f"todo:{self.pk}"
