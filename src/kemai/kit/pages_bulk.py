"""「批量修改」: the dialog that chooses fields and shows what would happen, and the page on which one sees it happen (LST-15)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kemai.kit import bulk_edit, doors, shell
from kemai.kit.entity import Entity, registry
from kemai.kit.errors import DomainError, Forbidden, NotFound
from kemai.kit.inputs import inputs_of, raw_of
from kemai.kit.models import BulkEdit, BulkEditRow
from kemai.kit.pages_deed import chosen_records

PREFIX = "v-"
SHOWN = 100
BUSY = frozenset({BulkEdit.State.WAITING, BulkEdit.State.RUNNING, BulkEdit.State.UNDOING})


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/actions/bulk-edit asks which fields; POST shows what would happen (`step=preview`) and does it (`step=do`)."""
    entity, by = shell.entity_or_404(slug), request.employee
    doors.enter(entity, by, "change")
    if not bulk_edit.offered(entity, by):
        raise NotFound
    ids = chosen_records(request, entity)
    post = request.POST
    specs = {spec.name: spec for spec in bulk_edit.specs_of(entity, by)}
    names = [
        name for name in [*post.getlist("field"), post.get("add", "")] if name in specs and name != post.get("drop")
    ]
    chosen = [specs[name] for name in dict.fromkeys(names)]
    raw = {spec.name: "" for spec in chosen} | raw_of(chosen, post, {}, PREFIX)
    step = post.get("step", "fields") if chosen else "fields"
    error: DomainError | None = None
    if step in ("preview", "do"):
        try:
            if step == "do":
                return _do(request, entity, ids, raw)
            read, values = bulk_edit.read(entity, by, raw, "page")
            return _dialog(request, entity, ids, chosen, raw, seen={
                "preview": bulk_edit.preview(entity, by, ids, values), "words": bulk_edit.words_of(read, values, by),
            })  # fmt: skip
        except Forbidden:
            raise
        except DomainError as refused:
            error = refused
    return _dialog(request, entity, ids, chosen, raw, error=error)


def _dialog(
    request: HttpRequest, entity: Entity, ids: Sequence[int], chosen: Sequence[Any], raw: Mapping[str, Any], *,
    seen: Mapping[str, Any] | None = None, error: DomainError | None = None,
) -> HttpResponse:  # fmt: skip
    by = request.employee
    fields = error.fields if error else {}
    names = {spec.name for spec in chosen}
    params = {name: value for name, value in request.GET.items() if name not in ("ids", "page", "page_size")}
    context = {
        "entity": entity, "inputs": inputs_of(chosen, by, raw=raw, errors=fields, prefix=PREFIX), "total": len(ids),
        "others": [(spec.name, spec.label) for spec in bulk_edit.specs_of(entity, by) if spec.name not in names],
        "target": shell.address(f"/{entity.slug}/actions/bulk-edit", **params), "seen": seen or {},
        "ids": [] if params.get("all") else ids, "stray": error.message if error and not fields else "",
    }  # fmt: skip
    template = "kit/bulk_edit.html" if shell.is_part(request) else "kit/bulk_edit_page.html"
    return shell.show(request, template, context, status=error.status if error else 200)


def _do(request: HttpRequest, entity: Entity, ids: Sequence[int], raw: Mapping[str, Any]) -> HttpResponse:
    edit = bulk_edit.start(entity, request.employee, ids, raw, "page")
    address = f"/bulk-edits/{edit.pk}"
    if edit.state != BulkEdit.State.DONE or not shell.is_part(request):
        return shell.go(request, address)
    counts = bulk_edit.counts_of(edit)
    if counts["refused"]:
        return shell.go(request, address, f"已修改 {counts['changed']:,} 条，{counts['refused']:,} 条没有修改。")
    toast = {"text": f"已修改 {counts['changed']:,} 条{entity.title}。"}
    undo = {"url": f"{address}/undo", "ids": [edit.pk]}
    return shell.tell(
        HttpResponse(), toast=toast | ({"undo": undo} if counts["changed"] else {}), close=True, refresh=True
    )


@require_GET
def list_page(request: HttpRequest) -> HttpResponse:
    """GET /bulk-edits: the person's own ones, the newest first."""
    edits = list(BulkEdit.objects.filter(by_id=request.employee.pk).order_by("-pk")[:SHOWN])
    return shell.show(request, "kit/bulk_edit_list.html", {"edits": edits, "titles": _titles()})


@require_GET
def one_page(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /bulk-edits/{id}: how far it is, what was refused and why, and taking it back."""
    edit = bulk_edit.edit_of(pk, request.employee)
    refused = BulkEditRow.objects.filter(of=edit).exclude(code="").order_by("pk")
    context = {
        "edit": edit, "entity": registry[edit.kind], "state": edit.get_state_display(), "busy": edit.state in BUSY,
        "counts": bulk_edit.counts_of(edit), "refused": list(refused[:SHOWN]), "shown": SHOWN,
    }  # fmt: skip
    return shell.show(request, "kit/bulk_edit_run.html", context)


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """POST /bulk-edits/{id}/undo."""
    edit = bulk_edit.edit_of(pk, request.employee)
    outcome = bulk_edit.take_back(edit, by=request.employee)
    if shell.is_part(request) and outcome and not outcome.left:
        return shell.tell(HttpResponse(), toast={"text": outcome.sentence}, close=True, refresh=True)
    return shell.go(request, f"/bulk-edits/{edit.pk}", outcome.sentence if outcome else "已开始撤销。")


def _titles() -> dict[str, str]:
    return {entity.name: entity.title for entity in registry.values()}


urlpatterns = [
    path("bulk-edits", list_page),
    path("bulk-edits/<int:pk>", one_page),
    path("bulk-edits/<int:pk>/undo", take_back),
    path("<slug:slug>/actions/bulk-edit", ask),
]
