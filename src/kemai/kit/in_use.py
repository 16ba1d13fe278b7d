"""Whether a server works with a data folder: servers share it, an upgrade wants it alone (SYS-12).

The lock is a transaction on an empty database file of its own: it means the same on every system, and ends with the process that holds it,
however that ends.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kemai.kit.errors import DomainError

FILE = "in-use.lock"
PATIENCE = 5.0  # seconds that one waits for another who is about to end


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """Held by a server as long as it runs. Raises DomainError while an upgrade has the folder for itself."""
    sentence = "数据正在升级，请等它完成后再启动。"
    with _held(folder, ["BEGIN", "SELECT count(*) FROM sqlite_master"], sentence):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Held while the tables change. Raises DomainError while a server, or another upgrade, works with the folder."""
    sentence = "客脉正在使用这些数据，请先停止服务，再升级。"
    with _held(folder, ["BEGIN EXCLUSIVE"], sentence):
        yield


@contextmanager
def _held(folder: Path, statements: list[str], sentence: str) -> Iterator[None]:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None, timeout=0.1)) as lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                for statement in statements:
                    lock.execute(statement)
                break
            except sqlite3.OperationalError:
                if lock.in_transaction:
                    lock.execute("ROLLBACK")
                if time.monotonic() > deadline:
                    raise DomainError("in_use", sentence, status=409) from None
                time.sleep(0.1)
        yield
