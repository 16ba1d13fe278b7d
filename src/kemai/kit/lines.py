"""Rows inside a record: saved by difference, shown with their words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import Model

from kemai.kit.access import may
from kemai.kit.columns import BoundColumn, as_api, bound_columns
from kemai.kit.entity import Column, Entity, Lines, Tab, as_field, entity_of, registry
from kemai.kit.errors import Invalid
from kemai.kit.journal import Journal
from kemai.kit.listing import Listing, Row
from kemai.kit.question import Question
from kemai.kit.reach import NOTHING
from kemai.kit.record import build, with_values

GONE = "这一行不在记录中，可能刚被别人删除，请刷新后重试。"
Pair = tuple[Any, dict[str, Any]]


def pair_lines(related: Any, rows: Iterable[Mapping[str, Any]], gone: str = GONE) -> tuple[list[Pair], list[Any]]:
    """The rows of a form beside the lines that are there: (line, or None for a new one; its values), and the lines that were left out.

    `related` is the record's manager of its lines (`order.lines`). Raises Invalid with the sentence `gone` for a line that is not there.
    """
    present = {line.pk: line for line in related.all()}
    name, pairs = related.field.remote_field.get_accessor_name(), []
    for position, row in enumerate(rows):
        values = {key: value for key, value in row.items() if key != "id"}
        line = present.pop(row["id"], None) if row.get("id") else None
        if row.get("id") and line is None:
            raise Invalid({f"{name}.{position}.id": [gone]})
        pairs.append((line, values))
    return pairs, list(present.values())


def save_lines(
    log: Journal, record: Model, related: Any, rows: Iterable[Mapping[str, Any]], *,
    work_out: Callable[[Any], Mapping[str, Any]] | None = None,
) -> list[Any]:  # fmt: skip
    """Makes the lines of a record those of the form, in its order (`position`): only what differs is written, and raises the record's
    version. `work_out(line)` gives what follows from a line's values (its amount). Returns the lines. Raises Invalid.
    """
    pairs, left_out = pair_lines(related, rows)
    before = log.written
    for line in left_out:
        log.delete(line)
    lines = []
    for position, (line, values) in enumerate(pairs, start=1):
        placed = {**values, "position": position}
        wanted = with_values(line, placed) if line else build(related.model, placed, **{related.field.name: record})
        worked_out = work_out(wanted) if work_out else {}
        if line:
            log.update(line, **placed, **worked_out)
        else:
            line = log.insert(build(related.model, {**placed, **worked_out}, **{related.field.name: record}))
        lines.append(line)
    if log.written > before:
        log.touch(record)
    return lines


def lines_for(entity: Entity, by: Any) -> list[Lines]:
    """The rows inside a record that the person may see: rows that are a kind of their own need the right to view it (ORG-08)."""
    return [lines for lines in entity.form.lines if may(by, lines_right(entity, lines))] if entity.form else []


def lines_right(entity: Entity, lines: Lines) -> str:
    """The right to view these rows beyond that to view the record; "" where they are nothing by themselves."""
    kind = entity_of(entity.model._meta.get_field(lines.name).related_model)  # type: ignore[arg-type]
    return kind.right("view") if kind else ""


@cache
def _shape(kind: str, name: str) -> Entity:
    """The lines as a kind of their own that nobody can open: their columns are shown as those of any list."""
    entity = registry[kind]
    lines = next(lines for lines in entity.form.lines if lines.name == name)
    fields = [as_field(item) for item in lines.fields]
    model: Any = entity.model._meta.get_field(name).related_model
    return Entity(
        name=f"{kind}/{name}", slug="", title=lines.title, model=model, reach=lambda by: NOTHING,
        columns=[
            *(Column(item.name, label=item.label, kind=item.kind) for item in fields), *(Column(one) for one in lines.worked_out),
        ],
    )  # fmt: skip


def line_columns(entity: Entity, lines: Lines) -> list[BoundColumn]:
    """The columns of rows inside a record: the fields of the form and what is worked out from them."""
    return bound_columns(_shape(entity.name, lines.name))


def ordered(related: Any) -> Any:
    """The rows inside a record in their kind's own order, else as they were made: the same on every database."""
    return related.order_by(*(related.model._meta.ordering or ("pk",)))


def line_rows(entity: Entity, lines: Lines, record: Model) -> list[Row]:
    """The rows inside a record with their cells."""
    shape = _shape(entity.name, lines.name)
    ids = list(ordered(getattr(record, lines.name)).values_list("pk", flat=True))
    return Listing(shape, None, Question()).rows_of(ids, bound_columns(shape))


def lines_json(entity: Entity, lines: Lines, record: Model) -> list[dict[str, Any]]:
    """The rows inside a record as the API gives them."""
    answer = []
    for row in line_rows(entity, lines, record):
        item: dict[str, Any] = {"id": row.id}
        for column, cell in zip(line_columns(entity, lines), row.cells, strict=True):
            item |= as_api(column, cell)
        answer.append(item)
    return answer


def lines_tab(kind: str, lines: Lines) -> Tab:
    """The tab that shows the rows inside a record."""

    def rows(record: Model, by: Any) -> Sequence[Mapping[str, str]]:
        entity = registry[kind]
        labels = [column.label for column in line_columns(entity, lines)]
        return [
            dict(zip(labels, (cell.text for cell in row.cells), strict=True))
            for row in line_rows(entity, lines, record)
        ]

    return Tab(lines.name, lines.title, rows=rows, count=lambda record, by: getattr(record, lines.name).count())
