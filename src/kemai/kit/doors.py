"""What every door does before a service runs: the right first (403), then the range (404), then the values (422).

Pages, API, bulk and command line call these functions and nothing below them, so that a rule, a right or a range cannot be gone around.
"""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from kemai.kit import journal
from kemai.kit.access import may, require
from kemai.kit.columns import BoundColumn, as_api, columns_for
from kemai.kit.entity import Action, Entity, Lines, View, as_field, registry
from kemai.kit.errors import DomainError, Forbidden, Invalid, Malformed, NotFound
from kemai.kit.lines import line_columns, lines_for, lines_json, lines_right
from kemai.kit.listing import BULK_LIMIT, Listing, Row
from kemai.kit.question import Question
from kemai.kit.values import Spec, bind, read_all
from kemai.kit.workflow import why_not

CANDIDATE_LABELS = {  # what is said of records that may be the same, in people's words
    "name": "名称",
    "owner": "负责人",
    "state": "状态",
    "days_since_contact": "距上次联系（天）",
    "why": "相似之处",
}


@dataclass(slots=True)
class Result:
    """What became of one record in a bulk deed (LST-09)."""

    id: int
    ok: bool
    title: str = ""
    code: str = ""
    message: str = ""

    def as_json(self) -> dict[str, Any]:
        if self.ok:
            return {"id": self.id, "ok": True}
        return {"id": self.id, "ok": False, "code": self.code, "message": self.message}


@dataclass
class Seen:
    """One record as a person may see it: its cells, and the record itself unless only its public fields may be had."""

    entity: Entity
    view: View | None
    row: Row
    columns: list[BoundColumn]
    record: Any = field(default=None)
    lines: Sequence[Lines] = ()

    def cell(self, name: str) -> Any:
        """The cell of a column, None where the person does not have it."""
        return next(
            (cell for column, cell in zip(self.columns, self.row.cells, strict=True) if column.name == name), None
        )


def enter(entity: Entity, by: Any, verb: str = "view") -> None:
    """Raises Forbidden unless the person may look at the kind and, for another verb, has its right: who may not look may do nothing."""
    require(by, entity.right("view"))
    require(by, entity.right(verb))


def _enter_lines(entity: Entity, by: Any, raw: Mapping[str, Any]) -> None:
    """Raises Forbidden when rows inside are sent by who may not see them."""
    for lines in entity.form.lines:
        if isinstance(raw, Mapping) and lines.name in raw:
            require(by, lines_right(entity, lines))


def list_of(entity: Entity, by: Any, params: Mapping[str, Any], *, page_size: int = 50) -> Listing:
    """A list as the person may see it."""
    enter(entity, by)
    return Listing(entity, by, Question.of(entity, params, by, page_size=page_size))


def see(entity: Entity, by: Any, pk: int, view_name: str = "") -> Seen:
    """One record. Through a public view: public fields of any record; otherwise what is in range, whole. Raises NotFound."""
    enter(entity, by)
    view = entity.view(view_name)
    if view is None:
        raise NotFound
    if view_name and view.public:
        records = view.reach(by).apply(entity.model._base_manager.all())
        if not records.filter(pk=pk).exists():
            raise NotFound
        return _seen(entity, by, pk, view, None)
    record = find(entity, by, pk)
    return _seen(entity, by, pk, None, record)


def _seen(entity: Entity, by: Any, pk: int, view: View | None, record: Any) -> Seen:
    columns = columns_for(by, entity, view)
    listing = Listing(entity, by, Question(view=view.name if view else entity.all_views[0].name))
    rows = listing.rows_of([pk], columns)
    if not rows:
        raise NotFound
    return Seen(entity, view, rows[0], columns, record, lines_for(entity, by) if record is not None else ())


def find(entity: Entity, by: Any, pk: int, reach: Callable[[Any], Any] | None = None) -> Model:
    """The record of that id within the person's range (or an action's own reach). Raises NotFound."""
    if not 0 < pk < 2**63:
        raise NotFound
    found = reach(by).filter(pk=pk).first() if reach else entity.seen(by, pk)
    if found is None:
        raise NotFound
    return found


def form_specs(entity: Entity) -> list[Spec]:
    """The inputs of a kind's form."""
    return [*each_form_spec(entity)]


