"""`kemai check`: whether the data are whole. The kit checks what it keeps itself; apps add checks in their `selfcheck.py`.

@check("每个客户最多一个主联系人")
def one_main_contact() -> Iterator[str]:
    yield "…one sentence per problem…"
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import connection
from django.db.models import Count
from django.utils.module_loading import autodiscover_modules

from kemai.kit import tally
from kemai.kit.entity import Entity, registry
from kemai.kit.search_docs import index_of

MOST_PROBLEMS = 10  # sentences per check
BATCH = 2000  # records whose search documents are compared at once

_checks: list[tuple[str, Callable[[], Iterable[str]]]] = []


def check(title: str) -> Callable:
    """Registers a function that yields a sentence per problem; nothing when all is well."""

    def decorate(function: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
        _checks.append((title, function))
        return function

    return decorate


def run_checks() -> Iterator[tuple[str, list[str]]]:
    """Title and problems of each check, at most ten sentences of each."""
    autodiscover_modules("selfcheck")
    for title, function in _checks:
        problems: list[str] = []
        for problem in function():
            if len(problems) == MOST_PROBLEMS:
                problems.append("……")
                break
            problems.append(problem)
        yield title, problems


@check("按负责人的计数与实际一致")
def tallies_are_true() -> Iterator[str]:
    """The counts by owner equal the records (D3)."""
    for entity in registry.values():
        if not entity.owner:
            continue
        owner = f"{entity.owner}_id"
        rows = entity.model._base_manager.values_list(owner).annotate(count=Count("pk")).order_by()
        real = {pk or 0: count for pk, count in rows}
        kept = {pk: count for pk, count in tally.table(entity.name).items() if count}
        for pk in sorted(real.keys() | kept.keys()):
            if real.get(pk, 0) != kept.get(pk, 0):
                yield f"{entity.title}，负责人 {pk or '无'}：实际 {real.get(pk, 0):,}，计数 {kept.get(pk, 0):,}"


@check("查找索引完整并与记录一致")
def indexes_are_true() -> Iterator[str]:
    """Every record is in the search index as it is now, and nothing else is."""
    for entity in registry.values():
        if entity.search:
            yield from _index_problems(entity)


def _index_problems(entity: Entity) -> Iterator[str]:
    ids = list(entity.model._base_manager.order_by("pk").values_list("pk", flat=True))
    index = index_of(entity.name)
    strangers = _indexed_ids(index.table) - set(ids)
    if strangers:
        yield f"{entity.title}：索引中有 {len(strangers):,} 条已经不存在的记录"
    for start in range(0, len(ids), BATCH):
        for pk in index.stale(entity.search.docs(ids[start : start + BATCH])):
            yield f"{entity.title} {pk} 不在索引中，或索引已过时"


def _indexed_ids(table: str) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT id FROM "{table}"')
        return {pk for (pk,) in cursor.fetchall()}


def broken_paths(rows: Sequence[tuple[int, int | None, str]]) -> Iterator[int]:
    """Ids of the rows (id, parent, path) of a tree whose path is not the parent's path with its own id."""
    paths = {pk: path for pk, _, path in rows}
    for pk, parent, path in rows:
        if path != f"{paths.get(parent, '/') if parent else '/'}{pk}/":
            yield pk
