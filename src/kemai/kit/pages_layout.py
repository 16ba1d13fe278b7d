"""「表格配置」: the dialog of a list's columns, what it keeps, and 「清除格式配置」 (LST-07, LST-19, SYS-07)."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from kemai.kit import doors, layouts, shell
from kemai.kit.entity import Entity
from kemai.kit.errors import DomainError
from kemai.kit.listing import Listing
from kemai.kit.models import ListSetting, SavedFilter
from kemai.kit.pages_filter import words_of

WIDTH = "width."  # before a column's name: its width


def layout_dialog(request: HttpRequest, slug: str) -> HttpResponse:
    """GET /{slug}/layout: the columns with their order and width, the locked ones, and what an administrator sets for all."""
    entity = shell.entity_or_404(slug)
    listing = doors.list_of(entity, request.employee, request.GET.dict())
    layout = layouts.layout_of(listing.by, listing.entity, listing.view)
    shown = layout.shown(listing.columns, listing.view)
    columns = [*shown, *(column for column in listing.columns if column not in shown)]
    context = {
        "entity": listing.entity,
        "view": listing.view,
        "columns": [(column, column in shown, layout.width(column)) for column in columns],
        "locked": layout.locked(shown),
        "least": layouts.NARROWEST,
        "most": layouts.WIDEST,
        "own": layout.own,
        "may_set": layouts.may_set_defaults(listing.by),
        "sort": listing.question.sort,
        "sort_words": _sort_words(listing),
        "filter": json.dumps(listing.question.filter, ensure_ascii=False) if listing.question.filter else "",
        "filter_words": words_of(listing),
        "default": layouts.default_question(layout, listing.by, listing.entity, listing.view),
    }
    return shell.show(request, "kit/layout.html", context)


def _sort_words(listing: Listing) -> str:
    name = listing.question.sort.lstrip("-")
    label = next((column.label for column in listing.columns if column.name == name), "")
    return f"{label}，{'降序' if listing.question.sort.startswith('-') else '升序'}" if label else ""


def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /{slug}/layout: keeps columns, widths, locked columns or rows a page for this person, or for everybody."""
    entity = shell.entity_or_404(slug)
    try:
        said = layouts.keep_layout(
            request.employee, entity, shell.view_or_404(entity, request.POST), _raw(request.POST)
        )
    except DomainError as error:
        if "columns" not in request.POST or error.status != 422 or not shell.is_part(request):
            raise
        return shell.tell(HttpResponse(status=204), refused=error.message)
    if {"page_size", "mode", "tree", "quiet"} & request.POST.keys():
        return HttpResponse(status=204) if shell.is_part(request) else shell.go(request, _back(request, entity))
    if shell.is_part(request):
        return shell.tell(HttpResponse(status=204), toast=said, close=True, refresh=True)
    return shell.go(request, _back(request, entity), said)


def _back(request: HttpRequest, entity: Entity) -> str:
    return shell.local_path(request, f"/{entity.slug}")


def _raw(post: QueryDict) -> dict[str, Any]:
    """The form as programs send it."""
    raw: dict[str, Any] = {
        name: post[name]
        for name in ("page_size", "mode", "tree", "locked", "sort", "filter", "everybody", "reset")
        if name in post
    }
    if "columns" in post or "locked" in post:
        raw["columns"] = [{"name": name, "width": post.get(f"{WIDTH}{name}")} for name in post.getlist("columns")]
    return raw


def reset_question(request: HttpRequest) -> HttpResponse:
    """GET /me/reset-layout: what 「清除格式配置」 takes away, before it does."""
    kept = SavedFilter.objects.filter(owner_id=request.employee.pk)
    names = "、".join(f"「{name}」" for name in kept.values_list("name", flat=True)[:5])
    count = kept.count()
    context = {
        "target": "/me/reset-layout",
        "back": shell.local_path(request, "/"),
        "icon": "restore",
        "heading": "清除格式配置",
        "ask": "您自己的列、列宽、锁定列数和每页行数将恢复为默认。"
        + (f"您保存的 {count} 组过滤条件 {names} {'等' if count > 5 else ''}也会删除。" if count else ""),
        "label": "清除",
        "danger": True,
    }
    return shell.show(request, "kit/dialog.html" if shell.is_part(request) else "kit/dialog_page.html", context)


def reset(request: HttpRequest) -> HttpResponse:
    """POST /me/reset-layout: 「清除格式配置」: column layouts, saved filters and page sizes of the person (SYS-07)."""
    ListSetting.objects.filter(employee_id=request.employee.pk).delete()
    SavedFilter.objects.filter(owner_id=request.employee.pk).delete()
    return shell.go(request, shell.local_path(request, "/"), "列表的格式已恢复为默认。")
