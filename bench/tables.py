"""Measures what goes in and out as tables: PRF-06 and PRF-07, through the command and the server as people use them.

    python -m bench.tables --rows 100000
    python -m bench.tables --rows 100000 --database postgres

The import is the preview and then the commit of a workbook of customers with one contact each, into a system that is otherwise empty. The
export is 15 columns of these customers over HTTP, while a page is asked for again and again beside it. With every figure stand the seconds
of the processor, which a busy machine does not change much, and a floor: the same file read, the same rows written, nothing around it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench.client import Line, request
from bench.names import TITLES, company_name, landline, mobile, person_name
from bench.places import ROOT, Place, prepare_environment
from bench.servers import below, kemai, pss

SEED = 20260202
EVERY = 0.5  # seconds between two looks at the memory, each of which takes some 10 ms
CITIES = dict(
    zip(
        "杭州 宁波 苏州 南京 合肥 青岛 武汉 长沙 广州 深圳 成都 西安".split(),
        "浙江 浙江 江苏 江苏 安徽 山东 湖北 湖南 广东 广东 四川 陕西".split(),
        strict=True,
    )
)
HEADERS = (
    "客户名称 简称 客户级别 客户行业 客户来源 省份 城市 详细地址 公司电话 电子邮箱 网址 备注 联系人 手机 职务 联系人邮箱"
).split()
COLUMNS = (
    "number name state level main_contact main_phone phone last_contacted_at owner category industry region source address created_at"
).split()


@dataclass
class Used:
    """What a piece of work took: seconds by the clock, seconds of the processor, megabytes of all its processes at most."""

    seconds: float
    processor: float
    megabytes: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres, or the address of an empty database")
    args = parser.parse_args()
    place = Place.of(args.rows, args.database, of="tables")
    place.empty()
    prepare_environment(place)
    found: dict[str, Any] = {"rows": args.rows, "database": place.database, "load": [round(os.getloadavg()[0], 1)]}
    workbook = place.folder / "customers.xlsx"
    make_workbook(workbook, args.rows)
    make_system(place.folder)
    for measure in (
        lambda: measure_import(workbook),
        lambda: measure_export(args.rows),
        lambda: floors(workbook, place.folder),
    ):
        part = measure()
        print(json.dumps(part, ensure_ascii=False), file=sys.stderr, flush=True)
        found |= part
    found["load"].append(round(os.getloadavg()[0], 1))
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def make_workbook(path: Path, rows: int) -> None:
    """Customers with a contact each: names that differ, cities that exist, numbers written in different ways."""
    from kemai.kit.sheet_writer import write_xlsx

    write_xlsx(str(path), "客户", HEADERS, _rows(rows))


def _rows(count: int) -> Iterator[Sequence[Any]]:
    random, cities = Random(SEED), list(CITIES)
    levels, industries, sources = (
        ("重要", "普通", "一般"),
        ("制造业", "批发和零售业", "建筑业"),
        ("展会", "转介绍", "网络"),
    )
    for number in range(count):
        name, short, city = company_name(number, cities)
        yield (
            name, short, random.choice(levels), random.choice(industries), random.choice(sources), CITIES[city], f"{city}市",
            f"人民路 {number % 997} 号", landline(random), f"info{number}@example.com", f"www.example{number}.com", f"第 {number} 行的备注",
            person_name(random), mobile(random), random.choice(TITLES), f"p{number}@example.com",
        )  # fmt: skip


def make_system(folder: Path) -> None:
    """An empty system with its administrator."""
    secret = folder / "password"
    secret.write_text("Only-for-measuring-1")
    command("migrate")
    command("init", "--company", "测量", "--name", "管理员", "--login", "admin", "--password-file", str(secret))


def command(*words: str) -> str:
    """Runs `kemai` and returns what it says."""
    done = subprocess.run(_kemai(*words), env=_environment(), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def _kemai(*words: str) -> list[str]:
    return [sys.executable, "-m", "kemai.config.cli", *words]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))}


def measured(words: Sequence[str]) -> tuple[Used, str]:
    """Runs `kemai`, looks at it meanwhile, and returns what it took and said."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(_kemai(*words), env=_environment(), stdout=said)
        most = 0
        ended = None
        while ended is None:
            most = max(most, sum(map(pss, below(process.pid))))
            with suppress(subprocess.TimeoutExpired):
                ended = process.wait(EVERY)
        seconds = time.perf_counter() - started
        said.seek(0)
        if ended:
            raise RuntimeError(f"kemai {' '.join(words)}: {said.read()}")
        return Used(round(seconds, 1), 0, most // 1024), said.read()


def _processor() -> float:
    """Seconds of the processor of all children that have ended, theirs included."""
    times = os.times()
    return times.children_user + times.children_system


def measure_import(workbook: Path) -> dict[str, Any]:
    """Preview, then commit, by the command."""
    found = {}
    before = _processor()
    preview, said = measured(["import", "customers", str(workbook), "--as", "admin", "--into", "mine", "--dry-run"])
    preview.processor = round(_processor() - before, 1)
    number = said.split("导入编号: ")[1].split()[0]
    before = _processor()
    commit, said = measured(["import", "--as", "admin", "--resume", number])
    commit.processor = round(_processor() - before, 1)
    found["import"] = {"preview": asdict(preview), "commit": asdict(commit), "said": said.splitlines()[2]}
    return found


def measure_export(rows: int) -> dict[str, Any]:
    """The export over HTTP, and how the server answers others meanwhile."""
    token = command("token", "create", "--user", "admin", "--name", "测量").strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with kemai(2) as server:
        line = Line(server.port)
        layout = json.dumps({"view": "mine", "columns": [{"name": name} for name in COLUMNS]}).encode()
        answer = line.ask(request("POST", "/api/v1/customers/layout", headers=headers, body=layout))
        if answer.status != 200:
            raise RuntimeError(f"the columns of the list could not be set: {answer.status}")
        page = request("GET", "/api/v1/customers?view=mine&page_size=50", headers=headers)
        alone = [line.timed(page)[0] for _ in range(100)]
        memory, before = server.memory(), server.processor_seconds()
        with _asking(server.port, page) as times, _watching(server.memory) as seen:
            started = time.perf_counter()
            line.socket.settimeout(300)
            answer = line.ask(request("GET", "/api/v1/customers/export?view=mine&format=xlsx", headers=headers))
            seconds = time.perf_counter() - started
        processor = server.processor_seconds() - before - sum(alone) / len(alone) / 1000 * len(times)
    if answer.status != 200 or b"PK" not in answer.body[:64]:
        raise RuntimeError(f"the export answered {answer.status}")
    worked = Used(round(seconds, 1), round(processor, 1), max(seen) - memory)
    pages = {"alone_ms": _spread(alone), "meanwhile_ms": _spread(times), "asked": len(times)}
    return {
        "export": asdict(worked) | {"rows": rows, "columns": len(COLUMNS), "server_before_mb": memory, "pages": pages}
    }


def _spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95)], 1),
        "most": round(ordered[-1], 1),
    }


