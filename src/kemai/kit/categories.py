"""The tree of categories over a kind of record: what a list and a form read of it (LST-11). Small, so it is remembered in the process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models

from kemai.kit.models import CategoryNode
from kemai.kit.stamp import remembered
from kemai.kit.text import fold, initials_of, reading_of, sort_key

BETWEEN = " / "
MODES = {"level": "分级显示", "all": "全部列表", "subtree": "部分列表"}


@dataclass
class Category:
    """One category where it stands. `way` are the categories from the top down to it."""

    id: int
    name: str
    parent: int | None
    way: tuple["Category", ...] = ()
    below: list["Category"] = field(default_factory=list)

    @cached_property
    def full_name(self) -> str:
        """The names of the way, as forms, exports and imports write it."""
        return BETWEEN.join(one.name for one in self.way)

    @cached_property
    def words(self) -> str:
        """By what it is found in the pane: its name, its reading, its initials."""
        folded = fold(self.name)
        reading = reading_of(folded)
        return f"{folded} {reading.lower()} {initials_of(reading)}"

    def with_below(self) -> list["Category"]:
        """It and everything below it."""
        return [self, *(found for one in self.below for found in one.with_below())]


@dataclass
class Tree:
    """All categories of a kind, in the order in which they are shown."""

    top: list[Category]
    by_id: Mapping[int, Category]

    def __bool__(self) -> bool:
        return bool(self.top)

    def children(self, pk: int | None) -> list[Category]:
        """The categories directly below one, or at the top."""
        return self.by_id[pk].below if pk else self.top

    @cached_property
    def mark(self) -> str:
        """Differs when the tree does, so that a page knows that its own is old."""
        return f"{hash(tuple((one.id, one.full_name) for one in self.by_id.values())) & 0xFFFFFFFF:x}"


@remembered
def tree_of(kind: str) -> Tree:
    """The categories of a kind; one statement for as long as the stamp stands (D9)."""
    rows = sorted(
        CategoryNode.objects.filter(kind=kind).values_list("pk", "name", "parent_id", "position"),
        key=lambda row: (row[3], sort_key(row[1]), row[0]),
    )
    made = {pk: Category(pk, name, parent) for pk, name, parent, _ in rows}
    for one in made.values():
        if one.parent:
            made[one.parent].below.append(one)
    top = [one for one in made.values() if not one.parent]
    ordered: dict[int, Category] = {}

    def place(level: list[Category], way: tuple[Category, ...]) -> None:
        for one in level:
            one.way = (*way, one)
            ordered[one.id] = one
            place(one.below, one.way)

    place(top, ())
    return Tree(top, ordered)


class CategorySource:
    """Names, choices and words of the categories of one kind."""

    kind = "category-node"

    def __init__(self, of: str) -> None:
        self.of = of

    def names(self) -> Mapping[int, str]:
        return {pk: one.full_name for pk, one in tree_of(self.of).by_id.items()}

    def options(self, by: Any) -> Sequence[tuple[int, str]]:
        return list(self.names().items())

    def find(self, by: Any, word: Any) -> int | None:
        """By id, by the names of the whole way, or by a name that only one category has."""
        tree = tree_of(self.of)
        number = isinstance(word, str) and word.isascii() and word.isdigit() and len(word) < 19
        if (number or isinstance(word, int)) and int(word) in tree.by_id:
            return int(word)
        return self.find_word(by, word) if isinstance(word, str) else None

    def find_word(self, by: Any, word: str) -> int | None:
        """The same without ids."""
        tree = tree_of(self.of)
        wanted = [fold(part) for part in word.replace("／", "/").split("/")]
        whole = [pk for pk, one in tree.by_id.items() if [fold(step.name) for step in one.way] == wanted]
        named = whole or [pk for pk, one in tree.by_id.items() if [fold(one.name)] == wanted]
        return named[0] if len(named) == 1 else None


class CategoryField(models.ForeignKey):
    """Where a record stands in the tree of its kind: `CategoryField("customer")`. Empty: at the top."""

    def __init__(self, of: str = "", **options: Any) -> None:
        self.of = of
        options.setdefault("to", "kit.CategoryNode")
        options.setdefault("on_delete", models.PROTECT)
        options.setdefault("null", True)
        options.setdefault("blank", True)
        options.setdefault("related_name", "+")
        options.setdefault("db_index", False)
        options.setdefault("verbose_name", "分类")
        super().__init__(**options)
        self.source = CategorySource(of)

    def deconstruct(self) -> tuple:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}
