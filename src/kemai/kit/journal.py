"""The one way in which records are written (D5, D6).

A service opens `journal(...)` (most do it through `@deed`) and writes with the `Journal` it gets. All that must never be forgotten happens
here, in the caller's transaction: the log with old and new values, the version, the counts by owner, the search index.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from kemai.kit import search_docs, stamp, tally
from kemai.kit.bulk import insert_alike, insert_rows, insert_values, update_rows
from kemai.kit.entity import entity_of
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.packed import PackedRows
from kemai.kit.prepared import OneOf

MANY = 1000  # rows of one statement
ALIKE = 20  # new rows of a kind from which they are noted together
_NOTED = ("kind", "record_id", "op", "before", "after", "version")  # of a RowChange

_open: ContextVar["Journal | None"] = ContextVar("open_journal", default=None)
door: ContextVar[str] = ContextVar("door", default="")  # page, api, import, command: where the deed came in
moment: ContextVar[datetime | None] = ContextVar(
    "moment", default=None
)  # when the deed happened, where that is not now (demonstration data)
_encode = DjangoJSONEncoder().default
_AS_IT_IS = frozenset({type(None), str, int, float, bool, list, dict})  # in JSON


def happens_at() -> datetime:
    """When what is being done happens: now, but for demonstration data."""
    return moment.get() or timezone.now()


class _Change(NamedTuple):
    """What an update writes: columns with their values; the images before and after; old values by field; the former owner."""

    fields: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    old: dict[str, Any]
    owner_before: int | None


class _Made(NamedTuple):
    """Many new rows of a kind, noted together."""

    kind: str
    keys: Sequence[int]
    version: int


class Journal:
    """The writes of one deed, collected and written down when it ends."""

    def __init__(self, by: Any, deed: str, note: str = "") -> None:
        self.by, self.deed, self.note = by, deed, note
        self.kind, self.title = "", ""
        self.record_id: int | None = None
        self.now = happens_at()
        self.change_set: ChangeSet | None = None
        self.undoes: ChangeSet | None = None
        self._rows: list[tuple | _Made] = []  # tuples as _NOTED names their values
        self._written = 0
        self._counts: dict[tuple[str, int], int] = defaultdict(int)
        self._searched: dict[str, set[int]] = defaultdict(set)
        self._search_rows: dict[str, dict[int, bytes]] = defaultdict(dict)
        self._raised: set[tuple[str, int]] = set()  # records whose version is new by this deed

    def about(self, record: models.Model) -> None:
        """Says which record the deed is about: its log entry carries the record's kind, id and name."""
        self.kind, self.record_id, self.title = kind_of(record), record.pk, str(record)[:200]

    def insert(self, record: Any) -> Any:
        """Writes a new record."""
        return self.insert_many([record])[0]

    def insert_many(self, records: list) -> list:
        """Writes new records of one kind, few statements for many."""
        if not records:
            return records
        if hasattr(records[0], "created_at"):
            author = self.by.pk if self.by else None
            for record in records:
                held = record.__dict__  # setting a foreign key through its descriptor takes as long as all the rest
                held["created_at"] = at = held["created_at"] or self.now
                held["updated_at"] = held["updated_at"] or at
                held["created_by_id"] = held["created_by_id"] or author
        if len(records) == 1:
            records[0].save(force_insert=True)
        else:
            insert_rows(records)
        held = [record.__dict__ for record in records]
        model, key = type(records[0]), str(records[0]._meta.pk.attname)
        self._note_new(model, [values[key] for values in held], lambda name: [values.get(name) for values in held])
        return records

    def insert_packed(
        self, packed: PackedRows, rows: Sequence[bytes], later: Mapping[str, Sequence[Any]]
    ) -> Sequence[int]:
        """`insert_many` of records that were packed before: `later` are the columns that were not known then. Returns their ids."""
        if not rows:
            return []
        author = self.by.pk if self.by else None
        same = {"created_at": self.now, "updated_at": self.now, "created_by_id": author}
        keys, defaults = packed.insert(rows, later, same), packed.defaults
        self._note_new(packed.model, keys, lambda name: later.get(name) or [defaults.get(name)] * len(rows))
        return keys

    def insert_alike(
        self, model: type[models.Model], name: str, keys: Sequence[int], values: Mapping[str, Any]
    ) -> None:
        """Writes a new record for each of the keys, which stand in the column `name`; all else is the same in all of them. For plain records:
        nobody's, not searched, without a version."""
        made = insert_alike(model, name, keys, values)
        self._note_made(kind_of(model), made, [0] * len(made))

    def update(self, record: Any, **values: Any) -> dict[str, Any]:
        """Changes fields and returns {field: old value} of those that really changed; nothing is written when none did."""
        change = self._changed(record, values)
        if change.fields:
            type(record)._base_manager.filter(pk=record.pk).update(**change.fields)
            self._updated(record, change)
        return change.old

    def update_each(self, changes: Iterable[tuple[Any, Mapping[str, Any]]]) -> int:
        """`update` for many records of one kind, each with values of its own, few statements for all; returns how many really changed."""
        done = [(record, change) for record, values in changes if (change := self._changed(record, values)).fields]
        alike: dict[tuple[str, ...], list[tuple[int, Sequence[Any]]]] = defaultdict(list)
        for record, change in done:
            alike[tuple(change.fields)].append((record.pk, [*change.fields.values()]))
        for names, rows in alike.items():
            update_rows(type(done[0][0]), names, rows)
        for record, change in done:
            self._updated(record, change)
        return len(done)

    def _changed(self, record: Any, values: Mapping[str, Any]) -> "_Change":
        """Sets the values on the record; what is to be written, nothing where none differs."""
        before, after = {}, {}
        owner_before = owner_key(record)
        old = {}
        for name, value in values.items():
            model_field = record._meta.get_field(name)
            present = getattr(record, model_field.attname)
            wanted = value.pk if isinstance(value, models.Model) else value
            if present == wanted:
                continue
            old[name] = present
            before[model_field.attname], after[model_field.attname] = to_json(present), to_json(wanted)
            setattr(record, name if isinstance(value, models.Model) else model_field.attname, value)
        if not old:
            return _Change({}, {}, {}, {}, owner_before)
        fields = {
            record._meta.get_field(name).attname: getattr(record, record._meta.get_field(name).attname) for name in old
        }
        if hasattr(record, "version") and set(old) - record.derived_fields:
            record.version += 1
            record.updated_at = self.now
            self._raised.add((kind_of(record), record.pk))
            fields |= {"version": record.version, "updated_at": record.updated_at}
        return _Change(fields, before, after, old, owner_before)

    def _updated(self, record: Any, change: "_Change") -> None:
        """Notes what was written."""
        self._note(record, RowChange.Op.UPDATE, change.before, change.after)
        if (owner_after := owner_key(record)) != change.owner_before:
            self._count(record, change.owner_before, -1)
            self._count(record, owner_after, +1)

    def update_many(self, records: Sequence[Any], **values: Any) -> int:
        """Gives records of one kind the same values, few statements for many; returns how many really changed."""
        if not records:
            return 0
        field = records[0]._meta.get_field
        wanted = {
            field(name).attname: value.pk if isinstance(value, models.Model) else value
            for name, value in values.items()
        }
        changed = []
        for record in records:
            before = {at: getattr(record, at) for at, value in wanted.items() if getattr(record, at) != value}
            if before:
                changed.append((record, before))
        if not changed:
            return 0
        raises = hasattr(records[0], "version") and bool(set(values) - records[0].derived_fields)
        more = {"version": F("version") + 1, "updated_at": self.now} if raises else {}
        for start in range(0, len(changed), MANY):
            ids = [record.pk for record, _ in changed[start : start + MANY]]
            type(records[0])._base_manager.filter(OneOf("pk", ids)).update(**wanted, **more)
        for record, before in changed:
            owner_before = owner_key(record)
            for at in before:
                setattr(record, at, wanted[at])
            if raises:
                record.version, record.updated_at = record.version + 1, self.now
                self._raised.add((kind_of(record), record.pk))
            after = {at: to_json(wanted[at]) for at in before}
            self._note(record, RowChange.Op.UPDATE, {at: to_json(value) for at, value in before.items()}, after)
            if (owner_after := owner_key(record)) != owner_before:
                self._count(record, owner_before, -1)
                self._count(record, owner_after, +1)
        return len(changed)

    def touch(self, record: Any) -> None:
        """Raises the version, unless this deed has: no field of the record changed but rows inside it did, and two may edit them (FRM-02)."""
        self.touch_many([record])

    def touch_many(self, records: Iterable[Any]) -> None:
        """`touch` for many records of one kind, few statements for all."""
        rest = [record for record in records if (kind_of(record), record.pk) not in self._raised]
        for start in range(0, len(rest), MANY):
            ids = [record.pk for record in rest[start : start + MANY]]
            manager = type(rest[0])._base_manager
            manager.filter(OneOf("pk", ids)).update(version=F("version") + 1, updated_at=self.now)
        for record in rest:
            record.version, record.updated_at = record.version + 1, self.now
            self._note(record, RowChange.Op.UPDATE, {}, {})

    @property
    def written(self) -> int:
        """How many rows the deed has written so far."""
        return self._written

    def delete(self, record: models.Model) -> None:
        """Deletes one row; the journal keeps all of it."""
        self.delete_many([record])

    def delete_many(self, records: Sequence[models.Model]) -> None:
        """Deletes rows of one kind, few statements for many."""
        for record in records:
            self._note(record, RowChange.Op.DELETE, image(record), None)
            self._count(record, owner_key(record), -1)
        for start in range(0, len(records), MANY):
            part = records[start : start + MANY]
            going = type(part[0])._base_manager.filter(OneOf("pk", [record.pk for record in part]))
            going._raw_delete(using=part[0]._state.db or "default")

    def searched(self, kind: str, ids: Iterable[int]) -> None:
        """Says that these records' search documents are to be made anew when the deed ends."""
        self._searched[kind].update(ids)

    def search_rows(self, kind: str, rows: Mapping[int, bytes]) -> None:
        """What the search index keeps of records that this deed has just made (`TextIndex.packed`), so that they are not read again for it. Any later
        write to one of them makes its document anew."""
        self._searched[kind].difference_update(rows)
        self._search_rows[kind].update(rows)

    def counted(self, kind: str, owner_id: int | None, change: int) -> None:
        """Counts records that were written outside insert, update and delete."""
        self._counts[kind, owner_id or 0] += change

    @contextmanager
    def kept_if_done(self) -> Iterator[None]:
        """Forgets what was collected meanwhile when the block fails; whoever calls it takes back the rows themselves."""
        about = self.kind, self.record_id, self.title, self.note
        rows, written, counts = len(self._rows), self._written, dict(self._counts)
        searched = {kind: set(ids) for kind, ids in self._searched.items()}
        search_rows = {kind: dict(of_kind) for kind, of_kind in self._search_rows.items()}
        try:
            yield
        except BaseException:
            self.kind, self.record_id, self.title, self.note = about
            del self._rows[rows:]
            self._written = written
            self._counts, self._searched = defaultdict(int, counts), defaultdict(set, searched)
            self._search_rows = defaultdict(dict, search_rows)
            raise

    def _note(self, record: models.Model, op: str, before: dict | None, after: dict | None) -> None:
        stamp.written()
        noted = (kind_of(record), record.pk, str(op), before, after, getattr(record, "version", 0))
        self._rows.append(noted)
        self._written += 1
        for searched_kind, ids in search_docs.touched(record, after if op == RowChange.Op.UPDATE else None):
            self._searched[searched_kind].update(ids)

    def _note_new(self, model: type[models.Model], keys: Sequence[int], column: Callable[[str], Sequence[Any]]) -> None:
        """`_note` and `_count` for new records of one kind: their ids, and what they hold in a column."""
        kind, entity = kind_of(model), entity_of(model)
        self._raised.update((kind, pk) for pk in keys)
        self._note_made(kind, keys, [version or 0 for version in column("version")])
        for searched_kind, ids in search_docs.touched_by_new(model, keys, column):
            self._searched[searched_kind].update(ids)
        if entity and entity.owner:
            for owner_id, count in Counter(column(f"{entity.owner}_id")).items():
                self._counts[entity.name, owner_id or 0] += count

    def _note_made(self, kind: str, keys: Sequence[int], versions: Sequence[int]) -> None:
        stamp.written()
        self._written += len(keys)
        if len(keys) >= ALIKE and len({*versions}) == 1:
            self._rows.append(_Made(kind, keys, versions[0]))
            return
        op = str(RowChange.Op.INSERT)
        self._rows += [(kind, pk, op, None, None, version) for pk, version in zip(keys, versions, strict=True)]

    def _count(self, record: models.Model, owner_id: int | None, change: int) -> None:
        entity = entity_of(type(record))
        if entity and entity.owner:
            self._counts[entity.name, owner_id or 0] += change

    def _write_down(self) -> None:
        search_docs.rewrite(self._searched)
        for kind, rows in self._search_rows.items():
            still_so = [row for pk, row in rows.items() if pk not in self._searched[kind]]
            search_docs.index_of(kind).write_packed(still_so)
        if self._rows or self.kind or self.note:
            self.change_set = ChangeSet.objects.create(
                at=self.now, by=self.by if getattr(self.by, "pk", None) else None, deed=self.deed, kind=self.kind,
                record_id=self.record_id, title=self.title, note=self.note, door=door.get(), undoes=self.undoes,
            )  # fmt: skip
            self._write_notes(self.change_set.pk)
        tally.add(self._counts)

    def _write_notes(self, change_set_id: int) -> None:
        """The rows of the log, in the order in which they were noted: who takes the deed back goes from the last to the first."""
        for made, group in groupby(self._rows, lambda row: isinstance(row, _Made)):
            rows = list(group)
            if made:
                for kind, keys, version in cast(list[_Made], rows):
                    same = {"kind": kind, "op": str(RowChange.Op.INSERT), "version": version}
                    insert_alike(RowChange, "record_id", keys, same | {"change_set_id": change_set_id})
            else:
                columns = dict(zip(_NOTED, zip(*rows, strict=True), strict=True))
                columns["change_set_id"] = (change_set_id,) * len(rows)
                insert_values(RowChange, columns, len(rows))


