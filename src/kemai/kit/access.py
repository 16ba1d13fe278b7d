"""Rights of the acting person as the kit needs them. Who gives them is the business of `people`."""

from collections.abc import Callable
from typing import Any, Protocol

from kemai.kit.errors import Forbidden

_provider: list[Callable[[int], "Access"]] = []


class Access(Protocol):
    """What a person may do; `Employee.access` gives it, worked out once per request (D9)."""

    rights: frozenset[str]

    def has(self, right: str) -> bool: ...


def provide(access_of: Callable[[int], Any]) -> None:
    """The floor that knows people tells how their access is worked out."""
    _provider[:] = [access_of]


def access_of(employee_id: int) -> Access:
    """What a person may do, as the registered provider knows it."""
    return _provider[0](employee_id)


def may(by: Any, right: str) -> bool:
    """Whether the person has the function right; an empty right means everybody who is logged in."""
    return not right or by.access.has(right)


def require(by: Any, right: str) -> None:
    """Raises Forbidden (403) when the right is missing; the right is checked before the range (ORG-08)."""
    if not may(by, right):
        raise Forbidden("forbidden", "您没有这项权限，需要时请联系系统管理员。")
