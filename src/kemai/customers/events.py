"""What others may hear of customers."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kemai.kit.journal import Journal


@dataclass(frozen=True)
class OwnerChanged:
    """Customers, by their ids, changed hands together. `deed` is claim, release, recall, assign, create or hand_over; None stands for the pool.

    `new` says that the customers were made by this very deed."""

    customers: Sequence[int]
    from_owner_id: int | None
    to_owner_id: int | None
    deed: str
    by: Any
    log: Journal
    new: bool = False


@dataclass(frozen=True)
class SharesEnded:
    """Somebody with whom a customer was shared may see it no longer."""

    customer: Any
    log: Journal


@dataclass(frozen=True)
class ContactsDeleted:
    """Contacts are about to leave for the recycle bin: what points to them must let go of them now."""

    contacts: Sequence[Any]
    log: Journal


@dataclass(frozen=True)
class Renamed:
    """A customer or contact has another name now."""

    record: Any
    log: Journal


@dataclass(frozen=True)
class DemonstrationMade:
    """The demonstration company has its customers: upper floors add their own, by the same chance and people (by log-in name)."""

    chance: random.Random
    people: Mapping[str, Any]


@dataclass(frozen=True)
class DemonstrationPlanned:
    """The demonstration company's months are about to be played: upper floors plan their own deeds in its calendar.

    `plan` is a `kemai.customers.demo.lives.Plan`.
    """

    plan: Any
