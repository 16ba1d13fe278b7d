"""The pages of imports: upload, what goes where, what becomes of each row, commit, result, undo (IMP-02). They do what the API does."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kemai.kit import import_results, import_runs, importing, shell, undo
from kemai.kit.access import may
from kemai.kit.api_imports import hand_out_file, refuse_large, rejected_file, template_file
from kemai.kit.entity import Entity, Field, registry
from kemai.kit.errors import DomainError, NotFound
from kemai.kit.models import Import, ImportRow
from kemai.kit.question import page_of
from kemai.kit.values import Spec, bind

VERDICTS = (
    ("new", "新增", "green", "circle-plus"), ("update", "更新", "blue", "refresh"), ("similar", "相似", "orange", "copy"),
    ("duplicate", "重复", "", "circle-minus"), ("error", "有误", "red", "alert-triangle"),
)  # fmt: skip
BUSY = frozenset({Import.State.PLANNING, Import.State.WAITING, Import.State.RUNNING, Import.State.UNDOING})
PLANNED = frozenset({Import.State.PLANNING, Import.State.PLANNED})
STEPS: dict[str, int] = {
    Import.State.PLANNING: 2, Import.State.PLANNED: 2, Import.State.WAITING: 3, Import.State.RUNNING: 3, Import.State.FAILED: 3,
}  # fmt: skip
MAP = "map."
SHOWN = 100  # imports in the list


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """GET /imports: the person's own imports, the newest first."""
    by = request.employee
    runs = list(Import.objects.filter(by_id=by.pk).order_by("-pk")[:SHOWN])
    return shell.show(
        request, "kit/import_list.html", {"runs": runs, "titles": _titles(), "kinds": _kinds(by), "busy": BUSY}
    )


