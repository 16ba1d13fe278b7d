"""Decisions about dictionaries, parameters and numbers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kemai.kit.access import may
from kemai.kit.entity import registry
from kemai.kit.errors import Reason
from kemai.kit.text import clean_line, fold
from kemai.kit.values import NO, YES
from kemai.office.models import NumberingRule

NAME_MOST = 60  # characters of an entry's name as it is compared
TEXT_MOST = 200  # characters of a parameter
PERIOD_FORMAT = {"never": "", "year": "%Y", "month": "%Y%m", "day": "%Y%m%d"}


def why_not_change_entry(entry: Any, by: Any) -> str | None:
    """The first row of 客户类别 is fixed (SYS-03)."""
    return Reason(f"「{entry.name}」是固定项，不能修改或删除。", "fixed") if entry.is_fixed else None


def why_not_change_region(region: Any, by: Any) -> str | None:
    """The administrative divisions are the country's (SYS-04)."""
    return Reason(f"「{region.full_name}」是国家行政区划，不能修改或删除。", "fixed") if region.code else None


def why_not_restore(kept: Any, by: Any) -> str | None:
    """Who may not delete a kind may not put it back either; 「回收站管理」 may all (SYS-11)."""
    entity = registry.get(kept.kind)
    if entity is None or entity.delete is None:
        return Reason("这类记录的功能已经停用，不能恢复。", "kind_gone")
    if may(by, "recycle-bin.manage") or may(by, entity.right("delete")):
        return None
    return Reason(f"您没有删除{entity.title}的权限，因此也不能恢复它。", "forbidden", 403)


def why_not_undo(entry: Any, by: Any) -> str | None:
    """Of the log, bulk edits are taken back; single deeds by the deed that undoes them (LST-15)."""
    edit = entry.bulk_edits.first() if entry.deed.endswith(".bulk_edit") else None
    if edit is None:
        return Reason("只有批量修改可以在这里撤销。", "not_undoable")
    if edit.state == edit.State.UNDONE:
        return Reason("这次批量修改已经撤销过了。", "already_undone", 409)
    return None


def wrong_entries(rows: Sequence[tuple[Any, Mapping[str, Any]]]) -> dict[str, list[str]]:
    """What is wrong in a grid of entries, by its row: (the entry, or None for a new one; its values). Equal names are an error (SYS-03)."""
    errors: dict[str, list[str]] = {}
    seen: dict[str, int] = {}
    for number, (entry, values) in enumerate(rows):
        folded, path = fold(values["name"]), f"entries.{number}.name"
        if not folded:
            errors[path] = ["名称不能只有标点。"]
        elif len(folded) > NAME_MOST:
            errors[path] = ["名称太长，请缩短。"]
        elif folded in seen:
            errors[path] = [f"与第 {seen[folded] + 1} 行「{rows[seen[folded]][1]['name']}」同名。"]
        elif entry and entry.is_fixed and (values["name"] != entry.name or values.get("enabled") is False):
            errors[path] = [f"「{entry.name}」是固定项，不能修改或删除。"]
        seen.setdefault(folded, number)
    return errors


def read_parameter(parameter: Any, raw: Any) -> tuple[Any, str | None]:
    """The value of a parameter from what was sent, and why it cannot be taken."""
    value, reason = _read_parameter(parameter, raw)
    if reason is None and parameter.why_not:
        reason = parameter.why_not(value)
    return value, reason


def _read_parameter(parameter: Any, raw: Any) -> tuple[Any, str | None]:
    if parameter.kind == "bool":
        word = str(raw).strip().lower()
        return word in YES, None if word in YES | NO else f"{parameter.label}应为是或否。"
    if parameter.kind == "int":
        try:
            number = int(str(raw).strip())
        except ValueError:
            return None, f"{parameter.label}应为整数。"
        within = parameter.least <= number <= parameter.most
        return number, None if within else f"{parameter.label}应在 {parameter.least} 到 {parameter.most} 之间。"
    if parameter.kind == "choices":
        known = [code for code, _ in parameter.all_choices()]
        wanted = raw if isinstance(raw, list) else [word for word in str(raw).split(",") if word]
        unknown = [code for code in wanted if code not in known]
        return [code for code in known if code in wanted], f"没有「{unknown[0]}」这个选项。" if unknown else None
    text = clean_line(raw) if isinstance(raw, str) else None
    if text is None or len(text) > TEXT_MOST:
        return None, f"{parameter.label}应为文字，最多 {TEXT_MOST} 个字。"
    return text, None


def parameter_words(parameter: Any, value: Any) -> str:
    """A parameter's value in words, for the log."""
    if parameter.kind == "bool":
        return "是" if value else "否"
    if parameter.kind == "choices":
        labels = dict(parameter.all_choices())
        return "、".join(labels.get(code, code) for code in value) or "无"
    return str(value) if value != "" else "无"


def ambiguous_numbering(rule: NumberingRule) -> str | None:
    """Counting anew each day needs the day in the number, and so on; otherwise one number would be given twice."""
    needed = PERIOD_FORMAT[rule.reset]
    if needed and not rule.date_part.startswith(needed):
        return "重新计数的周期比日期部分更细，会出现重复的编号，请把日期部分改细或改为不重置。"
    return None


def period_of(rule: NumberingRule, day: date) -> str:
    """The period in which numbers are counted; without a reset one for all time. The prefix and date part keep old numbers apart."""
    return day.strftime(PERIOD_FORMAT[rule.reset]) if rule.reset != "never" else ""


def number_texts(rule: NumberingRule, day: date, serials: Iterable[int]) -> list[str]:
    """KH20260305 and 0007: prefix, date part, serial number with its zeros."""
    head, digits = f"{rule.prefix}{day.strftime(rule.date_part) if rule.date_part else ''}", rule.digits
    return [f"{head}{serial:0{digits}d}" for serial in serials]
