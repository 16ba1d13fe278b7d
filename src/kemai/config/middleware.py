from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXT_TYPES = ("text/", "application/json", "image/svg")


class CompressText(GZipMiddleware):
    """Compresses pages and API answers; leaves files alone, which are packed already or are sent as a stream."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        content_type = response.headers.get("Content-Type", "")
        if response.streaming or not content_type.startswith(TEXT_TYPES):
            return response
        return super().process_response(request, response)
