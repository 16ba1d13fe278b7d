"""Forms: new, change, what is said when it cannot be saved (FRM-01, FRM-02)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime

from kemai.kit import doors, grids, pages_field, pages_list, pages_record, shell
from kemai.kit.access import may
from kemai.kit.columns import BoundColumn, Cell
from kemai.kit.conflict import Clash, clashes_of, merged_lines, writes_since
from kemai.kit.entity import Entity, Field, Lines, View, registry
from kemai.kit.errors import DomainError, NotFound
from kemai.kit.inputs import Input, inputs_of, raw_lines, raw_of, warnings_of
from kemai.kit.lines import lines_for, ordered
from kemai.kit.moments import show_time
from kemai.kit.values import NONE, Spec, bind

REASON = "similar_reason"  # the option of a form that lets a warning pass
EMPTY_ROWS = 1


@dataclass
class GridRow:
    """One row: the id of its line, its inputs, and what is worked out from them."""

    id: str
    inputs: list[Input]
    results: Mapping[str, Cell]
    fixed: bool = False


@dataclass
class Grid:
    """The rows inside a form. The pattern is what scripts copy for a new row."""

    lines: Lines
    specs: Sequence[Spec]
    rows: list[GridRow]
    pattern: GridRow
    worked_out: list[BoundColumn]
    totals: list[tuple[str, str]]

    @property
    def filled(self) -> int:
        """How many rows are there; the last one waits to be filled in."""
        return len(self.rows) - EMPTY_ROWS


@dataclass
class Came:
    """What somebody else changed while the form was open."""

    label: str
    before: str
    after: str
    by: str
    at: str


def new_page(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/new: an empty form, or one filled with what the address names (`?customer=3`)."""
    entity = shell.entity_or_404(slug)
    _, view = _may_create(request, entity)
    known = {spec.name for spec in doors.form_specs(entity)}
    raw = {name: value for name, value in request.GET.items() if name in known}
    return form_page(request, entity, view=view, raw=raw, dialog=_in_dialog(request))


def _in_dialog(request: HttpRequest) -> bool:
    """Whether the form stands in a dialog over another form, which wants the record that it makes (FRM-11)."""
    return request.GET.get("dialog") == "1" and shell.is_part(request)


def _may_create(request: HttpRequest, entity: Entity) -> tuple[Any, View]:
    by = request.employee
    doors.enter(entity, by, "add")
    view = entity.view(request.GET.get("view", ""))
    if not entity.form or not entity.form.create or view is None:
        raise NotFound
    return by, view


def create(request: HttpRequest, entity: Entity) -> HttpResponse:
    """POST /{slug}: saves a new record; `then` says what follows: close, new, makes."""
    by, view = _may_create(request, entity)
    then = request.POST.get("then", "close")
    raw = posted(request, entity)
    options = {**view.create_options, **(view.makes_options if then == "makes" else {})}
    try:
        record = doors.create(entity, by, raw, "page", options)
    except DomainError as error:
        return form_page(request, entity, view=view, raw=raw, error=error, dialog=_in_dialog(request))
    said = " ".join([f"已新增{entity.title}「{record}」。", *warnings_of(entity, record).values()])
    if _in_dialog(request):
        return _picked(request, entity, record, said)
    if secret := getattr(record, "secret", ""):
        return shell.show(request, "kit/secret.html", {"entity": entity, "record": record, "secret": secret})
    if then == "new":
        again = shell.address(
            f"/{entity.slug}/new", view=request.GET.get("view", ""), back=request.POST.get("back", "")
        )
        return shell.go(request, again, said)
    return shell.go(request, _closes_to(request, entity, view), said)


def _picked(request: HttpRequest, entity: Entity, record: Model, said: str) -> HttpResponse:
    """Closes the dialog and hands the new record to the picker that asked for it."""
    text = str(getattr(record, entity.title_field))
    secret = getattr(record, "secret", "")
    response = shell.show(request, "kit/dialog_message.html", {"message": secret}) if secret else HttpResponse()
    return shell.tell(response, picked={"kind": entity.name, "id": record.pk, "text": text}, toast={"text": said})


