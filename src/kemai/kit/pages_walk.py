"""「上一条」「下一条」: from a record through the list that one came from (LST-16)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kemai.kit import shell
from kemai.kit.entity import Entity
from kemai.kit.errors import DomainError
from kemai.kit.listing import Listing
from kemai.kit.question import Question

NEAR = 50  # places up and down in which a record is looked for that no longer stands where it stood
LAST_PLACE = 100_000_000
OWN = frozenset({"at", "tab", "page", "page_size"})  # what the address says about the place rather than about the list


@dataclass
class Walk:
    """Where a record stands in its list, and the addresses of its neighbours; "" where there is none."""

    place: int
    total: int | None
    before: str
    after: str


def walk_of(entity: Entity, by: Any, pk: int, params: Mapping[str, str]) -> Walk | None:
    """The neighbours of a record in the list of which the address speaks (`view`, `q`, `filter`, `sort`, its place in `at`); None when it
    came from no list, or stands there no more. The place makes it cheap: a few ids around it, wherever in a million it is."""
    place = params.get("at", "")
    if not (place.isascii() and place.isdigit() and 0 < int(place) <= LAST_PLACE):
        return None
    asked = {name: value for name, value in params.items() if name not in OWN}
    try:
        listing = Listing(entity, by, Question.of(entity, asked, by))
        ids = listing.ordered.values_list("pk", flat=True)
        found = _around(ids, int(place), 1, pk) or _around(ids, int(place), NEAR, pk)
        total = None if listing.question.q or listing.question.filter else listing.total
    except DomainError:
        return None
    if found is None:
        return None
    at, before, after = found

    def address(other: int | None, step: int) -> str:
        return shell.address(f"/{entity.slug}/{other}", **{**asked, "at": at + step}) if other else ""

    return Walk(at, total, address(before, -1), address(after, +1))


def _around(ids: Any, place: int, reach: int, pk: int) -> tuple[int, int | None, int | None] | None:
    """The record's true place and the ids before and after it, looked for within so many places."""
    start = max(0, place - 1 - reach)
    near: list[int] = list(ids[start : place + reach])
    if pk not in near:
        return None
    at = near.index(pk)
    if (at == 0 and start) or (at == len(near) - 1 and len(near) == place + reach - start):
        return _around(ids, start + at + 1, 1, pk) if reach > 1 else None
    return start + at + 1, near[at - 1] if at else None, near[at + 1] if at + 1 < len(near) else None