def each_form_spec(entity: Entity) -> Iterator[Spec]:
    """The inputs of a kind's form, one after the other, for who needs few of them."""
    return (bind(entity.model, as_field(item)) for group in entity.form.groups for item in group.fields)


def line_specs(entity: Entity, lines: Lines) -> list[Spec]:
    """The inputs of a row inside a form."""
    model = entity.model._meta.get_field(lines.name).related_model
    return [bind(model, as_field(item)) for item in lines.fields]


def option_specs(entity: Entity) -> list[Spec]:
    """The inputs of a form that are not fields of the record."""
    return [bind(None, option) for option in entity.form.options]


def create(
    entity: Entity, by: Any, raw: Mapping[str, Any], door: str, options: Mapping[str, Any] | None = None
) -> Model:
    """Makes a record from what was sent. Raises Forbidden, Invalid, or what the service refuses."""
    enter(entity, by, "add")
    if not entity.form or not entity.form.create:
        raise NotFound
    _enter_lines(entity, by, raw)
    _known(entity, raw, door)
    values, extra = _read_form(entity, by, raw, door, partial=False)
    with through(door):
        return entity.form.create(values, by=by, **{**(options or {}), **extra})


def change(entity: Entity, by: Any, pk: int, raw: Mapping[str, Any], door: str, *, partial: bool = True) -> Model:
    """Changes a record. With `partial` what was not sent stays as it is. `version` in `raw` is checked (FRM-02)."""
    enter(entity, by, "change")
    if not entity.form or not entity.form.change:
        raise NotFound
    _enter_lines(entity, by, raw)
    record = find(entity, by, pk)
    _known(entity, raw, door)
    values, extra = _read_form(entity, by, raw, door, partial=partial, record=record)
    with through(door):
        return entity.form.change(
            record, by=by, values=values, version=_whole(raw.get("version"), "version", "版本号应为整数。"), **extra
        )


def remove(entity: Entity, by: Any, pk: int, door: str) -> None:
    """Deletes a record into the recycle bin. Raises Forbidden, NotFound, or what the service refuses."""
    enter(entity, by, "delete")
    if entity.delete is None:
        raise NotFound
    record = find(entity, by, pk, entity.delete_reach)
    with through(door):
        entity.delete(record, by=by)


def act(entity: Entity, by: Any, verb: str, pk: int, raw: Mapping[str, Any], door: str) -> Any:
    """Does one deed on one record."""
    action = _action(entity, by, verb)
    record = find(entity, by, pk, action.reach)
    values = _read_deed(action, by, raw, door)
    if action.plan:
        values = action.plan([pk], values, by)[pk]
    with through(door):
        return action.run(record, by=by, **values)


def act_many(entity: Entity, by: Any, verb: str, ids: Sequence[int], raw: Mapping[str, Any], door: str) -> list[Result]:
    """Does one deed on many records, each in a transaction of its own; says per record what was done and what was refused (LST-09)."""
    if verb == "delete":
        enter(entity, by, "delete")
        if entity.delete is None:
            raise NotFound
        return [one_of_many(pk, functools.partial(remove, entity, by, pk, door)) for pk in ids]
    action = _action(entity, by, verb)
    values = _read_deed(action, by, raw, door)
    shares = action.plan(ids, values, by) if action.plan else dict.fromkeys(ids, values)

    def one(pk: int) -> None:
        record = find(entity, by, pk, action.reach)
        with through(door):
            action.run(record, by=by, **shares[pk])

    return [one_of_many(pk, functools.partial(one, pk)) for pk in ids]


def _read_deed(action: Action, by: Any, raw: Mapping[str, Any], door: str) -> dict[str, Any]:
    specs = action_specs(action)
    if door == "api" and (unknown := set(raw) - {spec.name for spec in specs}):
        raise Invalid({name: [f"没有「{name[:40]}」这个字段。"] for name in sorted(unknown)})
    return read_all(specs, raw, by, door)


def one_of_many(pk: int, run: Callable[[], Any]) -> Result:
    try:
        run()
    except Forbidden:
        raise
    except DomainError as error:
        return Result(pk, False, code=error.code, message=error.message)
    return Result(pk, True)


def require_pick(entity: Entity, by: Any) -> None:
    """Raises Forbidden unless the person may view the kind, or has a form or deed in which one of it is chosen."""
    if may(by, entity.right("view")) or any(spec.source and spec.source.kind == entity.name for spec in _inputs_of(by)):
        return
    require(by, entity.right("view"))


