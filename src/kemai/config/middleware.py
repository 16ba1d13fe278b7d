import re
from collections.abc import Callable
from secrets import randbelow

from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.deprecation import MiddlewareMixin
from isal import igzip

TEXT_TYPES = ("text/", "application/json", "image/svg")
SHORT = 200  # bytes: below it packing gains nothing
ACCEPTS_GZIP = re.compile(r"\bgzip\b")
LEVEL = 1  # the next ones take longer and gain nothing
HAS_NAME = 0x08  # flag in the head of a packed stream (RFC 1952)


class Health:
    """/healthz: 200 when the database answers, 503 when not. Stands before all else, so nothing else can fail it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info != "/healthz":
            return self.get_response(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            return JsonResponse({"status": "unavailable"}, status=503)
        return JsonResponse({"status": "ok"})


class CompressText(MiddlewareMixin):
    """Compresses pages and API answers; leaves files alone, which are packed already or are sent as a stream.

    Django's own takes ten times as long, for pages a tenth smaller. As there, a name of random length hides how long the answer is (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        content_type = response.headers.get("Content-Type", "")
        if response.streaming or not content_type.startswith(TEXT_TYPES) or response.has_header("Content-Encoding"):
            return response
        content = response.content  # type: ignore[attr-defined]  # no stream
        if len(content) < SHORT:
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if not ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")):
            return response
        packed = bytearray(igzip.compress(content, LEVEL, mtime=0))
        packed[3] = HAS_NAME
        packed[10:10] = b"a" * randbelow(100) + b"\0"
        response.content = bytes(packed)  # type: ignore[attr-defined]
        response.headers["Content-Length"] = str(len(packed))
        response.headers["Content-Encoding"] = "gzip"
        return response
