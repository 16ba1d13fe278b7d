"""What others may hear of people."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HandedOver:
    """Somebody left, and what they owned is the successor's now: who is to be told what (ORG-02)."""

    successor: Any
    said: str
