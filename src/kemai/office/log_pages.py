"""「操作日志」: who did what to which record when, with old and new values (SYS-08). Read only: no service changes it."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.apps import apps

from kemai.kit.entity import Action, Column, Entity, Tab, entity_of, registry, rights
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.values import NONE
from kemai.office import services
from kemai.office.queries import everything
from kemai.people.models import DataScope

VERBS = {
    "create": "新增", "change": "修改", "delete": "删除", "claim": "领用", "release": "归还", "recall": "收回", "assign": "指派", "share": "共享",
    "unshare": "取消共享", "import": "导入", "export": "导出", "undo": "撤销", "succeeded": "登录", "failed": "登录失败", "ended": "退出",
    "change_password": "更改密码", "reset_password": "重置密码", "set_left": "设为离职", "set_active": "恢复在职", "set_rights": "修改权限",
    "read": "已读", "bulk_edit": "批量修改", "restore": "恢复", "purge": "彻底删除", "load": "装入演示数据",
    "look_up": "按名称查询", "make": "立即备份", "download": "下载备份", "remove": "移除演示数据",
}  # fmt: skip
WHOLE = frozenset(
    {"change_password", "reset_password", "set_left", "set_active", "set_rights", "load", "make", "download", "remove"}
)  # say it all by themselves


def deed_words(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """The deeds of these entries in Chinese."""
    rows = ChangeSet.objects.filter(pk__in=ids).values_list("pk", "deed")
    return {pk: (deed, deed_text(deed)) for pk, deed in rows}


def deed_text(deed: str) -> str:
    """customer.claim → 领用客户."""
    kind, _, verb = deed.partition(".")
    word = VERBS.get(verb) or _action_label(kind, verb) or verb
    return word if verb in WHOLE else f"{word}{title_of_kind(kind)}"


def _action_label(kind: str, verb: str) -> str:
    action = registry[kind].action(verb) if kind in registry else None
    return action.label if action else ""


def title_of_kind(kind: str) -> str:
    """What a kind is called: by its declaration, else by its table, "" where that has no Chinese name."""
    if kind in registry:
        return registry[kind].title
    return _tables().get(kind, "")


@cache
def _tables() -> dict[str, str]:
    own = [model._meta for model in apps.get_models() if model.__module__.startswith("kemai.")]
    return {meta.model_name or "": str(meta.verbose_name) for meta in own if not str(meta.verbose_name).isascii()}


def kind_words(ids: Sequence[int], by: Any) -> dict[int, tuple[str, str]]:
    """The kinds of record of these entries in Chinese."""
    rows = ChangeSet.objects.filter(pk__in=ids).values_list("pk", "kind")
    return {pk: (kind, title_of_kind(kind)) for pk, kind in rows}


def change_rows(entry: ChangeSet, by: Any) -> list[dict[str, str]]:
    """Old and new values of every row that the deed wrote, field by field."""
    rows: list[dict[str, str]] = []
    for change in RowChange.objects.filter(change_set=entry).order_by("pk")[:500]:
        rows += value_rows(change)
    return rows


def value_rows(change: RowChange) -> list[dict[str, str]]:
    """One line per changed field, with the field's label."""
    entity = registry.get(change.kind)
    title = title_of_kind(change.kind)
    if not title:
        return []  # a row behind a record, of which the entry's note speaks
    what = f"{title} {change.record_id}"
    if change.op == RowChange.Op.INSERT:
        return [{"记录": what, "变化": "新增", "字段": "", "原值": "", "新值": ""}]
    fields = {field.attname: field for field in entity.model._meta.concrete_fields} if entity else {}
    hidden = entity.model.derived_fields if entity and hasattr(entity.model, "derived_fields") else frozenset()
    word = RowChange.Op(change.op).label
    return [
        {
            "记录": what, "变化": word, "字段": str(fields[name].verbose_name) if name in fields else name,
            "原值": _shown(fields.get(name), (change.before or {}).get(name)),
            "新值": _shown(fields.get(name), (change.after or {}).get(name)) if change.after is not None else "",
        }
        for name in {**(change.before or {}), **(change.after or {})}
        if name not in hidden and (name in fields and fields[name].verbose_name != fields[name].name.replace("_", " "))
    ]  # fmt: skip


def _shown(field: Any, value: Any) -> str:
    if value in (None, "", [], {}):
        return NONE
    if isinstance(value, dict):
        scopes = dict(DataScope.choices)
        return "、".join(f"{title_of_kind(kind) or kind}：{scopes.get(scope, scope)}" for kind, scope in value.items())
    if isinstance(value, list):
        return "、".join(rights[item].label if item in rights else str(item) for item in value)
    if field is not None and field.is_relation:
        source = getattr(field, "source", None)
        entity = entity_of(field.related_model)
        names = source.names() if source else entity.names() if entity and entity.names else None
        if names:
            return names.get(value, str(value))
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


log = Entity(
    name="log",
    slug="log",
    title="操作日志",
    model=ChangeSet,
    reach=everything,
    area="系统",
    menu="操作日志",
    menu_order=40,
    icon="history",
    order="-at",
    title_field="title",
    columns=[
        Column("at", sort="", phone=True, width=150),
        Column("by", sort="", phone=True, width=100),
        Column("deed_text", label="操作", sort="", fetch=deed_words, title=True, width=160),
        Column("kind_text", label="对象", sort="", fetch=kind_words, width=100),
        Column("title", sort="", phone=True, width=260),
        Column("note", sort="", kind="text", width=300),
        Column("door", sort="", shown=False, width=80),
        Column("kind", sort="", shown=False, width=80),
        Column("record_id", label="记录编号", sort="", shown=False, width=80),
        Column("deed", sort="", shown=False, width=140),
    ],
    actions=[
        Action(
            "undo",
            "撤销",
            services.log_undo,
            help="把一次批量修改的各条记录恢复原值；之后又改过的记录保持不变。",
            right="log.view",
            icon="arrow-back-up",
            ask="修改过的记录恢复为原来的值；后来又改过的保留不动，并逐条说明。",
        ),
    ],
    tabs=[Tab("values", "变化的值", rows=change_rows)],
)

entries_tab = Tab(
    "entries", "字典项", kind="dictionary-entry", by="dictionary", columns=["name", "position", "enabled"]
)
