"""Who works here, in which department, under whom, with which roles; sessions and tokens."""

from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from kemai.kit.access import access_of
from kemai.kit.categories import CategoryField
from kemai.kit.fields import TagsField
from kemai.kit.record import Record


class DataScope(models.TextChoices):
    """How far a role reaches over records that have owners (ORG-04), from near to far."""

    OWN = "own", "本人"
    SUBORDINATES = "subordinates", "本人及下属"
    DEPARTMENT = "department", "本部门"
    DEPARTMENT_TREE = "department_tree", "本部门及下级部门"
    ALL = "all", "全部"


class Department(Record):
    """One unit of the company's tree (ORG-03). `path` holds the ids from the top: /1/5/9/."""

    name = models.CharField("部门名称", max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="上级部门"
    )
    manager = models.ForeignKey(
        "people.Employee",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="managed_departments",
        verbose_name="部门经理",
    )
    position = models.PositiveIntegerField("顺序", default=0)
    path = models.CharField(max_length=200, db_index=True, editable=False)

    derived_fields = frozenset({"path"})

    class Meta:
        verbose_name = "部门"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="department_name_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class Role(Record):
    """Function rights and, per kind of record, a data range. Ready roles have a code from the glossary (ORG-07)."""

    code = models.CharField("代码", max_length=40, blank=True, editable=False)
    name = models.CharField("角色名称", max_length=40, unique=True)
    rights = models.JSONField("权限", default=list)  # codes of function rights
    ranges = models.JSONField("数据范围", default=dict)  # kind -> DataScope
    remarks = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "角色"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="role_code_once")]

    def __str__(self) -> str:
        return self.name


class EmployeeManager(models.Manager["Employee"]):
    """What Django's authentication asks of a user model's manager."""

    def get_by_natural_key(self, login: str) -> "Employee":
        return self.get(login=login)


class Employee(Record):
    """A person of the company: the one list for all modules, and the user of the system (ORG-02)."""

    class State(models.TextChoices):
        ACTIVE = "active", "在职"
        LEFT = "left", "离职"

    number = models.CharField("职员编号", max_length=30, unique=True)
    login = models.CharField("登录名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    name_key = models.CharField(max_length=200, editable=False)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="members", verbose_name="部门"
    )
    departments = models.ManyToManyField(
        Department, through="DepartmentMembership", related_name="all_members", verbose_name="其他部门"
    )
    classification = CategoryField("employee")
    title = models.CharField("职务", max_length=60, blank=True)
    supervisor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="direct_reports", verbose_name="上级"
    )
    path = models.CharField(max_length=400, db_index=True, editable=False)
    phone = models.CharField("电话", max_length=40, blank=True)
    email = models.EmailField("电子邮箱", max_length=120, blank=True)
    hire_date = models.DateField("入职日期", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACTIVE)
    roles = models.ManyToManyField(Role, through="EmployeeRole", related_name="employees", verbose_name="角色")
    password = models.CharField(max_length=200, editable=False)
    must_change_password = models.BooleanField(default=False, editable=False)
    last_login = models.DateTimeField("最近登录", null=True, editable=False)

    search_reads = ("name", "login", "number", "phone")
    derived_fields = frozenset({"name_key", "path", "password", "must_change_password", "last_login"})
    journal_hidden = frozenset({"password"})

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS = ("name",)
    is_anonymous = False
    is_authenticated = True

    objects = EmployeeManager()

    class Meta:
        verbose_name = "职员"
        default_permissions = ()
        indexes = [
            models.Index(fields=["name_key"], name="employee_name_key"),
            models.Index(fields=["classification"], name="employee_classification"),
            models.Index(fields=["state"], name="employee_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    def set_password(self, raw: str | None) -> None:
        """Stores the hash; None makes log-in impossible until a one-time password is given."""
        self.password = make_password(raw)

    def check_password(self, raw: str) -> bool:
        return check_password(raw, self.password)

    @cached_property
    def access(self):
        """Rights and ranges, worked out once for this object (a request has its own) and remembered under the stamp (D9)."""
        return access_of(self.pk)


class DepartmentMembership(models.Model):
    """A further department of an employee, beside the main one (ORG-10)."""

    employee = models.ForeignKey(Employee, models.CASCADE)
    department = models.ForeignKey(Department, models.PROTECT)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["employee", "department"], name="membership_once")]


class EmployeeRole(models.Model):
    """An employee has a role."""

    employee = models.ForeignKey(Employee, models.CASCADE)
    role = models.ForeignKey(Role, models.PROTECT)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["employee", "role"], name="employeerole_once")]


class Session(models.Model):
    """One log-in of one device. The cookie holds a random token, the table only its hash (D15)."""

    token_hash = models.CharField(max_length=64, unique=True)
    employee = models.ForeignKey(Employee, models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    address = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        default_permissions = ()


class LoginFailure(models.Model):
    """A failed log-in, for throttling by name and by address (SEC-02)."""

    login = models.CharField(max_length=40)
    address = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["login", "at"], name="loginfailure_login"),
            models.Index(fields=["address", "at"], name="loginfailure_address"),
        ]


class Token(Record):
    """A personal key for the API: the same rights and range as the person, narrowed by its scopes, until its end date (API-02)."""

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="tokens", verbose_name="职员")
    name = models.CharField("名称", max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = TagsField("范围")  # "read", "write", or "<kind>:read", "<kind>:write"; empty: everything
    expires_on = models.DateField("有效期至", null=True, blank=True)
    seen_at = models.DateTimeField("最近使用", null=True, editable=False)

    derived_fields = frozenset({"seen_at", "token_hash"})
    journal_hidden = frozenset({"token_hash"})

    class Meta:
        verbose_name = "访问令牌"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["employee", "name"], name="token_name_once")]

    def __str__(self) -> str:
        return self.name

    def allows(self, slug: str, *, write: bool) -> bool:
        """Whether the key's scopes let it read, or write, the kind with that address; no scopes mean everything."""
        needed = {"write", f"{slug}:write"} if write else {"read", "write", f"{slug}:read", f"{slug}:write"}
        return not self.scopes or bool(needed & set(self.scopes))