def _inputs_of(by: Any) -> Iterator[Spec]:
    """Every input of every form and deed that the person has a right to."""
    for entity in registry.values():
        if entity.form and (may(by, entity.right("add")) or may(by, entity.right("change"))):
            yield from (*form_specs(entity), *option_specs(entity))
            for lines in lines_for(entity, by):
                yield from line_specs(entity, lines)
        for action in entity.actions:
            if action.allowed(by):
                yield from action_specs(action)


def chosen_ids(raw: Any) -> list[int]:
    """The ids of a bulk request, each once. Raises Malformed."""
    if not isinstance(raw, list) or not raw:
        raise Malformed("no_ids", "请先选择要处理的记录。")
    if len(raw) > BULK_LIMIT:
        raise Malformed("too_many", f"一次最多处理 {BULK_LIMIT:,} 条，请先缩小范围。")
    try:
        ids = [int(item) for item in raw if not isinstance(item, bool | float)]
    except (TypeError, ValueError):
        ids = []
    if len(ids) != len(raw) or not all(0 < pk < 2**63 for pk in ids):
        raise Malformed("bad_ids", "记录的编号应为整数。")
    return list(dict.fromkeys(ids))


def _action(entity: Entity, by: Any, verb: str) -> Action:
    action = entity.action(verb)
    if action is None:
        raise NotFound
    enter(entity, by)
    require_action(by, action)
    return action


def require_action(by: Any, action: Action) -> None:
    """Raises Forbidden when the person has no right to the deed on any list."""
    if not action.allowed(by):
        for right in (action.right, *action.needs):
            require(by, right)


def action_specs(action: Action) -> list[Spec]:
    """The inputs of a deed."""
    return [bind(None, item) for item in action.fields]


def actions_on(entity: Entity, by: Any, record: Any) -> list[tuple[Action, str | None]]:
    """The deeds that the person has a right to, each with the sentence that refuses it now, or None."""
    return [
        (action, refuses(action, record, by)) for action in entity.actions if action.on_detail and action.allowed(by)
    ]


def refuses(action: Action, record: Any, by: Any) -> str | None:
    """The sentence that refuses a deed on the record now, or None."""
    spec = getattr(action.run, "spec", None)
    return why_not(spec, record, by) if spec else None


def refuses_change(entity: Entity, by: Any, record: Any) -> str | None:
    """The sentence that greys 「修改」, or None."""
    if not entity.form or not entity.form.change:
        return None
    own = getattr(entity.form.change, "spec", None)
    return why_not(own, record, by) if own else None


def _known(entity: Entity, raw: Mapping[str, Any], door: str) -> None:
    """A field that does not exist, or cannot be written, is an error on the API rather than silently lost."""
    if door != "api":
        return
    if not isinstance(raw, Mapping):
        raise Malformed("not_an_object", "请求的内容应为一个 JSON 对象。")
    known = {spec.name for spec in (*form_specs(entity), *option_specs(entity))} | {
        lines.name for lines in entity.form.lines
    }
    readable = {name for column in entity.columns for name in (column.name, f"{column.name}_display")}
    for name in raw:
        if name not in known | readable | {"id", "version"}:
            raise Invalid({name: [f"没有「{str(name)[:40]}」这个字段。"]})
        if name in readable - known - {"id", "version"} and not name.endswith("_display"):
            raise Invalid({name: ["这个字段由系统维护，不能直接填写。"]})


def _whole(sent: Any, name: str, sentence: str) -> int | None:
    """A whole number that names something: a version, a line; None when nothing was sent. Raises Invalid."""
    if sent in (None, ""):
        return None
    if isinstance(sent, int | str) and not isinstance(sent, bool):
        try:
            return int(sent)
        except ValueError:
            pass
    raise Invalid({name: [sentence]})


