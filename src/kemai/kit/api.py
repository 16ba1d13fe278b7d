"""The REST API: every kind, every deed, every page, from the registry (API-01). Same doors as the pages, same rights, range and sentences."""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, include, path

from kemai.kit import (
    doors,
    finder,
    grids,
    layouts,
    pages_grid,
    pages_help,
    pages_list,
    pages_lookup,
    saved_filters,
    tabs,
)
from kemai.kit.access import require
from kemai.kit.columns import columns_for
from kemai.kit.entity import Action, Entity, Page, entity_by_slug, pages, registry
from kemai.kit.errors import DomainError, Forbidden, Malformed, NotFound
from kemai.kit.inputs import raw_of, warnings_of
from kemai.kit.listing import Listing
from kemai.kit.openapi import describe
from kemai.kit.pages import news_of
from kemai.kit.question import Question, page_of
from kemai.kit.shell import view_or_404
from kemai.kit.timeline import timeline_of

JSON = {"ensure_ascii": False}
RATE_WINDOW = 60  # seconds
_calls: dict[int, deque[float]] = {}


def urlpatterns() -> list[URLPattern | URLResolver]:
    """Routes below /api/: generic ones, answered from the registry."""
    from kemai.kit import api_bulk, api_imports

    return [
        path("openapi.json", openapi),
        path("docs", docs),
        path("v1/me", me),
        path("v1/search", search),
        path("v1/help", help_contents),
        path("v1/help/<str:name>", help_page),
        path("v1/", include(api_imports.urlpatterns)),
        path("v1/", include(api_bulk.urlpatterns)),
        *(path(f"v1/{page.path}", partial(page_twin, page=page)) for page in pages.values()),
        path("v1/<slug:slug>", collection),
        path("v1/<slug:slug>/export", export),
        path("v1/<slug:slug>/sums", sums),
        path("v1/<slug:slug>/find", find),
        path("v1/<slug:slug>/layout", layout),
        path("v1/<slug:slug>/filters", filters),
        path("v1/<slug:slug>/filters/<int:pk>", one_filter),
        path("v1/<slug:slug>/preview", preview),
        path("v1/<slug:slug>/paste", paste),
        path("v1/<slug:slug>/look_up", look_up),
        path("v1/<slug:slug>/actions/<slug:verb>", deed_on_many),
        path("v1/<slug:slug>/<int:pk>", one),
        path("v1/<slug:slug>/<int:pk>/timeline", timeline),
        path("v1/<slug:slug>/<int:pk>/<slug:name>", deed_or_tab),
        path("v1/<slug:slug>/<int:pk>/<slug:name>/<int:child_pk>", one_in_tab),
        path("v1/<slug:slug>/<int:pk>/<slug:name>/actions/delete", many_in_tab),
    ]


# --- what every call goes through --------------------------------------------------------------------------------------


def _limited(request: HttpRequest) -> None:
    """Raises 429 when one person calls too often (API-02); counted per server process."""
    limit = getattr(settings, "KEMAI_API_RATE", 3000)
    now = time.monotonic()
    calls = _calls.setdefault(request.employee.pk, deque())
    while calls and now - calls[0] > RATE_WINDOW:
        calls.popleft()
    if len(calls) >= limit:
        raise DomainError("too_many_requests", "请求太频繁，请稍后再试。", status=429)
    calls.append(now)


def _scoped(request: HttpRequest, slug: str) -> None:
    """Raises Forbidden when the token's scopes leave this out."""
    token = request.token
    if token is not None and not token.allows(slug, write=request.method not in ("GET", "HEAD")):
        raise Forbidden("out_of_scope", "这个访问令牌的范围不包含此操作。")


def admit(request: HttpRequest, slug: str) -> None:
    """What every call goes through first: rate limit and scopes. For routes that an app has of its own."""
    _limited(request)
    _scoped(request, slug)


def entity_of_call(request: HttpRequest, slug: str) -> Entity:
    """The kind that a call is about, after rate limit and scopes. Raises NotFound."""
    _limited(request)
    entity = entity_by_slug(slug)
    if entity is None:
        raise NotFound("没有这个接口，接口说明见 /api/docs。")
    _scoped(request, slug)
    return entity


