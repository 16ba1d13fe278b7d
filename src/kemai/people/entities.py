"""What people see of people: 职员, 部门, 角色, 访问令牌 and the page 「用户及权限设置」."""

from kemai.kit.entity import (
    Action,
    Classified,
    Column,
    Entity,
    Field,
    Form,
    Group,
    HandOut,
    ImportField,
    Importing,
    Mark,
    Page,
    Right,
    Search,
    Tab,
    add_rights,
    register,
    register_pages,
)
from kemai.kit.looks import looks_like_email, looks_like_mobile
from kemai.kit.reach import Reach
from kemai.people import (
    hand_over,  # noqa: F401  declares what people hand over
    importing,
    login_services,
    matrix,
    queries,
    search,
    services,
)
from kemai.people.holdings import holding_notes, holding_rows
from kemai.people.models import Department, Employee, Role, Token

STATES = {"active": Mark("green", "circle-check"), "left": Mark("", "user-off")}

employees = Entity(
    name="employee",
    slug="employees",
    title="职员",
    model=Employee,
    reach=queries.everyone,
    area="系统",
    menu="职员",
    menu_order=10,
    icon="users",
    aliases=["员工", "CRM联系人信息", "用户"],
    order="name",
    names=queries.employee_names,
    options=lambda by: queries.active_employees(),
    lookup=queries.find_employee,
    search=Search({"name": "name", "login": "login", "phone": "phone"}, docs=search.employee_docs, hint="姓名、拼音、登录名、电话"),
    columns=[
        Column("number", width=110),
        Column("name", sort="name_key", title=True, width=140),
        Column("login", width=120),
        Column("state", marks=STATES, phone=True, width=90),
        Column("department", phone=True, width=140),
        Column("departments", label="其他部门", kind="references", fetch=queries.departments_of, shown=False, width=160),
        Column("classification", sort="", shown=False, width=140),
        Column("title", phone=True, width=120),
        Column("supervisor", width=100),
        Column("roles", label="角色", kind="references", fetch=queries.roles_of, width=180),
        Column("phone", kind="phone", width=130),
        Column("email", width=180),
        Column("hire_date", width=110),
        Column("last_login", sort="", width=140),
        Column("version", shown=False, filters=False, sort=""),
    ],
    form=Form(
        groups=[
            Group("基本信息", ["number*", "name*", Field("login", required=True, help="用来登录，字母不分大小写。"), "title", "phone", "email", "hire_date"]),
            Group("组织与权限", [
                "department", "classification", Field("departments", label="其他部门", refers="department", many=True),
                "supervisor", Field("roles", label="角色", refers="role", many=True, help="可以有几个角色，权限相加。"),
            ]),
        ],
        create=services.employee_create,
        change=services.employee_change,
    ),
    delete=services.employee_delete,
    restoring=services.branch_restoring,
    classified=Classified("classification", services.employee_becomes_category),
    actions=[
        Action("reset_password", "重置密码", login_services.employee_reset_password, right="employee.reset_password", icon="key",
               help="给忘记密码的职员一个一次性密码，首次登录后必须更改。",
               ask="生成一次性密码？此人的登录会全部退出，访问令牌全部失效。"),
        Action("set_left", "设为离职", services.employee_set_left, right="employee.change", icon="user-off",
               help="职员离职：不能再登录，名下的客户可以一起交接给同事。", single=["all"],
               fields=[Field("successor", label="交接给", refers="employee", help="名下的客户等会转给这位同事；不选则保留在原名下。")],
               ask="离职后不能再登录，访问令牌全部失效。", notes=holding_notes),
        Action("set_active", "恢复在职", services.employee_set_active, right="employee.change", icon="user-check",
               help="离职的职员回来后，可以重新登录。"),
    ],
    imports=Importing(
        keys=["number", "login", "name"],
        fields=[
            ImportField("number", ["职员编号", "工号", "员工编号", "编号"], example="A001"),
            ImportField("name", ["姓名", "员工姓名", "职员姓名", "名字"], example="王小明"),
            ImportField("login", ["登录名", "用户名", "账号", "帐号", "登录账号", "登录帐号", "员工userid", "userid"], example="wangxiaoming"),
            ImportField("department", ["部门", "所属部门", "部门名称"]),
            ImportField("departments", ["其他部门", "兼职部门"]),
            ImportField("classification", ["分类"], template=False),
            ImportField("title", ["职务", "职位", "岗位"], example="销售代表"),
            ImportField("supervisor_word", ["上级", "直接上级", "直属上级", "主管", "直属主管", "直接主管", "汇报对象", "上级主管"],
                        label="上级", example="李主管"),
            ImportField("roles", ["角色", "权限角色"]),
            ImportField("phone", ["电话", "手机", "手机号", "手机号码", "联系电话"], looks=looks_like_mobile, example="13800138000"),
            ImportField("email", ["电子邮箱", "邮箱", "email", "e-mail"], looks=looks_like_email, example="wang@example.com"),
            ImportField("hire_date", ["入职日期", "入职时间"], example="2026-03-05"),
            ImportField("state_word", ["状态", "在职状态", "员工状态"], label="状态", choices=lambda by: ["在职", "离职"], example="在职"),
        ],
        plan=importing.EmployeeImport,
        hand_out=HandOut(
            "一次性密码", login_services.hand_out_passwords, right="employee.reset_password",
            help="给这次导入、还没有登录过的职员各生成一个一次性密码，做成一张表分发；首次登录后必须更改。每次生成，之前的作废。",
        ),
    ),
    tabs=[Tab("holdings", "名下记录", rows=holding_rows, heads={"名下的": "名下的", "数量": "数量"}, right="employee.change")],
    rights=[Right("employee.reset_password", "职员密码重置", "职员")],
)  # fmt: skip

