"""Keeps the search index true: which documents a write touches, and their writing at the end of the deed."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from django.db import models

from kemai.kit.entity import entity_of, registry
from kemai.kit.search import TextIndex


@cache
def index_of(kind: str) -> TextIndex:
    """The text index of a kind that declares `search`."""
    return TextIndex(kind, tuple(registry[kind].search.columns))


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
