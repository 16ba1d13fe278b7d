"""The verdicts of an import's rows: given by its plan, kept with the import, and taken again when the rows are written (IMP-02, PRF-06).

A plan may have `judged_against`: the kinds of record on which its verdicts depend. Then those of the preview hold on SQLite as long as nobody else has
written such a record, nor anything that raises the stamp: the transaction of a chunk holds the only write lock, so that nobody can in between. From the
first such write on, as on PostgreSQL, each chunk is judged anew.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from kemai.kit import stamp
from kemai.kit.bulk import insert_values
from kemai.kit.import_columns import GOES_IN, ImportedRow
from kemai.kit.import_kept import program
from kemai.kit.import_reading import Reading
from kemai.kit.models import Import, ImportRow, RowChange
from kemai.kit.prepared import Prepared, Slot

MOST_OTHERS = 1000  # rows that others have written since the last chunk, of which is asked what they are

_latest = Prepared(lambda: RowChange.objects.order_by("-pk").values_list("pk")[:1])
_since = Prepared(
    lambda: (
        RowChange.objects.filter(pk__gt=Slot("last", models.BigAutoField()))
        .order_by("pk")
        .values_list("kind")[:MOST_OTHERS]
    )
)
_kept = Prepared(
    lambda: (
        ImportRow.objects.filter(
            of=Slot("run", models.BigAutoField()),
            number__gte=Slot("first", models.IntegerField()),
            number__lte=Slot("last", models.IntegerField()),
        )
        .order_by("number")
        .values_list("number", "verdict", "message", "record_id")
    )
)


def judge(plan: Any, rows: Sequence[ImportedRow]) -> None:
    """Gives rows their verdicts against the database and the rows that were judged before."""
    plan.judge([row for row in rows if not row.errors])
    for row in rows:
        if row.errors:
            row.verdict, row.message, row.record_id = "error", " ".join(row.errors), None
        elif row.notes:
            row.message = " ".join(filter(None, [row.message, *row.notes]))


def begin_preview(run: Import) -> None:
    """Notes after what the preview is made. `keep` then keeps its verdicts."""
    run.columns["judged"] = {"after": _last_change(), "stamp": stamp.current(), "program": program()}
    Import.objects.filter(pk=run.pk).update(columns=run.columns)


def keep(run: Import, rows: Sequence[ImportedRow], *, written: bool) -> None:
    """Keeps what was judged of rows or, with `written`, what became of them."""
    if written:
        if _add_outcome(run, rows):
            return
        ImportRow.objects.filter(of=run, number__range=(rows[0].number, rows[-1].number)).delete()
    known = [row.record_id if written or row.verdict not in ("new", "similar") else None for row in rows]
    columns: dict[str, Sequence[Any]] = {
        "of_id": [run.pk] * len(rows), "number": [row.number for row in rows], "verdict": [row.verdict for row in rows],
        "title": [row.title for row in rows], "message": [row.message for row in rows], "record_id": known,
    }  # fmt: skip
    insert_values(ImportRow, columns, len(rows))


def _add_outcome(run: Import, rows: Sequence[ImportedRow]) -> bool:
    """Adds to the rows of the preview what they have become; whether all verdicts were the same."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{ImportRow._meta.db_table}" SET record_id = %s, title = %s, message = %s '
            "WHERE of_id = %s AND number = %s AND verdict = %s",
            [(row.record_id, row.title, row.message, run.pk, row.number, row.verdict) for row in rows],
        )
        return cursor.rowcount == len(rows)


class Outdated(Exception):
    """The verdicts of the preview hold no longer: `Verdicts.catch_up`, then ask again."""


class Verdicts:
    """The verdicts of an import's rows while they are written. `done`: rows that went through before, when an import goes on that was stopped."""

    def __init__(self, run: Import, reading: Reading, plan: Any, done: int) -> None:
        self._run, self._reading, self._plan = run, reading, plan
        self._remembered = 0  # rows of the file that the plan has judged or been told of
        self._against = frozenset(getattr(plan, "judged_against", ()))
        judged, previewed = run.columns.get("judged", {}), sum(run.counts.values()) == run.total
        by_this = judged.get("program") == program()  # another one may judge otherwise
        holds = by_this and previewed and not done and not run.counts.get("update") and connection.vendor == "sqlite"
        self._after: int | None = (
            judged["after"] if holds and self._against else None
        )  # the last change that they know of

    def give(self, rows: Sequence[ImportedRow], before: int) -> None:
        """Gives rows their verdicts, inside the transaction that writes them. `before`: how many rows of the file come before them. Raises Outdated."""
        if self._after is not None and self._hold() and self._take(rows):
            return
        if self._after is not None or self._remembered < before:
            raise Outdated
        judge(self._plan, rows)

    def catch_up(self, before: int) -> None:
        """Tells the plan what became of the first rows, and has the rest judged anew. Outside a transaction, for it takes seconds of a large file."""
        self._after = None
        if self._remembered >= before:
            return
        went_in = _went_in(self._run)
        for rows in self._reading.before(before):
            for row in rows:
                if row.number in went_in:
                    row.verdict, row.record_id = went_in[row.number]
                    self._plan.remember(row)
        self._remembered = before

    def last_change(self) -> int | None:
        """Inside the transaction, when its rows are written: what `written` is to be told."""
        return None if self._after is None else _last_change()

    def written(self, before: int, rows: int, last_change: int | None) -> None:
        """So many rows were written, and their transaction has ended well."""
        if self._after is None:
            self._remembered = before + rows
        self._after = last_change

    def _hold(self) -> bool:
        """Whether nothing has been written that could change a verdict."""
        others = _since.rows(last=self._after)
        alike = len(others) < MOST_OTHERS and self._against.isdisjoint(kind for (kind,) in others)
        return alike and self._reading.holds(self._run.columns["judged"]["stamp"])

    def _take(self, rows: Sequence[ImportedRow]) -> bool:
        """Gives rows the verdicts of the preview; whether they are the same rows."""
        kept = _kept.rows(run=self._run.pk, first=rows[0].number, last=rows[-1].number)
        if [number for number, *_ in kept] != [row.number for row in rows]:
            return False
        for row, (_, verdict, message, record_id) in zip(rows, kept, strict=True):
            row.verdict, row.message, row.record_id = verdict, message, record_id
        return True


def _last_change() -> int:
    row = _latest.first()
    return row[0] if row else 0


def _went_in(run: Import) -> dict[int, tuple[str, int | None]]:
    """Of the rows that have become something: their verdict, and what they became."""
    rows = ImportRow.objects.filter(of=run, record_id__isnull=False, verdict__in=GOES_IN)
    return {
        number: (verdict, record_id)
        for number, verdict, record_id in rows.values_list("number", "verdict", "record_id")
    }
