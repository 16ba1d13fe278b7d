"""What pickers offer: found on the server, within the person's range, never everything at once (FRM-03, FRM-11)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from kemai.kit import doors
from kemai.kit.access import may
from kemai.kit.columns import columns_for
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import NotFound
from kemai.kit.listing import Listing, Question
from kemai.kit.text import fold, initials_of, reading_of

PICK_LIMIT = 20


def pick(request: HttpRequest, kind: str) -> HttpResponse:
    """GET /pick/{kind}: what a picker offers, found on the server within the person's range (FRM-03)."""
    entity = registry.get(kind)
    if entity is None:
        raise NotFound
    doors.require_pick(entity, request.employee)
    by, text = request.employee, request.GET.get("q", "").strip()[:200]
    doors.require_pick(entity, by)
    known = _known_words(entity, by)
    if known is not None:
        return JsonResponse({"items": _among(known, text)})
    records = _narrowed_by(entity, request.GET)(entity.visible(by))
    if text:
        records = Listing(entity, by, Question(view=entity.all_views[0].name, q=text), records=records).matching()
    ids = list(records.order_by("-pk").values_list("pk", flat=True)[:PICK_LIMIT])
    return JsonResponse({"items": _offers(entity, by, ids)})


def _known_words(entity: Entity, by: Any) -> Iterable[tuple[int, str]] | None:
    """The words of a kind that is small enough to be remembered, where the person may see all of it; None for large ones."""
    if entity.options is not None:
        return entity.options(by)
    return entity.names().items() if entity.names is not None and entity.reach(by).everything else None


def _among(options: Iterable[tuple[int, str]], text: str) -> list[dict[str, Any]]:
    """The choices that hold the text, by their words or their pinyin."""
    wanted = fold(text)
    found = [
        (pk, word.strip()) for pk, word in options if not wanted or any(wanted in form for form in _forms(word.strip()))
    ]
    return [{"id": pk, "text": word, "hint": ""} for pk, word in found[:PICK_LIMIT]]


@lru_cache(maxsize=10_000)
def _forms(word: str) -> tuple[str, ...]:
    folded = fold(word)
    reading = reading_of(folded)
    return folded, reading.lower(), initials_of(reading)


def _narrowed_by(entity: Entity, params: Mapping[str, str]) -> Any:
    """Narrows the choices to those of another field's value: the contacts of the chosen customer."""
    depends, value = params.get("depends", ""), params.get("value", "")
    known = {model_field.name for model_field in entity.model._meta.fields if model_field.is_relation}
    if depends not in known or not (value.isascii() and value.isdigit() and len(value) < 19):
        return lambda records: records
    return lambda records: records.filter(**{f"{depends}_id": int(value)})


def _offers(entity: Entity, by: Any, ids: Sequence[int]) -> list[dict[str, Any]]:
    view = entity.all_views[0]
    columns = [column for column in columns_for(by, entity, None) if column.column.title or column.column.phone]
    titles = [at for at, column in enumerate(columns) if column.column.title]
    hinted = may(by, entity.right("view"))
    rows = Listing(entity, by, Question(view=view.name)).rows_of(ids, columns)
    offers = []
    for row in rows:
        hints = [cell.text for at, cell in enumerate(row.cells) if at not in titles and cell.text]
        text = row.cells[titles[0]].text if titles else str(row.id)
        offers.append({"id": row.id, "text": text, "hint": " ".join(hints[:3]) if hinted else ""})
    return offers
