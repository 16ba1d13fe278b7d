"""Turns one uploaded table into plain lines. Runs as a child process under limits of memory and time: files come from strangers (SEC-07).

    python sheet_reader.py FILE OUTPUT MEGABYTES SECONDS < ASKED

Writes one JSON line for each row of the sheet that is not empty: [row number, [cells]]. Cells are text, numbers, true, false or ""; days and
times become text as people write them. ASKED is JSON: `words`, headers as they are compared, and `sheet`. Of several sheets the one of that name
is read, or else the first one that has such headers. Prints the names of that sheet and of others that have them too, as a JSON list; or the word
for what is wrong, if something is: sheets.py has the sentences. Only the standard library, orjson and python-calamine are used, so that it starts at once.
"""

import csv
import io
import json
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain, islice

import orjson

LARGEST_UNPACKED = 700 * 1024 * 1024  # bytes that a workbook may hold when unpacked
MOST_MERGED = 100_000  # merged cells that are looked at
LONGEST_CELL = 100_000  # characters of one cell of a text file
MOST_COLUMNS = 1000
SAMPLE_LINES = 30  # rows from which the delimiter is told
DELIMITERS = ",;\t|"
HEADER_ROWS = 30  # of a sheet, in which known headers are looked for
NO_TABLES = (
    "<html",
    "<?xml",
    "<!doc",
    "<tabl",
    "<!-- ",
    "<head",
    "<meta",
    "<styl",
    "<div>",
    "<div ",
    "{\\rtf",
)  # how text begins that is none
END = "\x1e客脉\x1e"  # a row of its own behind the last line of a text file: a quotation mark that is never closed swallows it
_BRACKETED = re.compile(r"[(\[【].*?[)\]】]")
GUARDED = ("'=", "'+", "'-", "'@", "'\t")  # our own exports write formulas like this


class Unreadable(Exception):
    """The file cannot be read as a table; the message is a word that sheets.py knows."""


def main(source: str, target: str, megabytes: str, seconds: str) -> int:
    _limit(int(megabytes), int(seconds))
    asked = json.loads(sys.stdin.buffer.read() or b"{}")
    names: list[str] = []
    try:
        rows = _rows_of(source, frozenset(asked.get("words", ())), asked.get("sheet", ""), names)
        with open(target, "wb") as output:
            output.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    except Unreadable as error:
        return _failed(str(error))
    except MemoryError:
        return _failed("too_much")
    except Exception:
        return _failed("broken")
    sys.stdout.write(json.dumps(names))
    return 0


def _failed(word: str) -> int:
    sys.stdout.write(word)
    return 2


