"""What the kit itself keeps: the journal, the recycle bin, counts by owner, people's list settings, imports, jobs."""

from django.conf import settings
from django.db import models

from kemai.kit.record import Record


class SortIndex(models.Index):
    """An index that both databases can walk in the list engine's order: empty values count as the smallest.

    SQLite orders so by itself; PostgreSQL needs to be told, or it would not use the index (D3, D17).
    """

    def create_sql(self, model, schema_editor, using="", **kwargs):
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using=using, **kwargs)
        kept = self.fields_orders
        self.fields_orders = [
            (name, order or ("NULLS FIRST" if model._meta.get_field(name).null else "")) for name, order in kept
        ]
        try:
            return super().create_sql(model, schema_editor, using=using, **kwargs)
        finally:
            self.fields_orders = kept


class Stamp(models.Model):
    """The one row whose value rises when roles, departments, employees, dictionaries or parameters change (D9)."""

    value = models.BigIntegerField(default=0)


class ChangeSet(models.Model):
    """One deed of one person: who, when, what, why (D5, SYS-08). Never changed, never deleted from the product."""

    at = models.DateTimeField("时间", db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="操作人",
    )
    deed = models.CharField("操作", max_length=60)
    kind = models.CharField("对象", max_length=40, blank=True)
    record_id = models.BigIntegerField(null=True)
    title = models.CharField("记录", max_length=200, blank=True)
    note = models.TextField("说明", blank=True)
    door = models.CharField("途径", max_length=10, blank=True)
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "操作日志"
        default_permissions = ()
        indexes = [
            models.Index(fields=["kind", "record_id", "id"], name="changeset_record"),
            models.Index(fields=["by", "id"], name="changeset_by"),
            models.Index(fields=["deed", "id"], name="changeset_deed"),
        ]

    def __str__(self) -> str:
        return f"{self.deed} {self.title}"


class RowChange(models.Model):
    """One row that a deed wrote: the values before and after. An insert keeps no image, a deletion keeps the whole row."""

    class Op(models.TextChoices):
        INSERT = "i", "新增"
        UPDATE = "u", "修改"
        DELETE = "d", "删除"

    change_set = models.ForeignKey(ChangeSet, models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    op = models.CharField(max_length=1, choices=Op)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "record_id", "id"], name="rowchange_record")]


def deletable_kinds() -> list[tuple[str, str]]:
    """The kinds of record that can be deleted, with their titles."""
    from kemai.kit.entity import registry

    return [(entity.name, entity.title) for entity in registry.values() if entity.delete]


class RecycleBin(models.Model):
    """A deleted record with all that hung on it, ready to be put back under the same ids (D4, SYS-11)."""

    kind = models.CharField("类型", max_length=40, choices=deletable_kinds)
    record_id = models.BigIntegerField()
    title = models.CharField("名称", max_length=200)
    owner_id = models.BigIntegerField(null=True)  # whose it was, where its kind has owners
    hanging = models.PositiveIntegerField("一起删除的", default=0)
    tree = models.JSONField()
    schema = models.CharField(max_length=60)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="删除人")
    at = models.DateTimeField("删除时间", db_index=True)

    class Meta:
        verbose_name = "回收站"
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "record_id"], name="recyclebin_record")]

    def __str__(self) -> str:
        return self.title


class Tally(models.Model):
    """How many records of a kind each owner has, kept in the transaction of every write: totals cost nothing at a million (D3)."""

    kind = models.CharField(max_length=40)
    owner_id = models.BigIntegerField()  # 0: nobody
    count = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "owner_id"], name="tally_once")]


class IndexedKind(models.Model):
    """What the search index of a kind was made by: an upgrade makes anew only what would come out differently."""

    kind = models.CharField(max_length=40, unique=True)
    fingerprint = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind


class ListSetting(models.Model):
    """How one person likes a list: page size, 「列表方式」 (no view), columns of each view (LST-07). Without a person: the default for everybody."""

    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=40)
    view = models.CharField(max_length=20, blank=True)
    values = models.JSONField(default=dict)

    class Meta:
        verbose_name = "列表默认格式"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["employee", "kind", "view"], name="listsetting_once"),
            models.UniqueConstraint(
                fields=["kind", "view"], condition=models.Q(employee=None), name="listsetting_default"
            ),
        ]


