"""「用户及权限设置」: which role has which rights and how far it reaches (ORG-04, ORG-05)."""

from collections.abc import Mapping
from typing import Any

from kemai.kit.access import require
from kemai.kit.entity import registry, rights
from kemai.kit.errors import Invalid, NotFound
from kemai.people.models import DataScope, Employee, EmployeeRole, Role
from kemai.people.rules import why_not_change_role
from kemai.people.services import role_set_rights

FIRST_GROUP = "CRM相关权限"  # what users look for first in 「其他权限」


def load(by: Employee) -> dict[str, Any]:
    """Groups of rights, kinds with a data range, and what each role has of them. `fixed` is why a role cannot be changed, or ""."""
    require(by, "role.change")
    groups: dict[str, list[dict[str, str]]] = {FIRST_GROUP: []}
    for right in rights.values():
        groups.setdefault(right.group, []).append({"code": right.code, "label": right.label, "help": right.help})
    people: dict[int, list[str]] = {}
    named = EmployeeRole.objects.filter(employee__state=Employee.State.ACTIVE).order_by(
        "employee__name_key", "employee_id"
    )
    for role_id, name in named.values_list("role_id", "employee__name"):
        people.setdefault(role_id, []).append(name)
    return {
        "groups": [{"title": title, "rights": items} for title, items in groups.items() if items],
        "kinds": [{"kind": entity.name, "title": entity.title} for entity in registry.values() if entity.ranged],
        "scopes": [{"value": value, "label": label} for value, label in DataScope.choices],
        "roles": [
            {
                "id": role.pk, "name": role.name, "code": role.code, "version": role.version, "fixed": why_not_change_role(role, by) or "",
                "rights": role.rights, "ranges": role.ranges, "remarks": role.remarks,
                "people": people.get(role.pk, []),
            }
            for role in Role.objects.order_by("pk")
        ],
    }  # fmt: skip


def helps() -> str:
    """Every right in the words of its declaration, for the help of the page."""
    groups = dict.fromkeys(one.group for one in rights.values())
    lines = [
        "## 全部权限",
        "",
        f"有数据范围的记录：{'、'.join(one.title for one in registry.values() if one.ranged)}。",
        "",
    ]
    for group in groups:
        words = [
            f"{one.label}（{one.help}）" if one.help else one.label for one in rights.values() if one.group == group
        ]
        lines.append(f"- **{group}**：{'、'.join(words)}")
    return "\n".join(lines)


def accepts() -> dict[str, dict[str, Any]]:
    """What `save` takes, for the API's description."""
    scopes = {"type": "string", "enum": list(DataScope.values)}
    return {
        "role": {"type": ["integer", "string"]},
        "version": {"type": ["integer", "string"]},
        "rights": {"type": "array", "items": {"type": "string"}},
        "ranges": {"type": "object", "additionalProperties": scopes},
    }


def save(by: Employee, raw: Mapping[str, Any]) -> str:
    """Stores one role's rights and ranges: {"role": id, "rights": [codes], "ranges": {kind: scope}}; on the page `range.<kind>`.

    What is not sent stays as it is; `version` is checked when it is sent (FRM-02).
    """
    require(by, "role.change")
    try:
        role = Role.objects.filter(pk=int(raw.get("role", 0))).first()
    except (TypeError, ValueError):
        role = None
    if role is None:
        raise NotFound
    codes = raw.get("rights", role.rights)
    chosen = {name.removeprefix("range."): value for name, value in raw.items() if name.startswith("range.")}
    ranges = raw.get("ranges", chosen or role.ranges)
    codes = [codes] if isinstance(codes, str) else codes
    if not isinstance(codes, list) or not isinstance(ranges, dict) or not all(isinstance(code, str) for code in codes):
        raise Invalid({"rights": ["权限应是一组代码，数据范围应是一个对象。"]})
    version = raw.get("version")
    if version is not None and not str(version).isdigit():
        raise Invalid({"version": ["版本号应为整数。"]})
    given = {kind: scope for kind, scope in ranges.items() if scope}
    role_set_rights(role, codes=codes, ranges=given, by=by, version=int(version) if version is not None else None)
    return f"「{role.name}」的权限已保存，立即生效。"
