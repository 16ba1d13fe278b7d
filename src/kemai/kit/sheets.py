"""Reads tables that people have: .xlsx, .xls, .csv, tidy or not (IMP-01, IMP-04).

A file is read by a child process under limits (sheet_reader.py) and kept as plain lines, from which everything else is done: one reading,
whatever the format was.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import orjson

from kemai.kit.errors import DomainError
from kemai.kit.text import fold

LARGEST_FILE = 50 * 1024 * 1024  # bytes
READER_MEGABYTES, READER_SECONDS = 1536, 90  # what the reader of a file may use at most,
LEAST_MEGABYTES, LEAST_SECONDS = 288, 18  # and of a small one: it has no reason to need more,
MORE_MEGABYTES, MORE_SECONDS = 32, 3  # with so much for each megabyte of the file
PATIENCE = 10  # times the seconds of the processor by the clock: a busy machine is slow
HEADER_ROWS = 30  # among so many rows the header is looked for
SUMS = re.compile(
    r"\W*(本页|本月|全部|全年)?[合总小共累]\s*计数?(\W*|\s*[(（].*[)）]\W*|\s*[:：].*)"
)  # with it begins a row of sums
FOOTNOTE = re.compile(
    r"(?:(?:备?注|说明|(?:制表|填表|填报|审核|复核|打印|导出|统计)[人者]?|(?:制表|填表|打印|导出|统计)(?:日期|时间))\s*[:：]"
    r"|共\s*\d+\s*[条行家个户人位页]|第\s*\d+\s*页|以下(?:空白|无正文)$)"
)  # with it begins what stands below a table
NO_DATA_STARTS = "本全合总小共累备注说制填审复打导统第以"  # how these may begin: a row that begins with another letter or digit holds data, if it is no header
MANY_WORDS = 0.6  # part of the fullest row's words that a header has at least
LONGEST_SUM = 20  # characters of the word before sums
EXAMPLE = "【示例】"  # with it begins the row of a template that is no data
_SIMPLIFIED = str.maketrans(
    "戶稱聯絡繫電話機備註職務級別類業來規區縣郵編傳銀帳號稅統會碼網負責標籤說單簡員國愛關開間時後進與錄內結記",
    "户称联络系电话机备注职务级别类业来规区县邮编传银账号税统会码网负责标签说单简员国爱关开间时后进与录内结记",
)  # of the words that stand in headers
ENDINGS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".et", ".ods", ".csv", ".txt", ".tsv"}
SENTENCES = {
    "ending": "只能导入 .xlsx、.xls、.csv 文件，请另存为其中一种后再导入。",
    "empty": "文件是空的，请检查后重新选择。",
    "no_sheet": "文件里没有这个工作表，请检查它的名称。",
    "no_rows": "文件里只有表头，没有数据行。",
    "too_large": f"文件太大，最大 {LARGEST_FILE // 1024 // 1024} MB，请分成几个文件导入。",
    "too_much": "文件里的行列太多，或在很远的地方还有格式，请把有数据的部分复制到新的工作簿后再导入。",
    "encrypted": "文件设有打开密码，请去掉密码另存后再导入。",
    "broken": "文件已损坏，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。",
    "broken_text": "文件中的引号不成对或单元格太长，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。",
    "not_a_table": "文件内容不是表格，请用 Excel 打开并另存为 .xlsx 后再导入。",
    "packed": "文件是压缩包，请解压后再导入。",
    "encoding": "无法识别文件的文字编码，请另存为 UTF-8 或 GBK 的 CSV，或 .xlsx 后再导入。",
}


@dataclass(frozen=True)
class Table:
    """A file that has been read: its headers, and where its rows are kept. `header_row` is the header's row number in the sheet."""

    path: Path
    headers: list[str]
    header_row: int
    total: int

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Row number in the sheet and cells of each data row. Empty rows, the example of a template, rows of sums, footnotes and the header where
        it is repeated are left out (IMP-04)."""
        doubtful = {*NO_DATA_STARTS, self.headers[0][:1]}
        for number, cells in _lines(self.path):
            if number > self.header_row:
                start = cells[0][:1] if type(cells[0]) is str else ""
                if (start.isalnum() and start not in doubtful) or not is_no_data(cells, self.headers):
                    yield number, cells


def is_no_data(cells: Sequence[Any], headers: Sequence[str]) -> bool:
    """Whether a row below the header is none of the data: the example of a template, sums, footnotes, the header once more."""
    first = next((cell for cell in cells if cell != ""), "")
    if not isinstance(first, str):
        return False
    if first.startswith(EXAMPLE) or (len(first) < LONGEST_SUM and SUMS.fullmatch(first)):
        return True
    if FOOTNOTE.match(first.strip()) and _says_no_more(cells):
        return True
    at = cells.index(first)
    if at >= len(headers) or headers[at] != _as_header(first):
        return False
    return _named_apart(map(_as_header, cells)) == headers[: len(cells)]


def _says_no_more(cells: Sequence[Any]) -> bool:
    """Whether a row holds footnotes, and one more cell at most: 制表人：, 小王. A record says more, even if it begins so."""
    return sum(cell != "" and not (isinstance(cell, str) and FOOTNOTE.match(cell.strip())) for cell in cells) <= 1


def convert(source: Path, target: Path, file_name: str = "", words: Iterable[str] = (), sheet: str = "") -> list[str]:
    """Reads the file and keeps its rows in `target`, in memory and time that are bounded. Of several sheets the one named `sheet` is read, or the
    first one with headers among `words` (as header_key makes them); its name and those of other such sheets are returned. Raises DomainError with
    one plain sentence (SEC-07).
    """
    if Path(file_name or source.name).suffix.lower() not in ENDINGS:
        raise _refusal("ending")
    size = source.stat().st_size
    if size == 0:
        raise _refusal("empty")
    if size > LARGEST_FILE:
        raise _refusal("too_large")
    reader = Path(__file__).with_name("sheet_reader.py")
    megabytes = min(READER_MEGABYTES, LEAST_MEGABYTES + size * MORE_MEGABYTES // 1024**2)
    seconds = min(READER_SECONDS, LEAST_SECONDS + size * MORE_SECONDS // 1024**2)
    command = [sys.executable, "-I", str(reader), str(source), str(target), str(megabytes), str(seconds)]
    try:
        asked = json.dumps({"words": list(words), "sheet": sheet})
        done = subprocess.run(
            command, input=asked, capture_output=True, text=True, timeout=seconds * PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refusal("too_much") from None
    if done.returncode == 0:
        return list(json.loads(done.stdout))
    word = done.stdout.strip()
    raise _refusal(word if word in SENTENCES else "too_much" if done.returncode < 0 else "broken")


def _refusal(word: str) -> DomainError:
    return DomainError(f"file_{word}", SENTENCES[word], fields={"file": [SENTENCES[word]]})


def open_table(path: Path, known: Callable[[str], str | None], looks: Callable[[str], bool] | None = None) -> Table:
    """Finds the header among the first rows: the row that holds most headers that `known` recognises (header → field), or else the one with
    most words, so that title rows above it do no harm (IMP-04). Where none is recognised and the row with most words holds a cell that
    `looks` like data, there is no header: the columns are numbered. Raises DomainError when there is no data row."""
    first: list[tuple[int, list[Any]]] = []
    for row in _lines(path):
        first.append(row)
        if len(first) >= HEADER_ROWS:
            break
    if not first:
        raise _refusal("empty")
    at = _header_at(first, known)
    if at is None:
        words = [len({cell for cell in cells if isinstance(cell, str) and cell.strip()}) for _, cells in first]
        at = next(at for at, count in enumerate(words) if count >= max(words) * MANY_WORDS)
        if looks is not None and any(looks(as_word(cell)) for cell in first[at][1]):
            width = max(len(cells) for _, cells in first)
            return _counted(Table(path, [f"第 {column} 列" for column in range(1, width + 1)], first[at][0] - 1, 0))
        header_row, header = first[at]
    else:
        header_row, header = _whole_header(first, at, known)
    return _counted(Table(path, _named_apart(map(_as_header, header)), header_row, 0))


def _header_at(first: Sequence[tuple[int, list[Any]]], known: Callable[[str], str | None]) -> int | None:
    """Which of the rows has most headers that are known. Of a header of two rows the lower one is complete; one that is repeated further down,
    as on printed pages, counts where it stands first."""
    scores = [len({field for cell in cells if (field := known(_as_header(cell)))}) for _, cells in first]
    best = max(scores)
    if not best:
        return None
    at = scores.index(best)
    while best >= 2 and at + 1 < len(first) and scores[at + 1] == best and first[at + 1][0] == first[at][0] + 1:
        at += 1
    return at


def _whole_header(
    first: Sequence[tuple[int, list[Any]]], at: int, known: Callable[[str], str | None]
) -> tuple[int, list[Any]]:
    """The header and its row number. Of two rows in which no cells are merged each has words that the other leaves out: 客户名称, 联系人 above
    姓名, 手机. The lower one counts where both have one."""
    number, header = first[at]
    rows = dict(first)
    below, above = rows.get(number + 1, []), rows.get(number - 1, [])
    if _adds_to(header, below, known) and all(known(_as_header(cell)) for cell in below if cell != ""):
        return number + 1, [low if low != "" else up for low, up in zip_longest(below, header, fillvalue="")]
    if _adds_to(header, above, known):
        return number, [low if low != "" else up for low, up in zip_longest(header, above, fillvalue="")]
    return number, header


def _adds_to(header: Sequence[Any], row: Sequence[Any], known: Callable[[str], str | None]) -> bool:
    """Whether a row has several known words, one of them where the header has none."""
    places = [at for at, cell in enumerate(row) if cell != "" and known(_as_header(cell))]
    return len(places) > 1 and any(at >= len(header) or header[at] == "" for at in places)


def _named_apart(headers: Iterable[str]) -> list[str]:
    """The headers, each under a name of its own: 电话, 电话 (2)."""
    taken: dict[str, int] = {}
    apart = []
    for header in headers:
        taken[header] = taken.get(header, 0) + 1
        apart.append(f"{header} ({taken[header]})" if header and taken[header] > 1 else header)
    return apart


def _counted(table: Table) -> Table:
    total = sum(1 for _ in table.rows())
    if not total:
        raise _refusal("no_rows")
    return replace(table, total=total)


def _as_header(cell: Any) -> str:
    return as_word(cell)[:100]


def as_word(cell: Any) -> str:
    """A cell as one line of text: a whole number without its point."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())


def header_key(header: str) -> str:
    """A header as it is compared: width, case, blanks, punctuation and traditional characters do not matter (省    份, 客户名称*, 聯絡人)."""
    return fold(header).translate(_SIMPLIFIED)


def _lines(path: Path) -> Iterator[tuple[int, list[Any]]]:
    with path.open("rb") as file:
        for line in file:
            number, cells = orjson.loads(line)
            yield number, cells
