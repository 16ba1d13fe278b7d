"""「移除演示数据」: what goes, what stays, and the button (SYS-13)."""

from collections.abc import Mapping
from typing import Any

from kemai.customers import demo
from kemai.kit.access import require


def load(by: Any) -> dict[str, Any]:
    """Whether there are demonstration data, and why they cannot be removed now, where that is so."""
    require(by, "setting.change")
    return {"present": demo.accounts() is not None, "why_not": demo.why_not_remove(by)}


def accepts() -> dict[str, dict[str, Any]]:
    """What `save` takes: nothing."""
    return {}


def save(by: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Removes them and says what went and what stayed."""
    return {"message": demo.remove(by=by), "href": "/settings"}
