"""What others may hear of people."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class EmployeeLeft:
    """Somebody left; what they own is to be handed to the successor, where one is named (ORG-02).

    Whoever hands something over says in `moved` how many of what: {"客户": 12}.
    """

    employee: Any
    successor: Any
    by: Any
    moved: dict[str, int] = field(default_factory=dict)
