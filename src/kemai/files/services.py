"""Writes: files of records."""

from kemai.files.models import Attachment


def files_of(kind: str, record_id: int) -> list[Attachment]:
    """The files that hang on a record."""
    return list(Attachment.objects.filter(kind=kind, record_id=record_id))
