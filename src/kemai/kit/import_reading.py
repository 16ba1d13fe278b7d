"""The rows of an import as values: read here, or ahead by other processes while this one judges and writes (PRF-06).

A plan may have

    work_out(rows)     what follows from a row and from what seldom changes (regions, employees): `row.facts`, errors, notes
    make_ready(row)    `row.ready`: what it would make as a new record, such as `write` takes it

Both may run in another process. What it sends was read under a value of the stamp: where that is no longer true, the rows are read again.
"""

import gc
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import fields
from itertools import islice, zip_longest
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import connection

from kemai.kit import sheets, stamp
from kemai.kit.entity import registry
from kemai.kit.import_columns import ImportedRow, targets_of
from kemai.kit.import_kept import Kept, keeping, write_frame
from kemai.kit.import_others import Others, others_of
from kemai.kit.import_repeats import find_further
from kemai.kit.models import Import

CHUNK = 1000  # rows that are read together
AHEAD = 5_000  # rows from which other processes pay
WHILE_THEY_START = 2  # chunks that this process reads itself until they have begun
NEW_OBJECTS = 200_000  # after so many more than went Python looks for garbage cycles
Raw = tuple[int, list[Any]]  # row number in the sheet, cells
_VALUES_OF_ROW = attrgetter(*(item.name for item in fields(ImportedRow)))


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
        unread = "" if run.options["into"] in ("", "column") else self.entity.owner  # who gets all of them is settled
        self.columns = [
            (at, targets[name]) for at, name in enumerate(run.columns["fields"]) if name not in ("", unread)
        ]
        self.targets = targets
        self.further = any(target.nth > 1 for _, target in self.columns)
        needed = [target for target in targets.values() if target.spec.required and "." not in target.name]
        self.needed = needed if run.options["add"] else []
        headers = run.columns["headers"]
        self.table = sheets.Table(path_of(run), headers, run.columns["header_row"], run.total)
        self._stamp = -1
        self._own, self._next = self.raw_chunks(), 0  # the chunks as this process reads them; which is the next of them
        self._kept: Kept | None = None  # what the preview has read
        self._given = range(0)  # the chunks that `parts` gave last

    def chunks(self) -> Iterator[list[ImportedRow]]:
        """All rows, CHUNK at a time, as their cells say."""
        for raw in self.raw_chunks():
            yield self.rows(raw)

    def parts(
        self, done: int = 0, *, ready: bool = False, together: Callable[[], int] = lambda: 1
    ) -> Iterator[list[ImportedRow]]:
        """All rows after the first `done`, worked out, as many chunks at a time as `together` says each time. Of many rows the preview keeps what was read,
        and with `ready` (for the commit) that is taken again, and comes made ready to be written."""
        rows: list[ImportedRow] = []
        last = -(-self.run.total // CHUNK) - 1
        for at, part in self._parts(done // CHUNK, ready=ready):
            if not rows:
                self._given, wanted = range(at, at), together()
            self._given = range(self._given.start, at + 1)
            rows += part.rows[max(0, done - at * CHUNK) :]
            if rows and (len(self._given) >= wanted or at == last):
                yield rows
                rows = []

    def _parts(self, first: int, *, ready: bool) -> Iterator[tuple[int, Part]]:
        count = -(-self.run.total // CHUNK)
        if self.run.total < AHEAD or connection.in_atomic_block or (os.cpu_count() or 1) < 2:
            for at in range(first, count):
                yield at, self._here(at)
            return
        with ExitStack() as opened:
            others = opened.enter_context(others_of(self.run, 1 if ready else 2, ready=ready))
            if ready:
                self._kept = opened.enter_context(Kept.of(self.run, CHUNK))
            keep = None if ready else opened.enter_context(keeping(self.run, CHUNK))
            for at, frame in enumerate(_in_order(others, first, count), first):
                part = self._true_part(part_of(frame)) if frame else None
                if part is None:
                    part, frame = self.chunk(at, ready=ready), None
                if keep:
                    write_frame(keep, frame or packed_part(part))
                yield at, part

    def before(self, count: int) -> Iterator[list[ImportedRow]]:
        """The first rows, so many of them, as if nobody had judged them."""
        for at in range(-(-count // CHUNK)):
            yield self._here(at).rows[: count - at * CHUNK]

    def again(self) -> list[ImportedRow]:
        """The rows that `parts` gave last, as if nobody had judged them."""
        return [row for at in self._given for row in self._here(at).rows]

    @contextmanager
    def still_true(self) -> Iterator[None]:
        """Inside a transaction: what the import itself adds to lists meanwhile raises the stamp, but leaves true what was read before. That a word was
        unknown is no harm, for it is looked up when its row is written."""
        stamp.raise_stamp()  # nobody else can until the transaction ends
        before = stamp.current() - 1
        yield
        same = self._same_stamps()
        columns = self.run.columns | {"stamps": [*(same if before in same else [before]), stamp.current()]}
        Import.objects.filter(pk=self.run.pk).update(columns=columns)

    def _same_stamps(self) -> list[int]:
        """Values of the stamp between which only the import itself has raised it. Asked each time: a transaction may have been taken back."""
        columns = Import.objects.filter(pk=self.run.pk).values_list("columns", flat=True).first() or {}
        return list(columns.get("stamps", ()))

    def _true_part(self, part: Part) -> Part | None:
        """The part, if it was read under the stamp's present value, or nothing has changed since but by the import itself."""
        return part if self.holds(part.stamp) else None

    def holds(self, was: int) -> bool:
        """Whether what was true under this value of the stamp is so now."""
        if was == (now := stamp.current()):
            return True
        same = self._same_stamps()
        return was in same and now in same

    def _here(self, at: int) -> Part:
        """A chunk that this process reads."""
        if self._kept and (frame := self._kept.frame(at)) and (part := self._true_part(part_of(frame))):
            return part
        if at < self._next:
            self._own, self._next = self.raw_chunks(), 0
        raw = next(islice(self._own, at - self._next, None))
        self._next = at + 1
        return self.part(raw)

    def part(self, raw: Sequence[Raw]) -> Part:
        """Reads rows and works them out."""
        now, rows = stamp.current(), self.rows(raw)
        if hasattr(self.plan, "work_out"):
            self.plan.work_out([row for row in rows if not row.errors])
        return Part(now, rows)

    def ahead(self, asked: Iterable[int], *, ready: bool) -> Iterator[Part]:
        """For another process: the chunks that it is asked for."""
        with Kept.of(self.run, CHUNK) if ready else nullcontext() as self._kept:
            for at in asked:
                stamp.begin_request()
                yield self.chunk(at, ready=ready)

    def chunk(self, at: int, *, ready: bool) -> Part:
        """A chunk as `parts` gives it."""
        part = self._here(at)
        if ready and hasattr(self.plan, "make_ready"):
            right = [row for row in part.rows if not row.errors]
            self.find_words(right)
            for row in right:
                if not row.unknown:
                    self.plan.make_ready(row)
        return part

    def find_words(self, rows: Sequence[ImportedRow]) -> None:
        """Words that were unknown when the rows were read, and have come into their lists since."""
        found: dict[tuple[str, str], int | None] = {}
        for row in rows:
            for name, word in [*row.unknown.items()]:
                if (name, word) not in found:
                    found[name, word] = self.targets[name].spec.source.find_word(self.run.by, word)
                if (pk := found[name, word]) is not None:
                    row.values[name], row.ready = pk, None
                    del row.unknown[name]

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
        rows, by = [ImportedRow(number) for number, _ in raw], self.run.by
        columns = [*zip_longest(*(cells for _, cells in raw), fillvalue="")]
        for at, target in self.columns:
            if at < len(columns):
                target.read(rows, columns[at], by)
        title = self.entity.title_field
        for row in rows:
            row.title = str(row.values.get(title, ""))[:200]
            if not row.errors:
                row.missing = [f"请填写{target.label}。" for target in self.needed if target.name not in row.values]
                if not self.run.options["update"]:
                    row.errors += row.missing
        if self.further:
            find_further(rows)
        return rows


def _in_order(others: Others, first: int, count: int) -> Iterator[bytes | None]:
    """The frame of each chunk from the first on; None for one that is to be read here, because they are still starting, are late or were killed."""
    asked = min(first + WHILE_THEY_START, count)
    found: dict[int, bytes | None] = dict.fromkeys(range(first, asked))
    for at in range(first, count):
        asked = others.ask(asked, count)
        if at not in found and asked < count and others.late():
            found[asked] = None  # to be read here, so that they get ahead again
            asked += 1
        while at not in found:
            chunk, frame = others.told()
            found[chunk] = frame
            asked = others.ask(asked, count)
        yield found.pop(at)


def packed_part(part: Part) -> bytes:
    """A part as another process sends it: column by column, in half of the time that rows take."""
    columns = [*zip(*map(_VALUES_OF_ROW, part.rows), strict=True)]
    return pickle.dumps((part.stamp, columns), pickle.HIGHEST_PROTOCOL)


def part_of(frame: bytes) -> Part:
    """What `packed_part` has packed."""
    was, columns = pickle.loads(frame)
    return Part(was, [*map(ImportedRow, *columns)])


def send_parts(run: Import, plan: Any, asked: Iterable[int], target: IO[bytes], *, ready: bool) -> None:
    """What another process does: reads the chunks that it is asked for and sends them."""
    with few_pauses():
        for part in Reading(run, plan).ahead(asked, ready=ready):
            write_frame(target, packed_part(part))
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
