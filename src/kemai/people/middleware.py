"""Who is asking: by session cookie on pages, by bearer token (or the page's own session) on the API."""

from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.db.models import CharField, DateTimeField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils import timezone

from kemai.kit.prepared import Prepared, PreparedRecords, Slot
from kemai.people.login_services import SEEN_EVERY, hash_of
from kemai.people.models import Employee, Session, Token

COOKIE = "kemai_session"
PUBLIC = ("/login", "/setup", "/healthz", "/manifest.webmanifest", "/worker.js", "/offline")
WHILE_CHANGING_PASSWORD = (*PUBLIC, "/me/password", "/me/switch", "/logout")
STATIC = "/static/"
LARGEST_OF_STRANGERS = 64 * 1024  # bytes that somebody who is not logged in may send


EMPLOYEE_FIELDS = [model_field.attname for model_field in Employee._meta.concrete_fields]
_sessions = Prepared(
    lambda: Session.objects.filter(
        token_hash=Slot("token", CharField()), expires_at__gt=Slot("now", DateTimeField())
    ).values_list("pk", "seen_at", *[f"employee__{name}" for name in EMPLOYEE_FIELDS])
)
_tokens = PreparedRecords(
    lambda: Token.objects.select_related("employee").filter(token_hash=Slot("token", CharField()))
)


class SessionMiddleware:
    """Sets `request.employee` and `request.token`; sends strangers to the log-in page, programs without a valid key away with 401."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.employee, request.token, request.session_id = None, None, None
        if request.path_info.startswith("/api/"):
            if refused := self._api(request):
                return refused
        else:
            path = request.path_info
            self._session(request)
            if request.employee is None:
                if path not in PUBLIC and not path.startswith(STATIC):
                    return self._to_login(request)
                if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_OF_STRANGERS:
                    return HttpResponse("提交的内容太大。", status=413, content_type="text/plain; charset=utf-8")
            elif request.employee.must_change_password and path not in WHILE_CHANGING_PASSWORD:
                return _lead(request, "/me/password")
        return self.get_response(request)

    def _to_login(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/" or request.method != "GET":
            return _lead(request, "/login")
        return _lead(request, f"/login?next={quote(request.get_full_path())}")

    def _session(self, request: HttpRequest) -> None:
        token = request.COOKIES.get(COOKIE, "")
        if not token:
            return
        now = timezone.now()
        found = _sessions.first(token=hash_of(token), now=now)
        if found is None:
            return
        session_id, seen_at, *values = found
        employee = Employee.from_db("default", EMPLOYEE_FIELDS, values)
        if not employee.is_active:
            return
        if now - seen_at > SEEN_EVERY:
            Session.objects.filter(pk=session_id).update(seen_at=now)
        request.employee, request.session_id = employee, session_id

    def _api(self, request: HttpRequest) -> HttpResponse | None:
        header = request.headers.get("Authorization", "")
        if not header:
            self._session(request)  # the browsable description and the pages' own scripts; CSRF is checked for these
            if request.employee and not request.employee.must_change_password:
                return None
            return _unauthorized("请在请求头中提供访问令牌：Authorization: Bearer 令牌。")
        kind, _, secret = header.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            return _unauthorized("访问令牌的格式不对，应为：Authorization: Bearer 令牌。")
        token = _tokens.record(token=hash_of(secret.strip()))
        if (
            token is None
            or not token.employee.is_active
            or (token.expires_on and token.expires_on < timezone.localdate())
        ):
            return _unauthorized("访问令牌无效或已过期，请重新创建。")
        now = timezone.now()
        if token.seen_at is None or now - token.seen_at > SEEN_EVERY:
            Token.objects.filter(pk=token.pk).update(seen_at=now)
        request.employee, request.token = token.employee, token
        request._dont_enforce_csrf_checks = True  # a bearer token is not sent by a browser on its own
        return None


def _lead(request: HttpRequest, target: str) -> HttpResponse:
    """Leads the browser on, also when only a part of a page was asked for."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(target)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = target
    return response


def _unauthorized(message: str) -> HttpResponse:
    response = JsonResponse(
        {"code": "unauthorized", "message": message, "fields": {}},
        status=401,
        json_dumps_params={"ensure_ascii": False},
    )
    response["WWW-Authenticate"] = "Bearer"
    return response


def set_cookie(response: HttpResponse, token: str, *, remember: bool) -> None:
    """The session's cookie: not readable by scripts, not sent along from other sites (SEC-02)."""
    response.set_cookie(
        COOKIE, token, max_age=30 * 86400 if remember else None, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip
