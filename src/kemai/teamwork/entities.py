"""What people see of contact records: 交往记录. Declarations only."""

from django.utils import timezone

from kemai.files.tabs import attachments_tab
from kemai.kit.entity import (
    Action,
    Column,
    Entity,
    Field,
    Form,
    Group,
    ImportField,
    Importing,
    Mark,
    Right,
    Search,
    Tab,
    View,
    contribute,
    register,
)
from kemai.kit.menu import HeaderCount, header_counts
from kemai.teamwork import (
    importing,
    queries,
    search,
    services,
    todo_queries,
    todo_services,
    workbench,  # noqa: F401  its cards are declared by being imported
)
from kemai.teamwork.models import COMMENT_LENGTH, PEOPLE_LENGTH, Interaction, Todo

interactions = Entity(
    name="interaction",
    slug="interactions",
    title="交往记录",
    model=Interaction,
    area="跟进",
    menu="交往记录",
    icon="phone-call",
    aliases=["联系记录", "跟进记录", "拜访记录", "批复"],
    help="和客户的每次来往：何时、和谁、谈了什么、结果如何、下一步做什么。看得到客户的人都能看、能新增；作者和客户负责人能修改。"
    "在客户页的「记一笔」里一行就能记下。上级可以批复，作者会收到提醒。",
    owner="employee",
    reach=queries.interaction_reach,
    order="-occurred_at",
    title_field="summary",
    search=Search(
        {"people": "people", "customer": "customer", "content": "content"},
        docs=search.interaction_docs, words=["contact_type"], hint="客户、联系人、内容",
    ),
    columns=[
        Column("summary", sort="", title=True, width=320),
        Column("customer", sort="", phone=True, width=240),
        Column("people", label="联系人", fetch=queries.people, width=120),
        Column("contact_type", sort="", phone=True, width=90),
        Column("occurred_at", phone=True, width=140),
        Column("result", sort="", width=200),
        Column("made_progress", sort="", width=80),
        Column("next_step", sort="", width=160),
        Column("next_contact_at", sort="", width=140),
        Column("employee", sort="", phone=True, width=90),
        Column("last_comment", label="批复", fetch=queries.last_comments, width=200),
        Column("content", sort="", shown=False, width=320),
        Column("contact", sort="", shown=False, width=100),
        Column("contact_name", sort="", shown=False, width=120),
        Column("created_at", sort="", shown=False, width=140),
        Column("version", sort="", shown=False, filters=False),
    ],
    form=Form(
        groups=[
            Group("交往", [
                "customer*",
                Field("occurred_at", default=timezone.now, help="不填则为现在。", bulk=False),
                Field("contact", depends_on="customer", bulk=False, help="列表里没有的，填写「其他联系人」。"),
                Field("contact_name", bulk=False, help="不在列表里的人，或同时在场的人。"),
                "contact_type",
                "made_progress",
                Field("content", wide=True, bulk=False),
                Field("result", wide=True),
            ]),
            Group("下一步", ["next_contact_at", "next_step"]),
        ],
        create=services.interaction_create,
        change=services.interaction_change,
    ),
    delete=services.interaction_delete,
    restoring=services.interaction_restoring,
    actions=[
        Action("comment", "批复", services.interaction_comment, right="interaction.view", icon="message-circle",
               fields=[Field("text", "批复", kind="long", required=True, max_length=COMMENT_LENGTH)]),
    ],
    imports=Importing(
        keys=["occurred_at"],
        fields=[
            ImportField("customer_word", ["客户名称", "客户", "单位名称", "公司名称", "公司", "所属客户", "客户单位", "拜访客户"],
                        label="客户", example="杭州云图科技有限公司"),
            ImportField("number_word", ["客户编号"], label="客户编号"),
            ImportField("occurred_at", ["联系时间", "跟进时间", "拜访时间", "时间", "日期", "联系日期", "跟进日期", "拜访日期"], example="2026-03-05 14:30"),
            ImportField("people_word", ["联系人", "联系人姓名", "联系对象", "相关联系人", "被拜访人", "拜访对象"], label="联系人", example="张伟"),
            ImportField("contact_name", ["其他联系人"], template=False),
            ImportField("contact_type", ["联系类型", "联系方式", "跟进方式", "跟进类型", "拜访方式", "方式"]),
            ImportField("content", ["交往内容", "跟进内容", "联系内容", "内容", "跟进记录", "拜访记录", "拜访内容"], example="介绍了新产品，客户要求报价"),
            ImportField("summary_word", ["摘要"], label="摘要", template=False),
            ImportField("result", ["结果", "跟进结果", "拜访结果"]),
            ImportField("made_progress", ["有进展"]),
            ImportField("next_step", ["下一步", "下一步计划"]),
            ImportField("next_contact_at", ["下次联系", "下次联系时间", "下次跟进时间"], example="2026-03-12 09:00"),
            ImportField("author_word", ["记录人", "跟进人", "拜访人", "业务员", "负责人", "创建人"], label="记录人", choices=queries.author_words),
            ImportField("created_at", ["创建时间", "录入时间"], template=False),
        ],
        plan=importing.InteractionImport,
    ),
    rights=[
        Right(importing.AS_OTHERS, "导入他人的交往记录", "交往记录", "导入过去的交往记录时，「记录人」可以是别的同事。"),
    ],
    tabs=[
        Tab("comments", "批复", rows=queries.comment_rows, count=lambda interaction, by: interaction.comments.count(), adds="comment"),
        attachments_tab("interaction"),
    ],
)  # fmt: skip

