"""What every kind of record has in its table."""

from django.conf import settings
from django.db import models


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
