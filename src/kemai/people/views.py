"""Log-in and what surrounds it: the only pages that are not made from a declaration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from kemai.kit.errors import DomainError, Invalid
from kemai.people import login_services, start
from kemai.people.middleware import COOKIE, set_cookie
from kemai.people.models import Employee


@require_http_methods(["GET", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """Log in (ORG-01). On a system without anybody the set-up page comes first (SYS-10)."""
    if not Employee.objects.exists():
        return HttpResponseRedirect("/setup")
    next_url = _safe_next(request)
    if request.method == "GET":
        return HttpResponseRedirect(next_url) if request.employee else _login_form(request, next_url)
    remember = bool(request.POST.get("remember"))
    try:
        _, token = login_services.log_in(
            request.POST.get("login", ""), request.POST.get("password", ""), address=_address(request),
            device=request.headers.get("User-Agent", ""), remember=remember,
        )  # fmt: skip
    except DomainError as error:
        return _login_form(request, next_url, error.message, status=error.status)
    if old := request.COOKIES.get(COOKIE):
        login_services.session_end(old)
    rotate_token(request)
    response = HttpResponseRedirect(next_url)
    set_cookie(response, token, remember=remember)
    return response


def _login_form(request: HttpRequest, next_url: str, error: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "company": start.company_name(), "error": error, "next": next_url, "login": request.POST.get("login", ""),
        "demo_accounts": start.demo_accounts(),
    }  # fmt: skip
    return render(request, "kit/login.html", context, status=status)


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/") else "/"


def _address(request: HttpRequest) -> str:
    """Where the request comes from. Behind the server that ends TLS it is what that server has added last."""
    added = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() if settings.HTTPS else ""
    return (added or request.META.get("REMOTE_ADDR", ""))[:45]


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """「退出系统」."""
    response = HttpResponseRedirect("/login")
    if token := request.COOKIES.get(COOKIE):
        login_services.session_end(token)
    response.delete_cookie(COOKIE)
    return response


@require_POST
def switch_user(request: HttpRequest) -> HttpResponse:
    """「更改用户」: ends this session and asks who comes."""
    return logout(request)


@require_http_methods(["GET", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """「更改密码」: the old one is asked for; this device stays logged in, all others do not."""
    employee = request.employee
    if request.method == "GET":
        return render(request, "kit/password.html", {"errors": {}, "must_change": employee.must_change_password})
    try:
        login_services.password_change(
            employee,
            old=request.POST.get("old", ""),
            new=request.POST.get("new", ""),
            again=request.POST.get("again", ""),
        )
    except Invalid as error:
        context = {"errors": error.fields, "must_change": employee.must_change_password}
        return render(request, "kit/password.html", context, status=422)
    response = HttpResponseRedirect("/")
    token = login_services.session_begin(
        employee, address=_address(request), device=request.headers.get("User-Agent", "")
    )
    set_cookie(response, token, remember=False)
    return response


@require_http_methods(["GET", "POST"])
def setup_page(request: HttpRequest) -> HttpResponse:
    """First start: company, first administrator and, if wanted, demonstration data (SYS-10). Closed once there is anybody."""
    if Employee.objects.exists():
        return HttpResponseRedirect("/")
    if request.method == "GET":
        return render(request, "kit/setup.html", {"errors": {}, "values": {}})
    values = {name: request.POST.get(name, "").strip() for name in ("company", "name", "login")}
    try:
        employee = start.set_up(
            **values, password=request.POST.get("password", ""), again=request.POST.get("again", ""),
            demo=bool(request.POST.get("demo")),
        )  # fmt: skip
    except Invalid as error:
        return render(request, "kit/setup.html", {"errors": error.fields, "values": values}, status=422)
    response = HttpResponseRedirect("/")
    token = login_services.session_begin(
        employee, address=_address(request), device=request.headers.get("User-Agent", "")
    )
    set_cookie(response, token, remember=False)
    return response
