"""What a company sets up once: dictionaries, parameters, regions, numbering, its own data."""

from django.db import models

from kemai.kit.record import Record


class Dictionary(Record):
    """One drop-down list that the administrator edits (数据字典); its title is shown on every screen (SYS-02)."""

    code = models.CharField("代码", max_length=40, unique=True, editable=False)
    title = models.CharField("名称", max_length=40)
    position = models.PositiveIntegerField("顺序", default=0)

    class Meta:
        verbose_name = "数据字典"
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class DictionaryEntry(Record):
    """One choice of a list. A disabled one is no longer offered and stays where it is used (SYS-01)."""

    dictionary = models.ForeignKey(Dictionary, models.PROTECT, related_name="entries", verbose_name="所属字典")
    name = models.CharField("名称", max_length=60)
    folded = models.CharField(max_length=60, editable=False)
    position = models.PositiveIntegerField("顺序", default=0)
    enabled = models.BooleanField("启用", default=True)
    is_fixed = models.BooleanField(default=False, editable=False)
    rate = models.DecimalField(
        "默认完成率", max_digits=5, decimal_places=2, null=True, blank=True
    )  # percent; 销售阶段 only

    derived_fields = frozenset({"folded"})

    class Meta:
        verbose_name = "字典项"
        default_permissions = ()
        ordering = ("position", "pk")
        constraints = [models.UniqueConstraint(fields=["dictionary", "folded"], name="dictionary_entry_once")]
        indexes = [models.Index(fields=["dictionary", "position"], name="dictionary_entry_order")]

    def __str__(self) -> str:
        return self.name


class Setting(Record):
    """The value of one parameter (参数设置); a parameter without a row has its default."""

    code = models.CharField("代码", max_length=60, unique=True)
    value = models.JSONField("值")

    class Meta:
        verbose_name = "参数"
        default_permissions = ()

    def __str__(self) -> str:
        return self.code


class Region(Record):
    """One administrative division, or a company's own below it (SYS-04). `path` holds the ids from the top."""

    code = models.CharField("代码", max_length=12, blank=True, db_index=True)
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级地区"
    )
    path = models.CharField(max_length=100, db_index=True, editable=False)
    full_name = models.CharField("全称", max_length=120, db_index=True, editable=False)

    derived_fields = frozenset({"path", "full_name"})

    class Meta:
        verbose_name = "地区"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="region_name_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.full_name


class NumberingRule(Record):
    """How documents of one kind are numbered: prefix, date part, digits, when counting starts anew (SYS-06)."""

    class DatePart(models.TextChoices):
        NONE = "", "无"
        YEAR = "%Y", "年（2026）"
        MONTH = "%Y%m", "年月（202603）"
        DAY = "%Y%m%d", "年月日（20260305）"

    class Reset(models.TextChoices):
        NEVER = "never", "不重置"
        YEAR = "year", "每年"
        MONTH = "month", "每月"
        DAY = "day", "每天"

    kind = models.CharField("单据", max_length=40, unique=True, editable=False)
    title = models.CharField("单据名称", max_length=40, editable=False)
    prefix = models.CharField("前缀", max_length=10, blank=True)
    date_part = models.CharField("日期部分", max_length=10, choices=DatePart, default=DatePart.DAY, blank=True)
    digits = models.PositiveSmallIntegerField("流水号位数", default=4)
    reset = models.CharField("重新计数", max_length=10, choices=Reset, default=Reset.DAY)

    class Meta:
        verbose_name = "自动编号"
        default_permissions = ()

    def __str__(self) -> str:
        return self.title


class NumberCounter(models.Model):
    """The last number given in one period of one rule."""

    kind = models.CharField(max_length=40)
    period = models.CharField(max_length=10)
    last = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "period"], name="number_counter_once")]