@require_http_methods(["GET", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """GET /imports/new: choose a file; POST takes it in and leads to its preview."""
    by = request.employee
    kinds = _kinds(by)
    kind = request.POST.get("kind") or request.GET.get("kind") or (kinds[0].name if kinds else "")
    importing.importable(kind, by)
    context = {"kinds": kinds, "kind": kind, "errors": {}, "message": ""}
    if request.method == "GET":
        return shell.show(request, "kit/import_new.html", context)
    refuse_large(request)
    try:
        run = import_runs.upload(request.FILES.get("file"), kind, _raw_options(request.POST), by=by)
    except DomainError as error:
        context |= {"errors": error.fields, "message": error.message}
        return shell.show(request, "kit/import_new.html", context, status=error.status)
    return shell.go(request, f"/imports/{run.pk}")


@require_GET
def one_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /imports/{id}: columns, counts, rows with their verdicts, and what can be done next."""
    return _show(request, importing.import_of(pk, request.employee))


def _show(request: HttpRequest, run: Import, error: DomainError | None = None) -> HttpResponse:
    entity = registry[run.kind]
    page, size = page_of(request.GET)
    rows = ImportRow.objects.filter(of=run).order_by("number")
    verdict = request.GET.get("verdict", "")
    if verdict:
        rows = rows.filter(verdict=verdict)
    total = rows.count()
    by, columns = request.employee, import_results.columns_json(run)
    targets = list(importing.targets_of(entity).values())
    further = [
        [target for target in targets if target.nth == nth] for nth in sorted({target.nth for target in targets} - {1})
    ]
    declared, own = entity.imports.hand_out, run.by_id == by.pk
    colleagues = _owner_spec(entity).options(by) if entity.imports.into and run.state in PLANNED else ()
    context = {
        "run": run, "entity": entity, "state": run.get_state_display(), "busy": run.state in BUSY, "verdict": verdict,
        "columns": import_results.with_samples(run, columns) if run.state in PLANNED else columns,
        "targets": [target for target in targets if target.nth == 1], "further": further, "verdicts": VERDICTS,
        "words": {name: (word, tone, icon) for name, word, tone, icon in VERDICTS}, "counts": run.counts,
        "rows": list(rows[(page - 1) * size : page * size]), "page": page, "pages": max(1, -(-total // size)),
        "missing": [importing.targets_of(entity)[name].label for name in run.columns.get("missing", ())],
        "matched": sum(bool(column["field"]) for column in columns), "unmatched": len(import_results.unmatched(run)),
        "other_sheets": import_results.other_sheets(run),
        "step": STEPS.get(run.state, 4), "going": import_results.going_in(run), "refused": import_results.refused(run) if run.stored else 0,
        "can_undo": undo.can_take_back(run), "can_commit": own and import_runs.can_commit(run),
        "may_update": may(by, entity.right("change")), "colleagues": [(pk, name) for pk, name in colleagues or () if pk != by.pk],
        "hand_out": declared if declared and run.state == Import.State.DONE and may(by, declared.right) and run.counts.get("new") else None,
        "own": own, "message": error.message if error else run.error, "options": run.options,
        "keys": [(name, importing.targets_of(entity)[name].label) for name in entity.imports.keys],
    }  # fmt: skip
    return shell.show(request, "kit/import.html", context, status=error.status if error else 200)


def _owner_spec(entity: Entity) -> Spec:
    return bind(entity.model, Field(entity.owner))


@require_POST
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """POST /imports/{id}/plan: other columns or options, and a new preview."""
    run = importing.import_of(pk, request.employee)
    return _then(
        request,
        run,
        lambda: import_runs.settle_anew(run, _raw_options(request.POST), by=request.employee) and "已重新检查。",
    )


@require_POST
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """POST /imports/{id}/commit."""
    run = importing.import_of(pk, request.employee)

    def done() -> str:
        now = import_runs.commit(run, by=request.employee)
        return (
            f"已导入 {now.counts.get('in', 0):,} 行。"
            if now.state == Import.State.DONE
            else "已开始导入，可以先做别的事。"
        )

    return _then(request, run, done)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """POST /imports/{id}/undo."""
    run = importing.import_of(pk, request.employee)

    def done() -> str:
        outcome = import_runs.take_back(run, by=request.employee)
        return outcome.sentence if outcome else "已开始撤销。"

    return _then(request, run, done)


@require_GET
def rejected(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET /imports/{id}/rejected: the refused rows as a workbook."""
    return rejected_file(importing.import_of(pk, request.employee))


@require_POST
def hand_out(request: HttpRequest, pk: int) -> HttpResponseBase:
    """POST /imports/{id}/hand-out: the list to hand out as a workbook, such as one-time passwords."""
    return hand_out_file(importing.import_of(pk, request.employee), request.employee)


@require_GET
def template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """GET /imports/template/{kind}: a workbook to fill in."""
    return template_file(importing.importable(kind, request.employee), request.employee)


def _then(request: HttpRequest, run: Import, deed: Any) -> HttpResponse:
    try:
        said = deed()
    except DomainError as error:
        return _show(request, importing.import_of(run.pk, request.employee), error)
    return shell.go(request, f"/imports/{run.pk}", said)


def _raw_options(post: Mapping[str, str]) -> dict[str, Any]:
    raw: dict[str, Any] = {
        name: post[name] for name in ("into", "add", "update", "key", "similar", "sheet") if name in post
    }
    chosen = {name.removeprefix(MAP): post[name] for name in post if name.startswith(MAP)}
    return raw | ({"map": chosen} if chosen else {})


def _kinds(by: Any) -> list[Entity]:
    return [entity for entity in registry.values() if entity.imports and may(by, entity.right("import"))]


def _titles() -> dict[str, str]:
    return {entity.name: entity.title for entity in registry.values() if entity.imports}


def nothing(request: HttpRequest, path: str) -> HttpResponse:
    """Other addresses below /imports."""
    raise NotFound("没有这个页面，请检查地址。")


urlpatterns = [
    path("imports", list_page),
    path("imports/new", new_page),
    path("imports/<int:pk>", one_page),
    path("imports/<int:pk>/plan", plan),
    path("imports/<int:pk>/commit", commit),
    path("imports/<int:pk>/undo", take_back),
    path("imports/<int:pk>/rejected", rejected),
    path("imports/<int:pk>/hand-out", hand_out),
    path("imports/template/<slug:kind>", template),
    path("imports/<path:path>", nothing),
]
