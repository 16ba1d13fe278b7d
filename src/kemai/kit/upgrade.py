"""`kemai upgrade`, and what `kemai serve` does with a database of an older version (SYS-12, REL-05).

A backup first; then all migrations in one transaction, on both databases: when one fails, or the machine stops, nothing of it has been, and
the old program goes on with the old data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.db.migrations.exceptions import InconsistentMigrationHistory
from django.db.migrations.executor import MigrationExecutor

from kemai import __version__
from kemai.kit import in_use
from kemai.kit.backup import backup_folder, backup_into
from kemai.kit.errors import DomainError
from kemai.kit.search_docs import index_anew

LOCK_TIMEOUT = "30s"  # PostgreSQL: how long a change of tables waits for who still works with them


@dataclass(frozen=True)
class Plan:
    """What an upgrade would do. `empty`: there are no tables yet; `pending`: (app, migration) in the order in which they would run."""

    empty: bool
    pending: tuple[tuple[str, str], ...]


def plan() -> Plan:
    """Compares the database with the program. Raises DomainError when the database belongs to a newer program."""
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    if strange := applied - set(executor.loader.disk_migrations):
        raise DomainError(
            "newer_database",
            f"数据属于更新的版本（{'.'.join(min(strange))}），这个程序是 {__version__}。请用更新的程序，数据没有改动。",
        )
    try:
        executor.loader.check_consistent_history(connection)
    except InconsistentMigrationHistory as error:
        raise DomainError("broken_history", f"数据库的版本记录不完整：{error}") from None
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Plan(not applied, tuple((step.app_label, step.name) for step, _ in steps))


def upgrade(say: Callable[[str], None]) -> None:
    """Brings the database to this version; does nothing when it is there. Raises DomainError, and then nothing has changed.

    `say` is told in plain sentences what is about to be done.
    """
    if not plan().pending:
        return
    with in_use.alone(Path(settings.DATA_DIR)):
        todo = plan()
        if todo.empty:
            _migrate()
        elif todo.pending:
            say(announce(todo))
            kept = _backup_first()
            say(f"已备份到 {kept}，开始升级 …")
            try:
                indexed = _migrate()
            except Exception as error:
                raise DomainError(
                    "upgrade_failed",
                    f"升级没有成功，数据仍是升级前的样子，可以用原来的程序继续工作。备份在 {kept}。"
                    f"原因：{type(error).__name__}: {' '.join(str(error).split())}",
                ) from error
            if indexed:
                say(f"查找索引已重建：{'、'.join(indexed)}。")
            say("升级完成。")


def announce(todo: Plan) -> str:
    """What would be done, for people."""
    names = "、".join(f"{app}.{name}" for app, name in todo.pending)
    return f"数据库需要升级到 {__version__}：先完整备份，再执行 {len(todo.pending)} 项变更（{names}）。"


def _backup_first() -> Path:
    try:
        return backup_into(backup_folder(), "before-upgrade")
    except OSError as error:
        raise DomainError("no_backup", f"升级前的备份没有成功（{error.strerror or error}），没有升级。") from error


def _migrate() -> list[str]:
    """All migrations or none of them; returns the titles of the kinds whose search index had to be made anew."""
    checked = (
        connection.vendor == "sqlite" and connection.disable_constraint_checking()
    )  # not possible once it has begun
    try:
        with transaction.atomic(durable=True):
            if connection.vendor == "postgresql":
                _run(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            executor = MigrationExecutor(connection, _between)
            executor.migrate(executor.loader.graph.leaf_nodes())
            emit_post_migrate_signal(0, False, connection.alias)
            return [entity.title for entity in index_anew(changed_only=True)]
    finally:
        if checked:
            connection.enable_constraint_checking()


def _between(action: str, migration: Any = None, fake: bool | None = False) -> None:
    """PostgreSQL changes no table while checks of its rows are still to be made: they are made after each migration."""
    if action == "apply_success" and connection.vendor == "postgresql":
        _run("SET CONSTRAINTS ALL IMMEDIATE")
        _run("SET CONSTRAINTS ALL DEFERRED")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
