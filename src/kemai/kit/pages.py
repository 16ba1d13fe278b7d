"""Pages that belong to no single kind of record: the first page, declared pages, what is not there."""

import hashlib
import json
import logging
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template import loader
from django.views.decorators.http import require_safe

from kemai.kit import menu, middleware, pages_form, shell
from kemai.kit.access import require
from kemai.kit.doors import through
from kemai.kit.entity import Page, entity_by_slug, pages
from kemai.kit.errors import DomainError, Malformed, NotFound

log = logging.getLogger("kemai.errors")
NO_PAGE = "没有这个页面，请检查地址。"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The workbench, or the first list of one's work."""
    target = menu.home_for(request.employee)
    return shell.go(request, target) if target else shell.show(request, "kit/nothing.html", {})


def of_slug_or_page(request: HttpRequest, path: str) -> HttpResponse:
    """Every other address: a list, a declared page, or nothing."""
    if entity_by_slug(path) is not None:
        return pages_form.list_or_create(request, path)
    return declared_page(request, path)


def declared_page(request: HttpRequest, path: str) -> HttpResponse:
    """A declared page: GET shows, POST saves."""
    page = next((page for page in pages.values() if page.path.strip("/") == path.strip("/")), None)
    if page is None:
        raise NotFound(NO_PAGE)
    require(request.employee, page.right)
    if request.method == "POST":
        return _save(request, page)
    if request.method not in ("GET", "HEAD"):
        raise Malformed("method_not_allowed", "不能这样打开这个页面。", status=405)
    return show_page(request, page)


def show_page(
    request: HttpRequest, page: Page, raw: Mapping[str, Any] | None = None, error: DomainError | None = None
) -> HttpResponse:
    """A declared page with what it loads; after a mistake with what was sent and what is wrong with it."""
    context = {
        **page.load(request.employee), "page": page, "typed": raw or {}, "errors": error.fields if error else {},
        "message": error.message if error else "",
    }  # fmt: skip
    return shell.show(request, page.template, context, status=error.status if error else 200)


def _save(request: HttpRequest, page: Page) -> HttpResponse:
    if page.save is None:
        raise Malformed("method_not_allowed", "这个页面不能保存。", status=405)
    raw = raw_of_page(request.POST) | dict(request.FILES.items())
    try:
        with through("page"):
            answer = page.save(request.employee, raw)
    except DomainError as error:
        return show_page(request, page, raw, error)
    said = answer if isinstance(answer, str) else (answer or {}).get("message", "已保存。")
    target = answer.get("href", "") if isinstance(answer, Mapping) else ""
    return shell.go(request, target or shell.local_path(request, f"/{page.path.strip('/')}"), said)


def raw_of_page(post: QueryDict) -> dict[str, Any]:
    """What a page's form sent: a name that ends with [] holds a list."""
    raw: dict[str, Any] = {}
    for name in post:
        if name in ("csrfmiddlewaretoken", "back"):
            continue
        if name.endswith("[]"):
            raw[name.removesuffix("[]")] = [item for item in post.getlist(name) if item != ""]
        else:
            raw[name] = post[name]
    return raw


@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """The person's own menu as a page, for the phone."""
    return shell.show(request, "kit/me.html", {})


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """GET /me/news: the counters as they are now and the newest message, asked for by the page that is open (WRK-02). 304 when nothing is new."""
    facts = news_of(request)
    mark = f'"{hashlib.blake2s(json.dumps(facts).encode(), digest_size=12).hexdigest()}"'
    if request.headers.get("If-None-Match") == mark:
        return HttpResponse(status=304)
    return JsonResponse(facts, headers={"ETag": mark, "Cache-Control": "private, no-cache"})


def news_of(request: HttpRequest) -> dict[str, Any]:
    """The counters of the top bar by their address, and the newest thing that is counted, or None."""
    counts = shell.counts_of(request)
    found = [item.latest(request) for item, count in counts if item.latest and count]
    latest = next((one for one in found if one), None)
    said = {"id": latest.pk, "text": latest.text, "href": latest.link or "/messages"} if latest else None
    return {"counts": {item.href: count for item, count in counts}, "latest": said}


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django asks this when a form did not come from one of our pages, or the page was open for too long."""
    message = "页面打开得太久，或浏览器没有保存 Cookie，请刷新页面后重试。"
    return middleware.answer(request, DomainError("csrf", message, status=403))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django asks this for requests that it cannot read."""
    return middleware.answer(request, Malformed("malformed", "请求的格式不对，请返回后重试。"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django asks this when something failed outside the views. Where not even the page around the sentence can be made, because the database
    does not answer, the sentence stands alone."""
    error = DomainError("internal", middleware.UNEXPECTED, status=500)
    try:
        return middleware.answer(request, error)
    except Exception:
        log.exception("no page for an error at %s", request.path)
        return HttpResponse(loader.get_template("kit/error_alone.html").render({"message": error.message}), status=500)
