"""Writes: files of records. The bytes lie below the data folder under a random name; the row says what they are and on what they hang."""

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from kemai.files import content, rules
from kemai.files.models import Attachment
from kemai.files.queries import files_of as files_of
from kemai.files.queries import holder_of
from kemai.kit.access import require
from kemai.kit.entity import registry
from kemai.kit.errors import Conflict, DomainError, Invalid
from kemai.kit.journal import Journal
from kemai.kit.recycle import bin_record
from kemai.kit.workflow import creation, deed
from kemai.office.queries import setting

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Stored:
    """What lies on the disk now."""

    name: str
    path: str
    size: int
    sha256: str
    content_type: str


def attachment_add(values: dict[str, Any], *, by: Any) -> Attachment:
    """Stores a file at a record that the person may see: `kind`, `record`, `file` (a Django File; bytes as ContentFile) and `purpose`.

    Raises Forbidden, NotFound, Invalid for a file that is too large, empty, a program, or not what its name says (SEC-04).
    """
    require(by, "attachment.add")
    holder_of(values["kind"], values["record"], by)
    picture = values.get("purpose") == Attachment.Purpose.PICTURE
    stored = _store(values["file"], picture=picture)
    try:
        return _attachment_create({**values, "stored": stored}, by=by)
    except BaseException:
        _drop(stored.path)
        raise


@creation("attachment.create", right="attachment.add")
def _attachment_create(values: dict[str, Any], *, by: Any, log: Journal) -> Attachment:
    stored: Stored = values["stored"]
    purpose = Attachment.Purpose(values.get("purpose") or Attachment.Purpose.FILE)
    attachment = Attachment(
        kind=values["kind"], record_id=values["record"], purpose=purpose, name=stored.name, size=stored.size,
        content_type=stored.content_type, sha256=stored.sha256, stored=stored.path,
    )  # fmt: skip
    if purpose == Attachment.Purpose.PICTURE:
        _replace_picture(attachment, by, log)
    log.insert(attachment)
    return attachment


def _replace_picture(attachment: Attachment, by: Any, log: Journal) -> None:
    """A record has one picture; the former one goes to the recycle bin."""
    former = Attachment.objects.filter(
        kind=attachment.kind, record_id=attachment.record_id, purpose=Attachment.Purpose.PICTURE
    )
    for picture in former.select_for_update(of=("self",)):
        if reason := rules.why_not_delete(picture, by):
            raise DomainError.of(reason)
        bin_record(log, picture)


@deed("attachment.delete", right="attachment.delete", guards=[rules.why_not_delete])
def attachment_delete(attachment: Attachment, *, by: Any, log: Journal) -> None:
    """Moves a file to the recycle bin; its bytes stay until the bin is emptied."""
    bin_record(log, attachment)


def attachment_restoring(attachment: Attachment, log: Journal) -> None:
    """A file comes back to its record; the record's second picture comes back as a file. Raises Conflict when the record is gone."""
    entity = registry.get(attachment.kind)
    if entity is None or not entity.model._base_manager.filter(pk=attachment.record_id).exists():
        raise Conflict("parent_gone", "它所属的记录已经不在了，请先恢复那条记录。")
    pictures = Attachment.objects.filter(
        kind=attachment.kind, record_id=attachment.record_id, purpose=Attachment.Purpose.PICTURE
    )
    if attachment.purpose == Attachment.Purpose.PICTURE and pictures.exists():
        attachment.purpose = Attachment.Purpose.FILE


def path_of(attachment: Attachment) -> Path:
    """Where the bytes of a file lie."""
    return Path(settings.MEDIA_ROOT) / attachment.stored


def _store(file: File, *, picture: bool) -> Stored:
    """Writes the bytes to the disk, measuring and hashing them on the way. Raises Invalid, or DomainError when the disk refuses."""
    name = content.clean_name(file.name or "")
    most = setting("attachment_max_mb")
    too_large = Invalid({"file": [f"「{name}」超过 {most} MB，不能上传。"]})
    if file.size is not None and file.size > most * MEGABYTE:
        raise too_large
    file.seek(0)
    sample = file.read(content.SAMPLE)
    content_type = content.type_of(sample, name)
    if not sample:
        raise Invalid({"file": [f"「{name}」是空文件，请检查。"]})
    if reason := content.why_not_take(content_type, name, picture=picture):
        raise Invalid({"file": [reason]})
    file.seek(0)
    random = secrets.token_hex(16)
    place = f"{random[:2]}/{random[2:]}"
    try:
        size, digest = _write(file, Path(settings.MEDIA_ROOT) / place, most * MEGABYTE)
    except OSError as error:
        _drop(place)
        raise DomainError(
            "not_stored", "文件没有保存成功，服务器的磁盘可能已满，请告诉系统管理员。", status=503
        ) from error
    if size > most * MEGABYTE:
        _drop(place)
        raise too_large
    return Stored(name, place, size, digest, content_type)


def _write(file: File, target: Path, most: int) -> tuple[int, str]:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stored:
        for chunk in file.chunks():
            size += len(chunk)
            if size > most:
                break
            digest.update(chunk)
            stored.write(chunk)
        stored.flush()
        os.fsync(stored.fileno())
    return size, digest.hexdigest()


def drop_later(attachment: Attachment) -> None:
    """Removes the bytes of a file when the transaction that forgets it is through."""
    transaction.on_commit(lambda: _drop(attachment.stored))


def _drop(place: str) -> None:
    with suppress(OSError):
        (Path(settings.MEDIA_ROOT) / place).unlink()
