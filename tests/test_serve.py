"""`kemai serve`: one command prepares, starts, watches and stops everything."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@contextmanager
def served(environment: dict[str, str], port: int) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-m", "kemai.config.cli", "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)
        process.stdout.close()


def health(port: int) -> dict:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request("GET", "/healthz")
        return json.loads(connection.getresponse().read())


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")
def test_it_prepares_says_its_address_and_stops_with_all_its_children(own_system):
    port = free_port()
    with served(own_system, port) as process:
        said = process.stdout.readline()
        assert f"http://127.0.0.1:{port}/" in said
        assert health(port) == {"status": "ok"}
        children = children_of(process.pid)
        assert len(children) >= 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    key = Path(own_system["KEMAI_DATA"]) / "secret_key"
    assert (Path(own_system["KEMAI_DATA"]) / "kemai.db").exists()
    assert not key.exists() or os.stat(key).st_mode & 0o077 == 0


def test_it_starts_a_second_time_on_the_same_data(own_system):
    port = free_port()
    for _ in range(2):
        with served(own_system, port) as process:
            assert f":{port}/" in process.stdout.readline()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
