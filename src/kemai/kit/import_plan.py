"""The plan of an import by a key, written by the services of the form. A kind with rules of its own extends it at the marked places."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model

from kemai.kit.access import require
from kemai.kit.doors import form_specs, line_specs
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import DomainError
from kemai.kit.import_columns import ImportedRow
from kemai.kit.import_repeats import lines_in
from kemai.kit.importing import Options
from kemai.kit.journal import Journal
from kemai.kit.workflow import why_not


def by_key(kind: str) -> Callable[[Any, Options], "PlanByKey"]:
    """The `plan` of `Importing(fields, keys=["number"], plan=by_key("order"))`."""
    return lambda by, options: PlanByKey(registry[kind], by, options)


class PlanByKey:
    """A row with the key of a present record in range updates it, or stays out when updates are not wanted; any other makes a record.

    Rows inside (`lines.product`) come with new records only: one for each row of the file, or as many as the declaration lets repeat in it.
    What a service refuses is that row's error.
    Raises Forbidden when the person has not the right to do what the options ask for.
    """

    def __init__(self, entity: Entity, by: Any, options: Options) -> None:
        self.entity, self.by, self.options = entity, by, options
        self.key = options.key or entity.imports.keys[0]
        self.seen: dict[Any, int] = {}  # key -> row that goes in
        self.taken: dict[tuple[str, Any], int] = {}  # unique field and value -> row that goes in
        self.specs = {spec.name: spec for spec in form_specs(entity)}
        self.unique = [name for name, spec in self.specs.items() if getattr(spec.model_field, "unique", False)]
        if options.add:
            require(by, entity.right("add"))

    # --- what a kind may say otherwise

    def look_up(self, rows: Sequence[ImportedRow]) -> None:
        """Reads at once what `gather` wants to know for these rows."""

    def gather(self, row: ImportedRow) -> None:
        """Works values out of several cells, or adds errors."""

    def key_of(self, row: ImportedRow) -> Any:
        """By what a row is the same as a record or another row; None: by nothing."""
        return row.values.get(self.key) or None

    def present(self, rows: Sequence[ImportedRow]) -> Mapping[Any, Model]:
        """The records in range that have the keys of these rows; of several with one key the oldest."""
        wanted = {key for row in rows if (key := self.key_of(row))}
        found = self.entity.visible(self.by).filter(**{f"{self.key}__in": wanted})
        return {getattr(record, self.key): record for record in found.order_by("-pk")}

    def why_not_add(self, row: ImportedRow) -> str | None:
        """Why a row cannot become a record, known before it is tried."""
        return None

    def why_not_change(self, row: ImportedRow, record: Any) -> str | None:
        """Why a row cannot change a record, known before it is tried: what the guards of the form's service say."""
        return why_not(self.entity.form.change.spec, record, self.by)

    def name_of(self, row: ImportedRow) -> str:
        """What messages call the row."""
        return str(row.values.get(self.key) or row.title)

    def values_of(self, row: ImportedRow) -> dict[str, Any]:
        """The values that the form's services get."""
        return {name: value for name, value in row.values.items() if name in self.specs}

    # --- judging

    def judge(self, rows: Sequence[ImportedRow]) -> None:
        """Verdict, message and, for present records, the id of each row."""
        self.look_up(rows)
        for row in rows:
            row.errors += self._missing(row)
            if not row.errors:
                self.gather(row)
        rows = [row for row in rows if not row.errors]
        present, holders = self.present(rows), self._holders(rows)
        for row in rows:
            self._judge(row, present.get(self.key_of(row)), holders)
            if row.goes_in and not row.errors:
                self.keep(row)

    def _judge(self, row: ImportedRow, record: Any, holders: Mapping[tuple[str, Any], Model]) -> None:
        key, name = self.key_of(row), self.name_of(row)
        if key and key in self.seen:
            row.verdict, row.message = "duplicate", f"与第 {self.seen[key]} 行相同，已跳过。"
        elif record is not None:
            row.record_id, row.title = record.pk, row.title or str(record)[:200]
            self.judge_present(row, record, holders)
        elif not self.options.add:
            row.verdict, row.message = "duplicate", f"没有「{name}」，未新增。"
        else:
            row.verdict = "new"
            self._refuse(row, " ".join(row.missing) or self._taken(row, None, holders) or self.why_not_add(row))

    def judge_present(self, row: ImportedRow, record: Any, holders: Mapping[tuple[str, Any], Model]) -> None:
        """A row that is a present record: changed, or left as it is."""
        row.verdict = "duplicate"
        if not self.options.update:
            row.message = f"已有「{self.name_of(row)}」，已跳过。"
        elif not self.changes(row, record):
            row.message = f"与已有的{self.entity.title}相同，没有变化。"
        else:
            row.verdict = "update"
            self._refuse(row, self._taken(row, record, holders) or self.why_not_change(row, record))

    def changes(self, row: ImportedRow, record: Any) -> dict[str, Any]:
        """What a row changes of a record; what it leaves empty stays (IMP-06)."""
        return {
            name: value for name, value in self.values_of(row).items() if not _is_same(record, self.specs[name], value)
        } | dict(row.unknown)

    def _refuse(self, row: ImportedRow, reason: str | None) -> None:
        if reason:
            row.errors.append(str(reason))

    def _missing(self, row: ImportedRow) -> list[str]:
        """What a row inside lacks, where there is one."""
        return [
            f"请填写{lines.title}{nth if nth > 1 else ''}的{spec.label}。"
            for lines in self.entity.form.lines
            for nth, inside in lines_in(row, lines.name).items()
            for spec in line_specs(self.entity, lines)
            if spec.required and spec.name not in inside
        ]

    def _holders(self, rows: Sequence[ImportedRow]) -> dict[tuple[str, Any], Model]:
        """Who has the values that only one record may have."""
        found: dict[tuple[str, Any], Model] = {}
        for name in self.unique:
            wanted = {row.values[name] for row in rows if row.values.get(name)}
            for record in self.entity.model._base_manager.filter(**{f"{name}__in": wanted}):
                found[name, getattr(record, name)] = record
        return found

    def _taken(self, row: ImportedRow, record: Any, holders: Mapping[tuple[str, Any], Model]) -> str | None:
        for name in self.unique:
            value = row.values.get(name)
            if not value:
                continue
            label, holder, earlier = self.specs[name].label, holders.get((name, value)), self.taken.get((name, value))
            if holder is not None and (record is None or holder.pk != record.pk):
                return f"{label}「{value}」已被{holder}使用。"
            if earlier:
                return f"{label}「{value}」与第 {earlier} 行相同。"
        return None

    def keep(self, row: ImportedRow) -> None:
        """A row that goes in: later ones may be the same."""
        if key := self.key_of(row):
            self.seen[key] = row.number
        for name in self.unique:
            if value := row.values.get(name):
                self.taken[name, value] = row.number

    def remember(self, row: ImportedRow) -> None:
        """A row that went in before the import was interrupted."""
        self.look_up([row])
        self.gather(row)
        self.keep(row)

    def forget(self, numbers: set[int]) -> None:
        """Rows that did not go in after all."""
        self.seen = {key: number for key, number in self.seen.items() if number not in numbers}
        self.taken = {key: number for key, number in self.taken.items() if number not in numbers}

    # --- writing

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """Makes or changes a record for each row, as its form would."""
        for row in rows:
            try:
                row.record_id = self.write_one(row)
            except DomainError as error:
                row.verdict, row.message, row.record_id = "error", error.message, None
                self.forget({row.number})

    def write_one(self, row: ImportedRow) -> int:
        """The id of the record that a row has made or changed. Raises what the service refuses with."""
        form: Any = self.entity.form
        values = self.values_of(row)
        if row.verdict == "update":
            record = self.entity.visible(self.by).get(pk=row.record_id)
            return form.change(record, by=self.by, values=values, version=None).pk
        for lines in form.lines:
            values[lines.name] = [*lines_in(row, lines.name).values()]
        return form.create(values, by=self.by).pk


def _is_same(record: Any, spec: Any, value: Any) -> bool:
    if spec.kind == "references":
        return set(getattr(record, spec.name).values_list("pk", flat=True)) == set(value)
    return getattr(record, spec.model_field.attname if spec.model_field is not None else spec.name) == value
