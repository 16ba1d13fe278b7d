"""From a declaration and what was asked to one page of rows. The same for page, API, export and "all that match" (D1, D3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db.models import F, Model, OrderBy, Q, QuerySet, Sum
from django.db.models.lookups import IsNull
from django.utils.functional import cached_property

from kemai.kit import tally
from kemai.kit.access import may
from kemai.kit.categories import tree_of
from kemai.kit.columns import BoundColumn, Cell, Strip, bound_columns, columns_for
from kemai.kit.entity import Entity, View
from kemai.kit.errors import Malformed
from kemai.kit.filters import condition_of
from kemai.kit.layouts import ColumnLayout, layout_of
from kemai.kit.prepared import Ids, OneOf, Prepared, ids_of
from kemai.kit.question import Question
from kemai.kit.reach import SMALL_RANGE, NoIndex, Reach
from kemai.kit.search import Match
from kemai.kit.search_docs import index_of
from kemai.kit.search_names import by_dictionary, by_names
from kemai.kit.values import model_field_at, readable

# rows of the sort index that are looked through for a common term, before it is known how dense it is
FIRST_BLOCK = 400
FURTHEST = 20_000  # rows that are looked through at most
SURE = 5  # hits that tell how dense a term is
NEAR_RANGE = 50_000  # records of a range whose whole order is read for a common term, rather than the sort index walked
QUICKLY_COUNTED = 1000  # records whose texts are looked at before a page is shown
RARE_TERM = 5000  # records: a search with at most so many hits is answered from the text index alone
BULK_LIMIT = 10_000  # records that one bulk deed takes


@dataclass(slots=True)
class Row:
    """One record of a list: its id and a cell per column."""

    id: int
    cells: Sequence[Cell]
    tone: str = ""


@dataclass(slots=True)
class Sheet:
    """The rows of a page by column, as they are made and shown: a thousand cells would take as long as finding them."""

    ids: Sequence[int]
    strips: Sequence[Strip]
    tones: Sequence[str]


@dataclass(eq=False)
class Listing:
    """One answer: columns, rows of the page, the exact total. Nothing is read before it is asked for."""

    entity: Entity
    by: Any
    question: Question
    records: QuerySet | None = None  # instead of the view's: the records of a tab
    layout: ColumnLayout | None = None  # where it has been read already
    _alone: Match | None = field(
        default=None, init=False
    )  # what the text index alone is asked: no dictionary has the words
    _only_text: bool = field(default=False, init=False)  # whether the search text alone narrows

    @cached_property
    def view(self) -> View:
        return self.entity.view(self.question.view) or self.entity.all_views[0]

    @cached_property
    def columns(self) -> list[BoundColumn]:
        return columns_for(self.by, self.entity, self.view)

    @cached_property
    def shown(self) -> list[BoundColumn]:
        """The columns of the list page as the person has laid them out; those of a tab as declared."""
        layout = self.layout or (layout_of(self.by, self.entity, self.view) if self.records is None else ColumnLayout())
        return layout.shown(self.columns, self.view)

    @cached_property
    def reach(self) -> Reach:
        return self.view.reach(self.by, **self.question.options)

    @cached_property
    def tallies(self) -> Mapping[int, int]:
        """Counts by owner of this kind, for the total and the tabs' counts."""
        return tally.table(self.entity.name) if self.entity.owner else {}

    @cached_property
    def _narrowed(self) -> Q | None:
        """What search, filter and the view's options leave; None when they leave everything. Common terms are looked up row by row."""
        return self._narrow()

    def _narrow(self, *, by_hits: bool = False) -> Q | None:
        """`_narrowed`; with `by_hits` common terms are found from the text index instead: for counts, and where their rows lie far apart."""
        parts = []
        if (condition := self._in_category(by_hits=by_hits)) is not None:
            parts.append(condition)
        if self.view.where and (narrowed := self.view.where(self.by, self.question.options)) is not None:
            parts.append(narrowed)
        if self.question.filter:
            parts.append(condition_of(self.question.filter, self.columns, self.by))
            parts += [
                self._in_index(match, by_hits) for match in self._filtered_names() if by_hits or self._is_rare(match)
            ]
        if self.question.q:
            parts.append(self._searched(readable(self.question.q), by_hits))
        self._only_text = len(parts) == 1 and bool(self.question.q)
        if not parts:
            return None
        whole = parts[0]
        for part in parts[1:]:
            whole &= part
        return whole

    @cached_property
    def category_ids(self) -> Sequence[int] | None:
        """The categories whose records are listed; empty: those that stand in none; None: all records.

        「分级显示」 shows what stands directly in a category; who searches or filters there looks through everything below it.
        """
        mode, node = self.question.mode, self.question.node
        if mode not in ("level", "subtree") or self.records is not None:
            return None
        if mode == "level" and not (self.question.q or self.question.filter):
            return [node] if node else []
        return [one.id for one in tree_of(self.entity.name).by_id[node].with_below()] if node else None

    def _in_category(self, *, by_hits: bool = False) -> Q | None:
        """The condition of the category: by its index where it holds few records or is counted, else checked along the walk (D1)."""
        ids = self.category_ids
        if ids is None or self.entity.classified is None:
            return None
        path = f"{self.entity.classified.field}_id"
        if not self._small and (by_hits or self._category_is_rare):
            return Q(**{f"{path}__in": ids}) if ids else Q(**{f"{path}__isnull": True})
        return Q(OneOf(NoIndex(F(path)), ids)) if ids else Q(IsNull(NoIndex(F(path)), True))

    @cached_property
    def _category_is_rare(self) -> bool:
        """Whether the person reaches so few records of the category that they are found by its index and sorted."""
        if self._small or not self.category_ids or self.entity.classified is None:
            return False
        within = self.entity.model._base_manager.filter(**{f"{self.entity.classified.field}_id__in": self.category_ids})
        reached = self.reach.apply(within, walk=True)
        return reached.values_list("pk")[: SMALL_RANGE + 1].count() <= SMALL_RANGE

    def _searched(self, text: str, by_hits: bool) -> Q:
        """Every word of the text is found in the index or is a part of a dictionary word, by fields that the person may have (D2, D8)."""
        search = self.entity.search
        if search is None:
            return by_names(self.entity, self.columns, text, by_hits)
        whole = self._asked_of_index(text)
        if whole.blank:
            return Q()
        dictionaries = [column for column in self.columns if column.name in search.words]
        named = {match.words[0]: by_dictionary(dictionaries, match.words[0]) for match in whole.by_word()}
        if not any(named.values()):
            self._alone = whole
            return self._in_index(whole, by_hits)
        found = Q()
        for match in whole.by_word():
            found &= self._in_index(match, by_hits) | named[match.words[0]]
        return found

    def _asked_of_index(self, text: str) -> Match:
        allowed = {column.name for column in self.columns}
        hidden = self.view.public
        search = self.entity.search
        columns = search.columns.items() if search else ()
        return index_of(self.entity.name).match(
            text,
            [
                name
                for name, of in columns
                if (of in allowed or (not of and not hidden)) and may(self.by, search.rights.get(name, ""))
            ],
        )

    def _filtered_names(self) -> list[Match]:
        """What the text index knows of a filter's 「名称 包含」: it finds more, for it folds the names, and never less."""
        asked, title = self.question.filter, self.entity.title_field
        if (
            not asked
            or asked["op"] != "and"
            or self._small
            or not self.entity.search
            or title not in self.entity.search.columns
        ):
            return []
        words = [row["value"] for row in asked["rows"] if row["field"] == title and row["cond"] == "contains"]
        matches = [index_of(self.entity.name).match(word, [title]) for word in words if isinstance(word, str)]
        return [match for match in matches if match.words]

    def _in_index(self, match: Match, by_hits: bool) -> Q:
        if self._is_rare(match):
            return Q(OneOf("pk", self._rare[match] or ()))
        index = index_of(self.entity.name)
        return Q(index.condition(match) if by_hits else index.walk_condition(match))

    def _is_rare(self, match: Match) -> bool:
        if match not in self._rare:  # a single letter begins too many initials for the index to gather
            letters = all(len(word) == 1 and word.isascii() and word.isalpha() for word in match.words)
            self._rare[match] = None if letters and match.words else index_of(self.entity.name).ids(match, RARE_TERM)
        return self._rare[match] is not None

    @cached_property
    def _rare(self) -> dict[Match, list[int] | None]:
        """The records that have rare terms; None for common terms."""
        return {}

    @cached_property
    def _small(self) -> bool:
        if self.records is not None:
            return True
        return not self.reach.everything and self._size_of(self.reach) <= SMALL_RANGE

    def _size_of(self, reach: Reach) -> int:
        if not reach.tally:
            return 0
        counts = self.tallies if reach.tally == self.entity.name else tally.table(reach.tally)
        owned = sum(counts.get(owner, 0) for owner in reach.owners) + (counts.get(0, 0) if reach.nobody else 0)
        return owned + len(reach.ids)

    @property
    def counts_late(self) -> bool:
        """Whether the exact total takes so long that a page shows its rows first (PRF-02, PRF-03)."""
        if self._common:
            return True
        if self._near:
            return self._common_within(QUICKLY_COUNTED)
        narrowed = bool(self.question.filter) or (self.category_ids is not None and not self._category_is_rare)
        return narrowed or (self._narrowed is None and not self.counts_quickly(self.reach))

    def counts_quickly(self, reach: Reach) -> bool:
        """Whether all of a reach is counted in no time: by the counts by owner, or because it is small."""
        return self._is_counted(reach) or self._size_of(reach) <= SMALL_RANGE

    @property
    def _common(self) -> bool:
        """Whether a common term is asked for, in a range that is too large to be looked through."""
        return not self._near and self._narrowed is not None and None in self._rare.values()

    @cached_property
    def _near(self) -> bool:
        """Whether the range is small, or so small for a common term that few of the first rows of the sort index would be in it."""
        return self._small or (self._common_within(0) and self._size_of(self.reach) <= NEAR_RANGE)

    def _common_within(self, least: int) -> bool:
        """Whether a common term is asked for, in a range of more than so many records."""
        if self.records is not None or self.reach.everything or self._narrowed is None:
            return False
        return None in self._rare.values() and self._size_of(self.reach) > least

    @property
    def _sought(self) -> Match | None:
        """What is sought in the texts, where that is all that narrows and the term is common."""
        alone = self._alone if self._narrowed is not None and self._only_text else None
        return alone if alone and self._rare.get(alone) is None else None

    def matching(self, *, walk: bool = False, by_hits: bool = False) -> QuerySet:
        """All records that the question means, in no order."""
        records = self.records if self.records is not None else self.entity.model._base_manager.all()
        if self.records is None:
            records = self.reach.apply(records, walk=walk)
        narrowed = self._narrow(by_hits=True) if by_hits else self._narrowed
        return records.filter(narrowed) if narrowed is not None else records

    @cached_property
    def sort(self) -> tuple[str, bool]:
        """The sorted column's name and whether it falls. Raises Malformed for a column that does not sort or may not be seen."""
        asked = self.question.sort or self.view.order or self.entity.order
        name = asked.lstrip("-")
        return name, asked.startswith("-")

    @property
    def _own_order(self) -> str:
        """The path of the declared order: that of the column of this name, where there is one that sorts."""
        name = (self.view.order or self.entity.order).lstrip("-")
        return next((one.sort_path for one in bound_columns(self.entity) if one.name == name and one.sort_path), name)

    @cached_property
    def _sort_path(self) -> str:
        if not self.question.sort:
            return self._own_order
        column = next((column for column in self.columns if column.name == self.sort[0] and column.sort_path), None)
        if column is None:
            raise Malformed("not_sortable", "不能按这一列排序。")
        return column.sort_path

    @property
    def _walks(self) -> bool:
        """Whether the index of the sort column is walked, rather than the range found and sorted (D1)."""
        return self.records is None and not self._near and not self.reach.everything

    @property
    def _sorts(self) -> bool:
        """Whether the range is found first: the sort index must not be taken then, unless the owners' index has this very order."""
        return (
            self._few or self._category_is_rare or (self._near and not self._by_owner_index and self._sort_path != "id")
        )

    @property
    def _by_owner_index(self) -> bool:
        """Whether the range is one owner's and asked for in the very order of the owners' index."""
        reach = self.reach if self.records is None else None
        return reach is not None and len(reach.owners) == 1 and not reach.ids and self._sort_path == self._own_order

    @property
    def _few(self) -> bool:
        """Whether the text index alone has named all that can match, and they are few: they are read at once, and counted by that."""
        return self._narrowed is not None and self._alone is not None and self._rare.get(self._alone) is not None

    @cached_property
    def _few_ids(self) -> list[int]:
        return ids_of(self.ordered)

    @cached_property
    def ordered(self) -> QuerySet:
        """All records that the question means, in its order, the record's id deciding between equals."""
        order = _order(self.entity.model, self._sort_path, self.sort[1], self._sorts)
        return self.matching(walk=self._walks).order_by(*order)

    @cached_property
    def total(self) -> int:
        """How many records the question means, exactly."""
        if self._narrowed is None and self.records is None:
            return self.count_of(self.reach)
        if self._few:
            return len(self._few_ids)
        if (
            self._common
            and self.reach.everything
            and self._alone
            and not self.question.filter
            and not self.view.where
            and self.category_ids is None
        ):
            return index_of(self.entity.name).count(self._alone)
        by_hits = self._common or self.category_ids is not None
        return self.matching(walk=self._common, by_hits=by_hits).count()

    @cached_property
    def _counted(self) -> dict[Reach, int]:
        return {}

    def count_of(self, reach: Reach) -> int:
        """How many records are within a reach; asked of the database once, however often the page shows it."""
        if reach.also is not None:
            return self._count(reach)
        if reach not in self._counted:
            self._counted[reach] = self._count(reach)
        return self._counted[reach]

    def _is_counted(self, reach: Reach) -> bool:
        """Whether the counts by owner tell how many records there are: of a reach by owners of another kind only all together."""
        of_this_kind = reach.everything or reach.tally == self.entity.name
        return bool(self.entity.owner) and reach.also is None and of_this_kind

    def _count(self, reach: Reach) -> int:
        """Disjoint sums from the counts by owner, single records outside them counted (D3)."""
        if not self._is_counted(reach):
            return reach.apply(self.entity.model._base_manager.all()).count()
        if reach.everything:
            return sum(self.tallies.values())
        owned = sum(self.tallies.get(owner, 0) for owner in reach.owners) + (
            self.tallies.get(0, 0) if reach.nobody else 0
        )
        if not reach.ids or reach.apart or not (reach.owners or reach.nobody):
            return owned + len(reach.ids)
        single = self.entity.model._base_manager.filter(pk__in=reach.ids)
        if reach.owners:
            single = single.exclude(**{f"{reach.owner}_id__in": sorted(reach.owners)})
        if reach.nobody:
            single = single.exclude(**{f"{reach.owner}__isnull": True})
        return owned + single.count()

    def sums(self, columns: Sequence[BoundColumn]) -> dict[str, Any]:
        """Sums over all that match, of those of these columns that are declared to be summed (LST-17)."""
        summed = [column for column in columns if column.column.sums]
        found = (
            self.matching(walk=self._common, by_hits=self._common).aggregate(
                **{f"of_{at}": Sum(one.path) for at, one in enumerate(summed)}
            )
            if summed
            else {}
        )
        return {column.name: found[f"of_{at}"] or 0 for at, column in enumerate(summed)}

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.question.page_size))

    @cached_property
    def ids(self) -> list[int]:
        """The ids of the page: found first, so that deep pages stay cheap (D3)."""
        start, size = (self.question.page - 1) * self.question.page_size, self.question.page_size
        if self._common or self._read_in_order:
            return self._looked_through(start, size)
        if self._few:
            return self._few_ids[start : start + size]
        if self.records is not None or self._narrowed is not None or self.reach.also is not None:
            return list(self.ordered.values_list("pk", flat=True)[start : start + size])
        order = self._sort_path, self.sort[1], self._sorts
        if self.reach.nothing:
            return []
        page = _page(self.entity.model, order, self.reach.shape, self._walks, start, start + size)
        return [pk for (pk,) in page.rows(**self.reach.slots)]

    @property
    def _read_in_order(self) -> bool:
        """Whether the ids of a range that is no large one are read in their order, to look at the texts of some of them: where its own index has
        another order."""
        if not (self._near and self._sorts):
            return False
        return not self._small or (self._sought is not None and self._common_within(QUICKLY_COUNTED))

    def _looked_through(self, start: int, size: int) -> list[int]:
        """The page of a common term: found among the first rows of the range or of the sort index; where its records lie far behind there, sorted
        by themselves."""
        wanted, seen, block = start + size, 0, FIRST_BLOCK
        found: list[int] = []
        model, (path, falling) = self.entity.model, (self._sort_path, self.sort[1])
        within = self._near or self.reach.tells  # else a row of another table says whose a record is
        rows = model._base_manager.all()
        rows = self.reach.apply(rows, walk=not self._near) if within else rows
        in_order = rows.order_by(*_order(model, path, falling, self._near))
        known = ids_of(in_order) if self._near else None  # read at once; the sort index is read a block at a time
        furthest = FURTHEST if self._near or not within else int(FURTHEST * self._share**0.5)
        while block:
            ids = ids_of(in_order[seen : seen + block]) if known is None else known[seen : seen + block]
            found += self._hits_among(ids, within)
            seen += len(ids)
            if len(found) >= wanted or len(ids) < block:
                return found[start:wanted]
            block = _next_block(wanted - len(found), len(found), seen, furthest) or (FURTHEST if self._near else 0)
        sorted_hits = self.matching(walk=True, by_hits=True).order_by(*_order(model, path, falling, True))
        return list(sorted_hits.values_list("pk", flat=True)[start:wanted])

    def _hits_among(self, ids: Sequence[int], within: bool) -> list[int]:
        """Which of these records match, in their order; `within`: they are in range for sure."""
        if within and self._sought:
            hits = index_of(self.entity.name).among(self._sought, ids)
        else:
            hits = set(self.matching(walk=True).filter(OneOf("pk", ids)).values_list("pk", flat=True))
        return [pk for pk in ids if pk in hits]

    @property
    def _share(self) -> float:
        """How much of all records the range holds, 1 for all of them or where nobody counts."""
        counts = tally.table(self.reach.tally) if self.reach.tally else {}
        if self.reach.everything or not counts:
            return 1.0
        return min(1.0, self._size_of(self.reach) / (sum(counts.values()) or 1))

    def all_ids(self, limit: int = BULK_LIMIT) -> list[int]:
        """The ids of all that match. Raises Malformed when they are more than `limit` records."""
        ids = list(self.ordered.values_list("pk", flat=True)[: limit + 1])
        if len(ids) > limit:
            raise Malformed("too_many", f"一次最多处理 {limit:,} 条，请先缩小范围。")
        return ids

    @cached_property
    def sheet(self) -> Sheet:
        """The page by column, with the columns of the list."""
        return self._sheet_of(self.ids, self.shown)

    def rows_of(self, ids: Sequence[int], columns: Sequence[BoundColumn]) -> list[Row]:
        """Rows of these records in this order, a constant number of statements for any number of them."""
        sheet = self._sheet_of(ids, columns)
        cells = [column.cells_of(strip) for column, strip in zip(columns, sheet.strips, strict=True)]
        table = zip(*cells, strict=True) if cells else [()] * len(sheet.ids)
        return [Row(pk, across, tone) for pk, across, tone in zip(sheet.ids, table, sheet.tones, strict=True)]

    def _sheet_of(self, ids: Sequence[int], columns: Sequence[BoundColumn]) -> Sheet:
        names, rows, values = self._values_of(ids, columns, self.entity.row_facts)
        if not rows:
            return Sheet([], [Strip([], []) for _ in columns], [])
        loaded: dict[Any, Any] = {}
        strips = [column.strip(values, self.by, loaded) for column in columns]
        return Sheet(values["pk"], strips, self._tones(names, rows))

    def _tones(self, names: Sequence[str], rows: Sequence[tuple]) -> list[str]:
        tone = self.entity.row_tone
        return [tone(dict(zip(names, row, strict=True))) for row in rows] if tone else [""] * len(rows)

    def _values_of(
        self, ids: Sequence[int], columns: Sequence[BoundColumn], facts: Sequence[str] = ()
    ) -> tuple[tuple[str, ...], list[tuple], dict[str, Sequence[Any]]]:
        """What is fetched of these records for these columns and facts: its names, by record, by name."""
        paths = [path for column in columns for path in column.needs()]
        names = tuple(dict.fromkeys(("pk", *paths, *facts)))
        found = {row[0]: row for row in _rows(self.entity.model, names).rows(ids=ids)}
        rows = [found[pk] for pk in ids if pk in found]
        return names, rows, dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}

    def every_id(self) -> list[int]:
        """The ids of all rows that match, in the list's order."""
        return list(self.ordered.values_list("pk", flat=True))

    def every_row(self, columns: Sequence[BoundColumn], chunk: int = 2000) -> Iterator[tuple[Any, ...]]:
        """The values of all rows that match as a file has them (`BoundColumn.written`), a chunk at a time."""
        ids = self.every_id()
        for start in range(0, len(ids), chunk):
            _, rows, values = self._values_of(ids[start : start + chunk], columns)
            loaded: dict[Any, Any] = {}
            if rows:
                yield from zip(*(column.written(values, self.by, loaded) for column in columns), strict=True)


