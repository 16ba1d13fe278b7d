"""The plan of an import for kinds without a rule of their own about what is the same: by a key, written by the services of the form."""

from collections.abc import Callable, Sequence
from typing import Any

from kemai.kit.doors import line_specs
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import DomainError
from kemai.kit.importing import ImportedRow, Options
from kemai.kit.journal import Journal


def by_key(kind: str) -> Callable[[Any, Options], "PlanByKey"]:
    """The `plan` of `Importing(fields, keys=["number"], plan=by_key("order"))`."""
    return lambda by, options: PlanByKey(registry[kind], by, options)


class PlanByKey:
    """A row with the key of a present record in range updates it, or stays out when updates are not wanted; any other makes a record.

    Rows inside (`lines.product`) come with new records only: one for each row of the file. What a service refuses is that row's error.
    """

    def __init__(self, entity: Entity, by: Any, options: Options) -> None:
        self.entity, self.by, self.options = entity, by, options
        self.key = options.key or entity.imports.keys[0]
        self.seen: dict[Any, int] = {}  # key -> row that goes in

    def judge(self, rows: Sequence[ImportedRow]) -> None:
        """Verdict, message and, for present records, the id of each row."""
        wanted = {row.values[self.key] for row in rows if row.values.get(self.key)}
        found = self.entity.visible(self.by).filter(**{f"{self.key}__in": wanted})
        present = dict(found.order_by("-pk").values_list(self.key, "pk"))
        for row in rows:
            self._judge(row, present.get(row.values.get(self.key)))
            if row.goes_in:
                self.remember(row)

    def _judge(self, row: ImportedRow, pk: int | None) -> None:
        word = row.values.get(self.key)
        row.errors += self._missing(row)
        if row.errors:
            return
        if word and word in self.seen:
            row.verdict, row.message = "duplicate", f"与第 {self.seen[word]} 行相同，已跳过。"
        elif pk is not None:
            row.verdict, row.record_id = ("update" if self.options.update else "duplicate"), pk
            row.message = "" if self.options.update else f"已有「{word}」，已跳过。"
        elif self.options.add:
            row.verdict = "new"
        else:
            row.verdict, row.message = "duplicate", f"没有「{word or ''}」，未新增。"

    def _missing(self, row: ImportedRow) -> list[str]:
        """What a row inside lacks, where there is one."""
        return [
            f"请填写{lines.title}的{spec.label}。"
            for lines in self.entity.form.lines
            if any(name.startswith(f"{lines.name}.") for name in row.values)
            for spec in line_specs(self.entity, lines)
            if spec.required and f"{lines.name}.{spec.name}" not in row.values
        ]

    def remember(self, row: ImportedRow) -> None:
        """A row that goes in: later ones may be the same."""
        if word := row.values.get(self.key):
            self.seen[word] = row.number

    def forget(self, numbers: set[int]) -> None:
        """Rows that did not go in after all."""
        self.seen = {word: number for word, number in self.seen.items() if number not in numbers}

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """Makes or changes a record for each row, as its form would."""
        for row in rows:
            try:
                row.record_id = self._write(row)
            except DomainError as error:
                row.verdict, row.message, row.record_id = "error", error.message, None
                self.forget({row.number})

    def _write(self, row: ImportedRow) -> int:
        values = {name: value for name, value in row.values.items() if "." not in name}
        form: Any = self.entity.form
        if row.verdict == "update":
            record = self.entity.visible(self.by).get(pk=row.record_id)
            return form.change(record, by=self.by, values=values, version=None).pk
        for lines in form.lines:
            head = f"{lines.name}."
            inside = {name.removeprefix(head): value for name, value in row.values.items() if name.startswith(head)}
            values[lines.name] = [inside] if inside else []
        return form.create(values, by=self.by).pk