def _closes_to(request: HttpRequest, entity: Entity, view: View) -> str:
    return shell.local_path(request, shell.address(f"/{entity.slug}", view=view.name if entity.views else ""))


def edit_page(request: HttpRequest, entity: Entity, pk: int) -> HttpResponse:
    """GET /{slug}/{id}/edit."""
    record = may_change(request, entity, pk)
    if reason := doors.refuses_change(entity, request.employee, record):
        raise DomainError.of(reason)
    return form_page(request, entity, record=record)


def may_change(request: HttpRequest, entity: Entity, pk: int) -> Model:
    """The record that is to be changed. Raises Forbidden, NotFound."""
    doors.enter(entity, request.employee, "change")
    if not entity.form or not entity.form.change:
        raise NotFound
    return doors.find(entity, request.employee, pk)


def change(request: HttpRequest, entity: Entity, pk: int) -> HttpResponse:
    """POST /{slug}/{id}: saves the changes, unless somebody else was there in between."""
    record = may_change(request, entity, pk)
    raw = posted(request, entity)
    then = request.POST.get("then", "")
    field = then.removeprefix(pages_field.THEN) if then.startswith(pages_field.THEN) and shell.is_part(request) else ""
    try:
        saved = doors.change(entity, request.employee, pk, _without_same_references(entity, record, raw), "page")
    except DomainError as error:
        if field:
            return pages_field.field_part(request, entity, record, field, raw, error)
        return form_page(request, entity, record=record, raw=raw, error=error)
    if field:
        return shell.tell(HttpResponse(), toast={"text": f"已保存{entity.title}「{saved}」。"}, saved=True)
    target = shell.local_path(request, f"/{entity.slug}/{pk}")
    return shell.go(
        request, target, " ".join([f"已保存{entity.title}「{saved}」。", *warnings_of(entity, saved).values()])
    )


def _without_same_references(entity: Entity, record: Model, raw: Mapping[str, Any]) -> dict[str, Any]:
    """A reference that stays as it is is not chosen anew: it may lie outside the person's range."""
    same = {
        spec.name
        for spec in doors.form_specs(entity)
        if spec.kind == "reference"
        and spec.name in raw
        and str(getattr(record, spec.model_field.attname) or "") == str(raw[spec.name])
    }
    return {name: value for name, value in raw.items() if name not in same}


def posted(request: HttpRequest, entity: Entity) -> dict[str, Any]:
    """What the form sent: fields, options, rows inside, version."""
    post, files = request.POST, request.FILES
    raw = raw_of([*doors.form_specs(entity), *doors.option_specs(entity)], post, files)
    for lines in entity.form.lines:
        rows = raw_lines(doors.line_specs(entity, lines), post, files, lines.name)
        if rows is not None:
            raw[lines.name] = list(rows.values())
    if "version" in post:
        raw["version"] = post["version"]
    return raw


