"""The tab 「变更记录」: who changed what in a record, when, from what to what, out of the journal (CUS-20, SYS-08)."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from kemai.kit.columns import columns_for
from kemai.kit.entity import Entity, entity_of, registry
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.moments import show_time
from kemai.kit.timeline import words_for

BLOCK = 500  # rows that are made at a time when all are wanted
DEEDS = {
    "create": "新增",
    "change": "修改",
    "bulk_edit": "批量修改",
    "import": "导入",
    "undo": "撤销",
    "restore": "从回收站恢复",
}


def change_rows(record: Any, by: Any) -> Sequence[dict[str, str]]:
    """One row per changed field, the latest first; fields that the person may not have are left out, names out of range kept back."""
    entity = entity_of(type(record))
    return _Changes(entity, record, by) if entity else []


class _Changes(Sequence[dict[str, str]]):
    """All changes of a record. What each says is read when it is looked at: a record may have been written thousands of times."""

    def __init__(self, entity: Entity, record: Any, by: Any) -> None:
        self.entity, self.by = entity, by
        self.specs = {
            column.spec.model_field.attname: column.spec
            for column in columns_for(by, entity, None)
            if column.spec.model_field is not None and not column.column.path and column.name not in _own(record)
        }
        writes = RowChange.objects.filter(kind=entity.name, record_id=record.pk).exclude(op=RowChange.Op.DELETE)
        self.places = [
            (pk, name)
            for pk, op, after in writes.order_by("-id").values_list("pk", "op", "after").iterator()
            for name in ([""] if op == RowChange.Op.INSERT else [name for name in after or {} if name in self.specs])
        ]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> dict[str, str]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, str]]: ...
    def __getitem__(self, at: int | slice) -> dict[str, str] | list[dict[str, str]]:
        return self._rows(self.places[at]) if isinstance(at, slice) else self._rows([self.places[at]])[0]

    def __iter__(self) -> Iterator[dict[str, str]]:
        for start in range(0, len(self), BLOCK):
            yield from self[start : start + BLOCK]

    def _rows(self, places: Sequence[tuple[int, str]]) -> list[dict[str, str]]:
        writes = RowChange.objects.select_related("change_set__by").in_bulk({pk for pk, _ in places})
        return [self._row(writes[pk], name) for pk, name in places]

    def _row(self, write: RowChange, name: str) -> dict[str, str]:
        """One field of one write; without a name, that the record was made."""
        entry, spec = write.change_set, self.specs.get(name)
        head = {"时间": show_time(entry.at), "操作": deed_word(self.entity, entry), "操作人": str(entry.by or "系统")}
        if spec is None:
            return {**head, "字段": "", "原值": "", "新值": "", "说明": entry.note}
        before, after = ((values or {}).get(name) for values in (write.before, write.after))
        words = {"字段": spec.label, "原值": words_for(spec, before, self.by), "新值": words_for(spec, after, self.by)}
        return {**head, **words, "说明": entry.note}


def _own(record: Any) -> frozenset[str]:
    """What the system keeps by itself and nobody changes: no news."""
    return frozenset({"id", "version", "created_at", "created_by", "updated_at"}) | getattr(
        record, "derived_fields", frozenset()
    )


def deed_word(entity: Entity, entry: ChangeSet) -> str:
    """What people call the deed."""
    kind, _, verb = entry.deed.partition(".")
    action = registry[kind].action(verb) if kind in registry else None
    return action.label if action else DEEDS.get(verb, "修改")
