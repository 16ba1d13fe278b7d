"""Inputs of forms and deeds: from a declared field and a value to what the page writes, and from what was posted back to raw values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Manager, Model
from django.http import QueryDict

from kemai.kit.entity import Entity, as_field, registry
from kemai.kit.sources import EntitySource
from kemai.kit.values import Spec, bind

TEXT_SUFFIX = "__text"  # the words typed into a picker, beside the id that was chosen
CHECKLIST_LIMIT = 12  # more choices than this are searched rather than ticked
SELECT_LIMIT = 40  # more records than this are chosen by typing rather than from a drop-down list
_TYPES = {"phone": "tel", "date": "date", "time": "datetime-local", "password": "password", "file": "file"}
_MODES = {"int": "numeric", "number": "decimal", "money": "decimal", "phone": "tel", "email": "email", "url": "url"}


@dataclass
class Input:
    """One input as the templates write it."""

    spec: Spec
    name: str
    value: Any = ""
    items: list[tuple[Any, str]] = field(default_factory=list)  # chosen references with their words
    errors: Sequence[str] = ()
    choices: Sequence[tuple[Any, str]] | None = None
    warning: str = ""
    scope: str = "f"
    look_up: str = ""  # where the words are looked up over all records, but for this one:
    except_id: int | None = None

    @cached_property
    def kind(self) -> str:
        return self.spec.kind

    @cached_property
    def id(self) -> str:
        return f"{self.scope}-{self.name}"

    @cached_property
    def label(self) -> str:
        return self.spec.label

    @cached_property
    def control(self) -> str:
        """Which control the template writes."""
        if self.kind in ("long", "bool", "file"):
            return self.kind
        if self.kind == "choice" or (self.kind == "reference" and self.choices is not None and not self._is_typed):
            return "select"
        if self.kind == "reference":
            return "picker"
        if self.kind == "references":
            few = self.choices is not None and (len(self.choices) <= CHECKLIST_LIMIT or self.spec.field.options_for)
            return "checks" if few else "chips"
        return "text"

    @property
    def _is_typed(self) -> bool:
        """Whether a list of choices is so long that one is found by typing: records of a kind, not the words of a dictionary."""
        own = self.spec.field.options_for or not isinstance(self.spec.source, EntitySource)
        return not own and len(self.choices or ()) > SELECT_LIMIT

    @property
    def type(self) -> str:
        return _TYPES.get(self.kind, "text")

    @property
    def mode(self) -> str:
        return _MODES.get(self.kind, "")

    @property
    def is_number(self) -> bool:
        return self.kind in ("int", "number", "money")

    @property
    def wide(self) -> bool:
        return self.spec.field.wide or self.kind == "long"

    @property
    def pick(self) -> str:
        """The kind whose records the picker offers."""
        return self.spec.source.kind if self.spec.source else ""

    @property
    def text(self) -> str:
        """The words of the chosen reference."""
        return self.items[0][1] if self.items else ""

    @property
    def words(self) -> str:
        """The value as people read it, where it is shown and not typed."""
        if self.kind == "bool":
            return "是" if self.value else "否"
        if self.kind == "choice":
            return next((word for value, word in self.choices or () if str(value) == self.value), "")
        return "、".join(word for _, word in self.items) if self.items else str(self.value)

    @property
    def chosen(self) -> set[str]:
        return {str(value) for value, _ in self.items}


def inputs_of(
    specs: Iterable[Spec], by: Any, *, record: Model | None = None, raw: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None, prefix: str = "", path: str = "", scope: str = "f",
) -> list[Input]:  # fmt: skip
    """The inputs of these specs, filled with what was typed (`raw`), the record's values or the defaults, in this order.

    `scope` keeps the ids of two forms on one page apart.
    """
    made = []
    for spec in specs:
        name = f"{prefix}{spec.name}"
        found = (errors or {}).get(f"{path}{spec.name}", ())
        entry = Input(spec, name, errors=found, choices=_choices(spec, by), scope=scope)
        if raw is not None and spec.name in raw:
            _fill(entry, raw[spec.name], by)
        elif record is not None:
            _fill(entry, value_of(record, spec), None)
        else:
            _fill(entry, _default(spec), by)
        made.append(entry)
    return made


def _choices(spec: Spec, by: Any) -> Sequence[tuple[Any, str]] | None:
    if spec.kind == "choice":
        return spec.choices()
    return spec.options(by) if spec.kind in ("reference", "references") else None


def _default(spec: Spec) -> Any:
    default = spec.field.default
    if default is None and spec.model_field is not None and not spec.model_field.is_relation and spec.kind != "tags":
        default = spec.model_field.get_default() if spec.model_field.has_default() else None
    return default() if callable(default) else default


def value_of(record: Model, spec: Spec) -> Any:
    """The value of a record that its input shows; secrets and files are never shown."""
    if spec.kind in ("password", "file"):
        return ""
    if spec.kind == "references":
        related = getattr(record, spec.name)
        return [item.pk for item in related.all()] if isinstance(related, Manager) else related
    name = spec.model_field.attname if spec.model_field is not None else spec.name
    return getattr(record, name, None)


def _fill(entry: Input, value: Any, by: Any) -> None:
    """Sets the value. `by` is given for what was sent: its words are looked up within that person's range."""
    spec = entry.spec
    if spec.kind == "references":
        ids = value if isinstance(value, list | tuple) else [value] if value not in (None, "") else []
        words = _words(spec, ids, by)
        entry.items = [(pk, words.get(str(pk), str(pk))) for pk in ids]
        entry.value = [str(pk) for pk in ids]
    elif spec.kind == "reference":
        if value not in (None, ""):
            words = _words(spec, [value], by)
            known = words.get(str(value))
            entry.items = [(value if known is not None else "", known if known is not None else str(value))]
            entry.value = str(value) if known is not None else ""
    elif spec.kind == "bool":
        entry.value = value in (True, "1", "true", "on")
    else:
        shown = spec.as_input(value) if not isinstance(value, str) else value
        entry.value = str(shown) if spec.kind != "file" else ""