@contextmanager
def _asking(port: int, page: bytes) -> Iterator[list[float]]:
    """Somebody who looks at a page ten times a second."""
    line = Line(port)
    with _repeating(lambda: line.timed(page)[0], 0.1) as times:
        yield times


@contextmanager
def _watching(look: Callable[[], int]) -> Iterator[list[int]]:
    with _repeating(look, EVERY) as seen:
        yield seen


@contextmanager
def _repeating(what: Callable[[], Any], pause: float) -> Iterator[list[Any]]:
    over, found = threading.Event(), [what()]

    def repeat() -> None:
        while not over.wait(pause):
            found.append(what())

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def floors(workbook: Path, folder: Path) -> dict[str, Any]:
    """The file read by the bare reader, and its rows written with their journal by bare `executemany`."""
    read = _timed(_bare_read, workbook)
    return {"floors": {"read": asdict(read), "write": asdict(_timed(_bare_write, workbook, folder / "floor.db"))}}


def _timed(work: Callable[..., None], *given: Any) -> Used:
    started, before = time.perf_counter(), time.process_time()
    work(*given)
    return Used(round(time.perf_counter() - started, 1), round(time.process_time() - before, 1), 0)


def _bare_read(workbook: Path) -> None:
    from python_calamine import CalamineWorkbook

    for _ in CalamineWorkbook.from_path(str(workbook)).get_sheet_by_index(0).iter_rows():
        pass


def _bare_write(workbook: Path, path: Path) -> None:
    """Customers, contacts, a verdict for each row and a line in the journal for each record: plain tables without an index."""
    import sqlite3

    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(workbook)).get_sheet_by_index(0).to_python()[1:]
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    customers, contacts = len(HEADERS) - 4, 4
    database.execute(f"CREATE TABLE customer ({', '.join(f'c{at}' for at in range(customers))})")
    database.execute(f"CREATE TABLE contact ({', '.join(f'c{at}' for at in range(contacts))})")
    for table in ("verdict", "journal"):
        database.execute(f"CREATE TABLE {table} (a, b, c, d)")
    started = 0
    while part := rows[started : started + 500]:
        with database:
            database.executemany(
                f"INSERT INTO customer VALUES ({', '.join('?' * customers)})", [row[:customers] for row in part]
            )
            database.executemany(
                f"INSERT INTO contact VALUES ({', '.join('?' * contacts)})", [row[customers:] for row in part]
            )
            database.executemany("INSERT INTO verdict VALUES (1, ?, 'new', '')", [(at,) for at, _ in enumerate(part)])
            database.executemany(
                "INSERT INTO journal VALUES ('customer', ?, 'i', 0)", [(at,) for at, _ in enumerate(part * 2)]
            )
        started += 500
    database.close()


if __name__ == "__main__":
    sys.exit(main())
