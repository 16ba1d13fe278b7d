"""How a list stands on a person's screen: columns, widths, locked ones, rows a page; and its default for everybody (LST-07, LST-19, SYS-07).

Kept by kind and view. What a layout names is always looked up in `columns_for`: it can hide a column and never open one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.db.models import BigAutoField, CharField, Q

from kemai.kit.access import may, require
from kemai.kit.categories import MODES, tree_of
from kemai.kit.columns import BoundColumn, columns_for
from kemai.kit.entity import Entity, View
from kemai.kit.errors import DomainError, Invalid, Malformed
from kemai.kit.filters import condition_of, parse_filter
from kemai.kit.journal import log_only
from kemai.kit.models import ListSetting
from kemai.kit.prepared import Prepared, Slot
from kemai.kit.values import means_yes

PAGE_SIZES = (20, 50, 100)
NARROWEST, WIDEST = 40, 800
DEFAULTS_RIGHT = "list.default"  # the function right to set a list's default for everybody
_LEAST = {
    "time": 152,
    "date": 112,
    "phone": 140,
    "email": 180,
    "money": 152,
    "number": 112,
}  # px that a value of the kind takes


@dataclass(frozen=True)
class ColumnLayout:
    """How one person sees one list. `widths` are the shown columns in their order; empty: as declared."""

    widths: Mapping[str, int] = field(default_factory=dict)
    lock: int | None = None
    page_size: int = 50
    sort: str = ""  # the default for everybody, as is `filter`
    filter: Mapping[str, Any] | None = None
    own: bool = False  # the person's own columns, rather than the default
    mode: str = ""  # 「列表方式」 as the person left it
    tree: bool = True  # whether the tree of categories stands beside the list

    def shown(self, columns: Sequence[BoundColumn], view: View) -> list[BoundColumn]:
        """The columns to show, of those that the person may have. Through a public view all public ones, for they were chosen to be seen.

        The record's name always stands, for it leads to the record.
        """
        by_name = {column.name: column for column in columns}
        wanted = [by_name[name] for name in self.widths if name in by_name]
        if not wanted:
            return [column for column in columns if view.public or column.column.shown]
        title = next((column for column in columns if column.column.title), None)
        return wanted if title is None or title in wanted else [title, *wanted]

    def width(self, column: BoundColumn) -> int:
        """The column's width in px."""
        return self.widths.get(column.name) or usual_width(column)

    def locked(self, shown: Sequence[BoundColumn]) -> int:
        """How many columns from the left stand still; usually those up to the record's name."""
        if self.lock is not None:
            return min(self.lock, len(shown))
        return next((at + 1 for at, column in enumerate(shown[:3]) if column.column.title), 0)


def usual_width(column: BoundColumn) -> int:
    """The declared width, and at least what the head and the shortest usual value take."""
    words = max((len(str(word)) for _, word in column.spec.choices()), default=0) if column.column.marks else 0
    least = max(len(column.label) * 12 + 42, _LEAST.get(column.kind, 0), words * 12 + 58 if words else 0)
    return min(WIDEST, max(column.column.width, least))


_settings = Prepared(
    lambda: ListSetting.objects.filter(
        Q(employee=Slot("who", BigAutoField())) | Q(employee__isnull=True),
        Q(view="") | Q(view=Slot("view", CharField())),
        kind=Slot("kind", CharField()),
    ).values_list("employee_id", "view", "values")
)


def layout_of(by: Any, entity: Entity, view: View) -> ColumnLayout:
    """The person's own layout over the default for everybody over what is declared; one statement."""
    kept = {
        (owner is not None, of): values
        for owner, of, values in _settings.rows(who=by.pk, kind=entity.name, view=view.name)
    }
    general, own = kept.get((False, view.name), {}), kept.get((True, view.name), {})
    columns = own if own.get("columns") else general
    return ColumnLayout(
        widths={one["name"]: one["width"] for one in columns.get("columns", ())},
        lock=columns.get("locked"),
        page_size=kept.get((True, ""), {}).get("page_size", 50),
        mode=kept.get((True, ""), {}).get("mode", ""),
        tree=kept.get((True, ""), {}).get("tree", True),
        sort=general.get("sort", ""),
        filter=general.get("filter"),
        own=bool(own.get("columns")),
    )  # fmt: skip


def default_question(layout: ColumnLayout, by: Any, entity: Entity, view: View) -> dict[str, Any]:
    """The default sort and filter of a list, as far as this person may use them (LST-19)."""
    columns = columns_for(by, entity, view)
    found: dict[str, Any] = {}
    if any(column.sort_path and column.name == layout.sort.lstrip("-") for column in columns):
        found["sort"] = layout.sort
    if layout.filter:
        try:
            condition_of(layout.filter, columns, by)
        except DomainError:
            return found
        found["filter"] = layout.filter
    return found


def layout_json(by: Any, entity: Entity, view: View) -> dict[str, Any]:
    """The layout as programs read it."""
    layout = layout_of(by, entity, view)
    columns = columns_for(by, entity, view)
    shown = layout.shown(columns, view)
    return {
        "view": view.name,
        "columns": [{"name": column.name, "label": column.label, "width": layout.width(column)} for column in shown],
        "hidden": [{"name": column.name, "label": column.label, "width": layout.width(column)} for column in columns if column not in shown],
        "locked": layout.locked(shown),
        "page_size": layout.page_size,
        **({"mode": mode_of(layout, entity, view), "tree": layout.tree} if entity.classified else {}),
        "own": layout.own,
        "default": default_question(layout, by, entity, view),
    }  # fmt: skip


