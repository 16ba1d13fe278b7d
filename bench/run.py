"""Runs the measurements and prints a table: `make bench`, `make bench SIZE=1000000`, or

    python -m bench --sizes 1000,100000,1000000 --database sqlite,postgres

Each size and database is measured in a process of its own (bench/measure.py). What was seen is also written as JSON.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.places import ROOT, bench_folder

TITLES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", default="1000", help="customers, separated by commas (1000)")
    parser.add_argument("--database", default="sqlite", help="sqlite, postgres, or both separated by a comma (sqlite)")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many rounds counts (5)")
    parser.add_argument("--requests", type=int, default=100, help="of each kind in a round (100)")
    parser.add_argument("--clients", type=int, default=16, help="at once, for pages a second (16)")
    parser.add_argument("--seconds", type=float, default=20, help="how long they ask (20)")
    parser.add_argument(
        "--only", default="", help="lists, search, work, records, load, floors; separated by commas (all)"
    )
    parser.add_argument("--output", type=Path, help="file for the figures as JSON (build/bench/results/…)")
    args = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "started": time.strftime("%Y-%m-%d %H:%M"), "systems": []}
    say_machine(found["machine"])
    for database in args.database.split(","):
        for size in map(int, args.sizes.split(",")):
            system = measured(size, database, args)
            found["systems"].append(system)
            print(table(system), flush=True)
    target = args.output or bench_folder() / "results" / time.strftime("%Y%m%d-%H%M%S.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    print(f"\nWritten to {target}")
    return 0


def measured(size: int, database: str, args: argparse.Namespace) -> dict[str, Any]:
    """The figures of one system."""
    command = [sys.executable, "-m", "bench.measure", "--customers", str(size), "--database", database]
    for name in ("rounds", "requests", "clients", "seconds", "only"):
        command += [f"--{name}", str(getattr(args, name))]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def machine() -> dict[str, Any]:
    """What it runs on."""
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    model = [
        line.partition(": ")[2]
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "cores": os.cpu_count(), "processor": model[0] if model else platform.machine(),
        "memory_gb": round(int(memory.split()[1]) / 1024**2), "system": f"{platform.system()} {platform.release()}",
        "load": [round(one, 2) for one in os.getloadavg()],
    }  # fmt: skip


def say_machine(seen: dict[str, Any]) -> None:
    print(
        f"{seen['cores']} cores ({seen['processor']}), {seen['memory_gb']} GB, {seen['system']}; load before {seen['load'][0]}"
    )
    print("The clients run on the same cores as the server. Times in milliseconds.")


def table(system: dict[str, Any]) -> str:
    """One system's figures for people."""
    versions = ", ".join(f"{name} {version}" for name, version in system["versions"].items())
    lines = [
        f"\n## {system['customers']:,} customers, {TITLES[system['database']]}",
        f"{versions}; load {system['load_before']:.1f} to {system['load_after']:.1f}; "
        f"a fixed Python loop takes {system['yardstick_before']} to {system['yardstick_after']} ms; {system['memory_mb']} MB (PSS)\n",
    ]
    floor = system.get("static_page", {}).get("p50", 0)
    if "lists" in system:
        lines += ["| page | p50 | p95 | above the static page, p95 | processor | statements | the same SQL by the driver, p50 | p95 | bytes |",
                  "|---|--:|--:|--:|--:|--:|--:|--:|--:|"]  # fmt: skip
        for name, seen in system["lists"].items():
            sql = system.get("statements", {}).get(name, {})
            lines.append(
                f"| {name} | {seen['p50']:.1f} | {seen['p95']:.1f} | {seen['p95'] - floor:.1f} | {seen['processor_ms']:.1f} | "
                f"{sql.get('statements', '')} | {sql.get('p50', '')} | {sql.get('p95', '')} | {seen['bytes']:,} |"
            )
    for part, head in (("search", "searched, sorted, filtered"), ("work", "work of the day")):
        if part in system:
            lines += ["", f"| {head} | p50 | p95 | processor |", "|---|--:|--:|--:|"]
            lines += [
                f"| {name} | {seen['p50']:.1f} | {seen['p95']:.1f} | {seen['processor_ms']:.1f} |"
                for name, seen in system[part].items()
            ]
    if "records" in system:
        lines += ["", "| deed | p50 | p95 |", "|---|--:|--:|"]
        lines += [f"| {name} | {seen['p50']:.1f} | {seen['p95']:.1f} |" for name, seen in system["records"].items()]
    if "load" in system:
        lines += ["", "| many clients at once | pages/s | p50 | p95 | processor per page |", "|---|--:|--:|--:|--:|"]
        rows = {**system["load"], "a static page of the same size": system.get("static_page", {}).get("load")}
        lines += [
            f"| {name} | {seen['pages_a_second']:.0f} | {seen['p50']:.0f} | {seen['p95']:.0f} | {seen['processor_ms']:.1f} |"
            for name, seen in rows.items() if seen
        ]  # fmt: skip
    if floor:
        health = system["healthz"]
        lines += [
            "",
            f"Floors: static page {floor:.2f} (p95 {system['static_page']['p95']:.2f}), /healthz {health['p50']:.2f} (p95 {health['p95']:.2f}).",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
