"""What the kit itself declares: categories, and its own rights."""

from typing import Any

from django.db.models import Q

from kemai.kit import (
    category_services,
    workbench,  # noqa: F401  its page is declared by being imported
)
from kemai.kit.access import may
from kemai.kit.categories import tree_of
from kemai.kit.entity import Column, Entity, Field, Form, Group, Right, add_rights, register, registry
from kemai.kit.layouts import DEFAULTS_RIGHT
from kemai.kit.models import CategoryNode
from kemai.kit.reach import Reach


def _classified(by: Any) -> list[Entity]:
    """The kinds with a tree whose records the person may see."""
    return [entity for entity in registry.values() if entity.classified and may(by, entity.right("view"))]


def _reach(by: Any) -> Reach:
    return Reach(also=Q(kind__in=[entity.name for entity in _classified(by)]))


def _options(by: Any) -> list[tuple[int, str]]:
    """All categories that the person may see; those of several kinds say of which they are."""
    kinds = _classified(by)
    return [
        (pk, f"{entity.title}：{one.full_name}" if len(kinds) > 1 else one.full_name)
        for entity in kinds
        for pk, one in tree_of(entity.name).by_id.items()
    ]


category_nodes = Entity(
    name="category-node",
    slug="category-nodes",
    title="分类",
    model=CategoryNode,
    reach=_reach,
    icon="list-tree",
    order="id",
    options=_options,
    columns=[
        Column("name", sort="", title=True, width=220),
        Column("kind", sort="", phone=True, width=100),
        Column("parent", sort="", phone=True, width=180),
        Column("position", sort="", width=80),
        Column("version", sort="", shown=False, filters=False),
    ],
    form=Form(
        groups=[
            Group(
                "分类",
                [
                    "name*",
                    Field("kind", required=True, bulk=False, help="哪一种记录的分类。"),
                    Field("parent", help="不选则在最上级。"),
                    Field("position", help="同一级里的先后；不填则排在最后。"),
                ],
            )
        ],
        create=category_services.node_create,
        change=category_services.node_change,
    ),
    delete=category_services.node_delete,
    restoring=category_services.node_restoring,
    right_names=dict.fromkeys(("add", "change", "delete"), category_services.RIGHT),
    help="客户、职员列表左侧的分类，与「客户类别」无关。",
)

register(category_nodes)
add_rights(
    Right(
        category_services.RIGHT,
        "分类新增、修改和删除",
        "系统设置",
        help="整理客户等列表的分类，把记录变成分类；还需要修改那种记录的权限。",
    ),
    Right(DEFAULTS_RIGHT, "列表默认格式设置", "系统设置", help="为所有人设定列表的列、排序和过滤。"),
)
