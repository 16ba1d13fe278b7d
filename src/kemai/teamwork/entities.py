"""What people see of contact records: 交往记录. Declarations only."""

from django.utils import timezone

from kemai.files.tabs import attachments_tab
from kemai.kit.entity import Action, Column, Entity, Field, Form, Group, Search, Tab, contribute, register
from kemai.teamwork import queries, search, services
from kemai.teamwork.models import Interaction

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
               fields=[Field("text", "批复", kind="long", required=True)]),
    ],
    tabs=[
        Tab("comments", "批复", rows=queries.comment_rows, count=lambda interaction, by: interaction.comments.count(), adds="comment"),
        attachments_tab("interaction"),
    ],
)  # fmt: skip

register(interactions)
contribute(
    "customer",
    tabs=[
        Tab("interactions", "交往记录", kind="interaction", by="customer", told=False, after="contacts",
            columns=["summary", "occurred_at", "contact_type", "people", "result", "next_contact_at", "employee", "last_comment"]),
    ],
    actions=[
        Action("log_contact", "记一笔", services.customer_log_contact, right="interaction.add", icon="phone-call",
               views=["mine", "shared"], on_detail=False, inline=True,
               fields=[
                   Field("content", "谈了什么，结果如何", kind="long", required=True),
                   Field("contact_type", "联系类型", refers="dictionary-entry", options_for=queries.contact_types),
                   Field("contact", "联系人", refers="contact", depends_on="customer", help="不选则为主联系人"),
                   Field("contact_name", "其他联系人"),
                   Field("next_contact_at", "下次联系", kind="time"),
               ]),
    ],
    timeline=queries.timeline,
    hanging=services.of_customer,
)  # fmt: skip
