"""「备份」: the list, how the last one went, 「立即备份」 (SYS-15)."""

from collections.abc import Mapping
from typing import Any

from kemai.kit.access import may, require
from kemai.office import backups
from kemai.office.queries import setting

KINDS = {"nightly": "自动", "manual": "手动", "before-upgrade": "升级前"}


def load(by: Any) -> dict[str, Any]:
    """Every backup with its kind, time and size in bytes, and what is wrong."""
    require(by, "backup.manage")
    return {
        "backups": [
            {
                "name": one.path.name, "kind": one.kind, "kind_display": KINDS[one.kind], "made_at": one.made_at.isoformat(), "size": one.size,
                "place": str(one.path.parent),
            }
            for one in backups.kept()
        ],
        "running": backups.running(), "trouble": backups.trouble(), "failed": backups.failed_by_hand(), "folder": str(backups.folder()),
        "nightly": setting("backup_nightly"), "keep": setting("backup_keep"), "may_download": may(by, "backup.download"),
    }  # fmt: skip


def accepts() -> dict[str, dict[str, Any]]:
    """What `save` takes: nothing."""
    return {}


def save(by: Any, raw: Mapping[str, Any]) -> str:
    """「立即备份」."""
    backups.ask_for_one(by)
    return "已开始备份，完成后出现在列表中。"