TODO_STATES = {
    "overdue": Mark("orange", "alert-triangle"), "today": Mark("blue", "clock"), "open": Mark("", "calendar-due"), "done": Mark("green", "circle-check"),
}  # fmt: skip
WHOSE = Field("whose", "谁的待办", choices=todo_queries.WHOSE)
OPEN_VIEWS = ["open", "today", "overdue"]
WAY = Field("contact_type", "联系类型", refers="dictionary-entry", options_for=queries.contact_types)
SAID = Field("content", "谈了什么，结果如何", kind="long", required=True)
NEXT = Field("next_contact_at", "下次联系", kind="time")

todos = Entity(
    name="todo",
    slug="todos",
    title="待办",
    model=Todo,
    area="工作台",
    menu="待办",
    menu_order=10,
    icon="checklist",
    aliases=["待跟进", "下次联系", "逾期", "任务", "计划"],
    help="交往记录里填了「下次联系」，就成为一个待办：到时间前显示为待跟进，当天显示为今天，过了时间显示为已逾期。\n"
    "和客户再联系并记下来，待办就完成，新的「下次联系」成为新的待办；客户转给同事时，待办也转过去。\n"
    "「下属的」是您下属的待办。",
    reach=todo_queries.todo_reach,
    order="due_at",
    title_field="text",
    search_in=["customer", "employee"],
    views=[
        View("open", "待跟进", lambda by, **options: todo_queries.todo_reach(by), where=todo_queries.waiting, options=[WHOSE],
             empty="没有待办。在客户页「记一笔」时填写「下次联系」，到时间会提醒您。"),
        View("today", "今天", lambda by, **options: todo_queries.todo_reach(by), where=todo_queries.today, options=[WHOSE],
             empty="今天没有要联系的客户。"),
        View("overdue", "已逾期", lambda by, **options: todo_queries.todo_reach(by), where=todo_queries.overdue, options=[WHOSE],
             empty="没有逾期的待办。"),
        View("done", "已完成", lambda by, **options: todo_queries.todo_reach(by), where=todo_queries.finished, options=[WHOSE],
             order="-done_at", empty="还没有完成的待办。"),
    ],
    columns=[
        Column("text", sort="", title=True, width=260),
        Column("state", label="状态", fetch=todo_queries.states, marks=TODO_STATES, phone=True, width=110),
        Column("due_at", phone=True, width=140),
        Column("customer", sort="", phone=True, width=240),
        Column("people", label="联系人", fetch=todo_queries.people, width=120),
        Column("employee", sort="", phone=True, width=90),
        Column("done_at", width=140),
        Column("done_by", sort="", width=90),
        Column("interaction", label="上次交往", sort="", width=240),
        Column("ticked", sort="", shown=False, width=90),
        Column("created_at", sort="", shown=False, width=140),
        Column("version", sort="", shown=False, filters=False),
    ],
    row_tone=todo_queries.tone,
    row_facts=["due_at", "done_at"],
    actions=[
        Action("log_contact", "记一笔", services.todo_log_contact, right="interaction.add", icon="phone-call", primary=True, views=OPEN_VIEWS,
               single=OPEN_VIEWS, help="联系过了，记下谈了什么；待办随之完成，填了「下次联系」就有新的待办。",
               fields=[SAID, WAY, Field("contact_name", "和谁", help="不填则为上次的联系人", max_length=PEOPLE_LENGTH), NEXT], notes=todo_queries.with_whom),
        Action("done", "完成", todo_services.todo_done, right="interaction.add", icon="check", views=OPEN_VIEWS, undo="reopen",
               help="不用再联系，或者不用留记录：直接勾掉。"),
        Action("put_off", "改期", todo_services.todo_put_off, right="interaction.add", icon="calendar-due", views=OPEN_VIEWS,
               help="换一个时间联系，交往记录里的「下次联系」跟着改。", fields=[Field("due_at", "改到的时间", kind="time", required=True)]),
        Action("reopen", "恢复", todo_services.todo_reopen, right="interaction.add", icon="arrow-back-up", views=["done"],
               help="把手工勾掉的待办放回待跟进。"),
    ],
    right_names={verb: f"interaction.{verb}" for verb in ("view", "export", "print")},
)  # fmt: skip

register(interactions, todos)
contribute(
    "customer",
    columns=[Column("next_contact", label="下次联系", kind="time", fetch=todo_queries.next_contacts, phone=True, width=140)],
    tabs=[
        Tab("interactions", "交往记录", kind="interaction", by="customer", told=False, after="contacts",
            columns=["summary", "occurred_at", "contact_type", "people", "result", "next_contact_at", "employee", "last_comment"]),
    ],
    actions=[
        Action("log_contact", "记一笔", services.customer_log_contact, right="interaction.add", icon="phone-call",
               views=["mine", "shared"], on_detail=False, inline=True,
               fields=[
                   SAID,
                   WAY,
                   Field("contact", "联系人", refers="contact", depends_on="customer", help="不选则为主联系人"),
                   Field("contact_name", "其他联系人", max_length=PEOPLE_LENGTH),
                   NEXT,
                   Field("photo", "照片", kind="file", accept="image/*"),
                   Field("voice", "录音", kind="file", accept="audio/*"),
               ]),
    ],
    timeline=queries.timeline,
    hanging=services.of_customer,
)  # fmt: skip
header_counts.append(
    HeaderCount(
        "待办", "/todos", "checklist", lambda request: todo_queries.header_count(request.employee), hot=True, order=10
    )
)
