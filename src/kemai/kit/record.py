"""What every kind of record has in its table, and records from the values of a form."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.conf import settings
from django.db import models

M = TypeVar("M", bound=models.Model)


class Record(models.Model):
    """Base of all kinds: version for two editors of one record (D6), author and time. Written by services through the journal."""

    version = models.PositiveIntegerField("版本", default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name="创建人"
    )
    created_at = models.DateTimeField("创建时间", editable=False)
    updated_at = models.DateTimeField("修改时间", editable=False)

    derived_fields: frozenset[str] = frozenset()  # change without raising the version: facts worked out from elsewhere
    journal_hidden: frozenset[str] = frozenset()  # never written into the journal

    class Meta:
        abstract = True


def build(model: type[M], values: Mapping[str, Any], **more: Any) -> M:
    """A record that is not saved yet, from the values of a form: references come as ids. `more` is what the form does not say."""
    return _fill(model(**more), values)


def with_values(record: M, values: Mapping[str, Any]) -> M:
    """A copy of the record with these values, to look at before anything is written."""
    copied = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
    return _fill(type(record)(**copied), values)


def _fill(record: M, values: Mapping[str, Any]) -> M:
    for name, value in values.items():
        setattr(record, record._meta.get_field(name).attname, value)
    return record
