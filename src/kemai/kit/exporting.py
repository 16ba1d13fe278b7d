"""What a list shows, as a file: all that match, with the person's columns, in little memory, in the log (LST-10, IMP-08, SYS-08)."""

import csv
import io
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.utils import timezone

from kemai.kit import journal, sheet_writer
from kemai.kit.access import require
from kemai.kit.errors import DomainError
from kemai.kit.listing import Listing

LARGE = 5_000  # records from which a second process pays
MOST_ROWS = 1_048_575  # rows that a sheet holds below its header
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BLOCK = 64 * 1024
TURN = sys.getswitchinterval()  # seconds for which a thread works before others may
SHORT_TURN = TURN / 10
PIXELS = 7.5  # of one character of a column's width


def export(listing: Listing, *, format: str = "xlsx", every_column: bool = False) -> tuple[str, Iterator[bytes]]:
    """The file's name and its content in blocks. Raises Forbidden, DomainError for more rows than a sheet holds."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed when its last block has been read
    try:
        with _giving_way():
            _write(listing, file, format, every_column)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
    return f"{listing.view.title}-{stamp}.{format}", blocks(file)


@contextmanager
def _giving_way() -> Iterator[None]:
    """Lets the pages of the same process have their turn ten times sooner: one asks the database a dozen times, and waits for it after each (PRF-07)."""
    sys.setswitchinterval(SHORT_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(TURN)


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The content of a file that is closed with its last block."""
    with file:
        while block := file.read(BLOCK):
            yield block


def write(listing: Listing, path: str | Path, *, format: str = "xlsx", every_column: bool = False) -> int:
    """Writes the file and returns the count of records. Raises as `export` does; then no file is left."""
    try:
        with open(path, "wb") as file:
            return _write(listing, file, format, every_column)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


def _write(listing: Listing, file: IO[bytes], format: str, every_column: bool) -> int:
    entity, by = listing.entity, listing.by
    require(by, entity.right("view"))
    require(by, entity.right("export"))
    columns = listing.columns if every_column else listing.shown
    headers = [column.label for column in columns]
    rows = listing.every_row(columns)
    if format == "csv":
        count = _write_csv(file, headers, rows)
    elif listing.total > MOST_ROWS:
        raise DomainError("too_many", f"一个工作表最多 {MOST_ROWS:,} 行，请缩小范围，或导出为 CSV。")
    else:
        write = sheet_writer.write_apart if listing.total >= LARGE else sheet_writer.write_xlsx
        widths = [round(column.column.width / PIXELS) for column in columns]
        count = write(file, listing.view.title, headers, rows, widths)
    journal.log_only(
        by=by, deed=f"{entity.name}.export", note=f"{listing.view.title}：{count:,} 条，{len(columns)} 列，{format}"
    )
    return count


def _write_csv(file: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """UTF-8 with its mark, so that Excel knows it; text that Excel would take for a formula is written with a ' before it (SEC-03)."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headers)
    count = 0
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        count += 1
    text.flush()
    text.detach()
    return count


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = str(value)
    if isinstance(value, str) and text.startswith(FORMULA_STARTS) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and text.strip() == text
