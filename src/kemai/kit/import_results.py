"""What people see of an import: its columns with samples, how many rows go in, the refused ones as a file, what is handed out afterwards."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from kemai.kit import sheet_writer, sheets
from kemai.kit.access import require
from kemai.kit.entity import registry
from kemai.kit.errors import Conflict, NotFound
from kemai.kit.import_columns import GOES_IN, SAMPLE, targets_of
from kemai.kit.import_reading import Reading
from kemai.kit.importing import importable, made_by
from kemai.kit.models import Import, ImportRow

SHOWN_SAMPLES = 3  # different contents of a column that people are shown


def columns_json(run: Import) -> list[dict[str, str]]:
    """Each column of the file with the field that it goes to, "" where it is left out."""
    targets = targets_of(registry[run.kind])
    return [
        {"header": header, "field": name, "label": targets[name].label if name else ""}
        for header, name in zip(run.columns["headers"], run.columns["fields"], strict=True)
        if header or name
    ]


def with_samples(run: Import, columns: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """The same columns with what stands in their first rows, so that people see what they match (IMP-02)."""
    rows = [cells for _, cells in islice(Reading(run).table.rows(), SAMPLE)]
    found: dict[str, list[str]] = {}
    for at, header in enumerate(run.columns["headers"]):
        words = [sheets.as_word(cells[at])[:40] for cells in rows if at < len(cells) and cells[at] != ""]
        found[header] = list(dict.fromkeys(words))[:SHOWN_SAMPLES]
    return [{**column, "samples": found.get(column["header"], [])} for column in columns]


def unmatched(run: Import) -> list[str]:
    """The headers of the columns that go nowhere."""
    return [column["header"] for column in columns_json(run) if not column["field"]]


def other_sheets(run: Import) -> str:
    """The sentence that names sheets of the file which were not read, "" when there is none."""
    names = "、".join(f"「{name}」" for name in run.columns.get("other_sheets", ()))
    return f"读取的是工作表「{run.columns.get('sheet')}」，文件里还有{names}没有读取。" if names else ""


def going_in(run: Import) -> int:
    """How many rows will go in, by the verdicts of the preview."""
    return sum(
        count
        for verdict, count in run.counts.items()
        if verdict in GOES_IN and not (verdict == "similar" and run.options["similar"] == "refuse")
    )


def refused(run: Import) -> int:
    """How many rows come back with their reason."""
    return run.counts.get("error", 0) + (run.counts.get("similar", 0) if run.options["similar"] == "refuse" else 0)


def rejected_rows(run: Import) -> Iterator[list[Any]]:
    """The rows that were refused, as they stood in the file, with the reason in the last column."""
    refused = ["error", "similar"] if run.options["similar"] == "refuse" else ["error"]
    reasons = dict(ImportRow.objects.filter(of=run, verdict__in=refused).values_list("number", "message"))
    width = len(run.columns["headers"])
    for number, cells in Reading(run).table.rows():
        if number in reasons:
            yield [*cells[:width], *[""] * (width - len(cells)), reasons[number]]


def write_rejected(run: Import, file: Any) -> int:
    """Writes the refused rows as a workbook, ready to be mended and sent again, and returns their count (IMP-03).

    Raises Conflict when the file is kept no longer.
    """
    if not run.stored:
        raise Conflict("file_gone", "上传的文件已过保留期，不能再下载未导入的行。")
    return sheet_writer.write_xlsx(file, "未导入", [*run.columns["headers"], "未导入原因"], rejected_rows(run))


def hand_out(run: Import, by: Any) -> list[dict[str, str]]:
    """The list that a kind makes of the records of an import, such as one-time passwords (ORG-13). Raises Forbidden, NotFound, Conflict."""
    entity = importable(run.kind, by)
    declared = entity.imports.hand_out
    if declared is None:
        raise NotFound(f"{entity.title}没有可以分发的表。")
    require(by, declared.right)
    if run.state != Import.State.DONE:
        raise Conflict("wrong_state", "导入完成后才能生成。")
    return [dict(row) for row in declared.rows(made_by(run), by)]


def write_hand_out(run: Import, by: Any, file: Any) -> int:
    """The same list as a workbook; returns the count of its rows. Raises as `hand_out` does."""
    rows = hand_out(run, by)
    heads = list(rows[0]) if rows else []
    title = registry[run.kind].imports.hand_out.title
    return sheet_writer.write_xlsx(file, title, heads, (list(row.values()) for row in rows), [18] * len(heads))
