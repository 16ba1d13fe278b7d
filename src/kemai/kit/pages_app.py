"""What makes the pages an app that phones and desktops install (FRM-10): its description, its worker, the page without a network."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from kemai.kit import shell
from kemai.kit.jinja import static

KEPT = ("vendor/tabler.min.css", "kit/kemai.css", "kit/icon.svg")  # what the page without a network needs
BRAND = "#0b6b73"


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """GET /manifest.webmanifest: name, colours and icons of the installed app."""
    icons = [
        {"src": static(f"kit/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable-512", 512, "maskable"),
        )
    ]  # fmt: skip
    facts = {
        "id": "/", "name": "客脉", "short_name": "客脉", "description": "客户关系管理", "lang": "zh-CN", "start_url": "/", "scope": "/",
        "display": "standalone", "background_color": "#ffffff", "theme_color": BRAND, "icons": icons,
    }  # fmt: skip
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """GET /worker.js: the service worker. It keeps no page and no data, only what says that the network is gone."""
    kept = ["/offline", *(static(name) for name in KEPT)]
    response = render(request, "kit/worker.js", {"kept": kept}, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """GET /offline: shown by the worker instead of any page while there is no network."""
    return shell.show(request, "kit/offline.html", {})


urlpatterns = [path("manifest.webmanifest", manifest), path("worker.js", worker), path("offline", offline)]