def _next_block(wanted: int, found: int, seen: int, furthest: int) -> int:
    """How many further rows will hold as many as are wanted, if they are as dense as in those seen; 0 when that is too far."""
    if found < SURE and seen * 5 <= furthest:
        return seen * 4
    ahead = wanted * seen // found if found else furthest
    return ahead + ahead // 4 + 1 if seen + ahead < furthest else 0


def _order(model: type[Model], path: str, falling: bool, sorts: bool) -> tuple[OrderBy, OrderBy]:
    """The order by this path and then by the id; `sorts` keeps the planner from walking the path's index."""
    plain = F("pk" if path == "id" else path)
    key = NoIndex(plain) if sorts else plain
    model_field = model_field_at(model, path)
    # PostgreSQL takes an index only where the query speaks of empty values as the index does: see SortIndex
    empty = True if model_field is None or model_field.null or "__" in path else None
    first = key.desc(nulls_last=empty) if falling else key.asc(nulls_first=empty)
    return first, F("pk").desc() if falling else F("pk").asc()


@lru_cache(maxsize=1000)
def _page(
    model: type[Model], order: tuple[str, bool, bool], shape: tuple, walk: bool, start: int, stop: int
) -> Prepared:
    """The ids of a page of a range that nothing narrows: what is asked most."""
    reach = Reach.slotted(shape, walk=walk)
    return Prepared(
        lambda: (
            reach.apply(model._base_manager.all(), walk=walk)
            .order_by(*_order(model, *order))
            .values_list("pk")[start:stop]
        )
    )


@lru_cache(maxsize=1000)
def _rows(model: type[Model], names: tuple[str, ...]) -> Prepared:
    return Prepared(lambda: model._base_manager.filter(OneOf("pk", Ids("ids"))).order_by().values_list(*names))
