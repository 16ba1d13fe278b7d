"""What files do when others tell something."""

from kemai.files.models import Attachment
from kemai.files.services import drop_later
from kemai.kit.events import on
from kemai.kit.recycle import Emptied


@on(Emptied)
def remove_bytes(event: Emptied) -> None:
    """A file that never comes back leaves the disk (SYS-11)."""
    for row in event.rows:
        if isinstance(row, Attachment):
            drop_later(row)
