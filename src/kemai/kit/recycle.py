"""Deleting without losing: rows move, with what hung on them, into the recycle bin and come back under the same ids (D4, SYS-11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from kemai.kit.entity import entity_of
from kemai.kit.errors import Conflict
from kemai.kit.events import publish
from kemai.kit.journal import Journal, from_image, image, kind_of, owner_key
from kemai.kit.models import RecycleBin
from kemai.kit.stamp import raise_stamp

SCHEMA = "1"


@dataclass(frozen=True)
class Emptied:
    """An event: these deleted rows will never come back."""

    rows: Sequence[models.Model]


def bin_record(log: Journal, record: models.Model, hanging: Iterable[models.Model] = ()) -> RecycleBin:
    """Deletes a record and the rows that hang on it, in the order given, and keeps them all as one tree."""
    rows = [*hanging, record]
    kept = RecycleBin.objects.create(
        kind=kind_of(record), record_id=record.pk, title=str(record)[:200], by=log.by, at=log.now, schema=SCHEMA,
        owner_id=owner_key(record), hanging=len(rows) - 1,
        tree={"rows": [{"model": row._meta.label_lower, "values": _whole(row)} for row in reversed(rows)]},
    )  # fmt: skip
    for row in rows:
        log.delete(row)
    return kept


def _whole(row: models.Model) -> dict[str, Any]:
    hidden = {name: getattr(row, name) for name in getattr(row, "journal_hidden", ())}
    return {**image(row), **hidden}


def rows_of(kept: RecycleBin) -> list[Any]:
    """The deleted rows as they were, the record itself first."""
    made = []
    for row in kept.tree["rows"]:
        model = apps.get_model(row["model"])
        made.append(model(**from_image(model, row["values"])))
    return made


def put_back(log: Journal, kept: RecycleBin) -> models.Model:
    """Inserts the tree again. Raises Conflict, or what the kind's `restoring` raises, when a name is taken or what it hung on is gone."""
    rows = rows_of(kept)
    entity = entity_of(type(rows[0]))
    if entity and entity.restoring:
        entity.restoring(rows[0], log)
    _refuse_gone(rows)
    for row in rows:
        _refuse_taken(row)
        log.insert(row)
    kept.delete()
    raise_stamp()
    return rows[0]


def empty(kept: RecycleBin) -> None:
    """Forgets a deleted record for good, with the files that belonged to it."""
    publish(Emptied(rows_of(kept)))
    kept.delete()


def _refuse_gone(rows: Sequence[models.Model]) -> None:
    """What a row points to must be there or come back with it. A reference that may be empty is emptied when its record is gone for good."""
    coming = {(type(row), row.pk) for row in rows}
    asked: dict[type[models.Model], set[int]] = defaultdict(set)
    references = [
        (row, field, key)
        for row in rows
        for field in row._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and (key := getattr(row, field.attname)) is not None
        and (field.related_model, key) not in coming
    ]
    for _, field, key in references:
        asked[_target(field)].add(key)
    there = {
        model: set(model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        for model, keys in asked.items()
    }
    for row, field, key in references:
        model = _target(field)
        if key in there[model]:
            continue
        above = RecycleBin.objects.filter(kind=kind_of(model), record_id=key).first()
        word = str(model._meta.verbose_name)
        if above:
            raise Conflict("parent_gone", f"它所属的{word}「{above.title}」也在回收站里，请先恢复那一条。")
        if not field.null:
            raise Conflict("parent_gone", f"它所属的{word}已经不在了，不能恢复。")
        setattr(row, field.attname, None)


def _target(field: models.ForeignKey) -> type[models.Model]:
    return field.related_model


def _refuse_taken(row: models.Model) -> None:
    """Raises Conflict that names the record which has taken the row's place meanwhile, and its owner."""
    try:
        row.validate_unique()
        row.validate_constraints()
    except ValidationError:
        holder = _holder(row)
        known = f"「{holder}」{_owned_by(holder)}" if holder else "一条记录"
        sentence = f"「{row}」与现有的{known}重复，不能恢复；请先改掉现有那一条的名称或编号。"
        raise Conflict("name_taken", sentence) from None


def _holder(row: models.Model) -> models.Model | None:
    """The present record that has the same value where no two may have the same."""
    meta = row._meta
    unique = [[field.name] for field in meta.concrete_fields if field.unique]
    unique += [list(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields]
    for names in unique:
        values = {name: getattr(row, meta.get_field(name).attname) for name in names}
        found = None if None in values.values() else type(row)._base_manager.filter(**values).first()
        if found:
            return found
    return None


def _owned_by(holder: models.Model) -> str:
    entity = entity_of(type(holder))
    owner = getattr(holder, entity.owner) if entity and entity.owner else None
    return f"（由{owner}负责）" if owner else ""
