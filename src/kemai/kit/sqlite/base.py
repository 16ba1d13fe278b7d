"""Django's backend for SQLite, in which who waits for the write lock says so (docs/adr/0019).

SQLite lets one transaction write at a time. Who waits asks again ever more seldom, up to every 100 ms, and so misses the short moments between the
transactions of a process that has many to write, such as a large import. Here each holds a shared lock on a file beside the database
(`kemai.db-waiting`) while it waits, and the one that has many steps back between two of them until nobody does. Where the system has no such locks
(Windows) nobody steps back.
"""

import os
import time
from contextlib import suppress
from typing import Any

from django.db.backends.sqlite3 import base

try:
    import fcntl
except ImportError:
    fcntl = None  # type: ignore[assignment]

MOST_PATIENCE = (
    1.0  # seconds that who has many transactions steps back at most: others may wait one after the other without an end
)
LOOK_AGAIN = 0.002  # seconds


class DatabaseWrapper(base.DatabaseWrapper):
    _waiting: int = -1  # the open file

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        self._close_file()
        if fcntl and not self.is_in_memory_db():
            place = f"{self.settings_dict['NAME']}-waiting"
            with suppress(OSError):  # without it one writes all the same
                self._waiting = os.open(place, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return connection

    def _close(self) -> None:
        self._close_file()
        super()._close()  # type: ignore[misc]  # not in the types

    def _close_file(self) -> None:
        if self._waiting >= 0:
            os.close(self._waiting)
            self._waiting = -1

    def _start_transaction_under_autocommit(self) -> None:
        begin = super()._start_transaction_under_autocommit  # type: ignore[misc]  # not in the types
        if self._waiting < 0:
            begin()
            return
        fcntl.flock(self._waiting, fcntl.LOCK_SH)
        try:
            begin()
        finally:
            fcntl.flock(self._waiting, fcntl.LOCK_UN)

    def step_back(self) -> bool:
        """Between two transactions: lets those write who wait. Whether anybody did."""
        until = time.monotonic() + MOST_PATIENCE
        waited = False
        while self._waiting >= 0 and self._somebody_waits() and time.monotonic() < until:
            waited = True
            time.sleep(LOOK_AGAIN)
        return waited

    def _somebody_waits(self) -> bool:
        try:
            fcntl.flock(self._waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(self._waiting, fcntl.LOCK_UN)
        return False