def classified_kinds() -> list[tuple[str, str]]:
    """The kinds of record that have a tree of categories, with their titles."""
    from kemai.kit.entity import registry

    return [(entity.name, entity.title) for entity in registry.values() if entity.classified]


class CategoryNode(Record):
    """One category in the tree of one kind of record (LST-11). `path` holds the ids from the top: /1/5/9/."""

    kind = models.CharField("用于", max_length=40, choices=classified_kinds)
    name = models.CharField("分类名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级分类"
    )
    position = models.PositiveIntegerField("顺序", default=0)
    path = models.CharField(max_length=200, editable=False)

    derived_fields = frozenset({"path"})

    class Meta:
        verbose_name = "分类"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "parent", "name"], name="categorynode_name_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SavedFilter(models.Model):
    """A filter that a person keeps under a name, and with whom it is shared (LST-04)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    name = models.CharField("名称", max_length=40)
    filter = models.JSONField()
    everybody = models.BooleanField("共享给所有同事", default=False)
    colleagues = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name="共享给")

    class Meta:
        verbose_name = "过滤条件"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "name"], name="savedfilter_once")]


class Job(models.Model):
    """Work that outlasts a request, written in the caller's transaction; the runner takes it up and takes it up again (REL-01)."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "失败"

    name = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    run_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    beat_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["state", "run_at"], name="job_due")]


class Import(models.Model):
    """One file that goes in: how its columns are read, what became of it, and what is needed to take it back (IMP-02, IMP-03)."""

    class State(models.TextChoices):
        PLANNING = "planning", "检查中"
        PLANNED = "planned", "待确认"
        WAITING = "waiting", "等待导入"
        RUNNING = "running", "导入中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"

    kind = models.CharField("对象", max_length=40)
    file_name = models.CharField("文件", max_length=200)
    stored = models.CharField(max_length=100)
    options = models.JSONField(default=dict)
    columns = models.JSONField(default=dict)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNING)
    total = models.PositiveIntegerField("行数", default=0)
    done = models.PositiveIntegerField("已处理", default=0)
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人")
    at = models.DateTimeField("时间", db_index=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "导入"
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name


class BulkEdit(models.Model):
    """Fields of many records set at once, and what is needed to take it back as one (LST-15)."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "修改中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        UNDOING = "undoing", "撤销中"
        UNDONE = "undone", "已撤销"

    kind = models.CharField("对象", max_length=40)
    raw = models.JSONField(default=dict)  # the fields as they were sent; "" empties
    ids = models.JSONField(default=list)
    door = models.CharField(max_length=10)
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField("条数", default=0)
    done = models.PositiveIntegerField("已处理", default=0)
    words = models.TextField("修改内容", blank=True)
    error = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="操作人")
    at = models.DateTimeField("时间", db_index=True)
    change_set = models.ForeignKey(ChangeSet, models.PROTECT, null=True, related_name="bulk_edits")

    class Meta:
        verbose_name = "批量修改"
        default_permissions = ()


class BulkEditRow(models.Model):
    """What became of one record of a bulk edit; `change_set` is its entry in the journal, where something changed."""

    of = models.ForeignKey(BulkEdit, models.CASCADE, related_name="rows", db_index=False)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=200, blank=True)
    change_set = models.ForeignKey(ChangeSet, models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "record_id"], name="bulkeditrow_once")]


class ImportRow(models.Model):
    """What became of one row of a file: new, update, duplicate, similar, error, with the reason."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="rows", db_index=False)
    number = models.PositiveIntegerField()  # the row's number in the sheet, header included
    verdict = models.CharField(max_length=10)
    title = models.CharField(max_length=200, blank=True)
    message = models.TextField(blank=True)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="importrow_once")]
        indexes = [models.Index(fields=["of", "verdict", "number"], name="importrow_verdict")]


class ImportChunk(models.Model):
    """One transaction of an import: from which row to which, and its entry in the journal."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="chunks")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    change_set = models.ForeignKey(ChangeSet, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
