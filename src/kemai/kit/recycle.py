"""Deleting without losing: rows move, with what hung on them, into the recycle bin and come back under the same ids (D4, SYS-11)."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils import timezone

from kemai.kit.journal import Journal, from_image, image, kind_of, owner_key
from kemai.kit.models import RecycleBin

SCHEMA = "1"


def bin_record(log: Journal, record: models.Model, hanging: Iterable[models.Model] = ()) -> RecycleBin:
    """Deletes a record and the rows that hang on it, in the order given, and keeps them all as one tree."""
    rows = [*hanging, record]
    kept = RecycleBin.objects.create(
        kind=kind_of(record), record_id=record.pk, title=str(record)[:200], by=log.by, at=timezone.now(), schema=SCHEMA,
        tree={
            "owner": owner_key(record),
            "rows": [{"model": row._meta.label_lower, "values": _whole(row)} for row in reversed(rows)],
        },
    )  # fmt: skip
    for row in rows:
        log.delete(row)
    return kept


def _whole(row: models.Model) -> dict[str, Any]:
    hidden = {name: getattr(row, name) for name in getattr(row, "journal_hidden", ())}
    return {**image(row), **hidden}


def put_back(log: Journal, kept: RecycleBin) -> models.Model:
    """Inserts the tree again. The caller has checked that its names are still free; an IntegrityError means that they are not."""
    from django.apps import apps

    made = []
    for row in kept.tree["rows"]:
        model = apps.get_model(row["model"])
        made.append(log.insert(model(**from_image(model, row["values"]))))
    kept.delete()
    return made[0]
