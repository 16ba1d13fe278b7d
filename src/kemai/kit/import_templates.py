"""A template to fill in for each kind that can be imported: headers, drop-downs, an example row that is never imported (IMP-05)."""

from collections.abc import Sequence
from typing import Any

from kemai.kit import sheet_writer, sheets
from kemai.kit.entity import Entity
from kemai.kit.import_columns import Target, targets_of

ROWS = 10_000  # rows for which the drop-downs are made
INLINE = 255  # characters that a list of choices may have inside a cell's rule
MOST_CHOICES = 5_000
LISTS = "可选内容"
REQUIRED = "*"
KEPT_AS_TEXT = frozenset({"text", "long", "phone", "email", "url", "tags"})
WIDE = frozenset({"long", "url", "email"})


def write_template(entity: Entity, by: Any, file: Any) -> None:
    """Writes the template of a kind as a workbook: one sheet to fill in and, where choices are many, one that holds them."""
    import xlsxwriter

    targets = [target for target in targets_of(entity).values() if target.declared.template]
    targets.sort(key=lambda target: not _is_needed(target))
    book = xlsxwriter.Workbook(file, {"in_memory": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(sheet_writer.sheet_name(entity.title))
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1}),
        "needed": book.add_format({"bold": True, "bg_color": "#EEF2F7", "bottom": 1, "font_color": "#C62828"}),
        "example": book.add_format({"italic": True, "font_color": "#7A7A7A", "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    sheet.freeze_panes(1, 0)
    lists: list[tuple[int, Sequence[str]]] = []
    for at, target in enumerate(targets):
        kind, needed = target.spec.kind, _is_needed(target)
        header = target.label + (REQUIRED if needed else "")
        cells = formats["date"] if kind in ("date", "time") else formats["text"] if kind in KEPT_AS_TEXT else None
        sheet.set_column(at, at, 30 if kind in WIDE else max(12, len(header) * 2 + 4), cells)
        sheet.write_string(0, at, header, formats["needed" if needed else "head"])
        choices = choices_of(target, by)[:MOST_CHOICES]
        example = _example(target, choices)
        if at == 0:
            example = f"{sheets.EXAMPLE}{example}"
        sheet.write_string(1, at, example, formats["example"])
        if note := _note(target, needed) + _note_of_repeats(target, entity):
            sheet.write_comment(0, at, note, {"x_scale": 1.5})
        if choices and kind not in ("references", "tags"):
            lists.append((at, choices))
    _add_choices(book, sheet, lists)
    book.close()


def _is_needed(target: Target) -> bool:
    return target.spec.required and "." not in target.name


def choices_of(target: Target, by: Any) -> Sequence[str]:
    """The words that a column takes, [] where anything may be written."""
    spec = target.spec
    if target.declared.choices:
        return list(target.declared.choices(by))
    if spec.kind == "choice":
        return [label for _, label in spec.choices()]
    if spec.kind == "bool":
        return ["是", "否"]
    if spec.kind in ("reference", "references"):
        return [name.strip() for _, name in spec.options(by) or ()]
    return []


def _example(target: Target, choices: Sequence[str]) -> str:
    if target.declared.example:
        return str(target.declared.example)
    if choices:
        return choices[0]
    return {"date": "2026-03-05", "time": "2026-03-05 14:30"}.get(target.spec.kind, "")


def _note(target: Target, needed: bool) -> str:
    words = ["必填。"] if needed else []
    words += [target.spec.field.help] if target.spec.field.help else []
    words += ["几项用逗号分开。"] if target.spec.kind in ("references", "tags") else []
    return "".join(words)


def _note_of_repeats(target: Target, entity: Entity) -> str:
    """How more rows inside are written beside the first one."""
    most = entity.imports.repeats.get(target.lines.name, 1) if target.lines and target.spec.required else 1
    if most == 1:
        return ""
    return f"同一行最多 {most} 个{target.lines.title}：在右边加「{target.label}2」等列，其他列也在后面写上 2。"


def _add_choices(book: Any, sheet: Any, lists: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Drop-downs: short lists inside the rule, long ones from a second sheet. Other words are allowed; the import says what it makes of them."""
    from xlsxwriter.utility import xl_col_to_name

    second, used = None, 0
    for at, choices in lists:
        source: Any = list(choices)
        if len(",".join(choices)) > INLINE or any("," in choice for choice in choices):
            if second is None:
                second = book.add_worksheet(LISTS)
            second.write_column(0, used, choices)
            letter = xl_col_to_name(used)
            source = f"='{LISTS}'!${letter}$1:${letter}${len(choices)}"
            used += 1
        sheet.data_validation(
            1, at, ROWS, at,
            {"validate": "list", "source": source, "error_type": "information", "error_title": "不在列表中",
             "error_message": "列表里没有这一项，仍要填写请点“确定”。"},
        )  # fmt: skip


def template_name(entity: Entity) -> str:
    """The name under which the template is kept."""
    return f"{entity.title}导入模板.xlsx"
