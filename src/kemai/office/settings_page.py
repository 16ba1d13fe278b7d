"""「参数设置」: all switches and limits on one page, grouped (SYS-05)."""

from collections.abc import Mapping
from typing import Any

from kemai.kit.access import may, require
from kemai.kit.errors import Invalid
from kemai.office import backups
from kemai.office.parameters import parameters
from kemai.office.queries import setting, settings_version
from kemai.office.services import settings_save
from kemai.people import start


def load(by: Any) -> dict[str, Any]:
    """Every parameter with its present value and the line that says what it does."""
    require(by, "setting.view")
    groups: dict[str, list[dict[str, Any]]] = {}
    for parameter in parameters.values():
        groups.setdefault(parameter.group, []).append(
            {
                "code": parameter.code, "label": parameter.label, "help": parameter.help, "kind": parameter.kind,
                "value": setting(parameter.code), "default": parameter.default,
                "choices": [{"value": value, "label": label} for value, label in parameter.all_choices()],
            }
        )  # fmt: skip
    return {
        "groups": [{"title": title, "parameters": items} for title, items in groups.items()],
        "may_change": may(by, "setting.change"),
        "demonstration": start.demo_accounts() is not None,
        "backup_trouble": backups.trouble() if may(by, "backup.manage") else None,
        "version": settings_version(),
    }


def helps() -> str:
    """Every parameter in the words of its declaration, for the help of the page."""
    groups = dict.fromkeys(one.group for one in parameters.values())
    lines: list[str] = []
    for group in groups:
        lines += [f"## {group}", ""]
        for one in parameters.values():
            if one.group == group:
                choices = "、".join(label for _, label in one.all_choices())
                lines.append(f"- **{one.label}**：{one.help}" + (f"可选：{choices}。" if choices else ""))
        lines.append("")
    return "\n".join(lines)


def accepts() -> dict[str, dict[str, Any]]:
    """What `save` takes, for the API's description."""
    types: dict[str, dict[str, Any]] = {"bool": {"type": ["boolean", "string"]}, "int": {"type": ["integer", "string"]},
             "choices": {"type": "array", "items": {"type": "string"}}}  # fmt: skip
    sent = {code: {"title": one.label, **types.get(one.kind, {"type": "string"})} for code, one in parameters.items()}
    return {"version": {"type": ["integer", "string"]}, **sent}


def save(by: Any, raw: Mapping[str, Any]) -> str:
    """Stores what was sent: {code: value}; `version` is checked when it is sent (FRM-02)."""
    values = dict(raw)
    version = values.pop("version", None)
    if version is not None and not str(version).isdigit():
        raise Invalid({"version": ["版本号应为整数。"]})
    changed = settings_save(values, by=by, version=int(version) if version is not None else None)
    return "参数已保存，立即生效。" if changed else "参数没有变化。"
