"""What people see of sample orders and parcels. Declarations only; every function named here lives elsewhere."""

from kemai.kit.entity import (
    Action,
    Column,
    Entity,
    Field,
    Form,
    Group,
    ImportField,
    Importing,
    Lines,
    Mark,
    Right,
    Search,
    Tab,
    contribute,
    register,
)  # fmt: skip
from kemai.kit.import_plan import by_key
from kemai.kit.lines import lines_tab
from kemai.kit.tests.sample import queries, rules, search, services
from kemai.kit.tests.sample.models import SampleOrder, SampleParcel

STATES = {
    "draft": Mark("", "pencil"),
    "submitted": Mark("blue", "send"),
    "approved": Mark("green", "circle-check"),
    "void": Mark("red", "ban"),
}
LINES = Lines("lines", "明细", ["product*", "unit", "quantity*", "price"], worked_out=["amount"],
              work_out=rules.amounts, totals=rules.totals)  # fmt: skip

orders = Entity(
    name="sample-order",
    slug="sample-orders",
    title="样品单",
    model=SampleOrder,
    area="销售",
    menu="样品单",
    icon="package",
    owner="owner",
    ranged=True,
    reach=queries.order_reach,
    order="-created_at",
    title_field="number",
    search=Search(
        {"number": "number", "subject": "subject", "products": ""}, docs=search.order_docs, hint="单号、事由、品名"
    ),
    columns=[
        Column("number", title=True, width=150),
        Column("subject", phone=True, width=240),
        Column("state", sort="", marks=STATES, phone=True, width=90),
        Column("approval_state", sort="", width=90),
        Column("total", phone=True, width=110, sums=True),
        Column("line_count", label="明细行数", kind="int", fetch=queries.line_counts, width=90),
        Column("wanted_on", width=110),
        Column("is_urgent", sort="", width=80),
        Column("owner", sort="", phone=True, width=90),
        Column("remarks", sort="", shown=False, width=240),
        Column("created_at", width=140),
        Column("version", sort="", shown=False, filters=False),
    ],
    form=Form(
        groups=[Group("基本信息", ["subject*", "wanted_on", "is_urgent", Field("remarks", wide=True)])],
        lines=[LINES],
        create=services.order_create,
        change=services.order_change,
    ),
    delete=services.order_delete,
    delete_ask=lambda order: f"{order.lines.count()} 行明细将一起移到回收站",
    actions=[
        Action(
            "submit", "提交", services.order_submit, right="sample-order.submit", icon="send", primary=True,
            fields=[Field("approvers", "审批人", refers="employee", many=True, required=True, help="按先后顺序审批。")],
        ),
        Action("agree", "同意", services.order_agree, right="sample-order.approve", icon="check"),
        Action("approve", "批准", services.order_approve, right="sample-order.approve", icon="circle-check"),
        Action(
            "void", "作废", services.order_void, right="sample-order.void", icon="ban", danger=True,
            fields=[Field("reason", "作废原因", required=True)],
        ),
    ],
    tabs=[lines_tab("sample-order", LINES)],
    imports=Importing(
        fields=[
            ImportField("subject", ["事由", "主题"]),
            ImportField("wanted_on", ["需要日期"]),
            ImportField("remarks", ["备注"]),
            ImportField("lines.product", ["品名", "样品"]),
            ImportField("lines.quantity", ["数量"]),
            ImportField("lines.price", ["单价"]),
        ],
        keys=["subject"],
        plan=by_key("sample-order"),
        repeats={"lines": 3},
    ),
    row_tone=lambda facts: "red" if facts["state"] == "void" else "",
    row_facts=["state"],
    figures=queries.order_figures,
    timeline=queries.order_timeline,
    rights=[
        Right("sample-order.submit", "样品单提交", "样品单"),
        Right("sample-order.approve", "样品单审批", "样品单"),
        Right("sample-order.void", "样品单作废", "样品单"),
    ],
)  # fmt: skip

parcels = Entity(
    name="sample-parcel",
    slug="sample-parcels",
    title="样品寄送",
    model=SampleParcel,
    reach=queries.parcel_reach,
    order="-sent_on",
    title_field="waybill",
    columns=[
        Column("waybill", title=True, width=160),
        Column("order", sort="", phone=True, width=160),
        Column("carrier", sort="", width=120),
        Column("sent_on", phone=True, width=110),
        Column("replaces", sort="", shown=False, width=160),
        Column("version", sort="", shown=False, filters=False),
    ],
    form=Form(
        groups=[
            Group("基本信息", ["order*", "waybill*", "carrier", "sent_on*", Field("replaces", depends_on="order")])
        ],
        create=services.parcel_create,
    ),
    delete=services.parcel_delete,
)

register(orders, parcels)

# What follows stands in the upper floor's own entities.py where the kinds belong to two apps.
contribute(
    "sample-order",
    tabs=[Tab("parcels", "寄送", kind="sample-parcel", by="order")],
    blockers=[queries.why_not_delete_sent],
    timeline=queries.parcel_timeline,
)
