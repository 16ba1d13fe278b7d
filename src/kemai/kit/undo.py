"""Takes back what a deed, or a whole import, has written (IMP-03, D5).

Only what is still as the deed left it is taken back: values that were changed since, records that were changed since or that something hangs on
stay as they are and are named. What was inserted goes for good, without the recycle bin; what was changed gets its old values and its old
version.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from kemai.kit.bulk import step_back
from kemai.kit.doors import through
from kemai.kit.entity import registry
from kemai.kit.errors import Conflict, DomainError
from kemai.kit.events import publish
from kemai.kit.importing import import_of
from kemai.kit.journal import Journal, from_image, journal, kind_of, to_json
from kemai.kit.models import ChangeSet, Import, ImportChunk, ImportRow, RecycleBin, RowChange
from kemai.kit.prepared import OneOf
from kemai.kit.stamp import raise_stamp

HOURS = 24
NAMED = 20  # records that an answer names
_Key = tuple[str, int]
# A record, a row that points to it, by which field, whether it belongs to the record, and what people call it.
_Link = tuple[_Key, _Key, str, bool, str]


@dataclass(frozen=True)
class Left:
    """A record that was not taken back, and why."""

    kind: str
    record_id: int
    title: str
    reason: str


@dataclass(frozen=True)
class TakenBack:
    """An event: these records of a kind were taken back; what followed from them is to be worked out again, in the same journal.

    `records` are those that are gone, and of those that got old values back or are there again each as it was and as it is.
    """

    kind: str
    records: Sequence[Any]
    log: Journal


@dataclass
class Undone:
    """What came of an undoing: rows deleted or restored, by kind, and records that were left."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left: list[Left] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What people read."""
        parts = [f"{_title(kind)} {count:,}" for kind, count in self.counts.items() if count and kind in registry]
        done = f"已撤销：{'，'.join(parts)}。" if parts else "没有可以撤销的内容。"
        if not self.left:
            return done
        names = "；".join(f"「{left.title}」{left.reason}" for left in self.left[:NAMED])
        more = f"；等 {len(self.left):,} 条" if len(self.left) > NAMED else ""
        return f"{done}{len(self.left):,} 条保留未动：{names}{more}。"


def _title(kind: str) -> str:
    return registry[kind].title


def import_to_undo(pk: int, by: Any) -> Import:
    """The import, if the person may take it back now. Raises NotFound, Conflict when it is too late or nothing is left to do."""
    run = import_of(pk, by)
    states = Import.State
    if run.state == states.UNDONE:
        raise Conflict("already_undone", "这次导入已经撤销过了。")
    if run.state in (states.PLANNING, states.PLANNED, states.WAITING):
        raise Conflict("nothing_to_undo", "这次导入还没有写入任何记录，不需要撤销。")
    if timezone.now() - (run.finished_at or run.at) > timedelta(hours=HOURS) and run.state != states.UNDOING:
        raise DomainError("too_late", f"导入超过 {HOURS} 小时后不能再撤销。")
    return run


def can_take_back(run: Import) -> bool:
    """Whether something went in that may still be taken back, for the button."""
    begun = run.state in (Import.State.DONE, Import.State.FAILED, Import.State.RUNNING)
    late = timezone.now() - (run.finished_at or run.at) > timedelta(hours=HOURS)
    return begun and not late and ImportChunk.objects.filter(of=run).exists()


def undo_import(run: Import, *, by: Any, progress: Callable[[int, int], None] | None = None) -> Undone:
    """Takes an import back, updates included, the last chunk first, each in a transaction of its own; one that was killed can be repeated."""
    import_to_undo(run.pk, by)
    states = Import.State
    if not Import.objects.filter(
        pk=run.pk, state__in=[states.DONE, states.FAILED, states.RUNNING, states.UNDOING]
    ).update(state=states.UNDOING):
        raise Conflict("already_undone", "这次导入已经撤销过了。")
    chunks = ImportChunk.objects.filter(of=run).select_related("change_set").order_by("-pk")
    notes = [
        (chunk.change_set, f"撤销导入，第 {chunk.first}–{chunk.last} 行" if chunk.last else "撤销导入，通知")
        for chunk in chunks
    ]
    with through("import"):
        whole = undo_all(run.kind, notes, by=by, each=lambda part: _note_left(run, part), progress=progress)
    counts = {**run.counts, "undone": whole.counts.get(run.kind, 0), "left": len(whole.left)}
    Import.objects.filter(pk=run.pk).update(
        state=states.UNDONE, counts=counts, error=whole.sentence if whole.left else ""
    )
    return whole


