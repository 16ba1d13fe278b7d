"""Counts by owner, kept exact in the transaction of every write, so that totals and tab counts cost nothing at a million (D3)."""

from collections.abc import Iterable, Mapping

from django.db.models import CharField, F

from kemai.kit.models import Tally
from kemai.kit.prepared import Prepared, Slot


def add(changes: Mapping[tuple[str, int], int]) -> None:
    """Adds the changes. The rows are touched in one order by everybody, and last in a deed, so that two deeds never wait for each other."""
    for (kind, owner_id), change in sorted(changes.items()):
        if not change:
            continue
        row = Tally.objects.filter(kind=kind, owner_id=owner_id)
        if not row.update(count=F("count") + change):
            _, made = Tally.objects.get_or_create(kind=kind, owner_id=owner_id, defaults={"count": change})
            if not made:
                row.update(count=F("count") + change)


_table = Prepared(lambda: Tally.objects.filter(kind=Slot("kind", CharField())).values_list("owner_id", "count"))


def table(kind: str) -> dict[int, int]:
    """The counts of a kind by owner; 0 stands for nobody."""
    return dict(_table.rows(kind=kind))


def recount(kind: str, owner_ids: Iterable[int | None]) -> None:
    """Sets the counts anew from the owners of all records (after a bulk load, or when the self-check found a difference)."""
    counts: dict[int, int] = {}
    for owner_id in owner_ids:
        counts[owner_id or 0] = counts.get(owner_id or 0, 0) + 1
    Tally.objects.filter(kind=kind).delete()
    Tally.objects.bulk_create(
        Tally(kind=kind, owner_id=owner_id, count=count) for owner_id, count in sorted(counts.items())
    )
