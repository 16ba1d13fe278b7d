"""「批量修改」: chosen fields of many records set at once, through the service that changes one (LST-15).

Each record is a transaction of its own and gets its verdict; few are done at once, many by the runner, which goes on where it was stopped. The
log gets one entry for the whole, by which it is taken back: what was edited since is named and left.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from kemai.kit import doors, undo
from kemai.kit.access import may
from kemai.kit.doors import Result, through
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import Conflict, DomainError, Invalid, NotFound
from kemai.kit.jobs import enqueue, job
from kemai.kit.journal import happens_at, journal
from kemai.kit.models import BulkEdit, BulkEditRow
from kemai.kit.values import Spec, read_all
from kemai.kit.workflow import why_not

AT_ONCE = 200  # records that are changed while the person waits
CHUNK = 500
_NOT_IN_BULK = frozenset({"references", "file", "password", "weights"})
_RUN, _UNDO = "bulk-edit.run", "bulk-edit.undo"
UNEXPECTED = "程序出错，后面的记录没有修改；已经修改的可以撤销。"
NOTE = "批量修改"


@dataclass
class Preview:
    """What a bulk edit would do: how many records change, how many have the values already, which are refused and why."""

    change: int = 0
    same: int = 0
    refused: list[Result] = field(default_factory=list)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """The reasons of the refusals with their counts, the most frequent first."""
        return Counter(result.message for result in self.refused).most_common()


def offered(entity: Entity, by: Any) -> bool:
    """Whether the person may change records of the kind, and it has fields that make sense in bulk."""
    form = entity.form
    if not (form and form.change and may(by, entity.right("change"))):
        return False
    return any(_in_bulk(spec, entity, by) for spec in doors.each_form_spec(entity))


def specs_of(entity: Entity, by: Any) -> list[Spec]:
    """The fields that can be set in bulk."""
    return [spec for spec in doors.form_specs(entity) if _in_bulk(spec, entity, by)]


def _in_bulk(spec: Spec, entity: Entity, by: Any) -> bool:
    """No names, nothing that must be unique, no files, no rows inside, nothing beyond the person's rights."""
    return (
        spec.field.bulk
        and spec.name != entity.title_field
        and spec.kind not in _NOT_IN_BULK
        and not getattr(spec.model_field, "unique", False)
        and spec.model_field is not None
        and (not spec.field.right or may(by, spec.field.right))
    )


def read(entity: Entity, by: Any, raw: Mapping[str, Any], door: str) -> tuple[list[Spec], dict[str, Any]]:
    """The chosen fields and their new values. Raises Invalid for a field that cannot be set in bulk, or none at all."""
    specs = {spec.name: spec for spec in specs_of(entity, by)}
    if unknown := [name for name in raw if name not in specs]:
        raise Invalid({name: [f"「{name[:40]}」不能批量修改。"] for name in unknown})
    if not raw:
        raise Invalid({"values": ["请选择要修改的字段。"]})
    chosen = [specs[name] for name in raw]
    return chosen, read_all(chosen, raw, by, door)


def preview(entity: Entity, by: Any, ids: Sequence[int], values: Mapping[str, Any]) -> Preview:
    """What would become of these records, by the guards of the service; what it checks beyond them shows when it is done."""
    found = Preview()
    spec = getattr(entity.form.change, "spec", None) if entity.form else None
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        records = {record.pk: record for record in entity.visible(by).filter(pk__in=part)}
        for pk in part:
            record = records.get(pk)
            if record is None:
                found.refused.append(Result(pk, False, code="not_found", message=NotFound().message))
            elif reason := why_not(spec, record, by) if spec else None:
                code = getattr(reason, "code", "refused")
                found.refused.append(Result(pk, False, str(record), code, str(reason)))
            elif _differs(record, values):
                found.change += 1
            else:
                found.same += 1
    return found


def _differs(record: Any, values: Mapping[str, Any]) -> bool:
    return any(getattr(record, record._meta.get_field(name).attname) != value for name, value in values.items())


