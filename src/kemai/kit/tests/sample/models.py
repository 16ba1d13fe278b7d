"""Sample orders with their lines, who has to agree to them, and the parcels that were sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kemai.kit.fields import MoneyField, PriceField, QuantityField
from kemai.kit.models import SortIndex
from kemai.kit.record import Record
from kemai.office.fields import DictionaryField


class SampleOrder(Record):
    """Goods that somebody wants to send out as samples."""

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        SUBMITTED = "submitted", "已提交"
        APPROVED = "approved", "已批准"
        VOID = "void", "已作废"

    class Approval(models.TextChoices):
        NONE = "none", "未送审"
        PENDING = "pending", "审批中"
        AGREED = "agreed", "已同意"

    number = models.CharField("单号", max_length=40, unique=True, editable=False)
    subject = models.CharField("事由", max_length=120)
    wanted_on = models.DateField("需要日期", null=True, blank=True)
    is_urgent = models.BooleanField("加急", default=False)
    remarks = models.TextField("备注", blank=True)
    total = MoneyField("金额合计", default=0, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name="申请人",
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT, editable=False)
    approval_state = models.CharField("审批", max_length=10, choices=Approval, default=Approval.NONE, editable=False)

    derived_fields = frozenset({"total", "approval_state"})

    class Meta:
        verbose_name = "样品单"
        default_permissions = ()
        indexes = [
            SortIndex(fields=["owner", "created_at", "id"], name="sampleorder_owner"),
            SortIndex(fields=["created_at", "id"], name="sampleorder_created"),
            SortIndex(fields=["wanted_on", "id"], name="sampleorder_wanted"),
            SortIndex(fields=["total", "id"], name="sampleorder_total"),
            SortIndex(fields=["subject", "id"], name="sampleorder_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"


class SampleLine(models.Model):
    """One product of an order. `amount` follows from quantity and price."""

    order = models.ForeignKey(SampleOrder, models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.CharField("品名", max_length=120)
    unit = DictionaryField("unit", verbose_name="单位")
    quantity = QuantityField("数量")
    price = PriceField("单价", default=0)
    amount = MoneyField("金额", default=0, editable=False)

    class Meta:
        verbose_name = "样品单明细"
        default_permissions = ()
        ordering = ("position", "pk")
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="sampleline_quantity")]


class SampleApproval(models.Model):
    """One person who has to agree, in turn. The approval runs beside the order's state."""

    order = models.ForeignKey(SampleOrder, models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="审批人")
    position = models.PositiveIntegerField()
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "样品单审批"
        default_permissions = ()
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["order", "approver"], name="sampleapproval_once")]


class SampleParcel(Record):
    """A parcel that went out for an order."""

    order = models.ForeignKey(SampleOrder, models.PROTECT, related_name="parcels", verbose_name="样品单")
    waybill = models.CharField("运单号", max_length=40, unique=True)
    carrier = DictionaryField("carrier", verbose_name="快递公司")
    sent_on = models.DateField("寄出日期")
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="补寄自")

    class Meta:
        verbose_name = "样品寄送"
        default_permissions = ()
        indexes = [SortIndex(fields=["sent_on", "id"], name="sampleparcel_sent")]

    def __str__(self) -> str:
        return self.waybill
