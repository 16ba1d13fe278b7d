"""All addresses. Lists, records and deeds are found in the registry when asked, so that a kind needs no line here."""

from collections.abc import Callable
from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kemai.kit import (
    pages,
    pages_app,
    pages_bulk,
    pages_deed,
    pages_field,
    pages_filter,
    pages_find,
    pages_form,
    pages_grid,
    pages_help,
    pages_import,
    pages_layout,
    pages_list,
    pages_lookup,
    pages_pane,
    pages_pick,
    pages_print,
    pages_record,
    workbench,
)
from kemai.kit.errors import NotFound

get_or_post = require_http_methods(["GET", "HEAD", "POST"])


def by_method(**views: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """One address whose methods have a view each."""
    views.setdefault("HEAD", views["GET"])
    return require_http_methods(list(views))(lambda request, **path: views[request.method](request, **path))


def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    """An address of the API that does not exist."""
    raise NotFound("没有这个接口，请检查地址。")


def _of_apps() -> list:
    """Log-in and what surrounds it belongs to `people`, the API to `api`; both may be absent in a bare kit."""
    found = []
    if find_spec("kemai.people.urls"):
        found.append(path("", include("kemai.people.urls")))
    if find_spec("kemai.kit.api"):
        from kemai.kit import api

        found.append(path("api/", include(api.urlpatterns())))
    return found


urlpatterns = [
    *_of_apps(),
    re_path(r"^api(?:/(?P<path>.*))?$", nothing_here),
    *pages_app.urlpatterns,
    path("", pages.home, name="home"),
    path("workbench", require_safe(workbench.page)),
    path("workbench/cards/<slug:name>", require_safe(workbench.card_part)),
    path("me", pages.my_page),
    path("me/news", pages.news),
    path("me/reset-layout", by_method(GET=pages_layout.reset_question, POST=pages_layout.reset)),
    path("search", require_safe(pages_find.search)),
    *pages_help.urlpatterns,
    path("pick/<str:kind>", require_safe(pages_pick.pick)),
    *pages_import.urlpatterns,
    *pages_bulk.urlpatterns,
    path("<slug:slug>/new", require_safe(pages_form.new_page)),
    path("<slug:slug>/preview", require_POST(pages_grid.preview)),
    path("<slug:slug>/look_up", require_POST(pages_lookup.look_up)),
    path("<slug:slug>/paste", require_POST(pages_grid.paste)),
    path("<slug:slug>/filter", require_safe(pages_filter.filter_part)),
    path("<slug:slug>/query", require_safe(pages_filter.query_dialog)),
    path("<slug:slug>/filters", require_POST(pages_filter.save)),
    path("<slug:slug>/filters/<int:pk>/delete", require_POST(pages_filter.forget)),
    path("<slug:slug>/layout", by_method(GET=pages_layout.layout_dialog, POST=pages_layout.keep)),
    path("<slug:slug>/sums", require_safe(pages_list.sums)),
    path("<slug:slug>/find", require_safe(pages_list.find)),
    path("<slug:slug>/export", require_safe(pages_list.export)),
    path("<slug:slug>/actions/<slug:verb>", get_or_post(pages_deed.on_many)),
    path("<slug:slug>/<int:pk>", get_or_post(pages_form.record_or_public)),
    path("<slug:slug>/<int:pk>/field/<slug:name>", require_safe(pages_field.field_page)),
    path("<slug:slug>/<int:pk>/pane", require_safe(pages_pane.pane)),
    path("<slug:slug>/<int:pk>/tabs/<slug:name>", require_safe(pages_record.tab_part)),
    path("<slug:slug>/<int:pk>/tabs/<slug:name>/<int:child>/delete", get_or_post(pages_deed.in_tab)),
    path("<slug:slug>/<int:pk>/tabs/<slug:name>/actions/delete", get_or_post(pages_deed.many_in_tab)),
    path("<slug:slug>/<int:pk>/print", require_safe(pages_print.print_page)),
    path("<slug:slug>/<int:pk>/<slug:verb>", get_or_post(pages_deed.on_record)),
    re_path(r"^(?P<path>.+)$", pages.of_slug_or_page),
]
