"""What hangs on a record, at every door: the records of a tab, or the rows that it makes itself; searched, paged, deleted (CUS-20)."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet

from kemai.kit import doors
from kemai.kit.access import require
from kemai.kit.entity import Entity, Tab, registry
from kemai.kit.errors import NotFound
from kemai.kit.text import fold

PLUMBING = frozenset({"id", "href", "tone"})  # keys of a tab's row that are no columns
Rows = Sequence[Mapping[str, Any]]


def tab_records(entity: Entity, by: Any, pk: int, tab_name: str) -> tuple[Model, Tab, Entity, QuerySet]:
    """The record, its tab, the tab's kind and the related records within the person's range. Raises Forbidden, NotFound."""
    doors.enter(entity, by)
    tab = entity.tab(tab_name)
    if tab is None or not tab.kind:
        raise NotFound
    child = registry[tab.kind]
    require(by, tab.right or child.right("view"))
    record = doors.find(entity, by, pk)
    return record, tab, child, child.related(by, tab.by, record)


def tab_rows(entity: Entity, by: Any, pk: int, tab_name: str) -> tuple[Model, Rows]:
    """The record and the rows of a tab that makes its own. Raises Forbidden, NotFound."""
    require(by, entity.right("view"))
    tab = entity.tab(tab_name)
    if tab is None or tab.kind:
        raise NotFound
    require(by, tab.right)
    record = doors.find(entity, by, pk)
    return record, tab.rows(record, by) if tab.rows else []


def rows_to_remove(entity: Entity, by: Any, pk: int, tab_name: str) -> tuple[QuerySet, Callable[..., Any]]:
    """The related records that may be deleted at the record they hang on, and what deletes one. Raises Forbidden, NotFound."""
    require(by, entity.right("view"))
    tab = entity.tab(tab_name)
    if tab is not None and tab.kind:
        require(by, registry[tab.kind].right("delete"))
    _, tab, child, records = tab_records(entity, by, pk, tab_name)
    service = tab.delete or child.delete
    if service is None:
        raise NotFound
    return records, service


def row_to_remove(entity: Entity, by: Any, pk: int, tab_name: str, child_pk: int) -> tuple[Model, Callable[..., Any]]:
    """The related record that is to be deleted at the record it hangs on, and what deletes it. Raises Forbidden, NotFound."""
    records, service = rows_to_remove(entity, by, pk, tab_name)
    record = records.filter(pk=child_pk).first() if 0 < child_pk < 2**63 else None
    if record is None:
        raise NotFound
    return record, service


def remove_in_tab(entity: Entity, by: Any, pk: int, tab_name: str, child_pk: int, door: str) -> None:
    """Deletes a related record at the record it hangs on (CON-03)."""
    record, service = row_to_remove(entity, by, pk, tab_name, child_pk)
    with doors.through(door):
        service(record, by=by)


def remove_many_in_tab(
    entity: Entity, by: Any, pk: int, tab_name: str, ids: Sequence[int], door: str
) -> list[doors.Result]:
    """Deletes many related records at the record they hang on, each in a transaction of its own (CON-03, LST-09)."""
    rows_to_remove(entity, by, pk, tab_name)
    return [
        doors.one_of_many(child, functools.partial(remove_in_tab, entity, by, pk, tab_name, child, door))
        for child in ids
    ]


def rows_with(tab: Tab, rows: Rows, words: str) -> Rows:
    """The rows of a tab in one of whose columns the words stand."""
    wanted = fold(words)
    if not wanted:
        return rows
    heads = heads_of(tab, rows)
    return [row for row in rows if any(wanted in fold(str(row.get(key) or "")) for key in heads)]


def heads_of(tab: Tab, rows: Rows) -> dict[str, str]:
    """The columns of a tab that makes its own rows: key -> heading."""
    return dict(tab.heads) or {name: name for name in (rows[0] if rows else ()) if name not in PLUMBING}
