"""What happened to a record, the latest first: what its declaration tells, what people changed in it, and what was added to it (FRM-05)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import BigAutoField, CharField, DateTimeField, Model, QuerySet

from kemai.kit import doors
from kemai.kit.access import may
from kemai.kit.columns import columns_for
from kemai.kit.entity import Entity, Tab, TimeLineEntry, entity_of, registry
from kemai.kit.models import RowChange
from kemai.kit.prepared import Ids, OneOf, PreparedRecords, Slot, Words
from kemai.kit.values import Spec

MOST = 200  # entries of a time line
ONE_SITTING = timedelta(minutes=10)  # changes of one person within it are told as one
WITH_IT = timedelta(seconds=5)  # what was made together with the record is not told by itself
OUT_OF_RANGE = "（不在您的数据范围内）"


@dataclass
class _Change:
    """The fields that one person changed in one sitting: attribute -> value before and after."""

    at: datetime
    by: int | None
    values: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def timeline_of(entity: Entity, record: Any, by: Any) -> list[TimeLineEntry]:
    """The time line of a record that the person sees, without the fields and related records that they may not see."""
    written = _written(entity, record)
    entries = [*(entity.timeline(record, by) if entity.timeline else _made(entity, record))]
    entries += _changed(entity, written, by)
    tabs = [tab for tab in entity.tabs if may(by, tab.right or (registry[tab.kind].right("view") if tab.kind else ""))]
    told = [tab for tab in tabs if tab.kind and tab.told]
    for tab in told:
        entries += _added(tab, record, by)
    entries += _deleted(told, record, written)
    for tab in tabs:
        if tab.moments:
            entries += tab.moments(record, by)
    return sorted(entries, key=lambda entry: str(entry.at), reverse=True)[:MOST]


_writes = PreparedRecords(
    lambda: (
        RowChange.objects.filter(kind=Slot("kind", CharField()), record_id=Slot("record", BigAutoField()))
        .select_related("change_set")
        .order_by("-id")[:MOST]
    )
)
_deletions = PreparedRecords(
    lambda: RowChange.objects.filter(
        OneOf("change_set_id", Ids("deeds")), OneOf("kind", Words("kinds")), op=RowChange.Op.DELETE
    ).select_related("change_set")
)


@cache
def _later(model: type[Model], path: str, joined: tuple[str, ...]) -> PreparedRecords:
    """What came to hang on a record by this path after a moment."""
    record, began = Slot("record", BigAutoField()), Slot("began", DateTimeField())
    return PreparedRecords(lambda: _latest(model._base_manager.filter(**{path: record}), began, joined))


def _latest(records: QuerySet, began: Any, joined: Sequence[str]) -> QuerySet:
    found = records.filter(created_at__gt=began).order_by("-created_at", "-pk")[:MOST]
    return found.select_related(*joined) if joined else found


def _names() -> Mapping[int, str]:
    """Everybody's name."""
    people = entity_of(get_user_model())
    return people.names() if people and people.names else {}


def _written(entity: Entity, record: Any) -> list[RowChange]:
    """How the record itself was written lately, the newest first."""
    return _writes.records(kind=entity.name, record=record.pk)


def _made(entity: Entity, record: Any) -> list[TimeLineEntry]:
    made = getattr(record, "created_at", None)
    who = str(getattr(record, "created_by", None) or "")
    return [TimeLineEntry(at=made, title=f"新增{entity.title}", icon="plus", tone="brand", by=who)] if made else []


def _changed(entity: Entity, written: Sequence[RowChange], by: Any) -> Iterator[TimeLineEntry]:
    """What people edited in its form; moves between owners and states are told by its declaration."""
    if not entity.form:
        return
    allowed = {column.name for column in columns_for(by, entity, None)}
    specs = {
        spec.model_field.attname: spec
        for spec in doors.form_specs(entity)
        if spec.model_field is not None and spec.name in allowed and spec.kind != "password"
    }
    names = _names()
    for change in _sittings(written, specs):
        lines = [
            f"{specs[name].label}：{words_for(specs[name], before, by)} → {words_for(specs[name], after, by)}"
            for name, (before, after) in change.values.items()
        ]
        yield TimeLineEntry(
            at=change.at, title="修改资料", text="\n".join(lines), icon="pencil", by=names.get(change.by or 0, "系统")
        )


