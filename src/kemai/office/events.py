"""What others may hear of the company's set-up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BackupTrouble:
    """A nightly backup failed, or there has been none for too long (SYS-15). `sentence` says which."""

    sentence: str
