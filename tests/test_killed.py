"""The server is killed at any moment while people write: what was answered is there, the data are whole, it starts again (REL-01)."""

import json
import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.commands import done
from tests.servers import Server, set_up

SOAK = bool(os.environ.get("KEMAI_SOAK"))
TIMES = 50 if SOAK else 5
WRITERS = 4

pytestmark = [
    pytest.mark.slow,
    pytest.mark.spec("REL-01"),
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc"),
]


@pytest.fixture
def system(own_database, tmp_path) -> dict[str, str]:
    """A company with its administrator."""
    return set_up(own_database, tmp_path)


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