def _sittings(written: Sequence[RowChange], specs: dict[str, Spec]) -> list[_Change]:
    found: list[_Change] = []
    for row in reversed(written):
        if row.op != RowChange.Op.UPDATE:
            continue
        entry, after = row.change_set, row.after or {}
        changed = {name: ((row.before or {}).get(name), after[name]) for name in after if name in specs}
        if not changed:
            continue
        last = found[-1] if found else None
        if last is None or last.by != entry.by_id or entry.at - last.at > ONE_SITTING:
            found.append(_Change(entry.at, entry.by_id, changed))
            continue
        last.at = entry.at
        for name, (before, now) in changed.items():
            last.values[name] = (last.values[name][0] if name in last.values else before, now)
    for change in found:
        change.values = {name: pair for name, pair in change.values.items() if pair[0] != pair[1]}
    return [change for change in found if change.values]


def _added(tab: Tab, record: Any, by: Any) -> list[TimeLineEntry]:
    """The related records that were added later, as far as they are there and the person sees them."""
    child = registry[tab.kind]
    known = {model_field.name for model_field in child.model._meta.concrete_fields}
    began = getattr(record, "created_at", None)
    if "created_at" not in known or began is None:
        return []
    if child.sees_all_of(by, tab.by, record):
        asked = _later(child.model, tab.by, tuple(tab.joined))
        records = asked.records(record=record.pk, began=began + WITH_IT)
    else:
        records = list(_latest(child.related(by, tab.by, record), began + WITH_IT, tab.joined))
    names = _names()
    for one in records if "__" not in tab.by else ():
        setattr(one, tab.by, record)  # its name may tell it
    return [
        TimeLineEntry(
            at=one.created_at, title=f"新增{child.title}", text=str(one), icon=child.icon,
            by=names.get(getattr(one, "created_by_id", None) or 0, ""),
        )
        for one in records
    ]  # fmt: skip


def _deleted(tabs: Sequence[Tab], record: Any, written: Sequence[RowChange]) -> Iterator[TimeLineEntry]:
    """The related records that were deleted at the record: by deeds that changed the record too."""
    deeds = {row.change_set_id for row in written if row.op != RowChange.Op.INSERT}
    tabs = [tab for tab in tabs if "__" not in tab.by and _has_title(registry[tab.kind])]
    if not deeds or not tabs:
        return
    kinds = {tab.kind for tab in tabs}
    names = _names()
    for row in _deletions.records(deeds=deeds, kinds=kinds):
        child, before = registry[row.kind], row.before or {}
        field_of = child.model._meta.get_field
        if any(before.get(field_of(tab.by).attname) == record.pk for tab in tabs if tab.kind == row.kind):
            yield TimeLineEntry(
                at=row.change_set.at, title=f"删除{child.title}", text=str(before.get(field_of(child.title_field).attname, "")),
                icon="trash", by=names.get(row.change_set.by_id or 0, "系统"),
            )  # fmt: skip


def _has_title(child: Entity) -> bool:
    return child.title_field in {model_field.name for model_field in child.model._meta.fields}


def words_for(spec: Spec, value: Any, by: Any) -> str:
    """A value of the journal in words; a reference outside the person's range keeps its name to itself."""
    from kemai.kit.pages_form import value_words

    if spec.kind == "reference" and value is not None and spec.source is not None and spec.source.names() is None:
        found = registry[spec.source.kind].visible(by).filter(pk=value).first()
        return str(found) if found else OUT_OF_RANGE
    return value_words(spec, value)
