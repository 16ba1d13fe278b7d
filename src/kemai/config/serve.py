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

KEMAI = [sys.executable, "-m", "kemai.config.cli"]
STOP_SECONDS = 15
QUIET_SECONDS = 60  # a runner that lived longer than this is restarted at once
LONGEST_PAUSE = 30


class Stopped(Exception):
    """Someone asked us to stop."""


def serve(*, host: str, port: int, workers: int, migrate: bool = True) -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _stop)
    children: list[subprocess.Popen] = []
    try:
        if taken := _why_not_free(host, port):
            print(taken, file=sys.stderr)
            return 1
        if migrate and (status := subprocess.run([*KEMAI, "migrate"], check=False).returncode):
            return status
        return _keep_running(children, host, port, workers)
    except Stopped:
        return 0
    finally:
        _stop_children(children)


def _keep_running(children: list[subprocess.Popen], host: str, port: int, workers: int) -> int:
    runner = _start([*KEMAI, "run-jobs"])
    server = _start(_server_command(host, port, workers))
    children += [server, runner]
    started = runner_since = time.monotonic()
    pause, restart_at, announced = 1.0, None, False
    while True:
        if server.poll() is not None:
            print("网页服务意外停止。", file=sys.stderr)
            return 1
        if not announced and _answers(host, port):
            print(f"客脉已就绪: http://{_in_url(host)}:{port}/", flush=True)
            announced = True
        if runner.poll() is not None:
            now = time.monotonic()
            if restart_at is None:
                pause = 1.0 if now - runner_since > QUIET_SECONDS else min(pause * 2, LONGEST_PAUSE)
                restart_at = now + pause
                print(f"后台任务进程已停止, {pause:.0f} 秒后重新启动。", file=sys.stderr)
            elif now >= restart_at:
                runner = children[1] = _start([*KEMAI, "run-jobs"])
                runner_since, restart_at = now, None
        time.sleep(0.1 if not announced and time.monotonic() - started < 10 else 0.5)


def _server_command(host: str, port: int, workers: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        # SQLite lets one writer in at a time and its waiting is unfair: few threads wait less long.
        *("--blocking-threads", os.environ.get("KEMAI_THREADS") or "4"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"),
        "kemai.config.wsgi:application",
    ]


def _start(command: list[str]) -> subprocess.Popen:
    # A session of its own: Ctrl-C reaches this process alone, which then stops its children in order.
    return subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)


def _stop(number: int, frame: object) -> None:
    raise Stopped


def _stop_children(children: list[subprocess.Popen]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


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
