"""「参数设置」: every switch and limit is declared by the app that obeys it, with one line that says what it does (SYS-05)."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Parameter:
    """One parameter. `kind` is bool, int, text or choices (several of `choices`, which may be worked out when asked)."""

    code: str
    label: str
    group: str
    help: str
    kind: str
    default: Any
    choices: Sequence[tuple[str, str]] | Callable[[], Sequence[tuple[str, str]]] = ()
    least: int = 0
    most: int = 1_000_000
    why_not: Callable[[Any], str | None] | None = None  # refuses a value with a sentence

    def all_choices(self) -> Sequence[tuple[str, str]]:
        """The choices as they are now."""
        return self.choices() if callable(self.choices) else self.choices


parameters: dict[str, Parameter] = {}


def bad_folder(value: str) -> str | None:
    """Where backups are kept is a folder of the server that is there already, and that Kemai may write to."""
    if not value:
        return None
    folder = Path(value)
    if not folder.is_absolute():
        return "请填写服务器上的完整路径，例如 /var/backups/kemai。"
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return f"服务器上没有「{value}」这个目录，或没有写入权限。"
    return None


def declare(*declared: Parameter) -> None:
    """Makes parameters known. Raises ValueError for a code that is taken."""
    for parameter in declared:
        if parameter.code in parameters:
            raise ValueError(f"parameter {parameter.code} is declared twice")
        parameters[parameter.code] = parameter


declare(
    Parameter("company_name", "公司名称", "公司资料", "显示在登录页和打印模板上。", "text", ""),
    Parameter("company_address", "公司地址", "公司资料", "用于打印模板。", "text", ""),
    Parameter("company_phone", "公司电话", "公司资料", "用于打印模板。", "text", ""),
    Parameter(
        "recycle_days", "回收站保留天数", "回收站", "删除的记录在回收站里保留多少天；过期的每天夜里自动彻底删除，不能再恢复。", "int", 30,
        least=1, most=3650,
    ),
    Parameter("backup_nightly", "每夜自动备份", "备份", "每天夜里 3:30 自动备份全部数据和附件，不影响使用。", "bool", True),
    Parameter("backup_keep", "保留份数", "备份", "自动备份保留最近的多少份，更早的自动删除；手动的和升级前的不删除。", "int", 14, least=1, most=1000),
    Parameter("backup_folder", "备份目录", "备份", "服务器上的目录，最好在另一块磁盘；不填则放在数据目录的 backups 里。", "text", "",
              why_not=bad_folder),
    Parameter("backup_alarm_days", "备份报警天数", "备份", "超过多少天没有新的备份，就提醒系统管理员。", "int", 2, least=1, most=365),
)  # fmt: skip
