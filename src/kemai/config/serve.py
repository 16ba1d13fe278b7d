"""`kemai serve`: prepares the data, then keeps two children running: the web server and the runner of jobs.

This process opens no database itself and starts the runner before the server: the server forks its workers, and no
thread and no open SQLite file may cross a fork.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

from django.conf import settings

from kemai.kit import in_use

KEMAI = [sys.executable, "-m", "kemai.config.cli"]
CHILD = [sys.executable, "-m", "kemai.config.child"]
STOP_SECONDS = 15
PATIENCE = 5
QUIET_SECONDS = 60  # a child that lived longer than this is restarted after a second
LONGEST_PAUSE = 30
STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]


class Stopped(Exception):
    """Someone asked us to stop."""


class Child:
    """One of the two processes that are kept running, with longer and longer pauses while it does not live."""

    def __init__(self, title: str, command: list[str]) -> None:
        self.title, self.command = title, command
        self.pause, self.restart_at = 0.5, 0.0
        self.start()

    def start(self) -> None:
        """Starts it. A session of its own: Ctrl-C reaches this process alone, which then stops its children in order; its standard input
        ends when this process does, and so does the child (child.py)."""
        self.since = time.monotonic()
        self.restart_at = 0.0
        self.process = subprocess.Popen(self.command, start_new_session=True, stdin=subprocess.PIPE)

    def look_after(self) -> None:
        """Starts it again when it has ended."""
        if self.process.poll() is None:
            return
        now = time.monotonic()
        if not self.restart_at:
            self.pause = 1.0 if now - self.since > QUIET_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
            self.restart_at = now + self.pause
            print(f"{self.title}已停止，{self.pause:.0f} 秒后重新启动。", file=sys.stderr)
        elif now >= self.restart_at:
            self.start()


def serve(*, host: str, port: int, workers: int, migrate: bool = True) -> int:
    """Prepares the data and serves until somebody says stop; returns the exit status. Raises DomainError during an upgrade (SYS-12)."""
    for number in STOPPING:
        signal.signal(number, _stop)
    children: list[Child] = []
    try:
        deadline = time.monotonic() + PATIENCE
        while (taken := _why_not_free(host, port)) and time.monotonic() < deadline:
            time.sleep(0.2)  # the children of one that was killed are about to end
        if taken:
            print(taken, file=sys.stderr)
            return 1
        if migrate and (status := subprocess.run([*KEMAI, "migrate"], check=False).returncode):
            return status
        with in_use.shared(settings.DATA_DIR):  # no upgrade changes the tables meanwhile
            return _keep_running(children, host, port, workers)
    except Stopped:
        return 0
    finally:
        _stop_children(children)


def _keep_running(children: list[Child], host: str, port: int, workers: int) -> int:
    children.append(runner := Child("后台任务进程", [*CHILD, "run-jobs"]))
    children.append(server := Child("网页服务", [*CHILD, "web", *_server_arguments(host, port, workers)]))
    started, announced = time.monotonic(), False
    while True:
        if not announced and server.process.poll() is not None:
            print("网页服务无法启动。", file=sys.stderr)
            return 1
        if not announced and _answers(host, port):
            print(f"客脉已就绪: http://{_in_url(host)}:{port}/", flush=True)
            announced = True
        runner.look_after()
        server.look_after()
        time.sleep(0.1 if not announced and time.monotonic() - started < 10 else 0.5)


def _server_arguments(host: str, port: int, workers: int) -> list[str]:
    return [
        *("--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        # SQLite lets one writer in at a time and its waiting is unfair: few threads wait less long.
        *("--blocking-threads", os.environ.get("KEMAI_THREADS") or "4"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"),
        "kemai.config.wsgi:application",
    ]


def _stop(number: int, frame: object) -> None:
    raise Stopped


def _stop_children(children: list[Child]) -> None:
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    processes = [child.process for child in reversed(children)]
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()  # its own children end with it
            process.wait()


def _why_not_free(host: str, port: int) -> str | None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        return f"无法监听 {host}:{port}: {reason}。请换一个端口 (--port 或 KEMAI_PORT)。"
    return None


def _answers(host: str, port: int) -> bool:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    try:
        with closing(http.client.HTTPConnection(local, port, timeout=2)) as connection:
            connection.request("GET", "/healthz", headers={"Host": "localhost"})
            return connection.getresponse().status == 200
    except OSError:
        return False


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
