"""What one person may see of one kind of record, and how a query is told so that it stays quick at a million (D1)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import BigAutoField, F, Func, Q, QuerySet
from django.utils.functional import cached_property

from kemai.kit.prepared import Ids, OneOf, Slot

SMALL_RANGE = (
    5000  # records: below it the range's own index is used and the result sorted; above it the sort index is walked
)


class NoIndex(Func):
    """The same value, written so that the planner does not use an index on it."""

    template = "+%(expressions)s"
    arity = 1

    def as_postgresql(self, compiler, connection, **extra):
        kind = self.output_field.get_internal_type()
        template = "(%(expressions)s || '')" if kind in ("CharField", "TextField") else "(%(expressions)s + 0)"
        if kind in ("DateTimeField", "DateField"):
            template = "(%(expressions)s + interval '0')"
        return super().as_sql(compiler, connection, template=template, **extra)


class LazyIds(Collection[int]):
    """Ids that are read when somebody asks for one: of a record of one's own nobody does."""

    def __init__(self, load: Callable[[], frozenset[int]]) -> None:
        self._load = load

    @cached_property
    def found(self) -> frozenset[int]:
        """The ids."""
        return self._load()

    def __contains__(self, pk: object) -> bool:
        return pk in self.found

    def __iter__(self) -> Iterator[int]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


@dataclass(frozen=True)
class Reach:
    """Records of these owners, these single records, or everything.

    `owner` and `record` are ORM paths from the kind in question: a contact is reached through `customer__owner` and `customer`.
    """

    everything: bool = False
    owners: frozenset[int] = frozenset()
    nobody: bool = False  # records without an owner too
    ids: Collection[int] = frozenset()  # single records that there are, shared ones for instance
    apart: bool = False  # none of the single records is an owner's: the sum of counts is the total
    owner: str = "owner"
    record: str = "pk"
    tally: str = ""  # the kind whose counts by owner tell how large this reach is
    also: Q | None = field(default=None, compare=False)  # reached by another condition (private contacts of one's own)
    above: Callable[[Any], bool] | None = field(
        default=None, compare=False
    )  # whether all that hangs on this record by `record` is reached

    def through(self, path: str) -> "Reach":
        """The reach of records that hang on these ones by the foreign key `path`."""
        above = self.covers if self.tells else None
        return replace(self, owner=f"{path}__{self.owner}", record=path, above=above)

    def where(self, *, walk: bool = False) -> Q:
        """The condition. With `walk` it is written so that only the sort index can be used."""
        if self.everything:
            return Q()
        parts = Q(pk__in=())
        if self.owners:
            parts |= _owned(f"{self.owner}_id", self.owners, walk)
        if self.nobody:
            parts |= Q(**{f"{self.owner}__isnull": True})
        if self.ids:
            path = self.record if self.record == "pk" else f"{self.record}_id"
            parts |= Q(OneOf(NoIndex(F(path)) if walk else path, self.ids))
        return parts | self.also if self.also else parts

    def apply(self, records: QuerySet, *, walk: bool = False) -> QuerySet:
        """The records of the query that are within reach."""
        return records if self.everything else records.filter(self.where(walk=walk))

    @property
    def tells(self) -> bool:
        """Whether `covers` can tell from a record alone."""
        return self.everything or (self.record == "pk" and "__" not in self.owner and self.also is None)

    def covers(self, record: Any) -> bool:
        """Whether the record is within reach; to be asked where `tells`."""
        if self.everything:
            return True
        owner = getattr(record, f"{self.owner}_id", None)
        return owner in self.owners or (self.nobody and owner is None) or record.pk in self.ids

    @property
    def nothing(self) -> bool:
        """Whether there is nothing within reach."""
        return not (self.everything or self.owners or self.nobody or self.ids or self.also)

    @property
    def shape(self) -> tuple:
        """What decides the form of the statement, whatever the values are."""
        return self.everything, self.nobody, self.owner, self.record, min(len(self.owners), 2), bool(self.ids)

    @classmethod
    def slotted(cls, shape: tuple, *, walk: bool) -> "Reach":
        """A reach of this shape with slots for its values, for a statement that is worked out once."""
        everything, nobody, owner, record, owners, ids = shape
        one: Any = Slot("owner", BigAutoField()) if owners == 1 and not walk else Ids("owners")
        single: Any = Ids("ids") if ids else frozenset()
        return cls(everything, one if owners else frozenset(), nobody, single, owner=owner, record=record)

    @property
    def slots(self) -> dict[str, Any]:
        """What fills the slots of `slotted`."""
        return {"owners": self.owners, "owner": next(iter(self.owners), None), "ids": self.ids}

    def minus_owner(self, owner_id: int) -> "Reach":
        """The same without one owner's records."""
        return replace(self, owners=self.owners - {owner_id}, apart=False)


def _owned(path: str, owners: Collection[int] | Slot, walk: bool) -> Q:
    if isinstance(owners, Slot) and not isinstance(owners, Ids):
        return Q(**{path: owners})
    if walk:
        return Q(OneOf(NoIndex(F(path)), owners))
    return Q(OneOf(path, owners)) if isinstance(owners, Ids) else Q(**{f"{path}__in": sorted(owners)})


NOTHING = Reach()
EVERYTHING = Reach(everything=True)
