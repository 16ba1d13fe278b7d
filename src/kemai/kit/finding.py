"""「查找下一个」: the next record of a list, in its order and over its pages, whose column holds a value (LST-05)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kemai.kit.columns import BoundColumn
from kemai.kit.errors import Malformed
from kemai.kit.filters import TEXTUAL, condition_of
from kemai.kit.listing import Listing
from kemai.kit.prepared import OneOf
from kemai.kit.values import NO, YES

STRETCHES = (200, 2_000, 20_000, 200_000)  # records looked at in turn: what is near costs little at a million
NEAR = 3  # stretches after which all matches are looked for at once
RARE = 50_000  # matches that are remembered while the list is walked


@dataclass(frozen=True)
class Found:
    """A record that matches: its place in the list, from 0, and whether the search began anew at the top."""

    id: int
    position: int
    wrapped: bool


def find_next(listing: Listing, name: str, value: str, after: int | None = None) -> Found | None:
    """The next match after the record `after` of the question's page, or from that page on; at the end it goes on at the top.

    Raises Malformed for a column that cannot be searched by this person, or a value that it cannot hold.
    """
    column = next((one for one in listing.columns if one.name == name and one.filterable), None)
    if column is None:
        raise Malformed("not_findable", "不能在这一列里查找。")
    row = _asked(column, value.strip())
    if row is None:
        return None
    condition = condition_of({"op": "and", "rows": [row]}, listing.columns, listing.by)
    start = (listing.question.page - 1) * listing.question.page_size
    if after in listing.ids:
        start += listing.ids.index(after) + 1
    model = listing.entity.model._base_manager
    known: set[int] | None = None  # all matches, when they are few
    for at, (begin, end) in enumerate((*_stretches(start, None), *_stretches(0, start))):
        if at == NEAR:
            known = set(listing.matching().filter(condition).values_list("pk", flat=True)[: RARE + 1])
            if not known:
                return None
            known = known if len(known) <= RARE else None
        ids = list(listing.ordered.values_list("pk", flat=True)[begin:end])
        hits = known or set(model.filter(OneOf("pk", ids)).filter(condition).values_list("pk", flat=True))
        for place, pk in enumerate(ids, begin):
            if pk in hits:
                return Found(pk, place, place < start)
    return None


def _stretches(begin: int, end: int | None) -> Iterator[tuple[int, int | None]]:
    """Growing slices from begin to end; the last one takes what remains."""
    for size in STRETCHES:
        if end is not None and begin + size >= end:
            break
        yield begin, begin + size
        begin += size
    if end is None or begin < end:
        yield begin, end


def _asked(column: BoundColumn, value: str) -> dict[str, Any] | None:
    """The filter's row that means "looks like this"; None when no value of the column does."""
    if not value:
        raise Malformed("nothing_to_find", "请填写要查找的内容。")
    if column.kind in TEXTUAL or column.kind == "reference":
        return {"field": column.name, "cond": "contains", "value": value}
    if column.kind == "bool":
        if value.lower() not in YES | NO:
            return None
    elif column.kind == "choice":
        like = [known for known, word in column.spec.choices() if value.casefold() in str(word).casefold()]
        return {"field": column.name, "cond": "eq", "value": like} if like else None
    return {"field": column.name, "cond": "eq", "value": value}


def found_json(listing: Listing, found: Found | None) -> dict[str, Any]:
    """The answer as pages and programs read it."""
    if found is None:
        return {"found": False, "message": "没有找到符合的记录。"}
    return {
        "found": True,
        "id": found.id,
        "page": found.position // listing.question.page_size + 1,
        "wrapped": found.wrapped,
        "message": "已到末尾，从头找到这一条。" if found.wrapped else "",
    }
