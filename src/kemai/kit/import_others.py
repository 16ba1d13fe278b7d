"""Other processes that read chunks of an import ahead, while this one judges and writes (PRF-06)."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from queue import Queue, SimpleQueue
from threading import Thread
from typing import IO

from kemai.kit.import_kept import read_frame
from kemai.kit.models import Import

AT_ONCE = 4  # chunks that a process is asked for before it has sent the first of them
_Told = tuple["_Other", int, bytes | None]


class Others:
    """They are asked for chunks by number, and tell what they have read in the order in which they come to it."""

    def __init__(self, others: Sequence["_Other"], told: "Queue[_Told]") -> None:
        self._others, self._told = others, told

    def ask(self, first: int, end: int) -> int:
        """Asks for the next chunks, as many as keep them busy; returns the first that nobody was asked for."""
        for other in self._others:
            while other.busy < AT_ONCE and first < end:
                other.ask(first)
                first += 1
        return first

    def late(self) -> bool:
        """Whether none of them has told anything that was not listened to."""
        return self._told.empty()

    def told(self) -> tuple[int, bytes | None]:
        """Waits for the next chunk that one of them tells: its number and frame, None where the process was killed."""
        other, at, frame = self._told.get()
        other.busy -= 1
        return at, frame


@dataclass(eq=False)
class _Other:
    process: "subprocess.Popen[bytes]"
    asked: "SimpleQueue[int | None]"
    busy: int = 0

    def ask(self, at: int) -> None:
        self.busy += 1
        self.asked.put(at)
        with suppress(OSError):  # it was killed: what it was asked for is told as None
            os.write(_stream(self.process.stdin).fileno(), b"%d\n" % at)  # nothing stays behind that closing would send

    def listen(self, told: "Queue[_Told]") -> None:
        """Runs in a thread, so that the process can go on while this one writes."""
        while (at := self.asked.get()) is not None:
            told.put((self, at, read_frame(_stream(self.process.stdout))))


@contextmanager
def others_of(run: Import, count: int, *, ready: bool) -> Iterator[Others]:
    """So many processes for an import. `ready`: they make rows ready to be written, too."""
    command = [sys.executable, "-m", "kemai.kit.import_ahead", str(run.pk), *(["ready"] if ready else [])]
    told: Queue[_Told] = Queue()
    with ExitStack() as opened:
        others = [opened.enter_context(_started(command, told)) for _ in range(count)]
        yield Others(others, told)


@contextmanager
def _started(command: Sequence[str], told: "Queue[_Told]") -> Iterator[_Other]:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        other = _Other(process, SimpleQueue())
        thread = Thread(target=other.listen, args=(told,), daemon=True)
        thread.start()
        try:
            yield other
        finally:
            process.kill()
            other.asked.put(None)
            thread.join()


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # each was opened as a pipe
    return stream
