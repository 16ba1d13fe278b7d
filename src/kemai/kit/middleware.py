"""Around every request: the headers that browsers are to obey, and errors as people or programs can read them."""

import logging
import secrets
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from kemai.kit import shell, stamp
from kemai.kit.errors import DomainError, Forbidden, Malformed, NotFound

log = logging.getLogger("kemai.errors")
GetResponse = Callable[[HttpRequest], HttpResponse]

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
PERMISSIONS = "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()"
UNEXPECTED = "系统出了意外，刚才的操作没有完成。请稍后再试；再次出现时请告诉系统管理员。"


class SecurityHeaders:
    """A content security policy without inline scripts, and what else keeps pages from being misused (SEC)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(12)
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=request.csp_nonce))
        response.headers.setdefault("X-Frame-Options", "DENY")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if response.headers.get("Content-Type", "").startswith("text/html"):
            # A part of a page and the page itself share their address: a browser must not show one for the other.
            response.headers["Vary"] = ", ".join(filter(None, [response.headers.get("Vary"), "HX-Request"]))
            response.headers.setdefault("Cache-Control", "private, no-store")
        if getattr(request, "toast_shown", False):
            response.delete_cookie(shell.TOAST_COOKIE)
        return response


class Errors:
    """Refusals and accidents become JSON for programs and a plain sentence for people (API-03). Also keeps the request's stamp."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        stamp.begin_request()
        try:
            return self.get_response(request)
        finally:
            stamp.end_request()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Asked by Django when a view raises."""
        error = as_domain_error(exception)
        if error is None:
            log.error("%s %s", request.method, request.path, exc_info=exception)
            if settings.DEBUG and not request.path_info.startswith("/api/"):
                return None
            error = DomainError("internal", UNEXPECTED, status=500)
        return answer(request, error)


def as_domain_error(exception: Exception) -> DomainError | None:
    """The refusal that an exception means; None when it is an accident."""
    if isinstance(exception, DomainError):
        return exception
    if isinstance(exception, Http404):
        return NotFound("没有这个页面，请检查地址。")
    if isinstance(exception, PermissionDenied):
        return Forbidden("forbidden", "您没有这项权限，需要时请联系系统管理员。")
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return Malformed("too_large", "提交的内容太大，请分几次提交。")
    if isinstance(exception, SuspiciousOperation) or _has_no_place(exception):
        return Malformed("malformed", "请求的格式不对，请返回后重试。")
    return None


def _has_no_place(exception: Exception) -> bool:
    """Whether somebody sent a NUL character, which PostgreSQL takes nowhere."""
    return isinstance(exception, ValueError | DataError) and "NUL" in str(exception)


def answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A refusal: JSON under /api/, a message in the open page for its scripts, a page of its own otherwise."""
    if request.path_info.startswith("/api/"):
        return JsonResponse(error.as_json(), status=error.status, json_dumps_params={"ensure_ascii": False})
    if shell.is_part(request):
        response = shell.show(request, "kit/alert.html", {"message": error.message}, status=error.status)
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = "#alerts", "beforeend", ".km-alert"
        response["HX-Push-Url"] = "false"
        return response
    context = {"status": error.status, "message": error.message, "heading": HEADINGS.get(error.status, "没有完成")}
    return shell.show(request, "kit/error.html", context, status=error.status)


HEADINGS = {
    400: "请求的格式不对",
    403: "没有权限",
    404: "没有找到",
    405: "不能这样打开",
    409: "与别人的操作冲突",
    422: "没有完成",
    429: "操作太频繁",
    500: "出了意外",
}