def body(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; an empty body is an empty object. Raises Malformed."""
    try:
        text = request.body
    except RequestDataTooBig:
        raise Malformed("too_large", "请求的内容太大。", status=413) from None
    if not text.strip():
        return {}
    try:
        sent = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("bad_json", "请求的内容不是正确的 JSON。") from None
    if not isinstance(sent, dict):
        raise Malformed("not_an_object", "请求的内容应为一个 JSON 对象。")
    return sent


def sent_for(request: HttpRequest, action: Action | None) -> dict[str, Any]:
    """What was sent for a deed: a JSON object, or as multipart/form-data where it takes files along. Raises Malformed."""
    if request.content_type != "multipart/form-data":
        return body(request)
    specs = doors.action_specs(action) if action else []
    if not any(spec.kind == "file" for spec in specs):
        raise Malformed("no_files", "这个操作不带文件，请发送 JSON。")
    try:
        post, files = request.POST, request.FILES
    except (MultiPartParserError, SuspiciousOperation):
        raise Malformed("bad_form", "请求的内容不是正确的表单，或者太大。") from None
    raw = raw_of(specs, post, files)
    raw |= {name: post.get(name, "") for name in (*post, *files) if name not in raw}  # unknown ones are told of
    return raw | (
        {"ids": [*chain.from_iterable(part.split(",") for part in post.getlist("ids"))]} if "ids" in post else {}
    )


def _no_constant(name: str) -> float:
    raise ValueError(name)


def answer(data: Any, status: int = 200) -> JsonResponse:
    """An answer as programs read it."""
    return JsonResponse(data, status=status, json_dumps_params=JSON, safe=False)


def by_method(request: HttpRequest, **allowed: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Calls what belongs to the request's method; 405 for others."""
    method = "GET" if request.method == "HEAD" else request.method
    if method not in allowed:
        raise DomainError("method_not_allowed", "这个地址不支持这种请求方法。", status=405)
    return allowed[method]()


# --- kinds of record ---------------------------------------------------------------------------------------------------


def collection(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET a list, POST a new record."""
    entity = entity_of_call(request, slug)
    by = request.employee

    def listed() -> HttpResponse:
        return answer(doors.page_rows_json(doors.list_of(entity, by, request.GET.dict())))

    def made() -> HttpResponse:
        doors.enter(entity, by, "add")
        view = entity.view(request.GET.get("view", ""))
        if view is None:
            raise NotFound
        sent = body(request)
        record = doors.create(entity, by, sent, "api", view.create_options)
        made_json = _present(entity, by, record.pk) | _warned(entity, record)
        if hasattr(record, "secret"):
            made_json["secret"] = record.secret
        return answer(made_json, status=201)

    return by_method(request, GET=listed, POST=made)


def one(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """GET, PATCH, DELETE one record."""
    entity = entity_of_call(request, slug)
    by = request.employee

    def seen() -> HttpResponse:
        return answer(doors.record_json(doors.see(entity, by, pk, request.GET.get("view", ""))))

    def changed() -> HttpResponse:
        record = doors.change(entity, by, pk, body(request), "api")
        return answer(_present(entity, by, pk) | _warned(entity, record))

    def removed() -> HttpResponse:
        doors.remove(entity, by, pk, "api")
        return HttpResponse(status=204)

    return by_method(request, GET=seen, PATCH=changed, DELETE=removed)


def deed_or_tab(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponseBase:
    """POST a deed on one record; GET the records of one of its tabs."""
    entity = entity_of_call(request, slug)
    by = request.employee

    def done() -> HttpResponse:
        result = doors.act(entity, by, name, pk, sent_for(request, entity.action(name)), "api")
        return answer(result if isinstance(result, dict) else _present(entity, by, pk))

    def tab() -> HttpResponse:
        declared = entity.tab(name)
        if declared is not None and declared.rows:
            _, rows = tabs.tab_rows(entity, by, pk, name)
            page, size = page_of(request.GET)
            found = tabs.rows_with(declared, rows, request.GET.get("q", ""))
            items = found[(page - 1) * size : page * size]
            return answer({"items": items, "total": len(found), "page": page, "page_size": size})
        _, _, child, records = tabs.tab_records(entity, by, pk, name)
        question = Question.of(child, request.GET.dict() | {"view": child.all_views[0].name}, by)
        return answer(doors.page_rows_json(Listing(child, by, question, records=records)))

    return by_method(request, POST=done, GET=tab)


def one_in_tab(request: HttpRequest, slug: str, pk: int, name: str, child_pk: int) -> HttpResponseBase:
    """DELETE a related record at the record that it hangs on (CON-03)."""
    entity = entity_of_call(request, slug)

    def removed() -> HttpResponse:
        tabs.remove_in_tab(entity, request.employee, pk, name, child_pk, "api")
        return HttpResponse(status=204)

    return by_method(request, DELETE=removed)


def many_in_tab(request: HttpRequest, slug: str, pk: int, name: str) -> HttpResponseBase:
    """POST {"ids": [...]}: deletes many related records at the record that they hang on (CON-03)."""
    entity, by = entity_of_call(request, slug), request.employee

    def removed() -> HttpResponse:
        tabs.rows_to_remove(entity, by, pk, name)
        ids = doors.chosen_ids(body(request).get("ids"))
        results = tabs.remove_many_in_tab(entity, by, pk, name, ids, "api")
        return answer({"results": [result.as_json() for result in results]})

    return by_method(request, POST=removed)


def timeline(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """GET what happened to a record."""
    entity = entity_of_call(request, slug)

    def told() -> HttpResponse:
        seen = doors.see(entity, request.employee, pk)
        entries = timeline_of(entity, seen.record, request.employee)
        return answer(
            {
                "items": [
                    {"at": entry.at.isoformat(), "title": entry.title, "text": entry.text, "by": entry.by, "after": entry.after,
                     "said": [{"by": who, "text": words} for who, words in entry.said]}
                    for entry in entries
                ]
            }
        )  # fmt: skip

    return by_method(request, GET=told)


def deed_on_many(request: HttpRequest, slug: str, verb: str) -> HttpResponseBase:
    """POST a deed on many records: {"ids": [...]}, or {"all": true, "query": {...}} for all that a list question means."""
    entity = entity_of_call(request, slug)
    by = request.employee

    def done() -> HttpResponse:
        sent = sent_for(request, entity.action(verb))
        ids = ids_of(entity, by, sent)
        fields = {name: value for name, value in sent.items() if name not in ("ids", "all", "query")}
        results = doors.act_many(entity, by, verb, ids, fields, "api")
        return answer({"results": [result.as_json() for result in results]})

    return by_method(request, POST=done)


def ids_of(entity: Entity, by: Any, sent: Mapping[str, Any]) -> list[int]:
    """The records that a bulk call means: its `ids`, or with `all` those that the list question `query` means. Raises Malformed."""
    if sent.get("all") is not True:
        return doors.chosen_ids(sent.get("ids"))
    query = sent.get("query") or {}
    if not isinstance(query, Mapping):
        raise Malformed("bad_query", "query 应为一个 JSON 对象。")
    return doors.list_of(entity, by, query).all_ids()


def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET all that match as .xlsx or .csv (`format`)."""
    entity = entity_of_call(request, slug)
    return by_method(request, GET=lambda: pages_list.export(request, entity.slug))


def sums(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET the sums of number columns over all that a question means (LST-17)."""
    entity = entity_of_call(request, slug)

    def told() -> HttpResponse:
        listing = doors.list_of(entity, request.employee, request.GET.dict())
        found = listing.sums(listing.columns)
        exact = {name: value if isinstance(value, int) else f"{value:f}" for name, value in found.items()}
        return answer({"sums": exact, "total": listing.total})

    return by_method(request, GET=told)


def find(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET the next record after `after` whose `column` holds `value` (LST-05)."""
    entity = entity_of_call(request, slug)

    def told() -> HttpResponse:
        listing = doors.list_of(entity, request.employee, request.GET.dict())
        return answer(pages_list.found_in(listing, request.GET))

    return by_method(request, GET=told)


def layout(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET how a list stands on my screen, POST another way, for me or for everybody (LST-07, LST-19)."""
    entity, by = entity_of_call(request, slug), request.employee
    doors.enter(entity, by)

    def kept() -> HttpResponse:
        sent = body(request)
        view = view_or_404(entity, sent)
        layouts.keep_layout(by, entity, view, sent)
        return answer(layouts.layout_json(by, entity, view))

    return by_method(
        request, GET=lambda: answer(layouts.layout_json(by, entity, view_or_404(entity, request.GET))), POST=kept
    )


def filters(request: HttpRequest, slug: str) -> HttpResponseBase:
    """GET the filters that I and my colleagues keep for a list, POST another one (LST-04)."""
    entity, by = entity_of_call(request, slug), request.employee
    doors.enter(entity, by)

    def saved() -> HttpResponse:
        sent = body(request)
        view = view_or_404(entity, sent)
        kept = saved_filters.save_filter(by, entity, view, sent)
        return answer(saved_filters.filter_json(kept, by, columns_for(by, entity, view)), status=201)

    def told() -> HttpResponse:
        return answer({"items": saved_filters.filters_json(by, entity, view_or_404(entity, request.GET))})

    return by_method(request, GET=told, POST=saved)


def one_filter(request: HttpRequest, slug: str, pk: int) -> HttpResponseBase:
    """DELETE a filter of one's own."""
    entity = entity_of_call(request, slug)
    doors.enter(entity, request.employee)

    def removed() -> HttpResponse:
        saved_filters.delete_filter(request.employee, entity, pk)
        return HttpResponse(status=204)

    return by_method(request, DELETE=removed)


def preview(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST a form to learn what follows from its rows (amounts, totals) before it is saved; `id` in the address: of that record (FRM-04)."""
    entity = entity_of_call(request, slug)

    def told() -> HttpResponse:
        pk = pages_grid.record_id(request.GET.get("id", ""))
        return answer(grids.as_json(grids.preview(entity, request.employee, body(request), "api", pk), entity))

    return by_method(request, POST=told)


def paste(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST a block of cells to learn what it means in a grid: {"lines": "contacts", "first": "name", "text": "…"} (FRM-04)."""
    entity = entity_of_call(request, slug)

    def read() -> HttpResponse:
        sent = body(request)
        name, first = str(sent.get("lines", "")), str(sent.get("first", ""))
        return answer(grids.read_block(entity, request.employee, name, first, sent.get("text"), "api").as_json())

    return by_method(request, POST=read)


def look_up(request: HttpRequest, slug: str) -> HttpResponseBase:
    """POST a name to learn whether such a record is there, whoever owns it; counted and logged (CUS-04)."""
    entity = entity_of_call(request, slug)

    def found() -> HttpResponse:
        result = pages_lookup.run(entity, request.employee, body(request), "api")
        return answer({"items": list(result.items), "more": result.more})

    return by_method(request, POST=found)


def _warned(entity: Entity, record: Any) -> dict[str, Any]:
    """What is doubtful in what was saved, under `warnings`; nothing when nothing is."""
    warnings = warnings_of(entity, record)
    return {"warnings": dict(warnings)} if warnings else {}


def _present(entity: Entity, by: Any, pk: int) -> dict[str, Any]:
    """The record after a write: whole, or its public fields when it has left the person's range (returned to the pool, assigned away)."""
    for view in ("", *(view.name for view in entity.all_views if view.public)):
        try:
            return doors.record_json(doors.see(entity, by, pk, view))
        except (NotFound, Forbidden):
            continue
    return {"id": pk, "ok": True}


# --- pages and oneself -------------------------------------------------------------------------------------------------


def page_twin(request: HttpRequest, page: Page) -> HttpResponseBase:
    """GET what a page shows, POST what it saves."""
    _limited(request)
    _scoped(request, page.path)
    require(request.employee, page.right)

    def saved() -> HttpResponse:
        if page.save is None:
            raise NotFound
        with doors.through("api"):
            result = page.save(request.employee, body(request))
        return answer(result if isinstance(result, dict) else {"ok": True, "message": result})

    return by_method(request, GET=lambda: answer(page.load(request.employee)), POST=saved)


def me(request: HttpRequest) -> HttpResponseBase:
    """GET who I am and what I may do."""
    _limited(request)
    employee = request.employee
    facts = {
        "id": employee.pk,
        "login": employee.login,
        "name": employee.name,
        "rights": sorted(employee.access.rights),
        **news_of(request),
    }
    return by_method(request, GET=lambda: answer(facts))


def search(request: HttpRequest) -> HttpResponseBase:
    """GET what the search box of the top bar finds: records by list, and pages (WRK-03)."""
    _limited(request)

    def told() -> HttpResponse:
        groups, found = finder.find(request.employee, request.GET.get("q", ""))
        token = request.token
        groups = [one for one in groups if token is None or token.allows(registry[one.kind].slug, write=False)]
        return answer(
            {
                "groups": [
                    {
                        "kind": group.kind, "view": group.view, "title": group.title, "href": group.href, "more": group.more,
                        "items": [{"id": hit.id, "title": hit.title, "text": hit.text, "href": hit.href} for hit in group.hits],
                    }
                    for group in groups
                ],
                "pages": [{"title": hit.title, "text": hit.text, "href": hit.href} for hit in found],
                "help": [{"title": hit.title, "text": hit.text, "href": hit.href} for hit in finder.helps(request.employee, request.GET.get("q", ""))],
            }
        )  # fmt: skip

    return by_method(request, GET=told)


def help_contents(request: HttpRequest) -> HttpResponseBase:
    """GET the manual's contents, and with `q` where it speaks of that (USE-05)."""
    _limited(request)
    return by_method(request, GET=lambda: answer(pages_help.contents_json(request.employee, request.GET.get("q", ""))))


def help_page(request: HttpRequest, name: str) -> HttpResponseBase:
    """GET one page of the manual."""
    _limited(request)
    return by_method(request, GET=lambda: answer(pages_help.page_json(request.employee, name)))


# --- the description ---------------------------------------------------------------------------------------------------


def openapi(request: HttpRequest) -> HttpResponseBase:
    """The OpenAPI 3.1 document, built when it is asked for (D14)."""
    return by_method(request, GET=lambda: answer(describe()))


def docs(request: HttpRequest) -> HttpResponseBase:
    """The description as a page."""
    return by_method(request, GET=lambda: render(request, "kit/api_docs.html", {"spec": describe()}))
