"""Demonstration data go as they came, however many there are, and leave what people entered themselves (SYS-13).

While they are made everything that is new is theirs: `made()` returns the ids from which and to which each table grew. `Removal` takes those
rows away again, except those on which something of the people's own hangs, with all that belongs to those.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.models import Max

from kemai.kit.entity import entity_of
from kemai.kit.events import publish
from kemai.kit.journal import Journal, kind_of
from kemai.kit.models import ChangeSet, Job, RecycleBin, RowChange, Stamp, Tally
from kemai.kit.recycle import Emptied, rows_of

Marks = Mapping[str, Sequence[int]]
_Key = tuple[type[models.Model], int]
BATCH = 500  # rows
NEVER = (ChangeSet, RowChange, Stamp, Tally, Job)  # the log stays; what is counted follows


@contextmanager
def made() -> Iterator[dict[str, list[int]]]:
    """Around the making of demonstration data: afterwards the answer holds, by table, the last id before and the last one of theirs."""
    before = _last_ids()
    marks: dict[str, list[int]] = {}
    yield marks
    after = _last_ids()
    marks |= {label: [before[label], last] for label, last in after.items() if last > before[label]}


def _last_ids() -> dict[str, int]:
    return {model._meta.label: model._base_manager.aggregate(last=Max("pk"))["last"] or 0 for model in _tables()}


def _tables() -> list[Any]:
    """The tables that may hold demonstration data."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("kemai.")
        and model not in NEVER
        and isinstance(model._meta.pk, models.AutoField | models.BigAutoField)
    ]


class Removal:
    """Works out what goes and what stays, then does it.

    `keep` are tables whose rows stay; what they point to stays too, except for the rows named there, which let go of it.
    """

    def __init__(self, marks: Marks, *, keep: Mapping[type[models.Model], Iterable[int]]) -> None:
        self.kept = {model: set(ids) for model, ids in keep.items()}
        self.tables = [model for model in _tables() if model not in self.kept]
        self.marks = {model: marks[model._meta.label] for model in self.tables if model._meta.label in marks}
        self.ids: dict[Any, set[int]] = {model: set() for model in self.tables}
        for model, (low, high) in self.marks.items():
            self.ids[model] = set(model._base_manager.filter(pk__gt=low, pk__lte=high).values_list("pk", flat=True))
        self.stays: set[_Key] = set()
        self._above: dict[_Key, set[_Key]] = defaultdict(set)  # what a row points to
        self._inside: dict[_Key, set[_Key]] = defaultdict(set)  # what belongs to a row
        count = -1
        while count != (count := sum(map(len, self.ids.values()))):  # what follows its record may be followed itself
            self._follow_links()
        self._spread()

    def _follow_links(self) -> None:
        for child in (*self.tables, *self.kept):
            for field in child._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and self.ids.get(field.related_model):
                    rows = child._base_manager.exclude(**{field.attname: None}).values_list("pk", field.attname)
                    self._link(child, field.related_model, rows, _belongs(child, field))
            if {"kind", "record_id"} <= {
                field.name for field in child._meta.concrete_fields
            } and child is not RecycleBin:
                for parent in self.marks:
                    rows = child._base_manager.filter(kind=kind_of(parent)).values_list("pk", "record_id")
                    self._link(child, parent, rows, True)

    def _link(self, child: Any, parent: Any, rows: Iterable[tuple[int, int]], belongs: bool) -> None:
        own = _entered(child)
        for pk, above in rows:
            if above not in self.ids[parent]:
                continue
            if child in self.kept:
                if pk not in self.kept[child]:
                    self.stays.add((parent, above))
            elif (
                pk in self.ids[child] or not own
            ):  # shares, the history of owners: made since, they follow their record
                self.ids[child].add(pk)
                self._above[child, pk].add((parent, above))
                if belongs:
                    self._inside[parent, above].add((child, pk))
            else:
                self.stays.add((parent, above))

    def _spread(self) -> None:
        waiting = list(self.stays)
        while waiting:
            key = waiting.pop()
            for other in (*self._above[key], *self._inside[key]):
                if other not in self.stays:
                    self.stays.add(other)
                    waiting.append(other)

    def run(self, log: Journal) -> tuple[Counter, Counter]:
        """Removes the rows with their files, and returns how many records of each kind went and how many stayed."""
        went: Counter[str] = Counter()
        stayed: Counter[str] = Counter()
        self._let_go()
        for model, ids in self.ids.items():
            goes = sorted(pk for pk in ids if (model, pk) not in self.stays)
            entity = entity_of(model)
            if entity:
                went[entity.title] += len(goes)
                stayed[entity.title] += len(ids) - len(goes)
            for start in range(0, len(goes), BATCH):
                self._remove(model, goes[start : start + BATCH], log)
        self._forget_deleted()
        return +went, +stayed

    def _let_go(self) -> None:
        for child, ids in self.kept.items():
            for field in child._meta.concrete_fields:
                goes = (
                    self.ids.get(field.related_model, ()) if isinstance(field, models.ForeignKey) and field.null else ()
                )
                gone = [pk for pk in goes if (field.related_model, pk) not in self.stays]
                if gone and ids:
                    child._base_manager.filter(pk__in=ids, **{f"{field.attname}__in": gone}).update(
                        **{field.attname: None}
                    )

    def _remove(self, model: Any, ids: list[int], log: Journal) -> None:
        rows = list(model._base_manager.filter(pk__in=ids))
        publish(Emptied([one for row in rows for one in (rows_of(row) if isinstance(row, RecycleBin) else [row])]))
        entity = entity_of(model)
        if entity and entity.owner:
            for row in rows:
                log.counted(entity.name, getattr(row, f"{entity.owner}_id"), -1)
        if entity and entity.search:
            log.searched(entity.name, ids)
        model._base_manager.filter(pk__in=ids)._raw_delete(using=connection.alias)

    def _forget_deleted(self) -> None:
        """What was deleted since cannot come back without what it hung on."""
        for model, (low, high) in self.marks.items():
            for kept in RecycleBin.objects.filter(kind=kind_of(model), record_id__gt=low, record_id__lte=high):
                publish(Emptied(rows_of(kept)))
                kept.delete()


def _belongs(child: Any, field: models.ForeignKey) -> bool:
    """Whether a row is part of what it points to: as rows inside a form are, and what stands in the record's tabs."""
    if field.remote_field.on_delete is models.CASCADE:
        return True
    entity, above = entity_of(child), entity_of(field.related_model)
    if above is None:
        return False
    if any(lines.name == field.remote_field.related_name for lines in (above.form.lines if above.form else ())):
        return True
    return entity is not None and any(tab.kind == entity.name and tab.by == field.name for tab in above.tabs)


def _entered(model: Any) -> bool:
    """Whether people enter such rows by themselves, so that they are worth keeping."""
    entity = entity_of(model)
    return entity is not None and entity.form is not None and entity.form.create is not None