def _words(spec: Spec, ids: Sequence[Any], by: Any) -> dict[str, str]:
    """The words of chosen references, by id as text."""
    if spec.source is None:
        return {}
    names = spec.source.names()
    numbers = [int(pk) for pk in ids if str(pk).isascii() and str(pk).isdigit() and len(str(pk)) < 19]
    if names is None:
        entity = registry[spec.source.kind]
        records = entity.model._base_manager.all() if by is None else entity.visible(by)
        names = dict(records.filter(pk__in=numbers).values_list("pk", entity.title_field))
    return {str(pk): names[pk] for pk in numbers if pk in names}


def warnings_of(entity: Entity, record: Model) -> Mapping[str, str]:
    """What the declaration finds doubtful in a record's values: {field: sentence}. Shown, never refused."""
    if not entity.form or not entity.form.check:
        return {}
    specs = [bind(entity.model, as_field(item)) for group in entity.form.groups for item in group.fields]
    return entity.form.check({spec.name: value_of(record, spec) for spec in specs if spec.kind != "references"})


def raw_of(specs: Iterable[Spec], post: QueryDict, files: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """What was posted for these specs, ready to be read; what was not posted is left out."""
    raw: dict[str, Any] = {}
    for spec in specs:
        name = f"{prefix}{spec.name}"
        if spec.kind == "file":
            if name in files:
                raw[spec.name] = files[name]
        elif spec.kind == "references":
            if name in post:
                raw[spec.name] = [item for item in post.getlist(name) if item]
        elif spec.kind == "reference":
            if name in post:
                raw[spec.name] = post.get(name) or post.get(f"{name}{TEXT_SUFFIX}", "")
        elif name in post:
            raw[spec.name] = post[name]
    return raw


def raw_lines(
    specs: Sequence[Spec], post: QueryDict, files: Mapping[str, Any], name: str
) -> dict[str, dict[str, Any]] | None:
    """The rows that were posted under `name-0-field`, by their number, in the order of the page, rows left empty dropped; None when the form
    had no such grid."""
    if name not in post:
        return None
    head = f"{name}-"
    numbers = dict.fromkeys(
        number
        for key in post
        if key.startswith(head) and (number := key[len(head) :].partition("-")[0]).isdecimal() and len(number) < 6
    )
    untouched = {spec.name: as_typed(spec, _default(spec)) for spec in specs}
    rows = {}
    for number in numbers:
        prefix = f"{head}{number}-"
        row = raw_of(specs, post, files, prefix)
        row["id"] = post.get(f"{prefix}id", "")
        if row["id"] or any(
            row.get(spec.name) not in (None, "", [], untouched[spec.name])
            for spec in specs
            if spec.kind not in ("bool", "choice")
        ):
            rows[number] = row
    return rows


def as_typed(spec: Spec, value: Any) -> Any:
    """A value as an input holds and posts it."""
    return str(shown) if isinstance(shown := spec.as_input(value), int | float) else shown
