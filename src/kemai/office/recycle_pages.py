"""「回收站」: what was deleted, by whom, until when it can be put back, and putting it back (SYS-11)."""

from kemai.kit.entity import Action, Column, Entity, Field, Right, Tab, View
from kemai.kit.models import RecycleBin, deletable_kinds
from kemai.office import queries, services

recycle_bin = Entity(
    name="recycle-bin",
    slug="recycle-bin",
    title="已删除记录",
    model=RecycleBin,
    reach=queries.recycle_reach,
    area="系统",
    menu="回收站",
    menu_order=45,
    icon="trash",
    aliases=["已删除", "恢复", "撤销删除"],
    order="-at",
    title_field="title",
    views=[
        View("all", "回收站", queries.recycle_reach, where=queries.recycle_narrowed,
             options=[Field("kind", "类型", choices=deletable_kinds)],
             empty="删除的记录会先放在这里，保留期内可以恢复。"),
    ],
    columns=[
        Column("kind", sort="", phone=True, width=100),
        Column("title", sort="", title=True, width=280),
        Column("hanging", sort="", width=110),
        Column("by", sort="", phone=True, width=100),
        Column("at", phone=True, width=150),
        Column("until", label="保留到", kind="time", sort="", fetch=queries.kept_until, width=150),
        Column("record_id", label="记录编号", sort="", shown=False, width=90),
    ],
    actions=[
        Action("restore", "恢复", services.recycle_restore, right="recycle-bin.view", icon="restore",
               help="删除的记录连同它的联系人、附件一起回到原处。", views=["all"], primary=True),
        Action("purge", "彻底删除", services.recycle_purge, right="recycle-bin.manage", icon="trash-x",
               help="永远删除，不能再恢复；保留期过后系统也会自动彻底删除。", views=["all"], danger=True,
               ask="彻底删除后，记录和它的附件都不能再恢复。"),
    ],
    tabs=[Tab("content", "一起恢复的内容", rows=queries.recycled_rows)],
    rights=[
        Right("recycle-bin.view", "回收站查看", "系统设置", "看到并恢复自己能删的那几类记录里，自己删除的和自己范围内的。"),
        Right("recycle-bin.manage", "回收站管理", "系统设置", "看到所有人删除的记录并恢复，也可以彻底删除。"),
    ],
    right_names={"export": "recycle-bin.manage", "print": "recycle-bin.manage"},
    help="删除的记录连同联系人、附件等一起放在这里。保留天数在「参数设置」里改。",
)  # fmt: skip