departments = Entity(
    name="department",
    slug="departments",
    title="部门",
    model=Department,
    reach=queries.everyone,
    area="系统",
    menu="部门",
    menu_order=11,
    icon="sitemap",
    order="path",
    names=queries.department_names,
    options=lambda by: queries.department_tree(),
    lookup=queries.find_department,
    columns=[
        Column("name", sort="", title=True, width=200),
        Column("parent", sort="", phone=True, width=160),
        Column("manager", sort="", phone=True, width=120),
        Column("position", sort="", width=80),
        Column("version", shown=False, filters=False, sort=""),
    ],
    form=Form(
        groups=[Group("基本信息", ["name*", "parent", "manager", "position"])],
        create=services.department_create,
        change=services.department_change,
    ),
    delete=services.department_delete,
    restoring=services.branch_restoring,
)

roles = Entity(
    name="role",
    slug="roles",
    title="角色",
    model=Role,
    reach=queries.everyone,
    area="系统",
    menu="角色",
    menu_order=12,
    icon="shield",
    order="id",
    names=queries.role_names,
    lookup=queries.find_role,
    options=lambda by: list(queries.role_names().items()),
    columns=[
        Column("name", sort="", title=True, width=160),
        Column("remarks", sort="", phone=True, width=320),
        Column("version", shown=False, filters=False, sort=""),
    ],
    form=Form(
        groups=[Group("基本信息", ["name*", Field("remarks", wide=True)])],
        create=services.role_create,
        change=services.role_change,
    ),
    delete=services.role_delete,
)


def own_tokens(by: Employee) -> Reach:
    """A person's own keys and nobody else's."""
    return Reach(owners=frozenset({by.pk}), owner="employee")


tokens = Entity(
    name="token",
    slug="tokens",
    title="访问令牌",
    model=Token,
    reach=own_tokens,
    area="系统",
    menu="访问令牌",
    menu_order=60,
    icon="api",
    columns=[
        Column("name", sort="", title=True, width=200),
        Column("scopes", label="范围", kind="tags", phone=True, width=200),
        Column("expires_on", sort="", phone=True, width=120),
        Column("seen_at", sort="", width=140),
        Column("created_at", sort="", width=140),
        Column("version", shown=False, filters=False, sort=""),
    ],
    form=Form(
        groups=[Group("基本信息", [
            "name*", Field("expires_on", help="不填则长期有效。"),
            Field("scopes", label="范围", kind="tags", help="read 只读，write 读写，或 customers:read 这样指定；不填则与本人权限相同。"),
        ])],
        create=login_services.token_create,
    ),
    delete=login_services.token_delete,
)  # fmt: skip

register(departments, roles, employees, tokens)
add_rights(Right("role.change", "角色权限修改", "角色"))
register_pages(
    Page("rights", "用户及权限设置", "rights", "people/rights.html", matrix.load, matrix.save, right="role.change", area="系统",
         icon="shield-check", menu="用户及权限设置", menu_order=13, aliases=["其他权限", "CRM相关权限"], accepts=matrix.accepts, helps=matrix.helps),
    Page("my-password", "更改密码", "me/password", "kit/password.html", lambda by: {"must_change": by.must_change_password},
         login_services.password_save, accepts=lambda: dict.fromkeys(("old", "new", "again"), {"type": "string"})),
)  # fmt: skip