def undo_all(
    kind: str,
    change_sets: Sequence[tuple[ChangeSet, str]],
    *,
    by: Any,
    each: Callable[[Undone], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Undone:
    """Takes back these entries in this order, each with its note in a transaction of its own; those taken back before are passed over."""
    whole = Undone()
    whole.counts[kind] = 0  # named first
    for at, (change_set, note) in enumerate(change_sets, 1):
        step_back()
        with transaction.atomic():
            if not ChangeSet.objects.filter(undoes=change_set).exists():
                part = undo_change_set(change_set, by=by, note=note)
                if each:
                    each(part)
                for name, count in part.counts.items():
                    whole.counts[name] += count
                whole.left += part.left
        if progress:
            progress(at, len(change_sets))
    return whole


def _note_left(run: Import, part: Undone) -> None:
    reasons = {left.record_id: left.reason for left in part.left if left.kind == run.kind}
    rows = list(ImportRow.objects.filter(of=run, record_id__in=reasons))
    for row in rows:
        row.message = f"{row.message} 撤销时保留：{reasons[row.record_id or 0]}。".strip()
    ImportRow.objects.bulk_update(rows, ["message"])


def undo_change_set(change_set: ChangeSet, *, by: Any, note: str = "") -> Undone:
    """Takes back one entry of the log, in one transaction and one entry. Whoever calls has checked the right."""
    with journal(by=by, deed=f"{change_set.kind}.undo", note=note) as log:
        log.kind, log.title, log.undoes = change_set.kind, change_set.title, change_set
        log.record_id = change_set.record_id
        outcome = _Undoing(change_set, log).run()
    raise_stamp()
    return outcome


class _Undoing:
    def __init__(self, change_set: ChangeSet, log: Journal) -> None:
        self.change_set, self.log = change_set, log
        self.rows = list(RowChange.objects.filter(change_set=change_set).order_by("-pk"))
        self.inserted: set[_Key] = {_key(row) for row in self.rows if row.op == RowChange.Op.INSERT}
        self.versions: dict[_Key, int] = {}  # as the deed left them
        for row in self.rows:
            self.versions.setdefault(_key(row), row.version)
        self.records: dict[_Key, Any] = {}
        self.reasons: dict[_Key, str] = {}  # inserted records that stay
        self.restored: set[tuple[_Key, str]] = set()  # records and fields that get an old value back
        self.outcome = Undone()
        self.taken: dict[str, list[Any]] = defaultdict(list)  # what upper floors are told of

    def run(self) -> Undone:
        """Takes back what can be, and tells upper floors of which records."""
        for kind, ids in self._ids(self.versions).items():
            model = model_of(kind)
            found = model._base_manager.select_for_update(of=("self",)).filter(OneOf("pk", ids))
            self.records |= {(kind, record.pk): record for record in found}
        touched = self._touched_since()
        for row in self.rows:
            if _key(row) not in self.inserted and row.op == RowChange.Op.UPDATE and self._still_as(row):
                self.restored |= {(_key(row), name) for name in row.after or {}}
        for key in self.inserted:
            record = self.records.get(key)
            if record is None:
                self.reasons[key] = "已经删除"
            elif key in touched or getattr(record, "version", 0) != self.versions[key]:
                self.reasons[key] = "后来被修改过"
        self._keep_what_is_used()
        for made, group in groupby(self.rows, lambda row: row.op == RowChange.Op.INSERT and row.kind):
            if made:
                self._delete([_key(row) for row in group])
            else:
                for row in group:
                    self._take_back(row, touched)
        for kind, records in self.taken.items():
            publish(TakenBack(kind, records, self.log))
        return self.outcome

    @staticmethod
    def _ids(keys: Any) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for kind, pk in keys:
            found[kind].append(pk)
        return found

    def _touched_since(self) -> set[_Key]:
        """Records that later deeds wrote; a deed that was itself taken back does not count."""
        if not self.rows:
            return set()
        wrote: dict[_Key, set[int]] = defaultdict(set)
        raised: dict[_Key, set[int]] = defaultdict(set)  # nothing but the version
        cancelled: dict[_Key, set[int]] = defaultdict(set)
        for kind, ids in self._ids(self.versions).items():
            rows = RowChange.objects.filter(OneOf("record_id", ids), kind=kind, pk__gt=self.rows[0].pk)
            for pk, deed, after, undoes in rows.values_list(
                "record_id", "change_set_id", "after", "change_set__undoes_id"
            ):
                (raised if after == {} else wrote)[kind, pk].add(deed)
                if undoes:
                    cancelled[kind, pk] |= {deed, undoes}
        deeds = set().union(*raised.values())
        undone = {*ChangeSet.objects.filter(undoes__in=deeds).values_list("undoes_id", flat=True)}  # without a row here
        return {
            key
            for key in wrote.keys() | raised.keys()
            if (wrote[key] - cancelled[key]) or (raised[key] - undone - cancelled[key])
        }

    # --- what hangs on inserted records

    def _keep_what_is_used(self) -> None:
        """Inserted records on which others hang stay; so does what belongs to a record that stays."""
        links = [link for kind, ids in self._ids(self.inserted).items() for link in self._links(kind, ids)]
        while True:
            before = len(self.reasons)
            for parent, child, path, owned, word in links:
                goes = (child in self.inserted and child not in self.reasons) or (child, path) in self.restored
                if not goes and parent not in self.reasons:
                    self.reasons[parent] = f"后来有了{word}" if child not in self.inserted else f"它的{word}保留"
                elif goes and owned and parent in self.reasons and parent in self.records:
                    self.reasons[child] = "所属的记录保留"
            if len(self.reasons) == before:
                return

    def _links(self, kind: str, ids: Sequence[int]) -> Iterator[_Link]:
        """Every row that points to one of these records."""
        model = model_of(kind)
        entity = registry.get(kind)
        lines = {item.name for item in entity.form.lines} if entity and entity.form else set()
        for relation in model._meta.get_fields(include_hidden=True):
            if (
                not (relation.auto_created and not relation.concrete and relation.related_model)
                or relation.many_to_many
            ):
                continue
            owned = relation.on_delete is models.CASCADE or relation.name in lines
            path = relation.field.attname
            rows = relation.related_model._base_manager.filter(OneOf(path, ids)).values_list(path, "pk")
            yield from _named_links(kind, relation.related_model, path, rows, owned)
        for other in _by_kind_and_id():
            rows = other._base_manager.filter(OneOf("record_id", ids), kind=kind).values_list("record_id", "pk")
            yield from _named_links(kind, other, "record_id", rows, True)

    # --- taking back

    def _take_back(self, row: RowChange, touched: set[_Key]) -> None:
        key = _key(row)
        if key in self.inserted:
            return  # it goes whole, or stays whole
        if row.op == RowChange.Op.UPDATE:
            self._restore(row, key, touched)
        else:
            self._insert_again(row, key)

    def _delete(self, keys: Sequence[_Key]) -> None:
        """Inserted records of one kind."""
        for key in keys:
            if reason := self.reasons.get(key):
                self._leave(key, self.records.get(key), reason)
        kind, going = keys[0][0], [self.records[key] for key in keys if key not in self.reasons]
        self.log.delete_many(going)
        self.taken[kind] += going
        self.outcome.counts[kind] += len(going)

    def _restore(self, row: RowChange, key: _Key, touched: set[_Key]) -> None:
        record = self.records.get(key)
        if record is None:
            self._leave(key, None, "已经删除")
            return
        if not self._still_as(row):
            if not set(row.after or {}) <= _derived(record):  # what follows from elsewhere follows again
                self._leave(key, record, "后来被修改过")
            return
        values = from_image(type(record), row.before or {})
        present = getattr(record, "version", 0)
        only_touched = not row.before and not row.after  # rows inside it were written
        self.taken[key[0]] += [copy(record), record]
        self.log.update(record, **values)
        if present == row.version and (only_touched or getattr(record, "version", 0) != present):
            record.version, record.updated_at = present - 1, self._updated_at(row, record)
            type(record)._base_manager.filter(pk=record.pk).update(version=record.version, updated_at=record.updated_at)
        self.outcome.counts[key[0]] += not only_touched and not set(values) <= _derived(record)

    def _still_as(self, row: RowChange) -> bool:
        """Whether the record has the values that the deed gave it."""
        record = self.records.get(_key(row))
        return record is not None and all(
            to_json(getattr(record, name)) == value for name, value in (row.after or {}).items()
        )

    def _updated_at(self, row: RowChange, record: Any) -> datetime:
        """When the record got the version that it gets back."""
        made = RowChange.objects.filter(kind=row.kind, record_id=row.record_id, version=row.version - 1, pk__lt=row.pk)
        moment = made.order_by("pk").values_list("change_set__at", flat=True).first()
        return moment or record.created_at

    def _insert_again(self, row: RowChange, key: _Key) -> None:
        model = model_of(row.kind)
        record = model(**from_image(model, row.before or {}))
        if key in self.records or not _is_free(record):
            self._leave(key, record, "已有同样的记录")
            return
        self.log.insert(record)
        self.taken[key[0]].append(record)
        RecycleBin.objects.filter(kind=row.kind, record_id=row.record_id).delete()
        self.outcome.counts[key[0]] += 1

    def _name_of_gone(self, key: _Key) -> str:
        """What a record that is gone was called when it was deleted."""
        kind, pk = key
        model = model_of(kind)
        deleted = RowChange.objects.filter(kind=kind, record_id=pk, op=RowChange.Op.DELETE).order_by("-pk").first()
        return str(model(**from_image(model, deleted.before or {}))) if deleted else f"{_title(kind)} {pk}"

    def _leave(self, key: _Key, record: models.Model | None, reason: str) -> None:
        kind, pk = key
        if kind in registry:
            title = str(record) if record is not None else self._name_of_gone(key)
            self.outcome.left.append(Left(kind, pk, title[:200], reason))


def _named_links(kind: str, other: type[models.Model], path: str, rows: Any, owned: bool) -> Iterator[_Link]:
    for parent_id, pk in rows:
        yield (kind, parent_id), (kind_of(other), pk), path, owned, str(other._meta.verbose_name)


def _derived(record: Any) -> frozenset[str]:
    """Attributes that follow from other facts."""
    names: frozenset[str] = getattr(record, "derived_fields", frozenset())
    return frozenset(record._meta.get_field(name).attname for name in names)


def _key(row: RowChange) -> _Key:
    return row.kind, row.record_id


def _is_free(record: models.Model) -> bool:
    from django.core.exceptions import ValidationError

    try:
        record.validate_unique()
        record.validate_constraints()
    except ValidationError:
        return False
    return True


def _by_kind_and_id() -> list[type[models.Model]]:
    """Models whose rows hang on records of any kind by name and id, such as files; what the kit itself keeps is none of them."""
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label != "kit"
        and {"kind", "record_id"} <= {model_field.name for model_field in model._meta.concrete_fields}
    ]


def model_of(kind: str) -> type[models.Model]:
    """The model whose rows the journal keeps under this name. Raises LookupError for a name of the past."""
    if kind in registry:
        return registry[kind].model
    for model in apps.get_models():
        if kind_of(model) == kind:
            return model
    raise LookupError(f"the journal speaks of {kind!r}, which no model bears")
