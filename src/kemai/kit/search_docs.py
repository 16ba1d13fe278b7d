"""Keeps the search index true: which documents a write touches, their writing at the end of the deed, the index made anew."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import models, transaction

from kemai.kit.entity import Entity, entity_of, registry
from kemai.kit.jobs import nightly
from kemai.kit.models import IndexedKind
from kemai.kit.search import TextIndex

_BATCH = 2000  # records whose documents are made at once
_LOOKED_AT = 500  # records of a kind whose documents are compared before the index is taken as it is


@cache
def index_of(kind: str) -> TextIndex:
    """The text index of a kind that declares `search`."""
    search = registry[kind].search
    return TextIndex(kind, tuple(search.columns), search.within)


def touched(record: models.Model, changed: Iterable[str] | None = None) -> Iterator[tuple[str, Iterable[int]]]:
    """The documents that change with this row: its own, and those that a model names in `search_touches` ((kind, foreign key) pairs).

    None do when only fields have `changed` that no document is made from: a model may name those that are in `search_reads`.
    """
    reads = getattr(record, "search_reads", None)
    if changed is not None and reads is not None and not set(changed) & set(reads):
        return
    entity = entity_of(type(record))
    if entity and entity.search:
        yield entity.name, [record.pk]
    for kind, foreign_key in getattr(record, "search_touches", ()):
        if other := getattr(record, f"{foreign_key}_id"):
            yield kind, [other]


def touched_by_new(
    model: type[models.Model], keys: Sequence[int], column: Callable[[str], Iterable[Any]]
) -> Iterator[tuple[str, Iterable[int]]]:
    """`touched` for new records of one kind: their ids, and what they hold in a column."""
    entity = entity_of(model)
    if entity and entity.search:
        yield entity.name, keys
    for kind, foreign_key in getattr(model, "search_touches", ()):
        yield kind, {*column(f"{foreign_key}_id")} - {None, 0}


def rewrite(changed: Mapping[str, set[int]]) -> None:
    """Makes the documents of these records anew; those that are gone leave the index."""
    for kind, ids in changed.items():
        if not ids or not registry[kind].search:
            continue
        docs = registry[kind].search.docs(sorted(ids))
        index = index_of(kind)
        if gone := [pk for pk in ids if pk not in docs]:
            index.delete(gone)
        if docs:
            index.write(docs)


def index_anew(*, changed_only: bool = False) -> list[Entity]:
    """Makes the search index of every kind from its records, and returns the kinds; with `changed_only` of those alone that would come out differently.

    These are told by the fingerprint of the index, by how many records it has, and by some documents from all over it: a program that makes other
    documents, or a migration that writes names, changes some of them.
    """
    known = dict(IndexedKind.objects.values_list("kind", "fingerprint"))
    made = []
    for entity in registry.values():
        if entity.search is None:
            continue
        index = index_of(entity.name)
        ids = list(entity.model._base_manager.order_by("pk").values_list("pk", flat=True))
        if changed_only and known.get(entity.name) == index.fingerprint() and _is_true(entity, index, ids):
            continue
        with transaction.atomic():
            index.clear()
            for start in range(0, len(ids), _BATCH):
                index.write(entity.search.docs(ids[start : start + _BATCH]))
            IndexedKind.objects.update_or_create(kind=entity.name, defaults={"fingerprint": index.fingerprint()})
        index.optimize()
        made.append(entity)
    return made


def _is_true(entity: Entity, index: TextIndex, ids: list[int]) -> bool:
    some = ids[:: max(1, len(ids) // _LOOKED_AT)]
    return index.size() == len(ids) and not (some and index.stale(entity.search.docs(some)))


@nightly("search.tidy")
def tidy() -> None:
    """Keeps every index quick to search: each save leaves a small part behind."""
    for entity in registry.values():
        if entity.search:
            index_of(entity.name).tidy()
