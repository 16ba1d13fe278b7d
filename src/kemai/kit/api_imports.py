"""The API of imports (IMP-02, IMP-03): upload, verdicts, commit, undo, refused rows."""

import json
import tempfile
from collections.abc import Callable, Mapping
from typing import IO, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.http import content_disposition_header

from kemai.kit import api, import_results, import_runs, importing, sheets
from kemai.kit.columns import COMPANY_ZONE
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import DomainError, Malformed
from kemai.kit.exporting import blocks
from kemai.kit.import_templates import template_name, write_template
from kemai.kit.models import Import, ImportRow
from kemai.kit.question import page_of

SLUG = "imports"
OPTIONS = ("into", "add", "update", "key", "similar", "sheet", "map")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def imports(request: HttpRequest) -> HttpResponseBase:
    """GET the person's own imports, the newest first; POST a file (multipart: file, kind, options)."""
    api.admit(request, SLUG)
    by = request.employee

    def listed() -> HttpResponse:
        mine = Import.objects.select_related("by").filter(by_id=by.pk).order_by("-pk")
        page, size = page_of(request.GET)
        items = [import_json(run) for run in mine[(page - 1) * size : page * size]]
        return api.answer({"items": items, "total": mine.count(), "page": page, "page_size": size})

    def taken() -> HttpResponse:
        refuse_large(request)
        sent = request.POST
        run = import_runs.upload(request.FILES.get("file"), sent.get("kind", ""), raw_options(sent), by=by)
        return api.answer(import_json(run) | verdicts_json(run, request.GET), status=201)

    return api.by_method(request, GET=listed, POST=taken)


def one(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET state, progress, counts, and the rows with their verdicts (`verdict`, `page`, `page_size`)."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)
    return api.by_method(request, GET=lambda: api.answer(import_json(run) | verdicts_json(run, request.GET)))


def plan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST another mapping or other options: the rows are judged anew."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)

    def planned() -> HttpResponse:
        changed = import_runs.settle_anew(
            run, run.options | kept_owner(run) | raw_options(api.body(request)), by=request.employee
        )
        return api.answer(import_json(changed) | verdicts_json(changed, request.GET))

    return api.by_method(request, POST=planned)


def commit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST: the rows go in; 202 when a job does it."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)

    def done() -> HttpResponse:
        now = import_runs.commit(run, by=request.employee)
        return api.answer(import_json(now), status=200 if now.state == Import.State.DONE else 202)

    return api.by_method(request, POST=done)


def take_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST: the import is taken back; 202 when a job does it. `left` names what was changed since."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)

    def done() -> HttpResponse:
        outcome = import_runs.take_back(run, by=request.employee)
        run.refresh_from_db()
        if outcome is None:
            return api.answer(import_json(run), status=202)
        left = [
            {"kind": item.kind, "id": item.record_id, "title": item.title, "reason": item.reason}
            for item in outcome.left
        ]
        return api.answer(import_json(run) | {"message": outcome.sentence, "left": left})

    return api.by_method(request, POST=done)


def rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET the refused rows as a workbook with the reason in a column."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)
    return api.by_method(request, GET=lambda: rejected_file(run))


def rejected_file(run: Import) -> HttpResponseBase:
    """The refused rows as an answer with a file."""
    name = f"{run.file_name.rpartition('.')[0] or run.file_name}-未导入.xlsx"
    return workbook(name, lambda file: import_results.write_rejected(run, file))


def hand_out(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST: the list to hand out, such as one-time passwords; made anew each time (ORG-13)."""
    api.admit(request, SLUG)
    run = importing.import_of(pk, request.employee)
    return api.by_method(request, POST=lambda: api.answer({"items": import_results.hand_out(run, request.employee)}))


def hand_out_file(run: Import, by: Any) -> HttpResponseBase:
    """The list to hand out as an answer with a file."""
    title = registry[run.kind].imports.hand_out.title if registry[run.kind].imports.hand_out else ""
    return workbook(f"{title}.xlsx", lambda file: import_results.write_hand_out(run, by, file))


def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """GET a workbook to fill in (IMP-05)."""
    api.admit(request, SLUG)
    return api.by_method(
        request, GET=lambda: template_file(importing.importable(kind, request.employee), request.employee)
    )


def template_file(entity: Entity, by: Any) -> HttpResponseBase:
    """The template of a kind as an answer with a file."""
    return workbook(template_name(entity), lambda file: write_template(entity, by, file))


def workbook(name: str, write: Callable[[IO[bytes]], Any]) -> HttpResponseBase:
    """An answer with a workbook that is written first, so that a refusal is still one."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when its last block has been read
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    response = StreamingHttpResponse(blocks(file), content_type=XLSX)
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    return response


def refuse_large(request: HttpRequest) -> None:
    """Raises 413 before the body is read."""
    if int(request.headers.get("Content-Length") or 0) > sheets.LARGEST_FILE + 1024 * 1024:
        raise DomainError("file_too_large", sheets.SENTENCES["too_large"], status=413)


def raw_options(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an import: as fields of a form, or as JSON in `options`; `map` as an object or as JSON. Raises Malformed."""
    raw = _json(sent.get("options"), "options") | {name: sent[name] for name in OPTIONS if name in sent}
    if "map" in raw:
        raw["map"] = _json(raw["map"], "map")
    return raw


def _json(value: Any, name: str) -> dict[str, Any]:
    if value in (None, ""):
        return {}
    try:
        read = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Malformed("bad_json", f"{name} 应为一个 JSON 对象。")
    return read


def kept_owner(run: Import) -> dict[str, Any]:
    """The option `into` as it was sent, for another preview with the same one."""
    return {"into": str(run.options["owner"])} if run.options.get("owner") else {}


def import_json(run: Import) -> dict[str, Any]:
    """An import as the API gives it."""
    return {
        "id": run.pk, "kind": run.kind, "file_name": run.file_name, "state": run.state, "state_display": run.get_state_display(),
        "total": run.total, "done": run.done, "counts": run.counts, "columns": import_results.columns_json(run),
        "unmatched": import_results.unmatched(run), "missing": run.columns.get("missing", []),
        "sheet": run.columns.get("sheet", ""), "other_sheets": run.columns.get("other_sheets", []), "options": run.options, "error": run.error,
        "by": run.by_id, "by_display": str(run.by), "created_at": run.at.astimezone(COMPANY_ZONE).isoformat(),
        "finished_at": run.finished_at.astimezone(COMPANY_ZONE).isoformat() if run.finished_at else None,
    }  # fmt: skip


def verdicts_json(run: Import, params: Mapping[str, str]) -> dict[str, Any]:
    """A page of the rows with what became of them."""
    page, size = page_of(params)
    rows = ImportRow.objects.filter(of=run).order_by("number")
    if verdict := params.get("verdict", ""):
        rows = rows.filter(verdict=verdict)
    shown = [
        {"row": row.number, "verdict": row.verdict, "title": row.title, "message": row.message, "record": row.record_id}
        for row in rows[(page - 1) * size : page * size]
    ]
    return {"verdicts": shown, "verdicts_total": rows.count(), "page": page, "page_size": size}


urlpatterns = [
    path("imports", imports),
    path("imports/<int:pk>", one),
    path("imports/<int:pk>/plan", plan),
    path("imports/<int:pk>/commit", commit),
    path("imports/<int:pk>/undo", take_back),
    path("imports/<int:pk>/rejected", rejected),
    path("imports/<int:pk>/hand-out", hand_out),
    path("imports/template/<slug:kind>", template),
]
