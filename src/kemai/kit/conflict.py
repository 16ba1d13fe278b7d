"""Two people edit one record: what stands against what, field by field, and nothing that was typed is lost (FRM-02)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from kemai.kit import doors
from kemai.kit.entity import Entity, Lines
from kemai.kit.inputs import Input, as_typed, inputs_of, value_of
from kemai.kit.journal import kind_of
from kemai.kit.models import RowChange
from kemai.kit.moments import show_time
from kemai.kit.timeline import words_for
from kemai.kit.values import Spec

NOT_COMPARED = frozenset({"references", "password", "file"})


@dataclass
class Clash:
    """One field that somebody else changed meanwhile. Who left it alone takes theirs, who changed it too keeps their own."""

    name: str
    label: str
    before: str
    theirs: Input
    mine: Input
    takes_theirs: bool
    by: str
    at: str


def writes_since(entity: Entity, record: Model, version: Any) -> list[RowChange]:
    """What was written to the record since that version, the oldest first."""
    since = int(version) if str(version).isdigit() else 0
    found = RowChange.objects.filter(
        kind=entity.name, record_id=record.pk, op=RowChange.Op.UPDATE, version__gt=since
    )  # fmt: skip
    return list(found.select_related("change_set__by").order_by("id"))


def clashes_of(entity: Entity, record: Model, raw: Mapping[str, Any], by: Any, *, scope: str = "f") -> list[Clash]:
    """The fields of the form that somebody else changed meanwhile and that differ from what was typed."""
    befores: dict[str, Any] = {}
    last: dict[str, RowChange] = {}
    for write in writes_since(entity, record, raw.get("version", "")):
        for name in write.after or {}:
            befores.setdefault(name, (write.before or {}).get(name))
            last[name] = write
    found = []
    for spec in doors.form_specs(entity):
        at = spec.model_field.attname if spec.model_field is not None else ""
        if at not in befores or spec.name not in raw or spec.kind in NOT_COMPARED:
            continue
        typed, theirs = _posted(spec, raw[spec.name]), posted_of(spec, record)
        if typed == theirs:
            continue
        entry = last[at].change_set
        present = inputs_of([spec], by, scope=scope, record=record)[0]
        mine = inputs_of([spec], by, scope=scope, raw=raw)[0]
        untouched = typed == _of_journal(spec, befores[at])
        before, who, when = words_for(spec, befores[at], by), str(entry.by or "系统"), show_time(entry.at)
        found.append(Clash(spec.name, spec.label, before, present, mine, untouched, who, when))
    return found


def merged_lines(
    entity: Entity, lines: Lines, record: Model, raw: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that were typed, with what others did to the rows meanwhile, and sentences that tell it: rows they added are there, cells they
    changed and I did not are theirs, rows they deleted and I did not touch are gone."""
    specs = [spec for spec in doors.line_specs(entity, lines) if spec.kind not in NOT_COMPARED]
    present = {line.pk: line for line in getattr(record, lines.name).all()}
    deeds = [write.change_set_id for write in writes_since(entity, record, raw.get("version", ""))]
    model: Any = entity.model._meta.get_field(lines.name).related_model
    writes = list(RowChange.objects.filter(kind=kind_of(model), change_set__in=deeds).order_by("id"))
    rows, said = [dict(row) for row in raw[lines.name]], []
    typed = {str(row.get("id")): row for row in rows if row.get("id")}
    for write in writes:
        row, line = typed.get(str(write.record_id)), present.get(write.record_id)
        if write.op == RowChange.Op.INSERT and line is not None and row is None:
            rows.append({"id": str(line.pk), **{spec.name: posted_of(spec, line) for spec in specs}})
            said.append(f"别人新增了{lines.title}「{line}」，已加到下面。")
        elif write.op == RowChange.Op.UPDATE and line is not None and row is not None:
            for spec in _same(specs, row, write.before or {}):
                if spec.model_field.attname in (write.after or {}):
                    row[spec.name] = posted_of(spec, line)
        elif write.op == RowChange.Op.DELETE and row is not None:
            if len(_same(specs, row, write.before or {})) == len([spec for spec in specs if spec.name in row]):
                rows.remove(row)
                said.append(f"别人删除了{lines.title}中的一行，已从下面去掉。")
            else:
                row["id"] = ""
                said.append(f"别人删除了您改过的一行{lines.title}，保存后它会重新加上。")
    return rows, said


def _same(specs: list[Spec], row: Mapping[str, Any], before: Mapping[str, Any]) -> list[Spec]:
    """The cells of a row that are typed as they were before."""
    return [
        spec
        for spec in specs
        if spec.name in row
        and spec.model_field.attname in before
        and _posted(spec, row[spec.name]) == _of_journal(spec, before[spec.model_field.attname])
    ]


def posted_of(spec: Spec, record: Model) -> str:
    """The value that a record has, as its input would post it."""
    return _posted(spec, as_typed(spec, value_of(record, spec)))


def _of_journal(spec: Spec, value: Any) -> str:
    known = value if value is None or spec.kind == "reference" else spec.model_field.to_python(value)
    return _posted(spec, as_typed(spec, known))


def _posted(spec: Spec, value: Any) -> str:
    if spec.kind == "bool":
        return "1" if value in (True, "1", "true", "True", "on") else ""
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
