"""What surrounds every page: menu, top bar, look, the message that a deed leaves for the next page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe

from kemai.kit import help as manual
from kemai.kit import menu
from kemai.kit.entity import Entity, View, entity_by_slug
from kemai.kit.errors import NotFound
from kemai.kit.moments import COMPANY_ZONE
from kemai.kit.parts import part

TOAST_COOKIE = "km_toast"
THEME_COOKIE = "km_theme"
SLIM_COOKIE = "km_slim"
TOAST_LENGTH = 300
TOKEN = "\x1e"  # stands for the token of the page's forms in what is kept; in no text that people enter


@dataclass
class Shell:
    """The frame of one page."""

    theme: str
    slim: bool
    employee: Any  # None for strangers
    known: bool  # may go anywhere: logged in, and with a password of one's own
    counts: list[tuple[menu.HeaderCount, int]]
    toast: str
    toast_undo: str  # how what the toast speaks of can be taken back, as JSON
    path: str
    csrf: Any  # the token of the page's forms and requests, masked once

    @property
    def help(self) -> str:
        """The address of the help for this very page (LST-01)."""
        return manual.address_for(self.path)

    @property
    def makers(self) -> tuple[menu.Entry, ...]:
        """The kinds of which the person may make a record, for 「+ 新增」."""
        return menu.makers_for(self.employee) if self.known else ()

    @property
    def side(self) -> str:
        """The menu by work area."""
        return self._menu("kit/_side.html")

    @property
    def top(self) -> str:
        """The top bar."""
        kept = part(
            "kit/_top.html", name=self.employee.name if self.employee else "", makers=self.makers, counts=tuple(self.counts),
            theme=self.theme, help=self.help, token=TOKEN,
        )  # fmt: skip
        return mark_safe(kept.replace(TOKEN, str(self.csrf)))

    @property
    def bottom(self) -> str:
        """The phone's navigation."""
        return self._menu("kit/_bottom.html")

    def _menu(self, template: str) -> str:
        areas = menu.areas_for(self.employee) if self.known else ()
        current = menu.current_entry(areas, self.path)
        opened = next((area for area in areas if current in area.entries), None)
        badges = tuple((item.href, count) for item, count in self.counts if count)
        return part(template, areas=areas, makers=self.makers, current=current, opened=opened, badges=badges)


def shell_of(request: HttpRequest) -> Shell:
    """The frame of the page that answers this request; worked out once."""
    kept = getattr(request, "shell", None)
    if kept is None:
        kept = request.shell = _shell(request)
    return kept


def _shell(request: HttpRequest) -> Shell:
    employee = getattr(request, "employee", None)
    toast, undo = _left_message(request)
    if toast:
        request.toast_shown = True
    known = employee is not None and not getattr(employee, "must_change_password", False)
    return Shell(
        theme="dark" if request.COOKIES.get(THEME_COOKIE) == "dark" else "light",
        slim=request.COOKIES.get(SLIM_COOKIE) == "1",
        employee=employee,
        known=known,
        counts=counts_of(request) if known else [],
        toast=toast,
        toast_undo=json.dumps(undo) if undo else "",
        path=request.path,
        csrf=SimpleLazyObject(lambda: get_token(request)),
    )


def counts_of(request: HttpRequest) -> list[tuple[menu.HeaderCount, int]]:
    """The counters of the top bar."""
    return [(item, item.count(request)) for item in sorted(menu.header_counts, key=lambda item: item.order)]


def _left_message(request: HttpRequest) -> tuple[str, Any]:
    """What the last deed left to be said here, and how it can be taken back."""
    try:
        toast, undo = json.loads(unquote(request.COOKIES.get(TOAST_COOKIE, "")))
        return str(toast)[:TOAST_LENGTH], undo
    except (ValueError, TypeError):
        return "", None


def entity_or_404(slug: str) -> Entity:
    """The declaration behind an address. Raises NotFound."""
    entity = entity_by_slug(slug)
    if entity is None:
        raise NotFound("没有这个页面，请检查地址。")
    return entity


def view_or_404(entity: Entity, params: Mapping[str, Any]) -> View:
    """The list of an entity that is meant by `view`. Raises NotFound."""
    view = entity.view(str(params.get("view") or ""))
    if view is None:
        raise NotFound("没有这个列表，请检查地址。")
    return view


def is_part(request: HttpRequest) -> bool:
    """Whether a part of a page is asked for, rather than a whole one."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def show(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page or a part of one."""
    return render(request, template, context, status=status)


def go(request: HttpRequest, target: str, toast: str = "", undo: Mapping[str, Any] | None = None) -> HttpResponse:
    """Leads on to another page, which says what has been done and offers to take it back: `undo` is where to, and of which records."""
    if is_part(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = target
    else:
        response = HttpResponseRedirect(target)
        response.status_code = 303
    if toast:
        response.set_cookie(
            TOAST_COOKIE, quote(json.dumps([toast[:TOAST_LENGTH], undo])), max_age=30, samesite="Lax", httponly=True
        )
    return response


def tell(response: HttpResponse, **events: Any) -> HttpResponse:
    """Tells the page's scripts what happened: `toast` a message, `refresh` the list anew, `close` the dialog."""
    response["HX-Trigger"] = json.dumps({f"km:{name}": value for name, value in events.items()})
    return response


def local_path(request: HttpRequest, default: str) -> str:
    """Where a form leads back to: the path in `back`, if it is one of ours."""
    wanted = request.POST.get("back") or request.GET.get("back") or ""
    ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours else default


def address(path: str, **params: Any) -> str:
    """A path with its parameters, empty ones left out."""
    return _address(path, tuple([(name, str(value)) for name, value in params.items() if value not in (None, "")]))


@lru_cache(maxsize=4096)  # a list leads to two dozen of them, the same ones again and again
def _address(path: str, params: tuple[tuple[str, str], ...]) -> str:
    return f"{path}?{urlencode(params)}" if params else path


def short_moment(moment: datetime | None) -> str:
    """A moment for a time line: this year's without the year."""
    if moment is None:
        return ""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    local = moment.astimezone(COMPANY_ZONE)
    return local.strftime("%m-%d %H:%M" if local.year == timezone.now().year else "%Y-%m-%d")
