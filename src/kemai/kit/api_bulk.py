"""The API of bulk edits (LST-15): set fields of many records, look how far it is, take it back."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from kemai.kit import api, bulk_edit, doors
from kemai.kit.columns import COMPANY_ZONE
from kemai.kit.errors import Malformed, NotFound
from kemai.kit.models import BulkEdit
from kemai.kit.question import page_of

SLUG = "bulk-edits"


def on_kind(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST {"ids": [...] or "all": true with "query", "values": {field: value}}; `preview` true only tells what would happen."""
    entity, by = api.entity_of_call(request, slug), request.employee

    def done() -> HttpResponse:
        doors.enter(entity, by, "change")
        if not bulk_edit.offered(entity, by):
            raise NotFound
        sent = api.body(request)
        values = sent.get("values")
        if not isinstance(values, Mapping):
            raise Malformed("bad_values", "values 应为一个 JSON 对象：字段和新值。")
        ids = api.ids_of(entity, by, sent)
        if sent.get("preview") is True:
            seen = bulk_edit.preview(entity, by, ids, bulk_edit.read(entity, by, values, "api")[1])
            return api.answer(
                {"change": seen.change, "same": seen.same, "refused": [result.as_json() for result in seen.refused]}
            )
        edit = bulk_edit.start(entity, by, ids, values, "api")
        return api.answer(
            edit_json(edit) | results_json(edit), status=200 if edit.state == BulkEdit.State.DONE else 202
        )

    return api.by_method(request, POST=done)


def listed(request: HttpRequest) -> HttpResponseBase:
    """GET the person's own bulk edits, the newest first."""
    api.admit(request, SLUG)

    def told() -> HttpResponse:
        mine = BulkEdit.objects.filter(by_id=request.employee.pk).select_related("by").order_by("-pk")
        page, size = page_of(request.GET)
        items = [edit_json(edit) for edit in mine[(page - 1) * size : page * size]]
        return api.answer({"items": items, "total": mine.count(), "page": page, "page_size": size})

    return api.by_method(request, GET=told)


def one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET how far it is, and the verdict on each record."""
    api.admit(request, SLUG)

    def told() -> HttpResponse:
        edit = bulk_edit.edit_of(pk, request.employee)
        return api.answer(edit_json(edit) | results_json(edit))

    return api.by_method(request, GET=told)


def take_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST: it is taken back; 202 when a job does it. `left` names what was changed since."""
    api.admit(request, SLUG)

    def done() -> HttpResponse:
        edit = bulk_edit.edit_of(pk, request.employee)
        outcome = bulk_edit.take_back(edit, by=request.employee)
        edit.refresh_from_db()
        if outcome is None:
            return api.answer(edit_json(edit), status=202)
        left = [
            {"kind": item.kind, "id": item.record_id, "title": item.title, "reason": item.reason}
            for item in outcome.left
        ]
        return api.answer(edit_json(edit) | {"message": outcome.sentence, "left": left})

    return api.by_method(request, POST=done)


def edit_json(edit: BulkEdit) -> dict[str, Any]:
    """A bulk edit as the API gives it."""
    return {
        "id": edit.pk, "kind": edit.kind, "values": edit.raw, "words": edit.words, "state": edit.state,
        "state_display": edit.get_state_display(), "total": edit.total, "done": edit.done, "counts": bulk_edit.counts_of(edit),
        "error": edit.error, "by": edit.by_id, "by_display": str(edit.by), "created_at": edit.at.astimezone(COMPANY_ZONE).isoformat(),
    }  # fmt: skip


def results_json(edit: BulkEdit) -> dict[str, Any]:
    """The verdict on each record so far."""
    return {"results": [result.as_json() for result in bulk_edit.results_of(edit)]}


urlpatterns = [
    path("bulk-edits", listed),
    path("bulk-edits/<int:pk>", one),
    path("bulk-edits/<int:pk>/undo", take_back),
    path("<slug:slug>/actions/bulk-edit", on_kind),
]
