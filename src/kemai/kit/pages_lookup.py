"""The look-up beside a field of a form: is this one there already, whoever owns it (CUS-04)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from kemai.kit import doors, shell
from kemai.kit.entity import Entity, Found
from kemai.kit.errors import DomainError, Forbidden, NotFound
from kemai.kit.grids import may_fill
from kemai.kit.values import WORD_LIMIT, YES


def run(entity: Entity, by: Any, sent: Mapping[str, Any], door: str) -> Found:
    """What a look-up finds. Raises Forbidden unless the person may fill in the form, else what the service refuses."""
    may_fill(entity, by)
    if entity.form.look_up is None:
        raise NotFound
    text, except_id = sent.get("text"), str(sent.get("except_id"))
    words = text.strip()[:WORD_LIMIT] if isinstance(text, str) else ""
    own = int(except_id) if except_id.isascii() and except_id.isdigit() and len(except_id) < 19 else None
    with doors.through(door):
        return entity.form.look_up.run(
            words, by=by, typing=str(sent.get("typing", "")).lower() in YES - {""}, except_id=own
        )


def look_up(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/look_up: what was found, to stand below the field. A POST, for it is counted and logged."""
    entity = shell.entity_or_404(slug)
    found, said, status = Found([]), "", 200
    try:
        found = run(entity, request.employee, request.POST, "page")
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        said, status = next((text for texts in error.fields.values() for text in texts), error.message), error.status
    context = {
        "found": found, "said": said, "text": request.POST.get("text", "").strip(), "typing": request.POST.get("typing"),
        "labels": doors.CANDIDATE_LABELS, "entity": entity,
    }  # fmt: skip
    return shell.show(request, "kit/look_up.html", context, status=status)
