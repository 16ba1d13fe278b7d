"""On a machine that has never seen Kemai, `make run` is enough; again, it starts with what is there (USE-01)."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kemai.customers.demo.people import PASSWORD, PEOPLE
from tests.commands import done
from tests.servers import Visitor

ROOT = Path(__file__).parents[1]
FOREIGN = ("KEMAI_", "DJANGO_", "DATABASE_URL", "PYTHONPATH")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.spec("USE-01"),
    pytest.mark.skipif(os.environ["KEMAI_TEST_DB"] != "sqlite", reason="the default set-up is SQLite"),
    pytest.mark.skipif(not (ROOT / ".git").exists(), reason="git tells which files a clone has"),
    pytest.mark.skipif(os.name == "nt", reason="make and its scripts are for POSIX; the wheel serves elsewhere"),
]


@pytest.fixture
def clone(tmp_path) -> Path:
    """The files that a clone would have, as they are now, and nothing that make has left."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():  # a file may be deleted and not committed yet
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@contextmanager
def made_run(clone: Path, environment: dict[str, str]) -> Iterator[tuple[str, str]]:
    """`make run`, ended by Ctrl-C. Yields the address and all that it has printed."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment | {"KEMAI_PORT": str(port)}, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    address, said = f"http://127.0.0.1:{port}", ""
    try:
        while line := process.stdout.readline():
            said += line
            if "已就绪" in line:
                break
        assert address in said, said
        yield address, said
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        process.stdout.close()


def test_make_run_starts_with_a_living_company_and_again_with_what_was_entered_since(clone):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    with made_run(clone, environment) as (address, said):
        assert [login for login, *_ in PEOPLE if f" {login} " not in said] == []
        assert PASSWORD in said
        visitor = Visitor(address)
        visitor.post("/login", login="xiaolin", password=PASSWORD)
        assert "小林" in visitor.get("/workbench")
        visitor.post("/customers/new", to="/customers", name="远达测试有限公司")
    with made_run(clone, environment) as (address, said):
        assert PASSWORD in said
        visitor = Visitor(address)
        visitor.post("/login", login="xiaolin", password=PASSWORD)
        assert "远达测试有限公司" in visitor.get("/customers")
    program = [str(clone / ".venv" / "bin" / "kemai")]
    assert "有误" not in done(environment | {"KEMAI_DATA": str(clone / "data")}, "check", program=program)
