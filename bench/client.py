"""A light HTTP client on raw sockets: one request after another on one connection, or many connections at once in one thread.

It costs a fraction of what the server needs (see the row "static page" in the results): the two share the machine's processors.
As a program it reads a plan from standard input and prints what it saw: `python -m bench.client` in a process of its own.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from random import Random


def request(method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """A whole request, ready to send."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Accept: text/html,*/*", "Accept-Encoding: gzip"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass
class Answer:
    """What came back."""

    status: int
    head: bytes
    body: bytes


class Line:
    """One connection that is kept alive."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(self, wanted: bytes) -> Answer:
        """Sends one request and waits for its answer."""
        self.socket.sendall(wanted)
        received = b""
        while (whole := _whole(received)) is None:
            part = self.socket.recv(262144)
            if not part:
                raise ConnectionError(f"closed after {len(received)} bytes of the answer to {wanted[:80]!r}")
            received += part
        return whole

    def timed(self, wanted: bytes) -> tuple[float, Answer]:
        """The answer, and how many milliseconds it took to come."""
        started = time.perf_counter()
        answer = self.ask(wanted)
        return (time.perf_counter() - started) * 1000, answer


def _whole(received: bytes) -> Answer | None:
    """The answer when all of it is there: its length is said, or it ends with an empty chunk (which is left in)."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = received[:end].lower()
    status = int(head[9:12])
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    body = received[end + 4 :]
    if at < 0 and b"transfer-encoding: chunked" in head:
        return Answer(status, received[:end], body) if body.endswith(b"0\r\n\r\n") else None
    return Answer(status, received[:end], body) if len(body) >= length else None


@dataclass
class Load:
    """What many clients saw together."""

    seconds: float
    times: list[float] = field(default_factory=list)
    bytes: int = 0
    wrong: int = 0


def many(port: int, requests: list[bytes], clients: int, seconds: float, seed: int = 1) -> Load:
    """So many clients ask at once, each its next request when the answer to the last is there."""
    random = Random(seed)
    watched = selectors.DefaultSelector()
    buffers: dict[socket.socket, list] = {}

    def send(connection: socket.socket) -> None:
        buffers[connection] = [b"", time.perf_counter()]
        connection.sendall(random.choice(requests))

    lines = [Line(port) for _ in range(clients)]
    load = Load(0)
    started = time.perf_counter()
    for line in lines:
        watched.register(line.socket, selectors.EVENT_READ)
        send(line.socket)
    while (now := time.perf_counter()) - started < seconds:
        for key, _ in watched.select(1):
            kept = buffers[key.fileobj]
            part = key.fileobj.recv(262144)
            kept[0] += part
            answer = _whole(kept[0])
            if answer is None and part:
                continue
            load.times.append((time.perf_counter() - kept[1]) * 1000)
            if answer is None or answer.status != 200:
                load.wrong += 1
            else:
                load.bytes += len(answer.body)
            if not part:
                raise ConnectionError("the server closed a connection")
            send(key.fileobj)
    load.seconds = now - started
    for line in lines:
        line.socket.close()
    return load


def main() -> int:
    plan = json.load(sys.stdin)
    requests = [bytes.fromhex(one) for one in plan["requests"]]
    load = many(plan["port"], requests, plan["clients"], plan["seconds"], plan["seed"])
    print(json.dumps({"seconds": load.seconds, "times": load.times, "bytes": load.bytes, "wrong": load.wrong}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