def _read_form(
    entity: Entity, by: Any, raw: Mapping[str, Any], door: str, *, partial: bool, record: Model | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fields with rows inside, and options. Raises Invalid with all mistakes at once."""
    errors: dict[str, list[str]] = {}
    values = _gather(errors, lambda: read_all(form_specs(entity), raw, by, door, partial=partial), {})
    extra = _gather(errors, lambda: read_all(option_specs(entity), raw, by, door, partial=True), {})
    for lines in entity.form.lines:
        if lines.name in raw:
            values[lines.name] = _gather(
                errors, functools.partial(_read_lines, entity, lines, raw[lines.name], by, door, record), []
            )
    errors = {**_strangers(entity, values, by, record), **errors}
    if errors:
        raise Invalid(errors)
    return values, extra


def _strangers(entity: Entity, values: Mapping[str, Any], by: Any, record: Model | None) -> dict[str, list[str]]:
    """A choice that depends on another one's must belong to it: a contact to the chosen customer (FRM-03)."""
    errors: dict[str, list[str]] = {}
    specs = {spec.name: spec for spec in form_specs(entity)}
    for name, spec in specs.items():
        parent = specs.get(spec.field.depends_on)
        if parent is None or not {name, parent.name} & set(values):
            continue
        chosen, above = (
            values[one] if one in values else getattr(record, f"{one}_id", None) for one in (name, parent.name)
        )
        records = registry[spec.source.kind].model._base_manager if spec.source else None
        if chosen and above and records and not records.filter(pk=chosen, **{parent.name: above}).exists():
            errors[name] = [f"所选的{spec.label}不属于所选的{parent.label}，请重新选择。"]
    return errors


def _gather(errors: dict[str, list[str]], read: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return read()
    except Invalid as error:
        errors |= error.fields
        return otherwise


def _read_lines(
    entity: Entity, lines: Lines, sent: Any, by: Any, door: str, record: Model | None = None
) -> list[dict[str, Any]]:
    if not isinstance(sent, list) or len(sent) > 1000 or not all(isinstance(row, Mapping) for row in sent):
        raise Invalid({lines.name: [f"{lines.title}应是一组行，最多 1,000 行。"]})
    specs = line_specs(entity, lines)
    rows: list[dict[str, Any]] = []
    errors: dict[str, list[str]] = {}
    present = {line.pk: line for line in getattr(record, lines.name).all()} if record is not None else {}
    known = {"id"} | {
        name for column in line_columns(entity, lines) for name in (column.name, f"{column.name}_display")
    }
    for position, row in enumerate(sent):
        wrong = {name: [f"没有「{str(name)[:40]}」这个字段。"] for name in row if door == "api" and name not in known}
        try:
            pk = _whole(row.get("id"), "id", "行的编号应为整数。")
            same = _same_references(specs, present.get(pk or 0), row)
            read = [spec for spec in specs if spec.name not in same]
            rows.append({"id": pk, **same, **read_all(read, row, by, door, partial=pk is not None and door == "api")})
        except Invalid as error:
            wrong |= error.fields
        errors |= {f"{lines.name}.{position}.{name}": sentences for name, sentences in wrong.items()}
    if errors:
        raise Invalid(errors)
    return rows


def _same_references(specs: Sequence[Spec], line: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """The references of a present line that stay as they are: they are not chosen anew and may lie outside the person's range."""
    stored = {
        spec.name: getattr(line, spec.model_field.attname)
        for spec in specs
        if line is not None and spec.kind == "reference" and spec.model_field is not None
    }
    return {name: value for name, value in stored.items() if value and str(row.get(name)) == str(value)}


class through:  # noqa: N801  used like a function
    """Says for the log through which door a deed came in."""

    def __init__(self, door: str) -> None:
        self.door = door

    def __enter__(self) -> None:
        self.token = journal.door.set(self.door)

    def __exit__(self, *_: object) -> None:
        journal.door.reset(self.token)


def record_json(seen: Seen) -> dict[str, Any]:
    """One record as the API gives it: what the person may see, lines inside, its version."""
    answer: dict[str, Any] = {"id": seen.row.id}
    for column, cell in zip(seen.columns, seen.row.cells, strict=True):
        answer |= as_api(column, cell)
    if seen.record is None:
        return answer
    if hasattr(seen.record, "version"):
        answer["version"] = seen.record.version
    for lines in seen.lines:
        answer[lines.name] = lines_json(seen.entity, lines, seen.record)
    return answer


def page_rows_json(listing: Listing) -> dict[str, Any]:
    """A list as the API gives it."""
    columns = listing.columns
    items = []
    for row in listing.rows_of(listing.ids, columns):
        item: dict[str, Any] = {"id": row.id}
        for column, cell in zip(columns, row.cells, strict=True):
            item |= as_api(column, cell)
        items.append(item)
    question = listing.question
    return {"items": items, "total": listing.total, "page": question.page, "page_size": question.page_size}
