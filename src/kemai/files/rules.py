"""Decisions about files."""

from typing import Any

from kemai.files.models import Attachment
from kemai.kit import doors
from kemai.kit.access import may
from kemai.kit.entity import registry
from kemai.kit.errors import Reason


def why_not_delete(attachment: Attachment, by: Any) -> str | None:
    """Files are deleted by who added them, by the owner of the record, and by who may change the record."""
    if attachment.created_by_id == by.pk:
        return None
    entity = registry.get(attachment.kind)
    record = entity.model._base_manager.filter(pk=attachment.record_id).first() if entity else None
    if entity is not None and record is not None:
        if entity.owner and getattr(record, f"{entity.owner}_id") == by.pk:
            return None
        changes = bool(entity.form and entity.form.change) and may(by, entity.right("change"))
        if changes and doors.refuses_change(entity, by, record) is None:
            return None
    return Reason("只有上传人、负责人，或能修改这条记录的人可以删除附件。", "not_owner", 403)
