"""Filters that people keep under a name and share with colleagues (LST-04).

A saved filter is read like one that is typed: by `columns_for` of who loads it. What a reader may not have, it neither finds nor tells.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q

from kemai.kit.access import require
from kemai.kit.columns import BoundColumn, columns_for
from kemai.kit.entity import Entity, Field, View, entity_of
from kemai.kit.errors import Conflict, Invalid, NotFound
from kemai.kit.filters import condition_of, parse_filter, why_unusable
from kemai.kit.models import SavedFilter
from kemai.kit.text import clean_line
from kemai.kit.values import BadValue, Spec, bind, means_yes, readable

NAME_LENGTH = 40
MOST = 100  # filters of one person in one list


def filters_of(by: Any, entity: Entity) -> list[SavedFilter]:
    """The person's own filters of a kind, then those that colleagues share with them."""
    seen = SavedFilter.objects.filter(Q(owner_id=by.pk) | Q(everybody=True) | Q(colleagues=by.pk), kind=entity.name)
    kept = seen.select_related("owner").distinct()
    return sorted(kept, key=lambda one: (one.owner_id != by.pk, one.name, one.pk))


def filter_json(one: SavedFilter, by: Any, columns: Sequence[BoundColumn]) -> dict[str, Any]:
    """A saved filter for who may have these columns; `filter` is null where it speaks of others, and `why` says so."""
    mine, why = one.owner_id == by.pk, why_unusable(one.filter, columns)
    return {
        "id": one.pk,
        "name": one.name,
        "filter": None if why else one.filter,
        "why": "这组条件用到了这个列表里没有的字段，不能装入。" if why else "",
        "owner": one.owner.name,
        "mine": mine,
        "everybody": one.everybody,
        "colleagues": list(one.colleagues.order_by("pk").values_list("pk", flat=True)) if mine else [],
    }


def filters_json(by: Any, entity: Entity, view: View) -> list[dict[str, Any]]:
    """All saved filters of a list as programs and pages read them."""
    columns = columns_for(by, entity, view)
    return [filter_json(one, by, columns) for one in filters_of(by, entity)]


def colleagues_spec() -> Spec:
    """The input of whom a filter is shared with."""
    people = entity_of(get_user_model())
    return bind(None, Field("colleagues", "共享给", refers=people.name if people else "", many=True))


@transaction.atomic
def save_filter(by: Any, entity: Entity, view: View, raw: Mapping[str, Any]) -> SavedFilter:
    """Keeps a filter under a name; one's own of that name is replaced with `overwrite` only. Raises Invalid, Malformed, Conflict."""
    require(by, entity.right("view"))
    name = clean_line(readable(str(raw.get("name") or "")))
    asked = parse_filter(raw.get("filter"))
    if not name or len(name) > NAME_LENGTH:
        raise Invalid({"name": [f"请填写过滤条件的名称，最多 {NAME_LENGTH} 个字。"]})
    if asked is None:
        raise Invalid({"filter": ["还没有条件，先增加条件再保存。"]})
    condition_of(asked, columns_for(by, entity, view), by)
    try:
        colleagues = colleagues_spec().read(raw.get("colleagues") or [], by, "api")
    except BadValue as error:
        raise Invalid({"colleagues": [str(error)]}) from None
    own = SavedFilter.objects.select_for_update().filter(owner_id=by.pk, kind=entity.name)
    kept = own.filter(name=name).first()
    if kept and not means_yes(raw.get("overwrite")):
        raise Conflict("exists", f"您已有名为「{name}」的过滤条件，再按一次就覆盖它。")
    if kept is None and own.count() >= MOST:
        raise Invalid({"name": [f"每个列表最多保存 {MOST} 组过滤条件，请先删除不用的。"]})
    kept = kept or SavedFilter(owner_id=by.pk, kind=entity.name, name=name)
    kept.filter, kept.everybody = asked, means_yes(raw.get("everybody"))
    kept.save()
    kept.colleagues.set(colleagues)
    return kept


def delete_filter(by: Any, entity: Entity, pk: int) -> str:
    """Deletes one of the person's own filters and returns its name. Raises NotFound for others'."""
    require(by, entity.right("view"))
    kept = SavedFilter.objects.filter(pk=pk, owner_id=by.pk, kind=entity.name).first() if 0 < pk < 2**63 else None
    if kept is None:
        raise NotFound("没有找到这组过滤条件，它可能已被删除。")
    kept.delete()
    return kept.name
