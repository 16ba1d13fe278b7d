"""The rows of an import as values: read here, or ahead by other processes while this one judges and writes (PRF-06).

A plan may have

    work_out(rows)     what follows from a row and from what seldom changes (regions, employees): `row.facts`, errors, notes
    documents(row)     (kind, columns → Doc) of the records that a row would make, as far as the row tells: they come as `row.texts`

Both may run in another process. What it sends was read under a value of the stamp: where that is no longer true, the rows are read again.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.db import connection

from kemai.kit import sheets, stamp
from kemai.kit.entity import registry
from kemai.kit.import_columns import ImportedRow, targets_of
from kemai.kit.import_repeats import find_further
from kemai.kit.models import Import
from kemai.kit.search_docs import index_of

CHUNK = 1000  # rows of one transaction
AHEAD = 5_000  # rows from which other processes pay
WHILE_THEY_START = 2  # chunks that this process reads itself until they have begun
NEW_OBJECTS = 200_000  # after so many more than went Python looks for garbage cycles
Raw = tuple[int, list[Any]]  # row number in the sheet, cells


class Part(NamedTuple):
    """Some rows, read and worked out under a value of the stamp."""

    stamp: int
    rows: list[ImportedRow]


def path_of(run: Import) -> Path:
    """Where the rows of an import are kept."""
    return Path(settings.MEDIA_ROOT) / "imports" / run.stored


def book_of(run: Import) -> Path:
    """Where the file itself is kept, if it has several sheets of which another one may be chosen."""
    return Path(settings.MEDIA_ROOT) / "imports" / run.columns.get("book", "")


class Reading:
    """The rows of an import as parsed values."""

    def __init__(self, run: Import, plan: Any = None) -> None:
        self.run, self.entity, self.plan = run, registry[run.kind], plan
        targets = targets_of(self.entity)
        self.columns = [(at, targets[name]) for at, name in enumerate(run.columns["fields"]) if name]
        self.targets = targets
        self.further = any(target.nth > 1 for _, target in self.columns)
        needed = [target for target in targets.values() if target.spec.required and "." not in target.name]
        self.needed = needed if run.options["add"] else []
        headers = run.columns["headers"]
        self.table = sheets.Table(path_of(run), headers, run.columns["header_row"], run.total)
        self._stamp = -1
        self._own, self._next = self.raw_chunks(), 0  # the chunks as this process reads them; which is the next of them

    def chunks(self) -> Iterator[list[ImportedRow]]:
        """All rows, CHUNK at a time, as their cells say."""
        for raw in self.raw_chunks():
            yield self.rows(raw)

    def parts(self, *, texts: bool = False) -> Iterator[list[ImportedRow]]:
        """All rows, worked out, CHUNK at a time; with `texts`, where another process does it, the texts of what they make, too."""
        count = -(-self.run.total // CHUNK)
        if self.run.total < AHEAD or connection.in_atomic_block or (os.cpu_count() or 1) < 2:
            for at in range(count):
                yield self._read(at)
            return
        readers = 1 if texts else 2  # in turns: a preview does little itself, and waits for them
        own = min(WHILE_THEY_START, count)
        with ExitStack() as open_ones:
            sources = [
                open_ones.enter_context(_other_process(self.run, texts, own + at, readers)) for at in range(readers)
            ]
            for at in range(own):
                yield self._read(at)
            for at in range(own, count):
                part = _next_part(sources[(at - own) % readers])  # None: that process was killed
                if part is None or part.stamp != stamp.current():
                    yield self._read(at)
                    continue
                self._at = at
                yield part.rows

    def again(self) -> list[ImportedRow]:
        """The rows that `parts` gave last, as if nobody had judged them."""
        return self._read(self._at)

    def _read(self, at: int) -> list[ImportedRow]:
        if at < self._next:
            self._own, self._next = self.raw_chunks(), 0
        raw = next(islice(self._own, at - self._next, None))
        self._at, self._next = at, at + 1
        return self.part(raw).rows

    def part(self, raw: Sequence[Raw], *, texts: bool = False) -> Part:
        """Reads rows and works them out."""
        now, rows = stamp.current(), self.rows(raw)
        right = [row for row in rows if not row.errors]
        if hasattr(self.plan, "work_out"):
            self.plan.work_out(right)
        if texts and hasattr(self.plan, "documents"):
            for row in right:
                for kind, doc in self.plan.documents(row):
                    row.texts.setdefault(kind, []).append(index_of(kind).row(doc))
        return Part(now, rows)

    def raw_chunks(self) -> Iterator[list[Raw]]:
        """The cells of all rows, CHUNK at a time."""
        rows = self.table.rows()
        while part := list(islice(rows, CHUNK)):
            yield part

    def rows(self, raw: Sequence[Raw]) -> list[ImportedRow]:
        """Rows with the values of their cells, and what is wrong with them."""
        if self._stamp != (now := stamp.current()):
            self._stamp = now
            for target in self.targets.values():
                target.known.clear()
        rows = [self._row(number, cells) for number, cells in raw]
        if self.further:
            find_further(rows)
        return rows

    def _row(self, number: int, cells: list[Any]) -> ImportedRow:
        row = ImportedRow(number)
        by, width = self.run.by, len(cells)
        for at, target in self.columns:
            if at < width and cells[at] != "":
                target.read(row, cells[at], by)
        row.title = str(row.values.get(self.entity.title_field, ""))[:200]
        if not row.errors:
            row.missing = [f"请填写{target.label}。" for target in self.needed if target.name not in row.values]
            if not self.run.options["update"]:
                row.errors += row.missing
        return row


@contextmanager
def _other_process(run: Import, texts: bool, first: int, every: int) -> Iterator[IO[bytes]]:
    """What another process has read, as pickled Parts: the chunk `first` and from there `every` so many. It stays no more than a part ahead, for
    a pipe holds little."""
    words = [str(run.pk), str(first), str(every), *(["texts"] if texts else [])]
    command = [sys.executable, "-m", "kemai.kit.import_ahead", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            yield cast(IO[bytes], process.stdout)
        finally:
            process.kill()


def _next_part(source: IO[bytes]) -> Part | None:
    try:
        return pickle.load(source)
    except EOFError:
        return None


def write_parts(run: Import, plan: Any, target: IO[bytes], first: int, every: int, *, texts: bool) -> None:
    """What another process does: reads its share of the chunks and sends them."""
    reading = Reading(run, plan)
    with few_pauses():
        for raw in islice(reading.raw_chunks(), first, None, every):
            stamp.begin_request()
            pickle.dump(reading.part(raw, texts=texts), target, pickle.HIGHEST_PROTOCOL)
            target.flush()


@contextmanager
def few_pauses() -> Iterator[None]:
    """Makes Python look for garbage cycles far less often: with many new records about, looking takes an eighth of the time."""
    was = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, *was[1:])
    try:
        yield
    finally:
        gc.set_threshold(*was)