@contextmanager
def journal(*, by: Any, deed: str, note: str = "") -> Iterator[Journal]:
    """One transaction and one entry in the log. Opened inside another one it joins that one: the outer deed is what people did, and of an
    inner one that is refused nothing remains."""
    outer = _open.get()
    if outer is not None:
        try:
            with outer.kept_if_done(), transaction.atomic():
                yield outer
        finally:
            stamp.written()
        return
    failed = True
    try:
        with transaction.atomic():
            log = Journal(by, deed, note)
            token = _open.set(log)
            try:
                yield log
                log._write_down()
            finally:
                _open.reset(token)
        failed = False
    finally:
        stamp.deed_ended(failed=failed)


def log_only(*, by: Any, deed: str, note: str = "", record: models.Model | None = None) -> None:
    """An entry without a change of records: log-in, failed log-in, export, a look-up."""
    with journal(by=by, deed=deed, note=note) as log:
        if record is not None:
            log.about(record)
        elif not log.kind:
            log.kind = deed.partition(".")[0]


def kind_of(record: models.Model | type[models.Model]) -> str:
    """The name under which the journal keeps a record: its kind, or its table's name where it has no declaration of its own."""
    model = record if isinstance(record, type) else type(record)
    entity = entity_of(model)
    return entity.name if entity else str(model._meta.model_name)


def owner_key(record: models.Model) -> int | None:
    """The owner's id of a kind that has owners."""
    entity = entity_of(type(record))
    return getattr(record, f"{entity.owner}_id") if entity and entity.owner else None


def image(record: models.Model) -> dict[str, Any]:
    """All stored values of a row, as JSON can hold them."""
    return {name: to_json(getattr(record, name)) for name in _shown(type(record))}


@cache
def _shown(model: type[models.Model]) -> list[str]:
    """The attributes that an image holds."""
    hidden: frozenset[str] = getattr(model, "journal_hidden", frozenset())
    return [model_field.attname for model_field in model._meta.concrete_fields if model_field.name not in hidden]


def from_image(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """The values of an image as the model's fields hold them."""
    fields = {model_field.attname: model_field for model_field in model._meta.concrete_fields}
    return {name: fields[name].to_python(value) for name, value in values.items() if name in fields}


def to_json(value: Any) -> Any:
    """A stored value as JSON holds it; times and decimals become text."""
    if type(value) in _AS_IT_IS or isinstance(value, str | int | float | list | dict):
        return value
    if isinstance(value, datetime):
        return value.isoformat()  # whole: what is put back from the recycle bin is the same to the microsecond
    return _encode(value)
