"""The tab 「变更记录」: who changed what in a record, when, from what to what, out of the journal (CUS-20, SYS-08)."""

from collections.abc import Iterator, Mapping
from typing import Any

from kemai.kit.columns import columns_for
from kemai.kit.entity import Entity, entity_of, registry
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.timeline import words_for
from kemai.kit.values import Spec, show_time

MOST = 1000  # the latest writes that are looked through
DEEDS = {
    "create": "新增",
    "change": "修改",
    "bulk_edit": "批量修改",
    "import": "导入",
    "undo": "撤销",
    "restore": "从回收站恢复",
}


def change_rows(record: Any, by: Any) -> list[dict[str, str]]:
    """One row per changed field, the latest first; fields that the person may not have are left out, names out of range kept back."""
    entity = entity_of(type(record))
    if entity is None:
        return []
    specs = {
        column.spec.model_field.attname: column.spec
        for column in columns_for(by, entity, None)
        if column.spec.model_field is not None and not column.column.path and column.name not in _own(record)
    }
    writes = (
        RowChange.objects.filter(kind=entity.name, record_id=record.pk)
        .select_related("change_set__by").order_by("-id")[:MOST]
    )  # fmt: skip
    return [row for write in writes for row in _rows_of(entity, write, specs, by)]


def _own(record: Any) -> frozenset[str]:
    """What the system keeps by itself and nobody changes: no news."""
    return frozenset({"id", "version", "created_at", "created_by", "updated_at"}) | getattr(
        record, "derived_fields", frozenset()
    )


def _rows_of(entity: Entity, write: RowChange, specs: Mapping[str, Spec], by: Any) -> Iterator[dict[str, str]]:
    entry = write.change_set
    head = {"时间": show_time(entry.at), "操作": deed_word(entity, entry), "操作人": str(entry.by or "系统")}
    if write.op == RowChange.Op.INSERT:
        yield {**head, "字段": "", "原值": "", "新值": "", "说明": entry.note}
    for name, after in (write.after or {}).items():
        if write.op == RowChange.Op.UPDATE and name in specs:
            before = (write.before or {}).get(name)
            spec = specs[name]
            yield {
                **head, "字段": spec.label, "原值": words_for(spec, before, by), "新值": words_for(spec, after, by), "说明": entry.note,
            }  # fmt: skip


def deed_word(entity: Entity, entry: ChangeSet) -> str:
    """What people call the deed."""
    kind, _, verb = entry.deed.partition(".")
    action = registry[kind].action(verb) if kind in registry else None
    return action.label if action else DEEDS.get(verb, "修改")