def form_page(
    request: HttpRequest, entity: Entity, *, view: View | None = None, record: Model | None = None,
    raw: Mapping[str, Any] | None = None, error: DomainError | None = None, dialog: bool = False,
) -> HttpResponse:  # fmt: skip
    """The form with its values, or with what was typed and what is wrong with it. In a dialog it goes without the rows inside."""
    by, scope = request.employee, "d" if dialog else "f"
    fields = error.fields if error else {}
    clashes: list[Clash] = []
    merged: list[str] = []
    conflict = record if error is not None and error.code == "version_conflict" else None
    if conflict is not None and raw is not None:
        clashes = clashes_of(entity, conflict, raw, by, scope=scope)
        for lines in (lines for lines in entity.form.lines if lines.name in raw):
            rows, said = merged_lines(entity, lines, conflict, raw)
            raw, merged = {**raw, lines.name: rows}, [*merged, *said]
    groups = []
    specs = iter(doors.form_specs(entity))
    for group in entity.form.groups:
        own = [next(specs) for _ in group.fields]
        groups.append((group.title, inputs_of(own, by, record=record, raw=raw, errors=fields, scope=scope)))
    theirs = {clash.name: clash.theirs for clash in clashes if clash.takes_theirs}
    groups = [(title, [theirs.get(entry.name, entry) for entry in entries]) for title, entries in groups]
    for name, sentence in (warnings_of(entity, record) if record is not None and raw is None else {}).items():
        for entry in (entry for _, entries in groups for entry in entries if entry.name == name):
            entry.warning = sentence
    if entity.form.look_up:
        shown = [entry for _, entries in groups for entry in entries]
        shown += [entry for clash in clashes for entry in (clash.mine, clash.theirs)]
        for entry in (entry for entry in shown if entry.name == entity.form.look_up.field):
            entry.look_up = f"/{entity.slug}/look_up"
            entry.except_id = record.pk if record is not None else None
    offered = [spec for spec in doors.option_specs(entity) if may(by, spec.field.right)]
    options = inputs_of(offered, by, raw=raw, errors=fields, scope=scope)
    rows_inside = [
        grid_of(entity, lines, by, record, raw, fields) for lines in ([] if dialog else lines_for(entity, by))
    ]
    placed = placed_errors(groups, options, rows_inside)
    stray = [sentence for name, sentences in fields.items() if name not in placed for sentence in sentences]
    if error is not None and conflict is None and not fields:
        stray.append(error.message)
    sent_version = (raw or {}).get("version", "")
    context: dict[str, Any] = {
        "entity": entity, "record": record, "view": view, "groups": groups, "grids": rows_inside,
        "options": [option for option in options if option.name != REASON],
        "reason": next((option for option in options if option.name == REASON), None),
        "candidates": error.extra.get("candidates", ()) if error else (),
        "stray": stray, "mistakes": mistakes_of(groups, options, rows_inside),
        "came": came_beside(entity, conflict, sent_version) if conflict else None, "clashes": clashes, "merged": merged,
        "version": version_of(record, sent_version, conflict is not None),
        "preview": shell.address(f"/{entity.slug}/preview", id=record.pk if record else ""),
        "back": shell.local_path(request, ""), "makes": view.makes if view and not record else "",
        "files": any(entry.kind == "file" for _, entries in groups for entry in entries),
        "action": f"/{entity.slug}/{record.pk}" if record else shell.address(f"/{entity.slug}", view=request.GET.get("view", "")),
        "cancel": _cancels_to(request, entity, view, record), "typed": error is not None,
        "error": error, "candidate_labels": doors.CANDIDATE_LABELS,
    }  # fmt: skip
    if dialog:
        context["action"] = shell.address(f"/{entity.slug}", view=request.GET.get("view", ""), dialog=1)
    template = "kit/form_dialog.html" if dialog else "kit/form.html"
    return shell.show(request, template, context, status=error.status if error else 200)


def _cancels_to(request: HttpRequest, entity: Entity, view: View | None, record: Model | None) -> str:
    if record is not None:
        return shell.local_path(request, f"/{entity.slug}/{record.pk}")
    return _closes_to(request, entity, view or entity.all_views[0])


def version_of(record: Model | None, sent: Any, conflict: bool) -> Any:
    """The version that a form carries: the one that was read, after a conflict the present one."""
    present = getattr(record, "version", "")
    return present if conflict or sent in (None, "") else sent


