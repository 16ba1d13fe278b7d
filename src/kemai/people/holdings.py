"""What an employee owns and hands over on leaving (ORG-02). Each app declares its own: `holdings.append(Holding("客户", count, move))`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kemai.people.models import Employee


@dataclass(frozen=True)
class Holding:
    """One sort of things that somebody owns. `count(leaver)` says how many; `move(leaver, successor, *, by, log)` moves all of them."""

    title: str
    count: Callable[[Employee], int]
    move: Callable[..., None]


holdings: list[Holding] = []


def counted(employee: Employee) -> dict[str, int]:
    """How many of what an employee owns, what there is none of left out."""
    return {one.title: count for one in holdings if (count := one.count(employee))}


def in_words(counts: dict[str, int]) -> str:
    """12 个客户、3 个待办."""
    return "、".join(f"{count:,} 个{title}" for title, count in counts.items())


def holding_rows(employee: Employee, by: Any) -> list[dict[str, Any]]:
    """The tab 「名下记录」."""
    return [{"名下的": title, "数量": count} for title, count in counted(employee).items()]


def holding_notes(employee: Employee, by: Any) -> list[str]:
    """What is said before somebody is set to left."""
    counts = counted(employee)
    return [f"{employee.name}名下现有：{in_words(counts)}。" if counts else f"{employee.name}名下没有要交接的记录。"]
