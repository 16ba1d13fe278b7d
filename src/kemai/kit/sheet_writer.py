"""Writes tables as workbooks, never a formula among them (SEC-03): here, or a large one in a process of its own.

    python sheet_writer.py < PICKLED > WORKBOOK

There title, headers and widths come first, then blocks of rows, then None. It frees the web server's interpreter, in which pages wait for their
turn (PRF-07). Only the standard library and XlsxWriter are used, so that it starts at once.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any, cast

LONGEST_TEXT = 32_767  # characters that a cell of a workbook holds
BLOCK = 500  # rows that are handed over at once
_PLAIN = frozenset({str, int, float, bool, Decimal, datetime, date, type(None)})


def write_xlsx(
    file: Any, title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = ()
) -> int:
    """Writes a workbook (a path or an open file) row by row in little memory and returns the count of rows.

    Text is always written as text, never as a formula or link (SEC-03); numbers as numbers, days and times (without a zone) as such.
    """
    import xlsxwriter  # a large one, and seldom needed

    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(sheet_name(title))
    bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.freeze_panes(1, 0)
    for at, header in enumerate(headers):
        sheet.write_string(0, at, header, bold)
    text, number, day = sheet.write_string, sheet.write_number, sheet.write_datetime
    writers: dict[type, Callable[[int, int, Any], Any]] = {  # by type, for a large export has millions of cells
        bool: lambda row, column, value: text(row, column, "是" if value else "否"),
        int: number,
        float: number,
        Decimal: number,
        datetime: lambda row, column, value: day(row, column, value, moment),
        date: day,
    }
    count = 0
    for count, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            if value is None or value == "":
                continue
            if (write := writers.get(type(value))) is not None:
                write(count, at, value)
            else:
                text(count, at, _as_text(str(value)))
    book.close()
    return count


def _as_text(value: str) -> str:
    """As much as a cell holds; XlsxWriter takes what is wrapped in <r> for markup of its own, unless a blank follows (SEC-03)."""
    value = value[:LONGEST_TEXT]
    return f"{value[: LONGEST_TEXT - 1]} " if value.startswith("<r>") and value.endswith("</r>") else value


def sheet_name(title: str) -> str:
    """A title as the name of a sheet may be."""
    return "".join("_" if sign in "[]:*?/\\'" else sign for sign in title)[:31] or "Sheet1"


def write_apart(
    file: IO[bytes], title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int]
) -> int:
    """`write_xlsx` by a second process; `file` has a descriptor and is written from where it stands. Raises RuntimeError when that process fails."""
    file.flush()
    left, count = iter(rows), 0
    command = [sys.executable, "-I", __file__]
    with suppress(BrokenPipeError), subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file.fileno()) as process:
        target = cast(IO[bytes], process.stdin)
        try:
            pickle.dump((title, list(headers), list(widths)), target, pickle.HIGHEST_PROTOCOL)
            while block := [_plain(row) for row in islice(left, BLOCK)]:
                pickle.dump(block, target, pickle.HIGHEST_PROTOCOL)
                count += len(block)
            pickle.dump(None, target)
            target.close()
        except BaseException:
            process.kill()
            with suppress(BrokenPipeError):
                target.close()
            raise
    if process.returncode:
        raise RuntimeError(f"the writer of a workbook ended with {process.returncode}")
    return count


def _plain(row: Sequence[Any]) -> list[Any]:
    return [value if type(value) in _PLAIN else str(value) for value in row]


def _received(source: IO[bytes]) -> Iterator[Sequence[Any]]:
    while (block := pickle.load(source)) is not None:
        yield from block


if __name__ == "__main__":
    received = sys.stdin.buffer
    title, headers, widths = pickle.load(received)
    write_xlsx(sys.stdout.buffer, title, headers, _received(received), widths)
