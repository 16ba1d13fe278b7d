"""The manual: `/help`, one page of it, and what it says of a word (USE-05). The API's twins stand beside."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from kemai.kit import help as manual
from kemai.kit import shell
from kemai.kit.entity import entity_by_slug


@require_safe
def contents(request: HttpRequest) -> HttpResponse:
    """GET /help: the manual's contents; with `q` where it speaks of that."""
    text = request.GET.get("q", "").strip()
    context = {
        "chapters": manual.manual(request.employee),
        "text": text,
        "hits": manual.find(request.employee, text) if text else [],
    }
    return shell.show(request, "kit/help.html", context)


@require_safe
def page(request: HttpRequest, name: str) -> HttpResponse:
    """GET /help/{name}: help for the very page from which it was asked (LST-01). The address of a list leads there too."""
    entity = entity_by_slug(name)
    one = manual.page_of(request.employee, entity.name if entity else name)
    context = {
        "chapters": manual.manual(request.employee), "page": one, "html": manual.html_of(one, request.employee), "text": "",
        "headings": [(anchor, heading) for anchor, heading, _ in manual.sections(one.text) if heading],
        "parts": [(part, manual.html_of(part, request.employee)) for part in manual.parts_of(one)],
    }  # fmt: skip
    return shell.show(request, "kit/help.html", context)


def contents_json(by: Any, text: str) -> dict[str, Any]:
    """The manual's contents, and what it says of a word, for programs."""
    return {
        "chapters": [
            {"title": chapter.title, "pages": [{"name": one.name, "title": one.title, "text": one.summary} for one in chapter.pages]}
            for chapter in manual.manual(by)
        ],
        "found": [
            {"name": hit.name, "title": hit.title, "heading": hit.heading, "text": hit.text, "href": hit.href}
            for hit in manual.find(by, text)
        ],
    }  # fmt: skip


def page_json(by: Any, name: str) -> dict[str, Any]:
    """One page as Markdown, with the names of the shared pages that are true of it too. Raises NotFound."""
    one = manual.page_of(by, name)
    return {"name": one.name, "title": one.title, "area": one.area, "markdown": one.text, "parts": list(one.parts)}


urlpatterns = [path("help", contents), path("help/<str:name>", page)]