def words_of(specs: Sequence[Spec], values: Mapping[str, Any], by: Any) -> list[tuple[str, str]]:
    """Each chosen field's label with its new value, for people."""
    return [(spec.label, _shown(spec, values[spec.name], by)) for spec in specs]


def _shown(spec: Spec, value: Any, by: Any) -> str:
    if value in (None, "", []):
        return "清空"
    if spec.kind == "bool":
        return "是" if value else "否"
    if spec.kind == "choice":
        return str(dict(spec.choices()).get(value, value))
    if spec.kind == "reference" and spec.source:
        names = spec.source.names()
        if names is None:
            target = registry[spec.source.kind]
            names = dict(target.visible(by).filter(pk=value).values_list("pk", target.title_field))
        return str(names.get(value, value))
    return str(spec.as_input(value)).replace("T", " ") if spec.kind == "time" else str(spec.as_input(value))


def start(entity: Entity, by: Any, ids: Sequence[int], raw: Mapping[str, Any], door: str) -> BulkEdit:
    """Changes the records: at once, or as a job when they are many. Raises Forbidden, Invalid."""
    doors.enter(entity, by, "change")
    specs, values = read(entity, by, raw, door)
    words = "，".join(f"{label}：{text}" for label, text in words_of(specs, values, by))
    with transaction.atomic():
        edit = BulkEdit.objects.create(
            kind=entity.name, raw=dict(raw), ids=list(ids), door=door, total=len(ids), words=words, by=by, at=happens_at()
        )  # fmt: skip
        if len(ids) > AT_ONCE:
            enqueue(_RUN, edit_id=edit.pk)
    if len(ids) <= AT_ONCE:
        run(edit)
    return edit


def run(edit: BulkEdit) -> None:
    """Changes the records that have no verdict yet, and writes the entry of the whole into the log."""
    entity, by, states = registry[edit.kind], edit.by, BulkEdit.State
    mine = BulkEdit.objects.filter(pk=edit.pk, state__in=[states.WAITING, states.RUNNING])
    if not mine.update(state=states.RUNNING):
        return
    try:
        doors.enter(entity, by, "change")
        _, values = read(entity, by, edit.raw, edit.door)
        known = set(BulkEditRow.objects.filter(of=edit).values_list("record_id", flat=True))
        for at, pk in enumerate(edit.ids, 1):
            if pk not in known:
                _change(edit, entity, values, pk)
            if at % 20 == 0:
                mine.update(done=at)
        _write_down(edit, entity)
    except Exception as error:
        mine.update(state=states.FAILED, error=error.message if isinstance(error, DomainError) else UNEXPECTED)
        raise
    mine.update(state=states.DONE, done=len(edit.ids))
    edit.refresh_from_db()


def _change(edit: BulkEdit, entity: Entity, values: dict[str, Any], pk: int) -> None:
    row = BulkEditRow(of=edit, record_id=pk)
    change: Any = entity.form.change
    try:
        with transaction.atomic():
            record = doors.find(entity, edit.by, pk)
            row.title = str(record)[:200]
            if _differs(record, values):
                with through(edit.door), journal(by=edit.by, deed=change.spec.code, note=NOTE) as log:
                    change(record, by=edit.by, values=dict(values))
                row.change_set = log.change_set
            row.save()
    except DomainError as error:
        row.change_set, row.code, row.message = None, error.code, error.message
        row.save()


def _write_down(edit: BulkEdit, entity: Entity) -> None:
    counts = counts_of(edit)
    note = f"{edit.words}。修改 {counts['changed']:,} 条，未变 {counts['same']:,} 条，拒绝 {counts['refused']:,} 条。"
    with transaction.atomic():
        with through(edit.door), journal(by=edit.by, deed=f"{entity.name}.bulk_edit", note=note) as log:
            log.kind, log.title = entity.name, f"{edit.total:,} 条{entity.title}"
        BulkEdit.objects.filter(pk=edit.pk).update(change_set=log.change_set)


