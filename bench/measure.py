"""Measures one prepared system: `python -m bench.measure` prints the figures as JSON. bench/run.py calls it for each size and database."""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from bench.client import Line, request
from bench.make_data import make
from bench.make_records import MANY
from bench.people import Company
from bench.places import Place
from bench.servers import Server, floor, kemai

PEOPLE = 50
SORTS = ("", "-name", "name", "level", "-last_contacted_at", "industry", "-number")
WORKERS = 2
COMMON = ("科技", "有限", "电子", "kj", "dzkj", "139")  # parts of many names, initials, beginnings of phones
RARE = ("深圳", "bjkj", "szht", "8000", "4711", "j")
FILTER = {"op": "and", "rows": [
    {"field": "name", "cond": "contains", "value": "科技"}, {"field": "created_at", "cond": "gte", "value": "2020-01-01"},
    {"field": "state", "cond": "eq", "value": "claimed"},
]}  # fmt: skip
CSRF = "b" * 32


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--database", default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=100, help="of each kind in a round")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", default="", help="lists, search, work, records, load, floors; separated by commas")
    args = parser.parse_args()
    place = Place.of(args.customers, args.database)
    make(place)
    wanted = set(filter(None, args.only.split(","))) or {"lists", "search", "work", "records", "load", "floors"}
    print(json.dumps(Measure(place, args).run(wanted), ensure_ascii=False))
    return 0


