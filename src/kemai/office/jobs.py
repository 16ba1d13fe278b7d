"""What is done by itself, every night."""

from kemai.kit.jobs import job, nightly
from kemai.office import backups
from kemai.office.services import recycle_bin_empty


@nightly("recycle-bin.empty")
def empty_recycle_bin() -> None:
    """Forgets what has lain in the recycle bin for longer than the parameter says (SYS-11)."""
    recycle_bin_empty()


@nightly(backups.NIGHTLY)
def back_up() -> None:
    """Backs everything up and forgets the oldest backups (SYS-15)."""
    backups.make_nightly()


@nightly("backup.watch")
def watch_backups() -> None:
    """Raises an alarm when there has been no backup for days (SYS-15)."""
    backups.watch()


@job(backups.MANUAL)
def back_up_now() -> None:
    """「立即备份」."""
    backups.make("manual")