@transaction.atomic
def keep_layout(by: Any, entity: Entity, view: View, raw: Mapping[str, Any]) -> str:
    """Keeps what was sent: `page_size`; `columns` with `locked`; or `reset`. With `everybody` it becomes the default for all, `sort` and
    `filter` included. Returns the sentence to show. Raises Forbidden, Malformed, Invalid."""
    require(by, entity.right("view"))
    everybody = means_yes(raw.get("everybody"))
    if everybody:
        require(by, DEFAULTS_RIGHT)
    who: Any = None if everybody else by.pk
    reset = means_yes(raw.get("reset"))
    if reset:
        ListSetting.objects.filter(employee_id=who, kind=entity.name, view=view.name).delete()
        said = "已取消所有人的默认格式。" if everybody else "这个列表已恢复默认格式。"
    elif "columns" in raw:
        values = _read_columns(raw, columns_for(by, entity, view))
        if everybody:
            values |= _read_question(raw, by, entity, view)
        ListSetting.objects.update_or_create(
            employee_id=who, kind=entity.name, view=view.name, defaults={"values": values}
        )
        if everybody:  # who sets the default sees it
            ListSetting.objects.filter(employee_id=by.pk, kind=entity.name, view=view.name).delete()
        said = "已设为所有人的默认格式。" if everybody else "表格格式已保存。"
    elif not {"page_size", "mode", "tree"} & raw.keys():
        raise Malformed("nothing_sent", "请说明要保存的列、锁定列数、每页行数或列表方式。")
    else:
        said = "每页行数已保存。" if "page_size" in raw else "列表方式已保存。"
    _keep_liking(by, entity, raw)
    if everybody:
        log_only(
            by=by,
            deed="listsetting.delete" if reset else "listsetting.change",
            note=f"{entity.title}：{view.title}",
        )
    return said


def mode_of(layout: ColumnLayout, entity: Entity, view: View) -> str:
    """「列表方式」 of a list (LST-11): 「分级显示」 until the person chooses another; all records where there are no categories."""
    if entity.classified is None or view.public or not tree_of(entity.name):
        return "all"
    return layout.mode or "level"


def _keep_liking(by: Any, entity: Entity, raw: Mapping[str, Any]) -> None:
    """What the person likes on all lists of the kind: rows a page, 「列表方式」, the tree beside the list."""
    likes: dict[str, Any] = {}
    if "page_size" in raw:
        likes["page_size"] = _page_size(raw["page_size"])
    if "mode" in raw:
        if entity.classified is None or raw["mode"] not in [*MODES]:
            raise Malformed("bad_mode", "列表方式只能是 level、all 或 subtree。")
        likes["mode"] = raw["mode"]
    if "tree" in raw:
        likes["tree"] = means_yes(raw["tree"])
    if likes:
        kept, _ = ListSetting.objects.select_for_update().get_or_create(employee_id=by.pk, kind=entity.name, view="")
        kept.values |= likes
        kept.save(update_fields=["values"])


def _page_size(sent: Any) -> int:
    if str(sent) not in {str(size) for size in PAGE_SIZES}:
        raise Malformed("out_of_bounds", "每页行数只能是 20、50 或 100。")
    return int(sent)


def _read_columns(raw: Mapping[str, Any], columns: Sequence[BoundColumn]) -> dict[str, Any]:
    """The shown columns in their order, with widths. Raises Invalid."""
    sent, known = raw["columns"], {column.name: column for column in columns}
    if not isinstance(sent, list) or not all(isinstance(one, Mapping) for one in sent) or not sent:
        raise Invalid({"columns": ["请至少显示一列。"]})
    found: list[dict[str, Any]] = []
    for one in sent:
        column = known.get(str(one.get("name")))
        if column is None or column.name in {before["name"] for before in found}:
            raise Invalid({"columns": ["列表里没有这一列，或者它出现了两次，请刷新后重试。"]})
        width = one.get("width") or usual_width(column)
        found.append(
            {"name": column.name, "width": _number(width, NARROWEST, WIDEST, "columns", f"{column.label}的宽度")}
        )
    lock = raw.get("locked")
    if lock in (None, ""):
        return {"columns": found}
    return {"columns": found, "locked": _number(lock, 0, len(found), "locked", "锁定列数")}


def _number(sent: Any, low: int, high: int, name: str, label: str) -> int:
    try:
        number = int(sent)
    except (TypeError, ValueError, OverflowError):
        number = low - 1
    if isinstance(sent, bool) or not low <= number <= high:
        raise Invalid({name: [f"{label}应在 {low} 到 {high} 之间。"]})
    return number


def _read_question(raw: Mapping[str, Any], by: Any, entity: Entity, view: View) -> dict[str, Any]:
    """The default sort and filter; nothing sent means none. Raises Malformed for what cannot be used."""
    asked = ColumnLayout(sort=str(raw.get("sort") or ""), filter=parse_filter(raw.get("filter")))
    if asked.filter:
        condition_of(asked.filter, columns_for(by, entity, view), by)
    if asked.sort and "sort" not in default_question(replace(asked, filter=None), by, entity, view):
        raise Malformed("not_sortable", "不能按这一列排序。")
    return {"sort": asked.sort, "filter": asked.filter}


def may_set_defaults(by: Any) -> bool:
    """Whether the person sets lists for everybody (LST-19)."""
    return may(by, DEFAULTS_RIGHT)