def of(times: list[float]) -> dict[str, float]:
    """Middle and 95th percentile, in milliseconds."""
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 2),
    }


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of several rounds, figure by figure."""
    return {name: round(statistics.median(one[name] for one in rounds), 2) for name in rounds[0]}


@dataclass
class Person:
    """Somebody who is logged in."""

    pk: int
    cookie: str
    token: str
    customers: list[int] = field(default_factory=list)

    def get(self, path: str, *, pager: bool = False) -> bytes:
        """A page; with `pager` what follows a list by itself: its exact total."""
        headers = {"HX-Request": "true", "HX-Target": "pager"} if pager else {}
        return request("GET", path, headers={"Cookie": f"kemai_session={self.cookie}", **headers})

    def post_form(self, path: str, values: list[tuple[str, str]]) -> bytes:
        headers = {
            "Cookie": f"kemai_session={self.cookie}; csrftoken={CSRF}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return request("POST", path, headers=headers, body=urlencode([*values, ("csrfmiddlewaretoken", CSRF)]).encode())

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return request(method, f"/api/v1{path}", headers=headers, body=json.dumps(body or {}).encode())


class Measure:
    """All that is measured on one system."""

    def __init__(self, place: Place, args: argparse.Namespace) -> None:
        self.place, self.args = place, args
        self.random = random.Random(1)
        self.logged_in: dict[int, Person] = {}
        self.company = Company(**json.loads((place.folder / "company.json").read_text()))

    def run(self, wanted: set[str]) -> dict[str, Any]:
        """Prepares people and ids, starts the server, measures."""
        self.people, self.supervisor, self.unclaimed = self._people()
        self.with_many = self._customers_with_many_records()
        cases = self._list_cases()
        found: dict[str, Any] = {
            "customers": self.place.customers, "database": self.place.database, "versions": versions(),
            "load_before": os.getloadavg()[0], "yardstick_before": yardstick(),
        }  # fmt: skip
        if "floors" in wanted:
            found["statements"] = {name: Statements(pages[:10]).figures() for name, pages in cases.items()}
        from django.db import connections

        connections.close_all()
        with kemai(WORKERS) as server:
            self._warm(server, cases)
            if "lists" in wanted:
                found["lists"] = {name: self._rounds(server, pages) for name, pages in cases.items()}
            if "search" in wanted:
                found["search"] = {name: self._rounds(server, pages) for name, pages in self._search_cases().items()}
            if "work" in wanted:
                found["work"] = {name: self._rounds(server, pages) for name, pages in self._work_cases().items()}
            if "records" in wanted:
                found["records"] = self._records(server)
            if "load" in wanted:
                found["load"] = {
                    name: self._load(server, requests) for name, requests in self._load_cases(cases).items()
                }
            found["healthz"] = self._rounds(server, [request("GET", "/healthz")])
            found["memory_mb"] = server.memory()
        if "floors" in wanted or "load" in wanted:
            size = next((one["bytes"] for one in found.get("lists", {}).values()), 10_000)
            with floor(WORKERS, int(size)) as server:
                page = [request("GET", "/")]
                found["static_page"] = self._rounds(server, page)
                if "load" in wanted:
                    found["static_page"]["load"] = self._load(server, page, seconds=min(10, self.args.seconds))
        found["load_after"], found["yardstick_after"] = os.getloadavg()[0], yardstick()
        return found

    def _people(self) -> tuple[list[Person], Person, list[int]]:
        from kemai.customers.models import Customer
        from kemai.people.models import Token

        Token.objects.filter(name="测量").delete()
        chosen = [self.company.small, *self.company.sales[:: max(1, len(self.company.sales) // PEOPLE)]]
        people = [self._person(pk) for pk in dict.fromkeys(chosen)][:PEOPLE]
        unclaimed = list(
            Customer.objects.filter(owner__isnull=True).order_by("-id").values_list("pk", flat=True)[:5000]
        )
        return people, self._person(self.company.supervisor), unclaimed

    def _person(self, pk: int) -> Person:
        """Somebody, logged in once."""
        from kemai.customers.models import Customer
        from kemai.people.login_services import session_begin, token_create
        from kemai.people.models import Employee

        if pk not in self.logged_in:
            employee = Employee.objects.get(pk=pk)
            secret = token_create({"name": "测量"}, by=employee).secret
            own = list(Customer.objects.filter(owner_id=pk).order_by("-created_at").values_list("pk", flat=True)[:400])
            self.logged_in[pk] = Person(pk, session_begin(employee), secret, own)
        return self.logged_in[pk]

    def _list_cases(self) -> dict[str, list[bytes]]:
        """The pages of PRF-01, then sorted by other columns and further pages."""
        people, supervisor = self.people, self.supervisor
        return {
            "我的客户": [who.get("/customers?view=mine") for who in people],
            "共享客户（100 人的上级）": [supervisor.get("/customers?view=shared")],
            "客户池": [who.get("/customers?view=pool") for who in people],
            "我的客户，各种排序": [
                who.get(f"/customers?view=mine&sort={sort}") for who in people for sort in SORTS[1:-1]
            ],
            "共享客户（上级），各种排序": [
                supervisor.get(f"/customers?view=shared&sort={sort}&page={page}")
                for sort in SORTS[1:-1]
                for page in (1, 2, 5)
            ],
            "客户池，各种排序": [
                people[at].get(f"/customers?view=pool&sort={sort}")
                for at in range(10)
                for sort in ("", "name", "-name", "level")
            ],
        }

    def _search_cases(self) -> dict[str, list[bytes]]:
        """PRF-02: rows of common and rare terms, as different people, and the total that follows; PRF-03: sorts, far pages, filters."""
        people, supervisor = self.people[:10], self.supervisor
        lists = [(who, "mine") for who in people] + [(supervisor, "shared"), (people[1], "pool")]

        def asked(terms: Sequence[str], *, total: bool = False, sorts: Sequence[str] = ("",)) -> list[bytes]:
            return [
                who.get(f"/customers?{urlencode({'view': view, 'q': term, 'sort': sort})}", pager=total)
                for who, view in lists for term in terms for sort in sorts
            ]  # fmt: skip

        filtered = urlencode({"filter": json.dumps(FILTER, ensure_ascii=False)})
        return {
            "查找，常见词": asked(COMMON),
            "查找，少见词": asked(RARE),
            "查找，常见词，按名称": asked(COMMON, sorts=("name", "-name")),
            "查找，常见词，总数": asked(COMMON, total=True),
            "每个可排序列": [supervisor.get(f"/customers?view=shared&sort={sort}") for sort in SORTS],
            "第 10,000 页": [people[1].get("/customers?view=pool&page=10000")],
            "三个条件的过滤": [supervisor.get(f"/customers?view=shared&{filtered}")],
        }

    def _customers_with_many_records(self) -> list[tuple[Person, int]]:
        """Customers with so many contact records as make_records has given to a few, and who may open them."""
        from django.db.models import Count

        from kemai.teamwork.models import Interaction

        counted = Interaction.objects.values_list("customer_id", "customer__owner_id").annotate(count=Count("pk"))
        return [
            (self._person(owner), pk) for pk, owner, _ in counted.filter(count__gte=MANY).order_by("customer_id")[:10]
        ]

    def _work_cases(self) -> dict[str, list[bytes]]:
        """What people look at all day: the workbench, to-dos, contact records, the call that asks for news."""
        people = self.people
        return {
            "我的工作台": [who.get("/workbench") for who in people],
            "我的工作台（100 人的上级）": [self.supervisor.get("/workbench")],
            "待办": [who.get(f"/todos{ending}") for who in people for ending in ("", "?view=overdue", "?view=today")],
            "交往记录": [who.get("/interactions") for who in people],
            "交往记录（100 人的上级）": [self.supervisor.get("/interactions")],
            "提醒轮询": [who.get("/me/news") for who in people],
            "打开有 300 条记录的客户": [who.get(f"/customers/{pk}?view=mine") for who, pk in self.with_many],
            "它的交往记录": [who.get(f"/customers/{pk}/tabs/interactions") for who, pk in self.with_many],
        }

    def _load_cases(self, cases: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
        own, own_sorted = cases["我的客户"], cases["我的客户，各种排序"]
        mixed = own * 2 + own_sorted + cases["客户池"] * 2 + cases["共享客户（上级），各种排序"] * 2
        return {"我的客户": own, "各列表、各种排序混合": mixed}

    def _warm(self, server: Server, cases: dict[str, list[bytes]]) -> None:
        """Every worker has answered everything a few times."""
        lines = [Line(server.port) for _ in range(4 * WORKERS)]
        for requests in cases.values():
            for number, wanted in enumerate(requests[:60] + requests[:4] * 4):
                answer = lines[number % len(lines)].ask(wanted)
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status} for {wanted[:100]!r}")

    def _rounds(self, server: Server, requests: list[bytes]) -> dict[str, float]:
        """One client, one request after another; the median of the rounds."""
        line, rounds, sizes = Line(server.port), [], []
        for _ in range(self.args.rounds):
            times = []
            used = server.processor_seconds()
            for _ in range(self.args.requests):
                taken, answer = line.timed(self.random.choice(requests))
                if answer.status != 200:
                    raise RuntimeError(f"{answer.status}: {answer.head[:200]!r}")
                times.append(taken)
                sizes.append(len(answer.body))
            rounds.append(
                {**of(times), "processor_ms": (server.processor_seconds() - used) * 1000 / self.args.requests}
            )
        return {**middle(rounds), "bytes": round(statistics.median(sizes))}

    # --- PRF-04

    def _records(self, server: Server) -> dict[str, dict[str, float]]:
        line = Line(server.port)
        steps: dict[str, Callable[[], Iterator[tuple[str, bytes, int]]]] = {
            "open": self._opens, "form": lambda: self._forms(line), "api": self._changes, "record": self._interactions,
            "claim": self._claims,
        }  # fmt: skip
        rounds: dict[str, list[dict[str, float]]] = {}
        for number in range(self.args.rounds + 1):  # the first to warm the workers, as lists are
            times: dict[str, list[float]] = {}
            for step in steps.values():
                for name, wanted, status in step():
                    taken, answer = line.timed(wanted)
                    if answer.status != status:
                        raise RuntimeError(f"{name}: {answer.status} {answer.head[:300]!r} {answer.body[:300]!r}")
                    times.setdefault(name, []).append(taken)
            for name, found in times.items() if number else ():
                rounds.setdefault(name, []).append(of(found))
        return {name: middle(found) for name, found in rounds.items()}

    def _somebody(self) -> tuple[Person, int]:
        who = self.random.choice(self.people)
        return who, self.random.choice(who.customers or self.people[1].customers)

    def _opens(self) -> Iterator[tuple[str, bytes, int]]:
        for _ in range(self.args.requests):
            who = self.random.choice(self.people)
            if who.customers:
                yield "打开客户", who.get(f"/customers/{self.random.choice(who.customers)}?view=mine"), 200

    def _forms(self, line: Line) -> Iterator[tuple[str, bytes, int]]:
        """The form is opened, its values are sent back with another remark, as a browser does."""
        import gzip

        for number in range(self.args.requests // 2):
            who = self.random.choice(self.people)
            if not who.customers:
                continue
            pk = self.random.choice(who.customers)
            page = line.ask(who.get(f"/customers/{pk}/edit"))
            text = (gzip.decompress(page.body) if b"gzip" in page.head.lower() else page.body).decode()
            yield "打开修改页", who.get(f"/customers/{pk}/edit"), 200
            values = [
                (name, value)
                for name, value in form_values(text)
                if name not in ("remarks", "csrfmiddlewaretoken", "q")
            ]
            yield (
                "保存客户（表单）",
                who.post_form(f"/customers/{pk}", [*values, ("remarks", f"第 {number} 次 {time.time_ns()}")]),
                303,
            )

    def _changes(self) -> Iterator[tuple[str, bytes, int]]:
        for number in range(self.args.requests // 2):
            who = self.random.choice(self.people)
            if who.customers:
                pk = self.random.choice(who.customers)
                yield (
                    "保存客户（PATCH）",
                    who.api("PATCH", f"/customers/{pk}", {"remarks": f"第 {number} 次 {time.time_ns()}"}),
                    200,
                )

    def _interactions(self) -> Iterator[tuple[str, bytes, int]]:
        for number in range(self.args.requests // 2):
            who = self.random.choice(self.people)
            if who.customers:
                said = {
                    "customer": self.random.choice(who.customers),
                    "contact_name": "前台",
                    "content": f"第 {number} 次谈了交期",
                }
                yield "新增交往记录", who.api("POST", "/interactions", said), 201

    def _claims(self) -> Iterator[tuple[str, bytes, int]]:
        for _ in range(self.args.requests // 2):
            who, pk = self.random.choice(self.people), self.random.choice(self.unclaimed)
            yield "领用", who.api("POST", f"/customers/{pk}/claim"), 200
            yield "归还", who.api("POST", f"/customers/{pk}/release", {"reason": "测量"}), 200

    # --- PRF-05

    def _load(self, server: Server, requests: list[bytes], seconds: float = 0) -> dict[str, float]:
        """Many clients at once, from a process of its own."""
        seconds = seconds or self.args.seconds
        rounds = []
        for number in range(max(1, self.args.rounds // 2)):
            plan = {"port": server.port, "clients": self.args.clients, "seconds": seconds, "seed": number,
                    "requests": [one.hex() for one in requests]}  # fmt: skip
            used = server.processor_seconds()
            client = subprocess.Popen(
                [sys.executable, "-m", "bench.client"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_with_bench(),
            )
            said, _ = client.communicate(json.dumps(plan))
            found = json.loads(said)
            if found["wrong"]:
                raise RuntimeError(f"{found['wrong']} answers were not 200")
            count = len(found["times"])
            rounds.append({
                "pages_a_second": count / found["seconds"], **of(found["times"]),
                "processor_ms": (server.processor_seconds() - used) * 1000 / count,
            })  # fmt: skip
        return middle(rounds)


def _with_bench() -> dict[str, str]:
    from bench.places import ROOT

    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))}


class Statements:
    """The SQL of pages, caught from the product and asked again of the database by its driver alone."""

    def __init__(self, requests: list[bytes]) -> None:
        self.caught = [self._caught(one) for one in requests]

    def _caught(self, wanted: bytes) -> list[tuple[str, Any]]:
        import io

        from django.db import connection

        from kemai.config.wsgi import application

        head = wanted.decode().split("\r\n")
        path, _, query = head[0].split(" ")[1].partition("?")
        headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "HTTP_HOST": "localhost", "HTTP_COOKIE": headers["Cookie"], "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.errors": sys.stderr,
        }  # fmt: skip
        found: list[tuple[str, Any]] = []

        def catch(execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
            found.append((sql, params))
            return execute(sql, params, many, context)

        for _ in range(2):  # once to fill what processes remember
            found.clear()
            with connection.execute_wrapper(catch):
                answer = application(environ, lambda status, headers: None)
                b"".join(answer)
                answer.close()
        return found

    def figures(self) -> dict[str, float]:
        """How many statements a page has, and how long the driver takes for them."""
        from django.db import connection

        connection.ensure_connection()
        ask = self._asker(connection)
        times = []
        for _ in range(max(3, 60 // len(self.caught))):
            for statements in self.caught:
                started = time.perf_counter()
                for sql, params in statements:
                    ask(sql, params)
                times.append((time.perf_counter() - started) * 1000)
        return {"statements": max(len(one) for one in self.caught), **of(times)}

    def _asker(self, connection: Any) -> Callable[[str, Any], Any]:
        if connection.vendor == "sqlite":
            raw = connection.connection
            qmark = connection.cursor().cursor.convert_query

            def ask(sql: str, params: Any) -> Any:
                return raw.execute(qmark(sql), params or ()).fetchall()

            return ask
        cursor = connection.connection.cursor()
        return lambda sql, params: cursor.execute(sql, params).fetchall()


def form_values(page: str) -> list[tuple[str, str]]:
    """What a browser would send of the form that changes a record: names and values of its inputs."""
    reader = _FormReader()
    reader.feed(page)
    return reader.values


class _FormReader(HTMLParser):
    """Reads the inputs of the form that has a field `version`."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[str, str]] = []
        self._own: list[tuple[str, str]] | None = None
        self._select = ""
        self._long: list[str] | None = None
        self._pattern = 0

    def handle_starttag(self, tag: str, attrs: list) -> None:
        values = dict(attrs)
        name = values.get("name") or ""
        if tag == "template":
            self._pattern += 1
        if self._pattern:
            return
        if tag == "form":
            self._own = []
        if self._own is None:
            return
        if tag == "input" and name and "disabled" not in values:
            if values.get("type") not in ("checkbox", "radio", "file", "submit") or "checked" in values:
                self._own.append((name, values.get("value") or ("on" if values.get("type") == "checkbox" else "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            self._own.append((self._select, values.get("value") or ""))
        elif tag == "textarea" and name:
            self._long = [name]

    def handle_data(self, data: str) -> None:
        if self._long is not None:
            self._long.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._pattern -= 1
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._long is not None and self._own is not None:
            self._own.append((self._long[0], "".join(self._long[1:]).removeprefix("\n")))
            self._long = None
        elif tag == "form" and self._own is not None:
            if any(name == "version" for name, _ in self._own):
                self.values = self._own
            self._own = None


def yardstick() -> float:
    """What a fixed piece of Python takes at this moment, in milliseconds: how much of the machine is ours."""
    times = []
    for _ in range(15):
        started = time.perf_counter()
        sum(number * number for number in range(200_000))
        times.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(times), 1)


def versions() -> dict[str, str]:
    """What it ran on."""
    import platform

    import django
    import granian
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        database = cursor.fetchone()[0]
    return {"python": platform.python_version(), "django": django.get_version(), "granian": granian.__version__,
            connection.vendor: database}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
