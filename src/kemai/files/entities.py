"""What people see of files: the tab 「附件」 at a record (tabs.py) and this kind, for the API and the record's own page."""

from kemai.files import parameters, queries, services  # noqa: F401  parameters make themselves known
from kemai.files.models import Attachment
from kemai.kit.entity import Column, Entity, Field, Form, Group, View, register

attachments = Entity(
    name="attachment",
    slug="attachments",
    title="附件",
    model=Attachment,
    reach=queries.attachment_reach,
    icon="paperclip",
    views=[
        View("all", "附件", queries.attachment_reach, where=queries.narrowed,
             options=[Field("kind", "对象", kind="text"), Field("record", "记录编号", kind="int")]),
    ],
    columns=[
        Column("name", sort="", title=True, width=280),
        Column("size", kind="int", sort="", filters=False, fetch=queries.sizes, phone=True, width=90),
        Column("content_type", sort="", width=160),
        Column("purpose", sort="", width=80),
        Column("kind_title", label="对象", sort="", fetch=queries.kind_titles, filters=False, width=90),
        Column("record_title", label="所属记录", sort="", fetch=queries.record_titles, filters=False, phone=True, width=240),
        Column("created_by", sort="", width=90),
        Column("created_at", sort="", width=140),
        Column("kind", sort="", shown=False, width=90),
        Column("record", label="记录编号", path="record_id", sort="", shown=False, width=90),
        Column("url", label="下载地址", sort="", fetch=queries.urls, filters=False, shown=False, width=140),
        Column("version", sort="", shown=False, filters=False),
    ],
    form=Form(
        groups=[
            Group("基本信息", [
                Field("kind", "对象", kind="text", required=True, help="附在哪种记录上，例如 customer。"),
                Field("record", "记录编号", kind="int", required=True),
                Field("purpose", default=Attachment.Purpose.FILE.value),
                Field("file", "文件", kind="file", required=True),
            ]),
        ],
        create=services.attachment_add,
    ),
    delete=services.attachment_delete,
    restoring=services.attachment_restoring,
    right_names={"export": "attachment.view", "print": "attachment.view"},
)  # fmt: skip

register(attachments)