def _limit(megabytes: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # not there on Windows: the parent's clock remains
        return
    for what, limit in (
        (resource.RLIMIT_AS, (megabytes * 1024 * 1024,) * 2),
        (resource.RLIMIT_CPU, (seconds, seconds + 5)),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        try:
            resource.setrlimit(what, limit)
        except (OSError, ValueError):  # macOS limits no address space: the parent's clock remains
            continue


def _rows_of(path: str, words: frozenset[str], wanted: str, names: list[str]) -> Iterator[tuple[int, list]]:
    with open(path, "rb") as file:
        head = file.read(8)
    if not head:
        raise Unreadable("empty")
    if head.startswith(
        (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
    ):
        return _numbered(_of_workbook(path, words, wanted, names, packed=head.startswith(b"PK")))
    if head.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")):
        raise Unreadable("packed")
    if head.startswith(b"%PDF"):
        raise Unreadable("not_a_table")
    if wanted:
        raise Unreadable("no_sheet")
    return _numbered(_of_text(path))


def _numbered(rows: Iterable[list]) -> Iterator[tuple[int, list]]:
    """Rows that hold something, with their numbers in the sheet, beginning with 1."""
    for number, cells in enumerate(rows, 1):
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            yield number, cells


# --- workbooks ---------------------------------------------------------------------------------------------------------


def _of_workbook(path: str, words: frozenset[str], wanted: str, names: list[str], *, packed: bool) -> Iterator[list]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if packed:
        _refuse_bomb(path)
    try:
        with open(path, "rb") as file:  # by what is in it: its name may lie
            book = CalamineWorkbook.from_filelike(file)
        sheet = _chosen(book, words, wanted, names)
    except PasswordError:
        raise Unreadable("encrypted") from None
    except CalamineError as error:
        locked = "password" in str(error).lower() or _is_encrypted(path)
        raise Unreadable("encrypted" if locked else "not_a_table") from None
    if sheet is None:
        return
    fill = _merged(sheet)
    held: dict[int, tuple] = {}  # column -> the value of a merged cell and its last row
    for number, row in enumerate(sheet.iter_rows()):
        if not held and row.count("") == len(row):  # a sheet with a stray cell far below has a million of them
            yield []
            continue
        cells = [value if type(value) is str else _cell(value) for value in row[:MOST_COLUMNS]]
        for column, (value, last) in list(held.items()):
            if number > last:
                del held[column]
            elif column < len(cells) and cells[column] == "":
                cells[column] = value
        for column, last in fill.get(number, ()):
            if column < len(cells) and cells[column] != "":
                held[column] = (cells[column], last)
        yield cells


def _refuse_bomb(path: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable("broken") from None
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
        raise Unreadable("too_large")
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted")


def _is_encrypted(path: str) -> bool:
    """Whether the file is a workbook inside an encrypted package."""
    with open(path, "rb") as file:
        return any(
            "EncryptedPackage".encode("utf-16-le") in block for block in iter(lambda: file.read(1024 * 1024), b"")
        )


def _chosen(book, words: frozenset[str], wanted: str, names: list[str]):
    """The visible sheet of that name; or the first with known headers, else the first that looks like a table, or holds anything. Its name and
    those of other sheets with known headers are added to `names`."""
    from python_calamine import CalamineError, SheetTypeEnum, SheetVisibleEnum

    found, failed, best, alike = None, None, (0, False, False), []
    for meta in book.sheets_metadata:
        if meta.typ != SheetTypeEnum.WorkSheet or meta.visible != SheetVisibleEnum.Visible:
            continue
        try:
            sheet = book.get_sheet_by_name(meta.name)
        except CalamineError as error:
            failed = error
            continue
        if not sheet.height:
            continue
        known = min(_known_headers(sheet, words), 2)
        rank = (known, sheet.height > 1 and sheet.width > 1, sheet.height > 1)
        if known == 2 and sheet.height > 1:
            alike.append(meta.name)
        if meta.name == wanted if wanted else found is None or rank > best:
            found, best = sheet, rank
    if found is None and failed is not None:
        raise failed
    if found is None and wanted:
        raise Unreadable("no_sheet")
    if found is not None:
        names += [found.name, *(name for name in alike if name != found.name)]
    return found


def _known_headers(sheet, words: frozenset[str]) -> int:
    """How many known headers stand in one of the first rows of a sheet, at most."""
    if not words:
        return 0
    rows = islice(sheet.iter_rows(), HEADER_ROWS)
    return max(len({_plain(cell) for cell in row if isinstance(cell, str)} & words) for row in rows)


def _plain(cell: str) -> str:
    """A header much as sheets.header_key makes it, which needs the product."""
    text = unicodedata.normalize("NFKC", cell[:100]).casefold()
    return "".join(filter(str.isalnum, _BRACKETED.sub("", text)))


def _merged(sheet) -> dict[int, list[tuple[int, int]]]:
    """Cells merged over several rows, by their first row: (column, last row). Their value holds for all these rows (IMP-04)."""
    left = sheet.start[1] if sheet.start else 0
    found: dict[int, list[tuple[int, int]]] = {}
    for (top, column), (bottom, _) in (sheet.merged_cell_ranges or [])[:MOST_MERGED]:
        if bottom > top and column >= left:
            found.setdefault(top, []).append((column - left, bottom))
    return found


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else ""
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") if value.time() != time() else value.strftime("%Y-%m-%d")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds() / 86400
    return str(value)


# --- text --------------------------------------------------------------------------------------------------------------


def _of_text(path: str) -> Iterator[list]:
    encoding = _encoding_of(path)
    csv.field_size_limit(LONGEST_CELL)
    with open(path, encoding=encoding, newline="") as file:
        sample = file.read(64 * 1024)
    delimiter = _delimiter_of(sample)
    with open(path, encoding=encoding, newline="") as file:
        reader = csv.reader(chain(file, [END]), delimiter=delimiter)
        try:
            for row in reader:
                if row == [END]:
                    return
                yield [_without_guard(cell.strip()) for cell in row[:MOST_COLUMNS]]
        except csv.Error:
            pass
    raise Unreadable("broken_text")


def _without_guard(cell: str) -> str:
    """Without what keeps a spreadsheet from reading a cell its own way: '=1+1, ="13800138000"."""
    if cell.startswith('="') and cell.endswith('"'):
        return cell[2:-1]
    return cell[1:] if cell.startswith(GUARDED) else cell


def _encoding_of(path: str) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030, which holds GBK (IMP-01)."""
    with open(path, "rb") as file:
        head = file.read(4)
    marked = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}.get(head[:2])
    for encoding in [marked] if marked else ["utf-8", "gb18030"]:
        if (looks := _decodes(path, encoding)) is not None:
            if not looks:
                raise Unreadable("not_a_table")
            return encoding
    raise Unreadable("encoding")


def _decodes(path: str, encoding: str) -> bool | None:
    """Whether the file is text in this encoding; False for text that people do not write, None when it cannot be decoded."""
    try:
        with open(path, encoding=encoding, newline="") as file:
            while part := file.read(1024 * 1024):
                if "\x00" in part or part.lstrip()[:5].lower() in NO_TABLES:
                    return False
    except (UnicodeDecodeError, UnicodeError):
        return None
    return True


def _delimiter_of(sample: str) -> str:
    """The sign by which most of the first rows fall into the same number of columns."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = []
        try:
            for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
                if any(row):
                    widths.append(len(row))
                if len(widths) >= SAMPLE_LINES:
                    break
        except csv.Error:
            return (0, 0)
        wide = [width for width in widths if width > 1]
        if not wide:
            return (0, 0)
        usual = max(set(wide), key=wide.count)
        return (wide.count(usual), usual)

    return max(DELIMITERS, key=agreement)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
