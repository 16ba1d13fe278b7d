"""Rows inside a form while they are typed: what the server works out from them, and what a block from a spreadsheet means (FRM-04).

Nothing is written here. The rules are those of the services, declared with the lines, so that a script knows no rule.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from kemai.kit import doors
from kemai.kit.access import may, require
from kemai.kit.columns import BoundColumn, Cell, as_api
from kemai.kit.entity import Entity, Lines
from kemai.kit.errors import DomainError, Invalid, Malformed, NotFound
from kemai.kit.inputs import inputs_of
from kemai.kit.lines import line_columns, lines_for, lines_right, ordered
from kemai.kit.money import format_money
from kemai.kit.record import build, with_values
from kemai.kit.values import BadValue, Spec

ROWS_MOST = 1000
EMPTY: tuple[Any, ...] = (None, "", [])


@dataclass
class Worked:
    """What follows from rows: a cell for each worked-out column (an empty mapping where a row is not complete), the totals, and what cannot
    be read, by `lines.row.field`."""

    rows: list[dict[str, Cell]] = field(default_factory=list)
    totals: list[tuple[str, Any]] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)

    def totals_text(self) -> list[tuple[str, str]]:
        """The totals as people read them."""
        return [(label, format_money(value)) for label, value in self.totals]


def may_fill(entity: Entity, by: Any) -> None:
    """Raises Forbidden unless the person may fill in the kind's form, NotFound where it has none."""
    require(by, entity.right("view"))
    if not entity.form:
        raise NotFound
    if not may(by, entity.right("add")):
        require(by, entity.right("change"))


def lines_of(entity: Entity, name: str) -> Lines:
    """The rows of that name in the kind's form. Raises NotFound."""
    found = next((lines for lines in entity.form.lines if lines.name == name), None) if entity.form else None
    if found is None:
        raise NotFound
    return found


def preview(entity: Entity, by: Any, raw: Mapping[str, Any], door: str, pk: int | None = None) -> dict[str, Worked]:
    """What would follow from a form if it were saved now, for each of its grids that works something out."""
    may_fill(entity, by)
    record = doors.find(entity, by, pk) if pk is not None else None
    head = _head(entity, by, raw, record, door)
    return {
        lines.name: worked_out(entity, lines, by, raw[lines.name], head, door)
        for lines in lines_for(entity, by)
        if (lines.work_out or lines.totals) and lines.name in raw
    }


def worked_out(
    entity: Entity, lines: Lines, by: Any, rows: Sequence[Mapping[str, Any]], head: Model, door: str
) -> Worked:
    """What follows from these rows below that record."""
    if not isinstance(rows, Sequence) or len(rows) > ROWS_MOST or not all(isinstance(row, Mapping) for row in rows):
        raise Invalid({lines.name: [f"{lines.title}应是一组行，最多 {ROWS_MOST:,} 行。"]})
    specs, columns, found = doors.line_specs(entity, lines), results_of(entity, lines), Worked()
    present = {str(line.pk): line for line in getattr(head, lines.name).all()} if head.pk else {}
    made = []
    for position, row in enumerate(rows):
        path = f"{lines.name}.{position}"
        line = _line(lines, specs, head, present.get(str(row.get("id"))), row, by, door, path, found.errors)
        try:
            results = lines.work_out(line) if line is not None and lines.work_out else {}
        except DomainError as error:
            found.errors[f"{path}.{lines.worked_out[0]}"] = [error.message]
            line, results = None, {}
        for name, value in results.items():
            setattr(line, name, value)
        found.rows.append({column.name: shown(column, line) for column in columns} if line is not None else {})
        if line is not None:
            made.append(line)
    found.totals = list(lines.totals(made)) if lines.totals else []
    return found


def of_record(entity: Entity, lines: Lines, record: Model | None) -> Worked:
    """What stands in the record as it is stored; for a new one, what stands below no rows."""
    present = list(ordered(getattr(record, lines.name))) if record is not None else []
    columns = results_of(entity, lines)
    rows = [{column.name: shown(column, line) for column in columns} for line in present]
    return Worked(rows, list(lines.totals(present)) if lines.totals else [])


def results_of(entity: Entity, lines: Lines) -> list[BoundColumn]:
    """The columns that are worked out."""
    return [column for column in line_columns(entity, lines) if column.name in lines.worked_out]


def shown(column: BoundColumn, line: Any) -> Cell:
    """One worked-out value of a line, as its column shows it."""
    (cell,) = column.cells_of(column.strip({column.path: [getattr(line, column.name)]}, None, {}))
    return cell


def as_json(found: Mapping[str, Worked], entity: Entity) -> dict[str, Any]:
    """The preview as the API gives it."""
    answer: dict[str, Any] = {}
    for name, worked in found.items():
        columns = results_of(entity, lines_of(entity, name))
        rows = [
            {key: value for column in columns if row for key, value in as_api(column, row[column.name]).items()}
            for row in worked.rows
        ]
        totals = [{"label": label, "value": f"{value:f}"} for label, value in worked.totals]
        answer[name] = {"rows": rows, "totals": totals, "errors": worked.errors}
    return answer


