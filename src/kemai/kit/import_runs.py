"""Imports as the API and the pages drive them: small ones at once, large ones as a job of the runner."""

import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from kemai.kit import import_kept, importing, sheets, undo
from kemai.kit.errors import Conflict, DomainError, Invalid
from kemai.kit.jobs import enqueue, job, nightly
from kemai.kit.models import Import, Job

KEPT_DAYS = 30  # for which an uploaded file is kept
AT_ONCE = 500  # rows that are written while the person waits
PREVIEW_AT_ONCE = 20_000  # rows that are judged while the person waits
_PREVIEW, _COMMIT, _UNDO = "import.preview", "import.commit", "import.undo"


def upload(file: UploadedFile | None, kind: str, raw_options: Mapping[str, Any], *, by: Any) -> Import:
    """Takes a file in and judges its rows. Raises Forbidden, Invalid, DomainError for what cannot be read."""
    entity = importing.importable(kind, by)
    if file is None:
        raise Invalid({"file": ["请选择要导入的文件。"]})
    if (file.size or 0) > sheets.LARGEST_FILE:
        sentence = sheets.SENTENCES["too_large"]
        raise DomainError("file_too_large", sentence, fields={"file": [sentence]}, status=413)
    options = importing.read_options(entity, by, raw_options)
    with tempfile.NamedTemporaryFile() as kept:
        for part in file.chunks():
            kept.write(part)
        kept.flush()
        run = importing.receive(Path(kept.name), file_name=file.name or "", entity=entity, by=by, options=options)
    return judge(run)


def judge(run: Import) -> Import:
    """The preview: at once, or for many rows as a job."""
    if run.total <= PREVIEW_AT_ONCE:
        return importing.preview(run)
    enqueue(_PREVIEW, import_id=run.pk)
    return run


def settle_anew(run: Import, raw_options: Mapping[str, Any], *, by: Any) -> Import:
    """Another mapping or other options, and a new preview. Raises Conflict for an import that has begun."""
    _own(run, by)
    options = importing.read_options(importing.importable(run.kind, by), by, raw_options)
    importing.resettle(run, options)
    return judge(run)


def commit(run: Import, *, by: Any) -> Import:
    """Writes the rows: at once, or as a job. One that stopped half-way goes on. Raises Conflict when it runs or is done."""
    _own(run, by)
    importing.importable(run.kind, by)
    importing.refuse_missing(run)
    with transaction.atomic():
        if not Import.objects.filter(pk=run.pk, state__in=_open_states(run)).update(
            state=Import.State.WAITING, error=""
        ):
            raise Conflict("wrong_state", f"这次导入{Import.objects.get(pk=run.pk).get_state_display()}，不能再导入。")
        if run.total > AT_ONCE:
            enqueue(_COMMIT, import_id=run.pk)
    if run.total <= AT_ONCE:
        return importing.commit(run)
    run.refresh_from_db()
    return run


def can_commit(run: Import) -> bool:
    """Whether the rows of an import can be written now: nobody has begun, or who was at it has stopped half-way."""
    return run.state in _open_states(run)


def _open_states(run: Import) -> list[Import.State]:
    states = Import.State
    return [states.PLANNED, states.FAILED] + ([] if _has_job(run, _COMMIT) else [states.RUNNING])


def take_back(run: Import, *, by: Any) -> undo.Undone | None:
    """Takes the import back: at once, or as a job (None). Raises what `undo.import_to_undo` refuses."""
    undo.import_to_undo(run.pk, by)
    if run.total <= AT_ONCE:
        return undo.undo_import(run, by=by)
    with transaction.atomic():
        Import.objects.filter(pk=run.pk).exclude(state=Import.State.UNDONE).update(state=Import.State.UNDOING)
        if not _has_job(run, _UNDO):
            enqueue(_UNDO, import_id=run.pk, by_id=by.pk)
    return None


def _own(run: Import, by: Any) -> None:
    if run.by_id != by.pk:
        raise DomainError("not_yours", f"这次导入由{run.by}上传，只有本人可以继续。", status=403)


def _has_job(run: Import, name: str) -> bool:
    alive = [Job.State.WAITING, Job.State.RUNNING]
    return Job.objects.filter(name=name, state__in=alive, arguments__import_id=run.pk).exists()


@job(_PREVIEW)
def _preview_job(import_id: int) -> None:
    importing.preview(_run(import_id))


@job(_COMMIT)
def _commit_job(import_id: int) -> None:
    importing.commit(_run(import_id))


@job(_UNDO)
def _undo_job(import_id: int, by_id: int) -> None:
    by = Import._meta.get_field("by").related_model._base_manager.get(pk=by_id)
    undo.undo_import(_run(import_id), by=by)


@nightly("import.clean")
def clean() -> None:
    """Uploaded files are kept for KEPT_DAYS: as long as somebody may want the refused rows. Imports that never began go whole; files that
    belong to no import, and what previews have read, go after a day."""
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS)
    states = Import.State
    old = Import.objects.filter(at__lt=long_ago).exclude(stored="")
    for run in old.filter(state__in=[states.PLANNING, states.PLANNED]):
        importing.discard(run)
    for run in old.filter(state__in=[states.DONE, states.FAILED, states.UNDONE]):
        importing.drop_files(run)
        Import.objects.filter(pk=run.pk).update(stored="")
    kept, yesterday = set(), time.time() - 24 * 60 * 60
    import_kept.drop_older(yesterday)
    for stored, columns in Import.objects.exclude(stored="").values_list("stored", "columns"):
        kept |= {stored, columns.get("book")}
    for file in (settings.MEDIA_ROOT / "imports").glob("*.*"):
        if file.name not in kept and file.stat().st_mtime < yesterday:
            file.unlink(missing_ok=True)


def _run(import_id: int) -> Import:
    return Import.objects.select_related("by").get(pk=import_id)
