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
from kemai.kit.listing import Listing
from kemai.kit.question import Question
from kemai.kit.text import fold, initials_of, reading_of

PICK_LIMIT = 20
RECENT_MOST = 8


def pick(request: HttpRequest, kind: str) -> HttpResponse:
    """GET /pick/{kind}: what a picker offers, found on the server within the person's range (FRM-03).

    `recent` are ids chosen here lately: those that are found come first. `more` says that there are others beside the offered ones, `note`
    why nothing was looked up, `new` where a missing one is made on the spot (FRM-11).
    """
    entity = registry.get(kind)
    if entity is None:
        raise NotFound
    by, text = request.employee, request.GET.get("q", "").strip()[:200]
    doors.require_pick(entity, by)
    recent = _recent(request.GET.get("recent", ""))
    known = _known_words(entity, by)
    note = ""
    if known is not None:
        words = dict(_among(known, text, recent))
        items = _offers(entity, by, list(words)[:PICK_LIMIT], words)
        more = len(words) > PICK_LIMIT
    elif entity.search is not None and len(text) == 1 and text.isascii():
        items, more, note = [], False, "请再输入一个字母或数字。"
    else:
        ids = _found(entity, by, request.GET, text, recent)
        items, more = _offers(entity, by, ids[:PICK_LIMIT]), len(ids) > PICK_LIMIT
    return JsonResponse({"items": items, "more": more, "note": note, "new": _maker(entity, by)})


def _recent(text: str) -> list[int]:
    """The ids that were chosen lately, the latest first."""
    return [int(part) for part in text.split(",")[:RECENT_MOST] if part.isascii() and part.isdigit() and len(part) < 19]


def _found(entity: Entity, by: Any, params: Mapping[str, str], text: str, recent: Sequence[int]) -> list[int]:
    """The ids to offer and one more, where there are more: chosen lately, then the newest."""
    records = _narrowed_by(entity, params)(entity.visible(by))
    if text:
        records = Listing(entity, by, Question(view=entity.all_views[0].name, q=text), records=records).matching()
    chosen = set(records.filter(pk__in=recent).values_list("pk", flat=True)) if recent else set()
    newest = records.order_by("-pk").values_list("pk", flat=True)[: PICK_LIMIT + 1]
    return list(dict.fromkeys([*(pk for pk in recent if pk in chosen), *newest]))


def _maker(entity: Entity, by: Any) -> dict[str, str] | None:
    """Where a record of the kind is made and which field takes what was typed; None for who may not."""
    if (
        not entity.form
        or not entity.form.create
        or not may(by, entity.right("view"))
        or not may(by, entity.right("add"))
    ):
        return None
    names = {spec.name for spec in doors.form_specs(entity)}
    field = entity.title_field if entity.title_field in names else ""
    return {"title": entity.title, "href": f"/{entity.slug}/new?dialog=1", "field": field}


def _known_words(entity: Entity, by: Any) -> Iterable[tuple[int, str]] | None:
    """The words of a kind that is small enough to be remembered, where the person may see all of it; None for large ones."""
    if entity.options is not None:
        return entity.options(by)
    return entity.names().items() if entity.names is not None and entity.reach(by).everything else None


def _among(options: Iterable[tuple[int, str]], text: str, recent: Sequence[int]) -> list[tuple[int, str]]:
    """The choices that hold the text, by their words or their pinyin; those chosen lately first."""
    wanted = fold(text)
    found = [
        (pk, word.strip()) for pk, word in options if not wanted or any(wanted in form for form in _forms(word.strip()))
    ]
    places = {pk: place for place, pk in enumerate(recent)}
    return sorted(found, key=lambda one: places.get(one[0], RECENT_MOST))


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


def _offers(
    entity: Entity, by: Any, ids: Sequence[int], words: Mapping[int, str] | None = None
) -> list[dict[str, Any]]:
    """Each with its name and, for who may see the kind, with what tells equal names apart."""
    hinted = may(by, entity.right("view"))
    if words is not None and not hinted:
        return [{"id": pk, "text": words[pk], "hint": ""} for pk in ids]
    view = entity.all_views[0]
    columns = [column for column in columns_for(by, entity, None) if column.column.title or column.column.phone]
    titles = [at for at, column in enumerate(columns) if column.column.title]
    rows = Listing(entity, by, Question(view=view.name)).rows_of(ids, columns)
    offers = []
    for row in rows:
        hints = [cell.text for at, cell in enumerate(row.cells) if at not in titles and cell.text]
        text = row.cells[titles[0]].text if titles else str(row.id)
        offers.append(
            {"id": row.id, "text": words[row.id] if words else text, "hint": " ".join(hints[:3]) if hinted else ""}
        )
    return offers
