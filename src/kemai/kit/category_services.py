"""Writes: categories, and records that become one (LST-12)."""

from functools import partial
from typing import Any

from django.db.models import Model

from kemai.kit.access import may, require
from kemai.kit.entity import Action, Entity, registry, why_not_delete
from kemai.kit.errors import DomainError, Invalid
from kemai.kit.journal import Journal
from kemai.kit.models import CategoryNode
from kemai.kit.record import build, with_values
from kemai.kit.recycle import bin_record
from kemai.kit.stamp import raise_stamp
from kemai.kit.workflow import check_version, creation, deed

RIGHT = "category-node.change"
IN_USE = "单据中已使用，不能向下分类"
DEEPEST = 10  # levels


def may_classify(by: Any, entity: Entity) -> bool:
    """Whether the person arranges the categories of the kind: that right, and the one to change its records."""
    return entity.classified is not None and may(by, RIGHT) and may(by, entity.right("change"))


def why_not_change(node: CategoryNode, by: Any) -> str | None:
    """Who may not change the records of a kind leaves its categories alone."""
    require(by, registry[node.kind].right("change"))
    return None


@creation("category-node.create", right=RIGHT)
def node_create(values: dict[str, Any], *, by: Any, log: Journal) -> CategoryNode:
    """A new category, behind the others of its level unless a place is given."""
    raise_stamp()  # its row is held until the end: two who rebuild the tree come one after the other
    node = build(CategoryNode, values)
    require(by, registry[node.kind].right("change"))
    _check(node)
    if not node.position:
        last = CategoryNode.objects.filter(kind=node.kind, parent=node.parent_id).order_by("-position").first()
        node.position = (last.position if last else 0) + 1
    log.insert(node)
    log.update(node, path=_path_of(node))
    return node


@deed("category-node.change", right=RIGHT, guards=[why_not_change])
def node_change(
    node: CategoryNode, *, values: dict[str, Any], by: Any, log: Journal, version: int | None = None
) -> CategoryNode:
    """Renames or moves a category; what is below it goes along."""
    raise_stamp()
    check_version(node, version)
    if values.get("kind", node.kind) != node.kind:
        raise Invalid({"kind": ["分类不能改为用于别的记录。"]})
    _check(with_values(node, values))
    old = node.path
    log.update(node, **values)
    new = _path_of(node)
    if new != old:
        for below in CategoryNode.objects.filter(kind=node.kind, path__startswith=old):
            log.update(below, path=new + below.path.removeprefix(old))
        node.path = new
    return node


@deed("category-node.delete", right=RIGHT, guards=[why_not_change])
def node_delete(node: CategoryNode, *, by: Any, log: Journal) -> None:
    """Only an empty category can be deleted."""
    raise_stamp()
    entity = registry[node.kind]
    if node.children.exists():
        raise DomainError("in_use", f"「{node.name}」还有下级分类，请先删除或移走。")
    if entity.classified and entity.model._base_manager.filter(**{f"{entity.classified.field}_id": node.pk}).exists():
        raise DomainError("in_use", f"「{node.name}」里还有{entity.title}，请先移到别的分类。")
    bin_record(log, node)


def node_restoring(node: CategoryNode, log: Journal) -> None:
    """A category comes back where the one above stands now."""
    raise_stamp()
    node.path = _path_of(node)


def _path_of(node: CategoryNode) -> str:
    above = CategoryNode.objects.filter(pk=node.parent_id or 0).values_list("path", flat=True).first()
    return f"{above or '/'}{node.pk}/"


def _check(node: CategoryNode) -> None:
    """Raises Invalid for a name that its level has already, and for a place where it cannot stand."""
    above = CategoryNode.objects.filter(pk=node.parent_id or 0).first()
    if above is not None:
        if above.kind != node.kind:
            raise Invalid({"parent": ["上级分类用于别的记录，请重新选择。"]})
        if node.pk and f"/{node.pk}/" in above.path:
            raise Invalid({"parent": ["上级分类不能是它自己，也不能是它的下级分类。"]})
        deep = CategoryNode.objects.filter(kind=node.kind, path__startswith=node.path) if node.pk else ()
        own = max((one.path.count("/") for one in deep), default=0) - node.path.count("/") if node.pk else 0
        if above.path.count("/") + own > DEEPEST:
            raise Invalid({"parent": [f"分类最多 {DEEPEST} 级。"]})
    if (
        CategoryNode.objects.filter(kind=node.kind, parent=node.parent_id, name=node.name)
        .exclude(pk=node.pk or 0)
        .exists()
    ):
        raise Invalid({"name": [f"同一级里已有分类「{node.name}」。"]})


# --- a record becomes a category ---------------------------------------------------------------------------------------


def classify_action(entity: Entity) -> Action:
    """「分类」 on the lists that show the tree: the record's name becomes a category at its place."""
    views = [view.name for view in entity.views if not view.public]

    @deed(f"{entity.name}.classify", right=RIGHT)
    def classify(record: Model, *, by: Any, log: Journal) -> None:
        """The record goes to the recycle bin, its name stays as a category. Raises DomainError for one in use."""
        require(by, entity.right("change"))  # for callers below the doors
        limit = CategoryNode._meta.get_field("name").max_length or 0
        if len(str(record)) > limit:
            raise DomainError("too_long", f"分类名称最多 {limit} 个字，请先把名称改短。")
        place = getattr(record, f"{entity.classified.field}_id")
        remove = entity.classified.remove or partial(_remove, kind=entity.name)
        remove(record, by=by, log=log)
        try:
            node_create({"kind": entity.name, "name": str(record), "parent": place}, by=by)
        except Invalid as error:
            raise DomainError("name_taken", next(iter(error.fields.values()))[0]) from None

    return Action(
        "classify", "分类", classify, right=RIGHT, icon="folder-plus", views=views, single=views or ["all"], on_detail=False,
        key="alt+t", freely=True, needs=[entity.right("change")],
        ask="它的名称将成为一个分类，可以在下面新增记录；这条记录本身移到回收站。",
    )  # fmt: skip


def _remove(record: Model, *, by: Any, log: Journal, kind: str) -> None:
    refuse_used(record)
    if why_not_delete(kind, record):
        raise in_use()
    bin_record(log, record)


def refuse_used(record: Model, besides: tuple[type[Model], ...] = ()) -> None:
    """Raises DomainError when a row of another table than these refers to the record."""
    for relation in record._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not relation.related_model or relation.many_to_many:
            continue
        if relation.related_model in besides:
            continue
        if relation.related_model._base_manager.filter(**{relation.field.name: record.pk}).exists():
            raise in_use()


def in_use() -> DomainError:
    """What is said of a record on which something hangs (LST-12)."""
    return DomainError("in_use", f"{IN_USE}。")
