"""The rows of an import as values: read here, or ahead by a second process while this one judges and writes (PRF-06).

A plan may have

    work_out(rows)     what follows from a row and from what seldom changes (regions, employees): `row.facts`, errors, notes
    documents(row)     (kind, columns → Doc) of the records that a row would make, as far as the row tells

Both may run in the second process. What it sends was read under a value of the stamp: where that is no longer true, the rows are read again.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.conf import settings
from django.db import connection

from kemai.kit import sheets, stamp
from kemai.kit.entity import registry
from kemai.kit.import_columns import ImportedRow, targets_of
from kemai.kit.models import Import
from kemai.kit.search import Texts
from kemai.kit.search_docs import index_of

CHUNK = 500  # rows of one transaction
AHEAD = 5_000  # rows from which a second process pays
Raw = tuple[int, list[Any]]  # row number in the sheet, cells


class Part(NamedTuple):
    """Some rows, read and worked out under a value of the stamp; the texts of their search documents by kind."""

    stamp: int
    raw: list[Raw]
    rows: list[ImportedRow]
    texts: dict[str, Texts]


def path_of(run: Import) -> Path:
    """Where the rows of an import are kept."""
    return Path(settings.MEDIA_ROOT) / "imports" / run.stored


class Reading:
    """The rows of an import as parsed values."""

    def __init__(self, run: Import) -> None:
        self.run, self.entity = run, registry[run.kind]
        targets = targets_of(self.entity)
        self.columns = [(at, targets[name]) for at, name in enumerate(run.columns["fields"]) if name]
        self.targets = targets
        needed = [target for target in targets.values() if target.spec.required and "." not in target.name]
        self.needed = needed if run.options["add"] else []
        headers = run.columns["headers"]
        self.table = sheets.Table(path_of(run), headers, run.columns["header_row"], run.total)
        self._stamp = -1

    def chunks(self) -> Iterator[list[ImportedRow]]:
        """All rows, CHUNK at a time, as their cells say."""
        for raw in self.raw_chunks():
            yield self.rows(raw)

    def parts(self, plan: Any, *, texts: bool = False) -> Iterator[list[ImportedRow]]:
        """All rows, worked out, CHUNK at a time; with `texts` the search index learns beforehand what writing them will ask of it."""
        if self.run.total < AHEAD or connection.in_atomic_block or (os.cpu_count() or 1) < 2:
            for raw in self.raw_chunks():
                yield self.part(raw, plan).rows
            return
        sent = 0
        with _second_process(self.run, texts) as source:
            while part := _next_part(source):
                if part.stamp != stamp.current():
                    part = self.part(part.raw, plan)
                for kind, known in part.texts.items():
                    index_of(kind).foreseen = known
                yield part.rows
                sent += 1
        for raw in islice(self.raw_chunks(), sent, None):  # the other process was killed
            yield self.part(raw, plan).rows

    def part(self, raw: Sequence[Raw], plan: Any, *, texts: bool = False) -> Part:
        """Reads rows and works them out."""
        now, rows = stamp.current(), self.rows(raw)
        right = [row for row in rows if not row.errors]
        if hasattr(plan, "work_out"):
            plan.work_out(right)
        found: dict[str, Texts] = {}
        if texts and hasattr(plan, "documents"):
            for row in right:
                for kind, doc in plan.documents(row):
                    index_of(kind).foresee(doc, found.setdefault(kind, {}))
        return Part(now, list(raw), rows, found)

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
        return [self._row(number, cells) for number, cells in raw]

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
def _second_process(run: Import, texts: bool) -> Iterator[IO[bytes]]:
    """What a second process has read, as pickled Parts. It stays no more than a part ahead, for a pipe holds little."""
    command = [sys.executable, "-m", "kemai.kit.import_ahead", str(run.pk), *(["texts"] if texts else [])]
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


def write_parts(run: Import, plan: Any, target: IO[bytes], *, texts: bool) -> None:
    """What the second process does: reads all rows and sends them part by part."""
    reading = Reading(run)
    with few_pauses():
        for raw in reading.raw_chunks():
            stamp.begin_request()
            pickle.dump(reading.part(raw, plan, texts=texts), target, pickle.HIGHEST_PROTOCOL)
            target.flush()
            sweep()


@contextmanager
def few_pauses() -> Iterator[None]:
    """Makes Python look for garbage cycles only when it is told to (`sweep`): with many new records about, looking takes an eighth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def sweep() -> None:
    """Looks for garbage among what is new."""
    gc.collect(0)
