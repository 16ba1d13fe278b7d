"""The server is killed at any moment while people write: what was answered is there, the data are whole, it starts again (REL-01)."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.commands import KEMAI, done

SOAK = bool(os.environ.get("KEMAI_SOAK"))
TIMES = 50 if SOAK else 5
WRITERS = 4
START_SECONDS = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.spec("REL-01"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc"),
]


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
            return answer.status, json.loads(content) if content else None

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

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


def _children_of(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def system(own_database, tmp_path) -> dict[str, str]:
    """A company with its administrator."""
    secret = tmp_path / "password"
    secret.write_text("Zhengque-mima-2026", encoding="utf-8")
    done(own_database, "migrate")
    done(
        own_database,
        *("init", "--company", "远达公司", "--name", "陈总", "--login", "chen", "--password-file", str(secret)),
    )
    return own_database


@pytest.fixture
def server(system) -> Iterator[Server]:
    running = Server(system)
    running.until_ready()
    yield running
    running.stop()


class Writers:
    """People who make and change customers as fast as they can, and remember what was answered."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.acknowledged: dict[int, dict[str, Any]] = {}
        self.over = threading.Event()
        self.errors: list[str] = []

    def write(self, number: int) -> None:
        count = 0
        while not self.over.is_set():
            count += 1
            try:
                self._one(f"第{number}人第{count}家机械有限公司")
            except (OSError, HTTPException, ValueError):  # killed just then: nobody said that it was written
                time.sleep(0.05)

    def _one(self, name: str) -> None:
        status, made = self.server.call(
            "POST",
            "/api/v1/customers",
            self.token,
            {"name": name, "contacts": [{"name": "王工", "mobile": "13900001111"}]},
        )
        if status != 201:
            self.errors.append(f"{status} {made}")
            return
        self.acknowledged[made["id"]] = {"name": name, "remarks": ""}
        status, changed = self.server.call("PATCH", f"/api/v1/customers/{made['id']}", self.token, {"remarks": name})
        if status == 200:
            self.acknowledged[made["id"]]["remarks"] = name
        else:
            self.errors.append(f"{status} {changed}")

    def lost(self) -> list[str]:
        """What was answered and is not there."""
        missing = []
        for pk, values in list(self.acknowledged.items()):
            status, found = self.server.call("GET", f"/api/v1/customers/{pk}", self.token)
            if status != 200 or found["name"] != values["name"]:
                missing.append(f"{pk} {values}: {status}")
            elif values["remarks"] and found["remarks"] != values["remarks"]:
                missing.append(f"{pk}: a change is lost")
        return missing


def test_no_answered_write_is_lost_and_it_starts_by_itself(server, system):
    token = done(system, "token", "create", "--user", "chen", "--name", "杀").strip()
    chance = random.Random(TIMES)  # noqa: S311
    people = Writers(server, token)
    with ThreadPoolExecutor(WRITERS) as pool:
        for number in range(WRITERS):
            pool.submit(people.write, number)
        try:
            for turn in range(TIMES):
                time.sleep(chance.uniform(0.3, 1.5))
                server.kill(["everything", "worker", "web", "supervisor", "runner"][turn % 5])
                server.until_ready()
        finally:
            people.over.set()
    server.until_ready()
    assert len(people.acknowledged) > TIMES
    assert people.lost() == []
    assert people.errors == []
    assert "有误" not in done(system, "check")


@pytest.mark.skipif(not SOAK, reason="a runner that was killed is followed after a minute: make soak")
def test_imports_and_bulk_edits_go_on_where_they_were_killed(server, system, tmp_path):
    token = done(system, "token", "create", "--user", "chen", "--name", "杀").strip()
    chance = random.Random(TIMES)  # noqa: S311
    rows = 3000
    sheet = tmp_path / "客户.csv"
    lines = ["客户名称,电话", *(f"被打断的第{number}家贸易有限公司,139{number:08d}" for number in range(rows))]
    sheet.write_text("\n".join(lines), encoding="utf-8")
    run = _upload(server, token, sheet)
    _until(server, token, run, "planned")
    assert server.call("POST", f"/api/v1/imports/{run}/commit", token, {})[0] in (200, 202)
    for _ in range(max(2, TIMES // 10)):
        time.sleep(chance.uniform(0.2, 1.0))
        server.kill("everything")
        server.until_ready()
    _until(server, token, run, "done")
    _, found = server.call("GET", "/api/v1/customers?view=pool&page_size=20", token)
    assert found["total"] == rows
    ids = {"all": True, "query": {"view": "pool"}}
    status, answer = server.call(
        "POST", "/api/v1/customers/actions/bulk-edit", token, {**ids, "values": {"remarks": "改过"}}
    )
    assert status in (200, 202), answer
    server.kill("runner")
    edit = answer["id"]
    deadline = time.monotonic() + 240
    while server.call("GET", f"/api/v1/bulk-edits/{edit}", token)[1]["state"] != "done" and time.monotonic() < deadline:
        time.sleep(0.5)
    _, edited = server.call("GET", f"/api/v1/bulk-edits/{edit}", token)
    assert (edited["state"], edited["done"]) == ("done", rows)
    assert "有误" not in done(system, "check")


def _upload(server: Server, token: str, sheet: Path) -> int:
    edge = "kemai-edge"
    parts = [f'--{edge}\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncustomer\r\n'.encode()]
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    parts.append(head.encode() + sheet.read_bytes() + f"\r\n--{edge}--\r\n".encode())
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data; boundary={edge}"}
        connection.request("POST", "/api/v1/imports", b"".join(parts), headers)
        answer = connection.getresponse()
        made = json.loads(answer.read())
    assert answer.status == 201, made
    return made["id"]


def _until(server: Server, token: str, run: int, state: str) -> None:
    """Waits until the import is in this state; a runner that was killed is followed by another after a minute."""
    deadline = time.monotonic() + 240
    found: dict[str, Any] = {}
    while time.monotonic() < deadline:
        _, found = server.call("GET", f"/api/v1/imports/{run}", token)
        if found["state"] == state:
            return
        assert found["state"] != "failed", found
        time.sleep(0.5)
    raise AssertionError(f"the import is still {found['state']}")