def grid_of(
    entity: Entity, lines: Lines, by: Any, record: Model | None, raw: Mapping[str, Any] | None,
    errors: Mapping[str, Sequence[str]],
) -> Grid:  # fmt: skip
    """The rows inside a form: what was typed, or what the record has."""
    specs = doors.line_specs(entity, lines)
    typed = raw[lines.name] if raw is not None and lines.name in raw else None
    present = list(ordered(getattr(record, lines.name))) if record is not None else []
    found = grids.Worked()

    def row(number: Any, pk: Any = "", **of: Any) -> GridRow:
        path = f"{lines.name}.{number}."
        inputs = inputs_of(specs, by, errors=errors, prefix=f"{lines.name}-{number}-", path=path, **of)
        worked = found.rows[number] if isinstance(number, int) and number < len(found.rows) else {}
        return GridRow(str(pk or ""), inputs, worked, str(pk) in fixed)

    fixed = {str(line.pk) for line in present if lines.fixed and lines.fixed(line)}
    if typed is not None:
        if lines.work_out or lines.totals:
            found = grids.preview(entity, by, raw or {}, "page", record.pk if record is not None else None)[lines.name]
        rows = [row(number, sent.get("id"), raw=sent) for number, sent in enumerate(typed)]
    else:
        if lines.work_out or lines.totals:
            found = grids.of_record(entity, lines, record)
        rows = [row(number, line.pk, record=line) for number, line in enumerate(present)]
    rows += [row(len(rows) + extra) for extra in range(EMPTY_ROWS)]
    return Grid(lines, specs, rows, row("__n__"), grids.results_of(entity, lines), found.totals_text())


def placed_errors(
    groups: Sequence[tuple[str, list[Input]]], options: Sequence[Input], grids: Sequence[Grid]
) -> set[str]:
    """The names of all errors that stand beside an input."""
    names = {entry.name for _, entries in groups for entry in entries} | {entry.name for entry in options}
    for grid in grids:
        for number in range(len(grid.rows)):
            names |= {f"{grid.lines.name}.{number}.{spec.name}" for spec in grid.specs}
    return names


def mistakes_of(
    groups: Sequence[tuple[str, list[Input]]], options: Sequence[Input], grids: Sequence[Grid]
) -> list[tuple[str, str]]:
    """Label and place of every input that is to be corrected."""
    entries = [entry for _, group in groups for entry in group] + list(options)
    found = [(entry.label, entry.id) for entry in entries if entry.errors]
    for grid in grids:
        for number, row in enumerate(grid.rows, start=1):
            found += [
                (f"{grid.lines.title}第 {number} 行 {entry.label}", entry.id) for entry in row.inputs if entry.errors
            ]
    return found


def came_between(entity: Entity, record: Model, version: Any) -> list[Came]:
    """Whose change came between, field by field, from the journal (D6)."""
    derived: frozenset[str] = getattr(record, "derived_fields", frozenset())
    specs = {spec.model_field.attname: spec for spec in doors.form_specs(entity) if spec.model_field is not None}
    came = []
    for row in writes_since(entity, record, version):
        by, at = str(row.change_set.by or "系统"), show_time(row.change_set.at)
        for name, after in (row.after or {}).items():
            field_name = name.removesuffix("_id")
            if field_name in derived or name in ("version", "updated_at"):
                continue
            spec = specs.get(name) or bind(entity.model, Field(field_name))
            came.append(
                Came(spec.label, value_words(spec, (row.before or {}).get(name)), value_words(spec, after), by, at)
            )
    return came


def came_beside(entity: Entity, record: Model, version: Any) -> list[Came]:
    """What somebody else changed meanwhile that stands in no field of the form: owner, state."""
    labels = {spec.label for spec in doors.form_specs(entity)}
    return [came for came in came_between(entity, record, version) if came.label not in labels]


def value_words(spec: Spec, value: Any) -> str:
    """A value of the journal as people read it."""
    if value in (None, "", []):
        return NONE
    if spec.kind == "reference" and spec.source is not None:
        names = spec.source.names()
        if names is None:
            found = registry[spec.source.kind].model._base_manager.filter(pk=value).first()
            return str(found) if found else str(value)
        return names.get(value, str(value))
    if spec.kind == "choice":
        return next((word for known, word in spec.choices() if known == value), str(value))
    if spec.kind == "time":
        return show_time(parse_datetime(str(value))) or str(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def record_or_public(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """GET /{slug}/{id} shows, POST changes."""
    entity = shell.entity_or_404(slug)
    return change(request, entity, pk) if request.method == "POST" else pages_record.record_page(request, entity, pk)


def list_or_create(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug} lists, POST makes a record."""
    entity = shell.entity_or_404(slug)
    return create(request, entity) if request.method == "POST" else pages_list.list_page(request, entity)
