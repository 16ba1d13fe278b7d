"""What the preview of a large import has read stays on disk until its rows are written, so that nothing is read twice (PRF-06).

A file of frames, one for each chunk of rows: eight bytes that say how long it is, then a pickled Part (import_reading.py). It lies beside the
database, in the folder of the one user who runs Kemai, and in no backup. Its name says what it was made of: the file, its columns and options, who
imports, the program. Where any of that is another, there is no such file, and the rows are read again.
"""

import hashlib
import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from django.conf import settings

import kemai
from kemai.kit.models import Import

_LENGTH = 8  # bytes
_FOLDER, _ENDING = "read-ahead", ".parts"


def write_frame(target: IO[bytes], content: bytes) -> None:
    """Writes a frame."""
    target.write(len(content).to_bytes(_LENGTH, "big"))
    target.write(content)


def read_frame(source: IO[bytes]) -> bytes | None:
    """The next frame; None at the end, and where who wrote it was killed meanwhile."""
    head = source.read(_LENGTH)
    length = int.from_bytes(head, "big")
    content = source.read(length) if len(head) == _LENGTH else b""
    return content if content and len(content) == length else None


@contextmanager
def keeping(run: Import, chunk: int) -> Iterator[IO[bytes]]:
    """A file for the frames of all chunks of so many rows. It counts when the block has ended without an error."""
    place = _path_of(run, chunk)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = place.with_suffix(f".{uuid.uuid4().hex}")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


class Kept:
    """The frames that a preview has kept."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._starts = file, [0]

    @classmethod
    @contextmanager
    def of(cls, run: Import, chunk: int) -> Iterator["Kept | None"]:
        """What was kept of an import in chunks of so many rows, if anything was."""
        try:
            file = _path_of(run, chunk).open("rb")
        except OSError:
            yield None
            return
        with file:
            yield cls(file)

    def frame(self, at: int) -> bytes | None:
        """The frame of a chunk, counted from 0; None where there is none."""
        while len(self._starts) <= at:
            self._file.seek(self._starts[-1])
            head = self._file.read(_LENGTH)
            self._starts.append(self._starts[-1] + _LENGTH + int.from_bytes(head, "big"))
        self._file.seek(self._starts[at])
        return read_frame(self._file)


def drop(run: Import) -> None:
    """Removes what was kept of an import."""
    if run.stored:
        for file in _folder().glob(f"{Path(run.stored).stem}-*"):
            file.unlink(missing_ok=True)


def drop_older(than: float) -> None:
    """Removes what was kept before that second since 1970."""
    for file in _folder().glob("*"):
        if file.stat().st_mtime < than:
            file.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / _FOLDER


def _path_of(run: Import, chunk: int) -> Path:
    columns = {name: said for name, said in run.columns.items() if name != "stamps"}
    made_of = json.dumps([program(), run.kind, run.options, columns, run.total, run.by_id, chunk], sort_keys=True)
    return _folder() / f"{Path(run.stored).stem}-{hashlib.sha256(made_of.encode()).hexdigest()[:32]}{_ENDING}"


@cache
def program() -> str:
    """Another one after an upgrade: what is kept may look otherwise."""
    newest = max(file.stat().st_mtime_ns for file in Path(kemai.__file__).parent.rglob("*.py"))
    return f"{kemai.__version__} {newest} {sys.version}"
