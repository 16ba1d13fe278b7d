"""Starts what is measured: `kemai serve` as a company would, and the server with nothing behind it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.client import Line, request
from bench.places import ROOT

TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """A running server: its port, and what its processes have used."""

    def __init__(self, process: subprocess.Popen, port: int) -> None:
        self.process, self.port = process, port

    def processor_seconds(self) -> float:
        """Processor time of the server's processes so far."""
        return sum(used(pid) for pid in below(self.process.pid))

    def memory(self) -> int:
        """Megabytes of all its processes, shared pages counted once (PSS)."""
        return sum(pss(pid) for pid in below(self.process.pid)) // 1024


@contextmanager
def kemai(workers: int) -> Iterator[Server]:
    """The product, in its usual set-up, with the data of the present environment."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "kemai.config.cli",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--skip-migrate",
    ]
    with _running(command, port, "/healthz", {}) as server:
        yield server


@contextmanager
def floor(workers: int, size: int) -> Iterator[Server]:
    """The same server with a page of so many bytes that no framework makes."""
    port = _free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", str(workers), "--blocking-threads", "4", "--log-level", "warning"),
        "bench.hello:application",
    ]
    with _running(command, port, "/", {"BENCH_BYTES": str(size)}) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, probe: str, environment: dict[str, str]) -> Iterator[Server]:
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    process = subprocess.Popen(
        command, env={**os.environ, **environment, "PYTHONPATH": path}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(process, port, probe)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(process: subprocess.Popen, port: int, probe: str) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            if Line(port).ask(request("GET", probe)).status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def below(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found


def used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / TICKS


def pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
