"""What others may hear of people."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EmployeeLeft:
    """Somebody left; what they own is to be handed to the successor, where one is named (ORG-02)."""

    employee: Any
    successor: Any
    by: Any
