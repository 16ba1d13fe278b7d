"""An import whose process is killed half way goes on, or is taken back whole (IMP-03, REL-01): with real processes on a real database."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kemai.kit import sheet_writer

pytestmark = pytest.mark.spec("IMP-03")
ROWS = 6000  # enough for a second process that reads ahead


@pytest.fixture
def system(tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Runs `kemai` on an empty system of its own, with its administrator 管理员."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEMAI_")}
    environment |= {
        "KEMAI_DATA": str(tmp_path / "data"), "KEMAI_SECRET_KEY": "x" * 50, "DATABASE_URL": f"sqlite:///{tmp_path}/kemai.db",
        "DJANGO_SETTINGS_MODULE": "kemai.config.settings",
    }  # fmt: skip

    def kemai(*words: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "kemai.config.cli", *words]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    secret = tmp_path / "password"
    secret.write_text("Kemai-2026-test")
    said(kemai("migrate"))
    said(kemai("init", "--company", "客脉", "--name", "管理员", "--login", "admin", "--password-file", str(secret)))
    return kemai


def said(process: subprocess.Popen) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def asked(folder: Path, sql: str) -> list[tuple]:
    connection = sqlite3.connect(folder / "kemai.db", timeout=60)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def killed_half_way(system: Callable, folder: Path) -> None:
    """Starts the import and kills its process once some chunks are in."""
    path = folder / "客户.xlsx"
    rows = ([f"第{at}号机械有限公司", f"人{at}", f"138{at:08d}"] for at in range(ROWS))
    sheet_writer.write_xlsx(str(path), "客户", ["客户名称", "联系人", "手机"], rows)
    process = system("import", "customers", str(path), "--as", "admin")
    for _ in range(3000):
        if process.poll() is not None:
            pytest.fail(f"the import ended before it could be killed: {process.stdout.read()}")
        if (asked(folder, "SELECT max(done) FROM kit_import")[0][0] or 0) >= 500:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    process.stdout.close()


def counts(folder: Path) -> tuple[int, ...]:
    tables = ("customers_customer", "customers_contact", "kit_importrow")
    return tuple(asked(folder, f"SELECT count(*) FROM {table}")[0][0] for table in tables)  # noqa: S608


def test_a_killed_import_goes_on_and_each_row_is_in_once(system, tmp_path):
    killed_half_way(system, tmp_path)
    half = counts(tmp_path)
    assert 500 <= half[0] < ROWS
    assert half[0] == half[1] == half[2] == asked(tmp_path, "SELECT done FROM kit_import")[0][0]
    assert f"进入系统 {ROWS:,} 行" in said(system("import", "--as", "admin", "--resume", "1"))
    assert counts(tmp_path) == (ROWS, ROWS, ROWS)
    numbers = asked(tmp_path, "SELECT count(DISTINCT number), count(DISTINCT name) FROM customers_customer")
    assert numbers == [(ROWS, ROWS)]
    assert "有误" not in said(system("check"))


def test_a_killed_import_is_taken_back_whole(system, tmp_path):
    killed_half_way(system, tmp_path)
    assert said(system("import", "--as", "admin", "--undo", "1")).startswith("已撤销：客户 ")
    assert counts(tmp_path)[:2] == (0, 0)
    assert "有误" not in said(system("check"))
