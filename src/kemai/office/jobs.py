"""What is done by itself, every night."""

from kemai.kit.jobs import nightly
from kemai.office.services import recycle_bin_empty


@nightly("recycle-bin.empty")
def empty_recycle_bin() -> None:
    """Forgets what has lain in the recycle bin for longer than the parameter says (SYS-11)."""
    recycle_bin_empty()
