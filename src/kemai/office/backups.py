"""「备份」: those that Kemai makes by itself, how the last one went, and what is wrong with them (SYS-15)."""

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone

from kemai.kit import backup, jobs
from kemai.kit.access import require
from kemai.kit.backup import Kept
from kemai.kit.errors import Conflict, DomainError, NotFound
from kemai.kit.events import publish
from kemai.kit.journal import journal, log_only
from kemai.kit.models import Job
from kemai.office.events import BackupTrouble
from kemai.office.queries import setting

NIGHTLY, MANUAL = "backup.nightly", "backup.make"  # jobs


def folder() -> Path:
    """Where backups are kept."""
    return Path(setting("backup_folder")) if setting("backup_folder") else backup.backup_folder()


def kept() -> list[Kept]:
    """All backups, those before upgrades included, the newest first."""
    places = {folder(), backup.backup_folder()}
    return sorted((one for place in places for one in backup.kept_in(place)), key=lambda one: one.made_at, reverse=True)


def found(name: str) -> Kept:
    """The backup of this name. Raises NotFound."""
    one = next((one for one in kept() if one.path.name == name), None)
    if one is None:
        raise NotFound("没有这份备份，可能已经过了保留份数。")
    return one


def make(kind: str) -> Path:
    """Makes a backup, reads it again, and forgets the oldest nightly ones. Raises DomainError with what went wrong."""
    try:
        made = backup.backup_into(folder(), kind)
        with zipfile.ZipFile(made) as packed:
            broken = packed.testzip()
        if broken:
            made.unlink()
            raise DomainError("broken_backup", f"写好的备份读不出来（{broken}），请检查磁盘。")
        backup.forget_old(folder(), "nightly", setting("backup_keep"))
    except OSError as error:
        raise DomainError("no_backup", f"{error.filename or folder()}：{error.strerror or error}") from error
    return made


def make_nightly() -> None:
    """What happens every night: a backup, or an alarm. Raises DomainError when it failed."""
    if not setting("backup_nightly"):
        return
    try:
        make("nightly")
    except Exception as error:
        sentence = error.message if isinstance(error, DomainError) else f"{type(error).__name__}: {error}"
        publish(BackupTrouble(f"昨夜的自动备份没有成功：{sentence}"))
        raise DomainError("no_backup", sentence) from error


def watch() -> None:
    """Tells the administrators when there has been no backup for too long, whatever the reason."""
    if reason := too_old():
        publish(BackupTrouble(reason))


def too_old() -> str | None:
    """Why somebody should look after the backups: the newest one is older than the parameter says."""
    if not setting("backup_nightly"):
        return None
    days = setting("backup_alarm_days")
    limit = timezone.now() - timedelta(days=days)
    newest = next(iter(kept()), None)
    if newest is not None:
        last = timezone.localtime(newest.made_at)
        return f"最近一次备份是 {last:%Y-%m-%d %H:%M}，已超过 {days} 天。" if newest.made_at < limit else None
    # The log of a demonstration begins months before the system does.
    first = MigrationRecorder(connection).migration_qs.aggregate(first=Min("applied"))["first"]
    return f"已经超过 {days} 天没有任何备份。" if first and first < limit else None


def trouble() -> str | None:
    """What stands on the pages of administrators until it is mended."""
    if not setting("backup_nightly"):
        return None
    ended = [Job.State.DONE, Job.State.FAILED]
    last = Job.objects.filter(name=NIGHTLY, state__in=ended).order_by("-run_at").first()
    if last and last.state == Job.State.FAILED:
        newest = next(iter(kept()), None)
        if newest is None or newest.made_at < last.run_at:
            return f"最近一次自动备份没有成功：{last.error}"
    return too_old()


def running() -> bool:
    """Whether a backup is being made, or is about to be."""
    now = timezone.now()
    return Job.objects.filter(
        name__in=[NIGHTLY, MANUAL], state__in=[Job.State.WAITING, Job.State.RUNNING], run_at__lte=now
    ).exists()


def failed_by_hand() -> str:
    """Why the last backup made by hand failed, "" when it did not."""
    last = Job.objects.filter(name=MANUAL).order_by("-pk").first()
    return last.error if last and last.state == Job.State.FAILED else ""


def ask_for_one(by: Any) -> None:
    """「立即备份」: made in the background. Raises Forbidden; Conflict when one is being made already."""
    require(by, "backup.manage")
    if running():
        raise Conflict("running", "正在备份，请稍等片刻。")
    with journal(by=by, deed="backup.make") as log:
        log.kind = "backup"
        jobs.enqueue(MANUAL)


def to_download(name: str, by: Any) -> Path:
    """The file of a backup; who takes it away is in the log. Raises Forbidden, NotFound."""
    require(by, "backup.download")
    path = found(name).path
    log_only(by=by, deed="backup.download", note=name)
    return path
