"""What others may hear of customers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class OwnerChanged:
    """A customer changed hands. `deed` is claim, release, recall, assign, create or hand_over; None stands for the pool."""

    customer: Any
    from_owner_id: int | None
    to_owner_id: int | None
    deed: str
    by: Any
