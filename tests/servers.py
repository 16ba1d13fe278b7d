"""A server of its own that tests speak to over HTTP, look into and kill."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.commands import KEMAI, done

START_SECONDS = 60


def set_up(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Makes a company with its administrator `chen` in an empty database."""
    secret = folder / "password"
    secret.write_text("Zhengque-mima-2026", encoding="utf-8")
    done(environment, "migrate")
    done(
        environment,
        *("init", "--company", "远达公司", "--name", "陈总", "--login", "chen", "--password-file", str(secret)),
    )
    return environment


class Server:
    """A running `kemai serve` and all its processes."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.environment = environment
        self.start()

    def start(self) -> None:
        command = [*KEMAI, "serve", "--port", str(self.port), "--workers", "2"]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/healthz", "")[0] == 200:
                    return
            except (OSError, HTTPException):
                time.sleep(0.1)
        raise AssertionError("it did not start again")

    def call(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
            is_json = answer.getheader("Content-Type", "").startswith("application/json")
            return answer.status, json.loads(content) if content and is_json else None

    def kill(self, whom: str) -> None:
        """Ends everything, or one of the processes, at once."""
        runner, web = self._children()
        workers = _children_of(web) if web else []
        victims = {
            "everything": [self.process.pid, runner, web, *workers], "supervisor": [self.process.pid], "web": [web], "worker": workers[:1],
            "runner": [runner],
        }[whom]  # fmt: skip
        for pid in victims:
            if pid:
                _kill(pid)
        if whom in ("everything", "supervisor"):
            self.process.wait()
            self.start()

    def _children(self) -> tuple[int, int]:
        found = {"run-jobs": 0, "web": 0}
        for pid in _children_of(self.process.pid):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            for name in found:
                if name.encode() in words[:5]:
                    found[name] = pid
        return found["run-jobs"], found["web"]

    def memory(self) -> int:
        """Kilobytes of all its processes; what they share is counted once."""
        runner, web = self._children()
        return sum(_pss(pid) for pid in (self.process.pid, runner, web, *_children_of(web)))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


class Visitor:
    """Enough of a browser to log in."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> str:
        return self.raw(path).decode()

    def raw(self, path: str) -> bytes:
        with self.open(self.base + path, timeout=30) as answer:
            assert answer.status == 200
            return answer.read()

    def post(self, path: str, *, to: str = "", **fields: str) -> str:
        """Sends the form of a page, to its own address or to another one."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path))[1]
        sent = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        with self.open(self.base + (to or path), sent, timeout=30) as answer:
            return answer.read().decode()


def _children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _pss(pid: int) -> int:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return 0
