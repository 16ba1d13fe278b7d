"""Declarations are checked when the program starts: one sentence per mistake, so that a typo is found by us and not by a customer."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db.models import Index, Model

from kemai.kit.columns import bound_columns
from kemai.kit.doors import form_specs, line_specs
from kemai.kit.entity import Entity, registry, rights
from kemai.kit.values import model_field_at

SMALL_ENOUGH = 10_000  # kinds that declare `names` hold at most so many records and may sort without an index


def check_declarations(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """All mistakes in all declarations."""
    return [
        Error(f"{entity.name}: {sentence}", obj=entity.model, id=code)
        for entity in registry.values()
        for code, sentence in _mistakes(entity)
    ]


def _mistakes(entity: Entity) -> Iterator[tuple[str, str]]:
    yield from _column_mistakes(entity)
    yield from _form_mistakes(entity)
    yield from _right_mistakes(entity)
    yield from _tab_mistakes(entity)
    for name in entity.imports.repeats if entity.imports else ():
        if entity.form is None or name not in {lines.name for lines in entity.form.lines}:
            yield "kit.E014", f"an import repeats {name!r}, which are no lines of the form"
    if entity.owner and model_field_at(entity.model, entity.owner) is None:
        yield "kit.E010", f"no field {entity.owner!r} to be the owner"
    names = {column.name for column in entity.columns}
    for of in (*(entity.search.columns.values() if entity.search else ()), *entity.search_in):
        if of and of not in names:
            yield "kit.E011", f"search speaks of the column {of!r}, which is not declared"
    if entity.row_tone and not any(column.marks for column in entity.columns):
        yield "kit.E013", "rows have a colour, but no column says the same by its marks (LST-13)"
    for view in entity.views:
        if view.public and entity.public_fields is None:
            yield "kit.E012", f"view {view.name!r} is public, but no public_fields are declared"


def _column_mistakes(entity: Entity) -> Iterator[tuple[str, str]]:
    if sum(column.title for column in entity.columns) > 1:
        yield "kit.E001", "more than one column is the title"
    seen = set()
    for column in bound_columns(entity):
        if column.name in seen:
            yield "kit.E002", f"column {column.name!r} is declared twice"
        seen.add(column.name)
        if not column.column.fetch and model_field_at(entity.model, column.path) is None:
            yield "kit.E003", f"column {column.name!r} names no field {column.path!r}"
            continue
        if column.sort_path:
            if model_field_at(entity.model, column.sort_path) is None:
                yield "kit.E004", f"column {column.name!r} sorts by {column.sort_path!r}, which is no field"
            elif not entity.names and not has_index(entity.model, column.sort_path):
                yield (
                    "kit.E005",
                    f'column {column.name!r} sorts by {column.sort_path!r}, which has no index (D3); say sort="" or add one',
                )
        if column.column.sums and (column.column.fetch or not column.is_number):
            yield "kit.E007", f"column {column.name!r} is summed, but holds no stored number"
    order = entity.order.lstrip("-")
    if model_field_at(entity.model, order) is None:
        yield "kit.E006", f"the order names no field {order!r}"


def _form_mistakes(entity: Entity) -> Iterator[tuple[str, str]]:
    if not entity.form:
        return
    for spec in form_specs(entity):
        if spec.model_field is None and not spec.field.kind and not spec.field.refers and not spec.field.choices:
            yield "kit.E020", f"the form names no field {spec.name!r}"
        if spec.kind in ("reference", "references") and spec.source is None:
            yield "kit.E021", f"the form's reference {spec.name!r} points to a kind that is not declared"
        field = spec.model_field
        needed = spec.kind == "choice" and field is not None and not field.blank and not field.null
        if needed and not spec.required and spec.field.default is None:
            yield "kit.E025", f"the choice {spec.name!r} cannot be empty: it is required, or has a default"
    for lines in entity.form.lines:
        if model_field_at(entity.model, lines.name) is None and not hasattr(entity.model, lines.name):
            yield "kit.E022", f"there are no lines {lines.name!r}"
            continue
        for spec in line_specs(entity, lines):
            if spec.model_field is None and not spec.field.kind:
                yield "kit.E023", f"lines {lines.name!r} name no field {spec.name!r}"
        model: Any = entity.model._meta.get_field(lines.name).related_model
        for name in lines.worked_out:
            if model_field_at(model, name) is None:
                yield "kit.E024", f"lines {lines.name!r} work out {name!r}, which is no field"


def _right_mistakes(entity: Entity) -> Iterator[tuple[str, str]]:
    for action in entity.actions:
        needed = getattr(getattr(action.run, "spec", None), "right", "")
        for right in {action.right, needed, *action.view_rights.values()} - {""}:
            if right not in rights:
                yield "kit.E030", f"action {action.verb!r} needs the right {right!r}, which is not declared"
        states = {value for value, _ in getattr(model_field_at(entity.model, "state"), "flatchoices", [])}
        spec = getattr(action.run, "spec", None)
        if spec and (unknown := ({spec.target} - {""} | spec.sources) - states):
            yield "kit.E031", f"action {action.verb!r} speaks of unknown states {sorted(unknown)}"
        for view in action.views:
            if entity.view(view) is None:
                yield "kit.E032", f"action {action.verb!r} stands in a view {view!r} that does not exist"
    own = [*(column.right for column in entity.columns), *(entity.search.rights.values() if entity.search else ())]
    for right in {*entity.right_names.values(), *own} - {""}:
        if right not in rights:
            yield "kit.E033", f"the right {right!r} is not declared"


def _tab_mistakes(entity: Entity) -> Iterator[tuple[str, str]]:
    for tab in entity.tabs:
        if tab.kind and tab.kind not in registry:
            yield "kit.E040", f"tab {tab.name!r} shows a kind {tab.kind!r} that is not declared"
        elif tab.kind and tab.by and model_field_at(registry[tab.kind].model, tab.by) is None:
            yield "kit.E041", f"tab {tab.name!r} joins by {tab.by!r}, which is no field of {tab.kind!r}"
        if not tab.kind and not tab.rows and not tab.template:
            yield "kit.E042", f"tab {tab.name!r} has neither kind nor rows nor template"
        if tab.adds and entity.action(tab.adds) is None:
            yield "kit.E043", f"tab {tab.name!r} adds by an action {tab.adds!r} that does not exist"


def has_index(model: type[Model], path: str) -> bool:
    """Whether a sort by this path can walk an index: the field is unique, indexed, or first in one."""
    if "__" in path:
        return False
    field = model._meta.get_field(path)
    if getattr(field, "primary_key", False) or getattr(field, "unique", False) or getattr(field, "db_index", False):
        return True
    return any(
        isinstance(index, Index) and index.fields and index.fields[0].lstrip("-") == field.name
        for index in model._meta.indexes
    )
