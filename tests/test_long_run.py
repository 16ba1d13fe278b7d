"""An hour of mixed work: no error, and no growth of memory (REL-06). `make soak`; KEMAI_SOAK_MINUTES says how long."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.commands import done
from tests.servers import Server, set_up

MINUTES = float(os.environ.get("KEMAI_SOAK_MINUTES") or 60)
CLIENTS = 4
GROWTH = 1.15  # of the memory after the first fifth of the time

pytestmark = [
    pytest.mark.slow,
    pytest.mark.spec("REL-06"),
    pytest.mark.skipif(not os.environ.get("KEMAI_SOAK"), reason="takes an hour: make soak"),
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="looks for memory in /proc"),
]


def test_an_hour_of_mixed_work_fails_nowhere_and_memory_does_not_grow(own_database, tmp_path):
    system = set_up(own_database, tmp_path)
    server = Server(system)
    try:
        server.until_ready()
        token = done(system, "token", "create", "--user", "chen", "--name", "长跑").strip()
        over, wrong, calls = Event(), [], [0] * CLIENTS
        with ThreadPoolExecutor(CLIENTS) as pool:
            for number in range(CLIENTS):
                pool.submit(_work, server, token, number, over, wrong, calls)
            try:
                figures = _watch(server, MINUTES * 60)
            finally:
                over.set()
        print(f"{sum(calls):,} calls; memory in KB: {figures}")  # noqa: T201  the figures of a long run are wanted
        assert wrong == []
        assert sum(calls) > MINUTES * 60
        settled = max(figures[len(figures) // 10 : len(figures) // 5 + 1])
        assert max(figures[-len(figures) // 5 :]) < settled * GROWTH, figures
        assert "有误" not in done(system, "check")
    finally:
        server.stop()


def _watch(server: Server, seconds: float) -> list[int]:
    """Forty looks at the memory, evenly over the time."""
    figures = []
    for _ in range(40):
        time.sleep(seconds / 40)
        figures.append(server.memory())
    return figures


def _work(server: Server, token: str, number: int, over: Event, wrong: list[str], calls: list[int]) -> None:
    chance = random.Random(number)  # noqa: S311
    mine: list[int] = []
    while not over.is_set():
        calls[number] += 1
        one = chance.choice(mine) if mine else 0
        method, path, body = chance.choice([
            ("GET", "/api/v1/customers?view=mine&page_size=50", None),
            ("GET", "/api/v1/customers?view=pool&q=%E6%9C%BA%E6%A2%B0", None),
            ("GET", f"/api/v1/customers/{one}/timeline" if one else "/api/v1/me", None),
            ("GET", "/api/v1/search?q=jx", None),
            ("GET", "/api/v1/customers/export?view=mine", None) if calls[number] % 50 == 0 else ("GET", "/healthz", None),
            ("PATCH", f"/api/v1/customers/{one}", {"remarks": f"{calls[number]}"}) if one else ("GET", "/api/v1/me", None),
            ("POST", "/api/v1/customers", {"name": f"长跑{number}号{calls[number]}机械有限公司"}) if len(mine) < 500 else
            ("POST", f"/api/v1/customers/{one}/release", {"reason": "长跑"}),
        ])  # fmt: skip
        try:
            status, answer = server.call(method, path, token, body)
        except Exception as error:  # whatever it is, it is what this test looks for
            wrong.append(f"{method} {path}: {error!r}")
            continue
        if status >= 400 and status != 429:
            wrong.append(f"{method} {path}: {status} {answer}")
        elif method == "POST" and path == "/api/v1/customers":
            mine.append(answer["id"])
        elif path.endswith("/release") and one in mine:
            mine.remove(one)
