"""「参数设置」: every switch and limit is declared by the app that obeys it, with one line that says what it does (SYS-05)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

    def all_choices(self) -> Sequence[tuple[str, str]]:
        """The choices as they are now."""
        return self.choices() if callable(self.choices) else self.choices


parameters: dict[str, Parameter] = {}


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
)  # fmt: skip