def _head(entity: Entity, by: Any, raw: Mapping[str, Any], record: Model | None, door: str) -> Model:
    """The record as the form has it so far: what cannot be read yet is left as it was."""
    values = {}
    for spec in doors.form_specs(entity):
        if spec.name in raw and spec.model_field is not None and spec.kind not in ("references", "file", "password"):
            try:
                values[spec.name] = spec.read(raw[spec.name], by, door)
            except BadValue:
                continue
    return with_values(record, values) if record is not None else build(entity.model, values)


def _line(
    lines: Lines, specs: Sequence[Spec], head: Model, present: Any, row: Mapping[str, Any], by: Any, door: str, path: str,
    errors: dict[str, list[str]],
) -> Any:  # fmt: skip
    """The line of a row; None where something that was typed cannot be read, or a number that it needs is missing."""
    values, whole = {}, True
    for spec in specs:
        sent = row.get(spec.name)
        if present is not None and spec.name not in row:
            continue
        try:
            values[spec.name] = spec.empty() if sent in EMPTY else spec.read(sent, by, door)
        except BadValue as error:
            errors[f"{path}.{spec.name}"] = [str(error)]
            whole = False
            continue
        whole = whole and not (spec.required and values[spec.name] is None)
        if spec.required and sent in EMPTY and spec.kind in ("int", "number", "money"):
            whole = False
    if not whole:
        return None
    related: Any = head._meta.get_field(lines.name)
    line = with_values(present, values) if present is not None else build(related.related_model, values)
    setattr(line, related.field.name, head)
    return line


# --- a block from a spreadsheet ----------------------------------------------------------------------------------------


@dataclass
class Block:
    """What a pasted block means: the fields that its columns go to (None: passed over), and its cells as inputs hold them."""

    fields: list[str | None]
    rows: list[list[dict[str, Any] | None]]
    left_out: int = 0  # columns beyond the last field

    def as_json(self) -> dict[str, Any]:
        return {"fields": self.fields, "rows": self.rows, "left_out": self.left_out}


def read_block(entity: Entity, by: Any, name: str, first: str, text: Any, door: str) -> Block:
    """A block of cells as spreadsheets copy them: tabs and lines between the cells, cells with either in quotes.

    It begins at the field `first`, or goes by its first row where that bears the grid's own headings. Words of references and choices become
    what they name within the person's range; what does not is kept as it was pasted, with the sentence that says so. Raises Malformed.
    """
    may_fill(entity, by)
    lines = lines_of(entity, name)
    require(by, lines_right(entity, lines))
    specs = doors.line_specs(entity, lines)
    cells = _cells(text)
    by_label: dict[str, str | None] = dict.fromkeys((column.label for column in results_of(entity, lines)), None)
    by_label |= {spec.label: spec.name for spec in specs}
    heads = [cell.strip().rstrip("*") for cell in cells[0]]
    if len(heads) > 1 and all(head in by_label for head in heads):
        fields, rest = [by_label[head] for head in heads], cells[1:]
    else:
        names = [spec.name for spec in specs]
        if first not in names:
            raise Malformed("no_field", f"没有「{str(first)[:40]}」这一列。")
        width = max(map(len, cells))
        fields, rest = list(names[names.index(first) :][:width]), cells
    known = {spec.name: spec for spec in specs}
    kept: dict[tuple[str, str], dict[str, Any]] = {}

    def read(name: str | None, word: str) -> dict[str, Any] | None:
        if name is None:
            return None
        if (name, word) not in kept:
            kept[name, word] = _pasted(known[name], word, by, door)
        return kept[name, word]

    rows = [[read(name, word) for name, word in zip(fields, row, strict=False)] for row in rest]
    return Block(list(fields), rows, max(0, max(map(len, cells)) - len(fields)))


def _cells(text: Any) -> list[list[str]]:
    if not isinstance(text, str) or not text.strip("\r\n"):
        raise Malformed("nothing", "没有可以粘贴的内容。")
    try:
        rows = list(csv.reader(io.StringIO(text.rstrip("\r\n"), newline=""), delimiter="\t"))
    except csv.Error:
        raise Malformed("too_large", "粘贴的内容太大，请分几次粘贴。") from None
    if len(rows) > ROWS_MOST:
        raise Malformed("too_many", f"一次最多粘贴 {ROWS_MOST:,} 行，请分几次粘贴。")
    return rows


def _pasted(spec: Spec, word: str, by: Any, door: str) -> dict[str, Any]:
    """One cell as its input holds it: the value, the words beside it, and why it could not be read."""
    word = word.strip()
    if not word:
        return {"value": "", "text": "", "error": ""}
    try:
        value = spec.read(word, by, door)
    except BadValue as error:
        sentence = str(error) if word in str(error) else f"「{word[:40]}」：{error}"
        return {
            "value": "" if spec.kind in ("reference", "references", "choice", "bool") else word,
            "text": word,
            "error": sentence,
        }
    held = inputs_of([spec], by, raw={spec.name: value})[0]
    return {"value": held.value, "text": held.text or word, "error": ""}
