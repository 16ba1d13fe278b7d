"""A hundred at once: one gets the customer, the others read who; numbers without a gap (CUS-10, REL-02)."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, connections

from kemai.customers.models import Customer
from kemai.customers.services import customer_assign, customer_claim, customer_create
from kemai.customers.tests.factories import customer
from kemai.customers.tests.support import counts_are_true, fresh, history
from kemai.kit.errors import DomainError
from kemai.kit.models import ChangeSet
from kemai.people.login_services import token_create
from kemai.people.models import Employee
from kemai.people.tests.factories import employee, program

pytestmark = [pytest.mark.race, pytest.mark.spec("REL-02"), pytest.mark.django_db(transaction=True)]

CLIENTS = 100
CONNECTIONS = 80  # a server of PostgreSQL takes a hundred, some of them kept for itself


@pytest.fixture
def hundred(crew) -> list[Employee]:
    """A hundred employees who all want the same."""
    return [employee(f"yewu{number:03d}", f"业务{number:03d}", "sales_rep") for number in range(CLIENTS)]


def in_turns(call: Callable[[int], Any]) -> Callable[[int], Any]:
    """The same call, for threads of which only so many may be connected to the database at once."""
    room = threading.BoundedSemaphore(CONNECTIONS)

    def run(number: int) -> Any:
        with room:
            try:
                return call(number)
            finally:
                connections.close_all()

    return run


def exactly_one_has_it(what: Customer, answers: list[tuple[int, str, str]]) -> None:
    """One answer is 200; all others are the conflict that names the winner; history, log and counts know of one claim."""
    owner = fresh(what).owner
    assert Counter(status for status, _, _ in answers) == {200: 1, 409: CLIENTS - 1}
    refusals = {(code, message) for status, code, message in answers if status == 409}
    assert refusals == {("already_claimed", f"该客户已被{owner.name}领用。")}
    assert history(what) == [("客户池", owner.name, "claim", owner.name, "")]
    assert ChangeSet.objects.filter(deed="customer.claim").count() == 1
    counts_are_true()


@pytest.mark.spec("CUS-10")
def test_of_a_hundred_who_claim_one_customer_one_gets_it_and_the_others_read_who(hundred, together):
    shangce = customer("杭州商策科技有限公司")
    clients = [program(who) for who in hundred]

    def claim(number: int) -> tuple[int, str, str]:
        response = clients[number].post(f"/api/v1/customers/{shangce.pk}/claim", {}, content_type="application/json")
        sent = response.json()
        return response.status_code, sent.get("code", ""), sent.get("message", "")

    answers = together(CLIENTS, in_turns(claim), timeout=120)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    exactly_one_has_it(shangce, answers)


@pytest.mark.spec("CUS-10", "CUS-13")
def test_claiming_and_assigning_one_customer_at_once_never_mixes(crew, together):
    people = [crew.lin, crew.zhou, crew.chen, crew.manager]
    for number in range(5):
        one = customer(f"第{number}家")

        def deed(number: int, one: Customer = one) -> Customer:
            if number < 4:
                return customer_claim(one, by=people[number])
            return customer_assign(one, employee=crew.service.pk, by=crew.boss)

        results = together(5, deed)
        refused = [result for result in results if isinstance(result, Exception)]
        assert all(isinstance(error, DomainError) and error.status == 409 for error in refused)
        trail = history(one)
        assert all(earlier[1] == later[0] for earlier, later in zip(trail, trail[1:], strict=False))
        assert trail[-1][1] == fresh(one).owner.name
        assert len(trail) == 5 - len(refused)
    counts_are_true()


def numbers() -> list[int]:
    """The running numbers of all customers in the order in which they were made."""
    return [int(number[-4:]) for number in Customer.objects.order_by("number").values_list("number", flat=True)]


def test_numbers_of_a_hundred_made_at_once_are_unique_rising_and_without_a_gap(hundred, together):
    """Every fifth save fails after it has taken its number: the number goes back."""

    def make(number: int) -> Customer:
        contacts = [{"id": 987_654, "name": "不存在"}] if number % 5 == 0 else []
        return customer_create(
            {"name": f"{'甲乙丙丁戊己庚辛壬癸'[number % 10]}字{number:03d}号公司", "contacts": contacts},
            by=hundred[number],
        )

    before = customer("第一家").number
    results = together(CLIENTS, in_turns(make), timeout=120)
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 20
    assert all(isinstance(error, DomainError) and error.code == "invalid" for error in refused), refused
    start = int(before[-4:])
    assert numbers() == list(range(start, start + 81))
    counts_are_true()


def test_a_bulk_claim_and_single_claims_at_once_share_out_every_customer_once(crew, together):
    batch = [customer(f"第{number:02d}号公司") for number in range(12)]
    people = [crew.lin, crew.zhou, crew.chen, crew.manager, crew.other_manager]
    clients = [program(who) for who in people]
    order = [one.pk for one in batch]

    def claim(number: int) -> list[bool]:
        ids = order if number % 2 else order[::-1]
        response = clients[number].post(
            "/api/v1/customers/actions/claim", {"ids": ids}, content_type="application/json"
        )
        assert response.status_code == 200, response.content.decode()
        return [result["ok"] for result in response.json()["results"]]

    results = together(len(people), claim)
    assert not [result for result in results if isinstance(result, Exception)]
    assert sum(sum(done) for done in results) == len(batch)
    assert not Customer.objects.filter(owner__isnull=True).exists()
    counts_are_true()


# --- real processes over HTTP ------------------------------------------------------------------------------------------


def _test_database() -> str:
    """The address of the database that this test writes to, for a server in a process of its own."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{settings['NAME']}").geturl()


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _claim_over_http(address: str, tokens: list[str], start: float) -> list[tuple[int, str, str]]:
    """Runs in a process of its own: these clients claim one after the other, from the given moment on."""
    answers = []
    time.sleep(max(0.0, start - time.time()))
    for token in tokens:
        request = urllib.request.Request(
            address, data=b"{}", headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, method="POST"
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answers.append((response.status, "", ""))
        except urllib.error.HTTPError as error:
            sent = json.loads(error.read())
            answers.append((error.code, sent["code"], sent["message"]))
    return answers


@pytest.fixture
def server(tmp_path):
    """Two server processes on the test's database, as in production."""
    port = _free_port()
    environment = os.environ | {"DATABASE_URL": _test_database(), "KEMAI_DATA": str(tmp_path)}
    environment.pop("KEMAI_TEST_DATABASE", None)
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "2", "--blocking-threads", "4", "--log-level", "warning", "kemai.config.wsgi:application"),
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                    break
            except OSError:
                assert process.poll() is None, "the server did not start"
                assert time.monotonic() < deadline, "the server did not answer"
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.slow
@pytest.mark.spec("CUS-10")
def test_over_http_with_clients_and_servers_in_processes_of_their_own(hundred, server):
    shangce = customer("杭州商策科技有限公司")
    tokens = [token_create({"name": "并发"}, by=who).secret for who in hundred]
    address, start = f"{server}/api/v1/customers/{shangce.pk}/claim", time.time() + 2
    with ProcessPoolExecutor(10) as pool:
        jobs = [pool.submit(_claim_over_http, address, tokens[first::10], start) for first in range(10)]
        answers = [answer for job in jobs for answer in job.result(timeout=120)]
    exactly_one_has_it(shangce, answers)