def counts_of(edit: BulkEdit) -> dict[str, int]:
    """How many records were changed, had the values already, and were refused."""
    rows = BulkEditRow.objects.filter(of=edit)
    changed, refused = rows.filter(change_set__isnull=False).count(), rows.exclude(code="").count()
    return {"changed": changed, "same": rows.count() - changed - refused, "refused": refused}


def results_of(edit: BulkEdit) -> list[Result]:
    """The verdict on each record, in the order in which they were given."""
    rows = {row.record_id: row for row in BulkEditRow.objects.filter(of=edit)}
    return [
        Result(pk, not row.code, row.title, row.code, row.message)
        for pk in edit.ids
        if (row := rows.get(pk)) is not None
    ]


def edit_of(pk: int, by: Any) -> BulkEdit:
    """A bulk edit of one's own, or of anybody for who changes records of the kind and sees them all. Raises NotFound."""
    edit = BulkEdit.objects.select_related("by").filter(pk=pk).first() if 0 < pk < 2**63 else None
    entity = registry.get(edit.kind) if edit else None
    if edit is None or entity is None or not may(by, entity.right("view")) or not may(by, entity.right("change")):
        raise NotFound("没有找到这次批量修改。")
    if edit.by_id != by.pk and not entity.reach(by).everything:
        raise NotFound("没有找到这次批量修改。")
    return edit


def take_back(edit: BulkEdit, *, by: Any) -> undo.Undone | None:
    """Takes it back: at once, or as a job (None). Raises Conflict when it runs, or was taken back before."""
    states = BulkEdit.State
    with transaction.atomic():
        free = BulkEdit.objects.filter(pk=edit.pk, state__in=[states.DONE, states.FAILED])
        if not free.update(state=states.UNDOING, done=0):
            edit.refresh_from_db()
            if edit.state == states.UNDONE:
                raise Conflict("already_undone", "这次批量修改已经撤销过了。")
            raise Conflict("wrong_state", f"这次批量修改{edit.get_state_display()}，请稍后再撤销。")
        if edit.total > AT_ONCE:
            enqueue(_UNDO, edit_id=edit.pk, by_id=by.pk)
    return None if edit.total > AT_ONCE else run_back(edit, by)


def run_back(edit: BulkEdit, by: Any) -> undo.Undone:
    """Takes back record by record, the last first; who has lost sight of a record leaves it."""
    entity = registry[edit.kind]
    rows = list(
        BulkEditRow.objects.filter(of=edit, change_set__isnull=False).select_related("change_set").order_by("-pk")
    )
    ids = [row.record_id for row in rows]
    seen = set(entity.visible(by).filter(pk__in=ids).values_list("pk", flat=True))
    there = set(entity.model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
    hidden = [row for row in rows if row.record_id in there - seen]
    mine = BulkEdit.objects.filter(pk=edit.pk, state=BulkEdit.State.UNDOING)

    def progress(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            mine.update(done=done * edit.total // max(total, 1))

    notes = [(row.change_set, "撤销批量修改") for row in rows if row.change_set and row.record_id not in there - seen]
    with through(edit.door):
        outcome = undo.undo_all(edit.kind, notes, by=by, progress=progress)
        outcome.left += [undo.Left(edit.kind, row.record_id, row.title, "不在您的数据范围内") for row in hidden]
        with journal(by=by, deed=f"{edit.kind}.undo", note=outcome.sentence) as log:
            log.kind, log.title, log.undoes = edit.kind, f"批量修改 {edit.total:,} 条{entity.title}", edit.change_set
    mine.update(state=BulkEdit.State.UNDONE, done=edit.total, error=outcome.sentence if outcome.left else "")
    edit.refresh_from_db()
    return outcome


@job(_RUN)
def _run_job(edit_id: int) -> None:
    run(BulkEdit.objects.select_related("by").get(pk=edit_id))


@job(_UNDO)
def _undo_job(edit_id: int, by_id: int) -> None:
    edit = BulkEdit.objects.get(pk=edit_id)
    if edit.state == BulkEdit.State.UNDOING:
        run_back(edit, BulkEdit._meta.get_field("by").related_model._base_manager.get(pk=by_id))
