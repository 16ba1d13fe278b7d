"""The floor: the smallest program behind the same server that answers with as many bytes as a page has."""

import os

PAGE = b"x" * int(os.environ.get("BENCH_BYTES", "10000"))
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(PAGE)))]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [PAGE]
