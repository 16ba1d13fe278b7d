"""What is asked of a list: read from a request's parameters once, and written back into addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kemai.kit.categories import MODES, tree_of
from kemai.kit.entity import Entity, View
from kemai.kit.errors import Malformed, NotFound
from kemai.kit.filters import filter_text, parse_filter
from kemai.kit.values import bind, read_all

LARGEST_PAGE = 500


@dataclass(frozen=True)
class Question:
    """What was asked of a list, in words of the API: view, q, filter, sort, page, page_size and the view's own options."""

    view: str = ""
    q: str = ""
    filter: Mapping[str, Any] | None = None
    sort: str = ""
    page: int = 1
    page_size: int = 50
    options: Mapping[str, Any] = field(default_factory=dict)
    mode: str = ""  # 「列表方式」 of a kind with categories: level, all (as when it is empty), subtree
    node: int | None = None  # the category that one is in

    @classmethod
    def of(cls, entity: Entity, params: Mapping[str, Any], by: Any, *, page_size: int = 50) -> "Question":
        """Reads request parameters. Raises Malformed for a page that is no number, a filter that is no JSON; NotFound for an unknown view."""
        view = entity.view(params.get("view", ""))
        if view is None:
            raise NotFound
        text = str(params.get("q", "")).strip()
        if len(text) > 200:
            raise Malformed("too_long", "查找的内容最多 200 个字。")
        mode, node = _place_in_tree(entity, view, params)
        page, size = page_of(params, page_size)
        return cls(
            mode=mode,
            node=node,
            view=view.name,
            q=text,
            filter=parse_filter(params.get("filter")),
            sort=str(params.get("sort", "")),
            page=page,
            page_size=size,
            options=read_all([bind(None, option) for option in view.options], params, by, "page", partial=True),
        )

    def as_params(self) -> dict[str, str]:
        """The question as request parameters, defaults left out."""
        params = {"view": self.view, "q": self.q, "sort": self.sort, "mode": self.mode, "node": str(self.node or "")}
        if self.filter:
            params["filter"] = filter_text(self.filter)
        for name, value in self.options.items():
            params[name] = ",".join(map(str, value)) if isinstance(value, list) else str(value or "")
        return {name: value for name, value in params.items() if value}


def page_of(params: Mapping[str, Any], page_size: int = 50) -> tuple[int, int]:
    """Page and rows a page as asked. Raises Malformed."""
    page = _whole(params.get("page"), 1, 1, 1_000_000, "页码")
    return page, _whole(params.get("page_size"), page_size, 1, LARGEST_PAGE, "每页行数")


def _place_in_tree(entity: Entity, view: View, params: Mapping[str, Any]) -> tuple[str, int | None]:
    """「列表方式」 and the category (LST-11). A public view shows no categories and is not narrowed by them (CUS-08)."""
    mode, node = str(params.get("mode") or ""), params.get("node")
    if entity.classified is None or not (mode or node):
        return "", None
    if mode not in ("", *MODES):
        raise Malformed("bad_mode", "列表方式只能是 level、all 或 subtree。")
    if view.public:
        if mode in ("level", "subtree") or node:
            raise Malformed("bad_mode", "这个列表不按分类显示。")
        return "", None
    pk = _whole(node, 0, 1, 2**63 - 1, "分类")
    if pk and pk not in tree_of(entity.name).by_id:
        raise NotFound("没有找到这个分类，它可能已被删除。")
    return mode or "subtree", pk or None


def _whole(raw: Any, default: int, low: int, high: int, label: str) -> int:
    if raw in (None, ""):
        return default
    try:
        number = int(raw)
    except (TypeError, ValueError):
        raise Malformed("not_a_number", f"{label}应为整数。") from None
    if not low <= number <= high:
        raise Malformed("out_of_bounds", f"{label}应在 {low} 到 {high} 之间。")
    return number
