"""Words of a quick search that no index of the kind itself knows: in dictionary entries, in the names of records that it points to (LST-02)."""

from collections.abc import Sequence

from django.db.models import Q

from kemai.kit.columns import BoundColumn
from kemai.kit.entity import Entity
from kemai.kit.prepared import OneOf
from kemai.kit.search_docs import index_of
from kemai.kit.text import fold

FEW = 5000  # records: so many that have a word in their names are asked for first, and then only compared by id


def by_dictionary(columns: Sequence[BoundColumn], word: str) -> Q:
    """Records whose dictionary entry contains the word; an empty condition when no entry does."""
    found = Q()
    for column in columns:
        names = column.spec.source.names() or {}
        if ids := [pk for pk, name in names.items() if word in fold(name)]:
            found |= Q(**{f"{column.path}_id__in": ids})
    return found


def searched_by_name(entity: Entity, columns: Sequence[BoundColumn]) -> list[BoundColumn]:
    """Where a kind without an index of its own is searched: in its title, and in the names of the records of `search_in`."""
    wanted = (entity.title_field, *entity.search_in)
    return sorted((one for one in columns if one.name in wanted), key=lambda one: wanted.index(one.name))


def by_names(entity: Entity, columns: Sequence[BoundColumn], text: str, by_hits: bool) -> Q:
    """Records in one of whose names each word is found. `by_hits`: from the other kind's index on, for counts; else row by row."""
    found, within = Q(), searched_by_name(entity, columns)
    for word in text.split():
        ways = Q(pk__in=[])
        for column in within:
            ways |= _by_name(column, word, by_hits)
        found &= ways
    return found


def _by_name(column: BoundColumn, word: str, by_hits: bool) -> Q:
    if not column.is_reference:
        return Q(**{f"{column.path}__icontains": word})
    target = column.spec.source.entity
    if not target.search:
        return Q(**{f"{column.path}__{target.title_field}__icontains": word})
    index = index_of(target.name)
    match = index.match(word, [name for name, of in target.search.columns.items() if of == target.title_field])
    key = f"{column.path}_id"
    if (ids := index.ids(match, FEW)) is not None:
        return Q(OneOf(key, ids))
    return Q((index.condition if by_hits else index.walk_condition)(match, key))
