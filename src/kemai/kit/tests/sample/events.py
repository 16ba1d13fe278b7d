"""What others may hear of sample orders."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SampleOrderApproved:
    """The last approver has agreed."""

    order: Any
    by: Any
