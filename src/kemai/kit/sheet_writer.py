"""Writes tables as workbooks, never a formula among them (SEC-03): here, or a large one in a process of its own.

    python sheet_writer.py < PICKLED > WORKBOOK

There title, headers and widths come first, then blocks of rows, then None. It frees the web server's interpreter, in which pages wait for their
turn (PRF-07). Only the standard library and XlsxWriter are used, so that it starts at once.
"""

import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import IO, Any, cast

LONGEST_TEXT = 32_767  # characters that a cell of a workbook holds
BLOCK = 500  # rows that are handed over at once
# In a cell's text: signs that are to be escaped, blanks at its ends.
_ODD = re.compile(r"[\x00-\x1f&<>\ufffe\uffff]|_x|^\s|\s$")
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
    count = _write_rows(sheet, rows, moment)
    book.close()
    return count


def _write_rows(sheet: Any, rows: Iterable[Sequence[Any]], moment: Any) -> int:
    """Puts rows below the header straight into the file in which XlsxWriter keeps a sheet in constant memory: it would take each cell through a dozen
    calls, and a large export has millions of cells (PRF-07). Escapes, days and all around the rows are XlsxWriter's."""
    from xlsxwriter.utility import xl_col_to_name

    def number(value: Any) -> str:
        return f"><v>{value:.16G}</v></c>" if isfinite(value) else _cell_of_text(sheet, str(value))

    def day(value: date) -> str:
        style = moment if isinstance(value, datetime) else sheet.default_date_format
        return f' s="{style._get_xf_index()}"><v>{sheet._convert_date_time(value):.16G}</v></c>'

    cells: dict[type, Callable[[Any], str]] = {
        bool: lambda value: _cell_of_text(sheet, "是" if value else "否"),
        int: number, float: number, Decimal: number, datetime: day, date: day,
    }  # fmt: skip
    sheet._write_single_row(1)  # the header, which waits
    starts: list[str] = []
    count = 0
    for count, row in enumerate(rows, 1):
        line = count + 1
        for at in range(len(starts), len(row)):
            starts.append(f'<c r="{xl_col_to_name(at)}')
            sheet._check_dimensions(count, at)  # it knows by this how wide the sheet is
        found = [f'<row r="{line}">']
        for start, value in zip(starts, row, strict=False):
            if value is None or value == "":
                continue
            cell = cells.get(type(value))
            found.append(f'{start}{line}"{cell(value) if cell else _cell_of_text(sheet, str(value))}')
        found.append("</row>")
        sheet.row_data_fh.write("".join(found))
    sheet._check_dimensions(count, 0)  # ... and how long
    return count


def _cell_of_text(sheet: Any, value: str) -> str:
    """A cell that holds a text as it is, never markup (SEC-03), as much of it as a cell holds."""
    if len(value) > LONGEST_TEXT // 2:  # counted in units of UTF-16
        value = value.encode("utf-16-le")[: 2 * LONGEST_TEXT].decode("utf-16-le", "ignore")
    kept = ""
    if _ODD.search(value):
        value, kept = sheet._escape_data(sheet._escape_control_characters(value)), ' xml:space="preserve"'
    return f' t="inlineStr"><is><t{kept}>{value}</t></is></c>'


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
