"""One field of a record changed where it stands on its page (FRM-05), saved by the same service and door as the whole form."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, pages_form, shell
from kemai.kit.access import may
from kemai.kit.entity import Entity, Field
from kemai.kit.errors import DomainError, NotFound
from kemai.kit.inputs import inputs_of

THEN = "field:"  # what `then` begins with when a form holds a single field
NOT_HERE = frozenset({"file", "password"})


def stands_here(item: Field, kind: str, by: Any) -> bool:
    """Whether a field of the form may be changed by itself."""
    return kind not in NOT_HERE and may(by, item.right)


def field_page(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponse:
    """GET /{slug}/{id}/field/{name}: the input of one field with its present value."""
    entity = shell.entity_or_404(slug)
    record = pages_form.may_change(request, entity, pk)
    if reason := doors.refuses_change(entity, request.employee, record):
        raise DomainError.of(reason)
    return field_part(request, entity, record, name)


def field_part(
    request: HttpRequest, entity: Entity, record: Any, name: str, raw: Mapping[str, Any] | None = None,
    error: DomainError | None = None,
) -> HttpResponse:  # fmt: skip
    """The input, again with what was typed and what is wrong with it; after a conflict with who changed what in between (FRM-02)."""
    by = request.employee
    spec = next((spec for spec in doors.form_specs(entity) if spec.name == name), None)
    if spec is None or not stands_here(spec.field, spec.kind, by):
        raise NotFound
    conflict = error is not None and error.code == "version_conflict"
    sent = (raw or {}).get("version", "")
    fields = error.fields if error else {}
    options = [spec for spec in doors.option_specs(entity) if spec.name in fields and may(by, spec.field.right)]
    placed = {name, *(option.name for option in options)}
    others = [sentence for other, sentences in fields.items() if other not in placed for sentence in sentences]
    if error is not None and not conflict and (options or not fields):
        others.append(error.message)
    others += [str(candidate.get("name", "")) for candidate in (error.extra.get("candidates", ()) if error else ())]
    context = {
        "entity": entity, "pk": record.pk, "then": THEN + name, "notes": others,
        "field": inputs_of([spec], by, record=record, raw=raw, errors=fields, scope="e")[0],
        "options": inputs_of(options, by, raw=raw, errors=fields, scope="e"),
        "version": pages_form.version_of(record, sent, conflict),
        "came": pages_form.came_between(entity, record, sent) if conflict else (),
        "parent": _parent(record, spec.field.depends_on),
    }  # fmt: skip
    return shell.show(request, "kit/field_edit.html", context, status=error.status if error else 200)


def _parent(record: Model, name: str) -> tuple[str, Any] | None:
    """The reference that narrows the choices of this one."""
    return (name, getattr(record, record._meta.get_field(name).attname)) if name else None
