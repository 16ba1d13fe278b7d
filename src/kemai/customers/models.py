"""Customers, their contacts, with whom they are shared, and who owned them when."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from kemai.kit.categories import CategoryField
from kemai.kit.fields import MonthDay, TagsField
from kemai.kit.models import SortIndex
from kemai.kit.record import Record
from kemai.office.fields import DictionaryField
from kemai.office.models import Region
from kemai.people.models import Department

NAME_LENGTH = 120


class Customer(Record):
    """A company that one does business with, or wants to: in the pool, or claimed by exactly one employee."""

    class State(models.TextChoices):
        UNCLAIMED = "unclaimed", "未领用"
        CLAIMED = "claimed", "已领用"

    number = models.CharField("客户编号", max_length=40, unique=True, editable=False)
    name = models.CharField("客户名称", max_length=NAME_LENGTH)
    short_name = models.CharField("简称", max_length=60, blank=True)
    category = DictionaryField("customer_category", verbose_name="客户类别")
    classification = CategoryField("customer")
    level = DictionaryField("customer_level", verbose_name="客户级别")
    industry = DictionaryField("customer_industry", verbose_name="客户行业")
    source = DictionaryField("customer_source", verbose_name="客户来源")
    size = DictionaryField("customer_size", verbose_name="客户规模")
    satisfaction = DictionaryField("customer_satisfaction", verbose_name="客户满意度")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, verbose_name="地区"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    post_code = models.CharField("邮编", max_length=20, blank=True)
    phone = models.CharField("电话", max_length=60, blank=True)
    fax = models.CharField("传真", max_length=60, blank=True)
    email = models.EmailField("电子邮箱", max_length=120, blank=True)
    website = models.CharField("网址", max_length=200, blank=True)
    tax_number = models.CharField("税号", max_length=30, blank=True)
    bank = models.CharField("开户行", max_length=100, blank=True)
    bank_account = models.CharField("银行账号", max_length=40, blank=True)
    legal_person = models.CharField("法定代表人", max_length=60, blank=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        db_index=False,
        verbose_name="上级客户",
    )
    tags = TagsField("标签")
    remarks = models.TextField("备注", blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name="负责人",
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.UNCLAIMED, editable=False)
    claimed_at = models.DateTimeField("领用时间", null=True, editable=False)
    first_contacted_at = models.DateTimeField("首次联系", null=True, editable=False)
    last_contacted_at = models.DateTimeField("最后联系", null=True, editable=False)

    name_folded = models.CharField(
        max_length=NAME_LENGTH * 2, unique=True, editable=False
    )  # the same name, however it is written
    name_key = models.CharField(max_length=200, editable=False)  # pinyin, to sort by
    core_name = models.CharField(
        max_length=NAME_LENGTH * 2, editable=False
    )  # without legal form and region, for similar ones
    core_pinyin = models.CharField(max_length=200, editable=False)  # by it core names are found, too
    phone_digits = models.CharField(max_length=60, blank=True, editable=False)

    search_reads = ("name", "short_name", "number", "phone")
    derived_fields = frozenset(
        {
            "name_folded",
            "name_key",
            "core_name",
            "core_pinyin",
            "phone_digits",
            "first_contacted_at",
            "last_contacted_at",
        }
    )

    class Meta:
        verbose_name = "客户"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="customer_state_follows_owner",
                condition=Q(state="claimed", owner__isnull=False) | Q(state="unclaimed", owner__isnull=True),
            ),
        ]
        indexes = [
            SortIndex(fields=["owner", "created_at", "id"], name="customer_owner"),
            SortIndex(fields=["created_at", "id"], name="customer_created"),
            SortIndex(fields=["updated_at", "id"], name="customer_updated"),
            SortIndex(fields=["name_key", "id"], name="customer_name"),
            SortIndex(fields=["last_contacted_at", "id"], name="customer_contacted"),
            SortIndex(fields=["category", "id"], name="customer_category"),
            # all that a page of one category asks, in the list's order
            SortIndex(fields=["classification", "created_at", "id", "owner"], name="customer_classification"),
            SortIndex(fields=["level", "id"], name="customer_level"),
            SortIndex(fields=["industry", "id"], name="customer_industry"),
            SortIndex(fields=["source", "id"], name="customer_source"),
            SortIndex(fields=["region", "id"], name="customer_region"),
            models.Index(fields=["core_pinyin"], name="customer_core_pinyin"),
            models.Index(fields=["parent"], name="customer_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["phone_digits"], name="customer_phone", condition=~Q(phone_digits="")),
            models.Index(fields=["tax_number"], name="customer_tax_number", condition=~Q(tax_number="")),
            # how long nobody has spoken with them: since the last contact, without one since they were claimed
            models.Index("owner", Coalesce("last_contacted_at", "claimed_at"), name="customer_silent"),
        ]

    def __str__(self) -> str:
        return self.name


class Contact(Record):
    """A person at a customer, or a private acquaintance of one's own (CON-05)."""

    class Sex(models.TextChoices):
        MALE = "male", "男"
        FEMALE = "female", "女"

    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name="单位名称"
    )
    name = models.CharField("联系人姓名", max_length=60)
    is_main = models.BooleanField("主联系人", default=False)
    sex = models.CharField("性别", max_length=10, choices=Sex, blank=True)
    department = models.CharField("部门", max_length=60, blank=True)
    title = models.CharField("职务", max_length=60, blank=True)
    mobile = models.CharField("手机", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=60, blank=True)
    wechat = models.CharField("微信", max_length=60, blank=True)
    qq = models.CharField("QQ", max_length=30, blank=True)
    email = models.EmailField("电子邮箱", max_length=120, blank=True)
    birthday = models.DateField("生日", null=True, blank=True)
    birthday_is_lunar = models.BooleanField("农历生日", default=False)
    hobbies = models.CharField("爱好", max_length=200, blank=True)
    remarks = models.TextField("备注", blank=True)
    is_private = models.BooleanField("私人联系人", default=False)
    name_key = models.CharField(max_length=200, editable=False)

    derived_fields = frozenset({"name_key"})
    search_reads = ("customer_id", "is_main", "name", "mobile", "phone")
    search_touches = (("customer", "customer"),)

    class Meta:
        verbose_name = "联系人"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(is_main=True), name="contact_one_main"),
            models.CheckConstraint(
                condition=Q(customer__isnull=False) | Q(is_private=True), name="contact_has_customer"
            ),
        ]
        indexes = [
            SortIndex(fields=["created_at", "id"], name="contact_created"),
            SortIndex(fields=["name_key", "id"], name="contact_name"),
            models.Index(MonthDay("birthday"), name="contact_birthday", condition=Q(birthday__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class SocialTie(models.Model):
    """Who somebody is to a contact (CON-04): a name, or another contact."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="ties", verbose_name="联系人")
    position = models.PositiveIntegerField(default=0)
    relation = DictionaryField("social_relation", verbose_name="社会关系", null=False, blank=False)
    name = models.CharField("姓名", max_length=60, blank=True)
    other = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="关联的联系人"
    )

    class Meta:
        verbose_name = "社会关系"
        default_permissions = ()
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(condition=Q(other__isnull=False) | ~Q(name=""), name="socialtie_has_somebody")
        ]

    def __str__(self) -> str:
        return self.name or str(self.other)


_READ_AT_ONCE = ("customer", "owner", "created_by", "until")  # all that every page wants to know of a share


class CustomerShare(models.Model):
    """A customer opened to a colleague, or to a department with its present members (CUS-15). `until` is the last day, inclusive."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="shares", verbose_name="客户")
    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="同事"
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name="部门"
    )
    # whose customer it is: said here too, for a person's shares lie all over the customers' table
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="负责人"
    )
    until = models.DateField("共享至", null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="共享人"
    )
    created_at = models.DateTimeField("共享时间", null=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "客户共享"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "employee"], condition=Q(employee__isnull=False), name="share_once_employee"
            ),
            models.UniqueConstraint(
                fields=["customer", "department"], condition=Q(department__isnull=False), name="share_once_department"
            ),
            models.CheckConstraint(
                name="share_with_one",
                condition=Q(employee__isnull=False, department__isnull=True)
                | Q(employee__isnull=True, department__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["employee", *_READ_AT_ONCE], name="share_with_employee"),
            models.Index(fields=["department", *_READ_AT_ONCE], name="share_with_department"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}：{self.employee or self.department}"


class OwnershipChange(models.Model):
    """Every change of owner: from whom to whom, by whom, when, why (CUS-18)."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="ownership_changes", db_index=False, verbose_name="客户"
    )
    # changes are asked for by customer: who has been named in one is looked for when an employee is deleted, and may take longer
    from_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="原负责人",
    )
    to_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="新负责人",
    )
    deed = models.CharField("操作", max_length=20)
    reason = models.CharField("原因", max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name="操作人"
    )
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "负责人变更"
        default_permissions = ()
        indexes = [models.Index(fields=["customer", "id"], name="ownershipchange_customer")]
