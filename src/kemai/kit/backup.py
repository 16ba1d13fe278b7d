"""`kemai backup` and `kemai restore`: one file that any version from now on, on either database, makes a system from (SYS-09, REL-03).

The file is a zip: manifest.json, a table's rows as JSON lines, the attached files. Rows are read within one snapshot while people work. The
way back goes through the tables as they were when the backup was made, and from there through the migrations: so it is the way of an older
backup into a newer version, and of a company that grows from SQLite to PostgreSQL. What follows from the rows (search index) is made anew.
"""

import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from kemai import __version__
from kemai.kit.errors import DomainError
from kemai.kit.models import ChangeSet
from kemai.kit.search_docs import index_anew

FORMAT = 1
BATCH = 2000  # rows
MANIFEST = "manifest.json"
NAME = re.compile(r"kemai-(?P<kind>nightly|manual|before-upgrade)-(?P<moment>\d{8}-\d{6})\.zip")
MOMENT = "%Y%m%d-%H%M%S"  # the company's time


def backup_folder() -> Path:
    """Where Kemai keeps the backups that it makes by itself, unless a parameter says otherwise."""
    return Path(settings.DATA_DIR) / "backups"


@dataclass(frozen=True)
class Kept:
    """A backup that Kemai has made by itself. `kind`: nightly, manual, before-upgrade."""

    path: Path
    kind: str
    made_at: datetime

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def kept_in(folder: Path) -> list[Kept]:
    """The backups in a folder that carry a name of ours, the newest first."""
    found = []
    for path in folder.glob("kemai-*.zip") if folder.is_dir() else ():
        if named := NAME.fullmatch(path.name):
            moment = datetime.strptime(named["moment"], MOMENT).replace(tzinfo=timezone.get_current_timezone())
            found.append(Kept(path, named["kind"], moment))
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def backup_into(folder: Path, kind: str) -> Path:
    """Makes a backup under a name of ours. Raises DomainError, OSError; of one that could not be finished nothing remains."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"kemai-{kind}-{timezone.localtime().strftime(MOMENT)}.zip"
    backup(target)
    return target


def forget_old(folder: Path, kind: str, keep: int) -> list[Path]:
    """Removes all but the newest backups of a kind, and what killed ones have left; returns what went."""
    old = [one.path for one in kept_in(folder) if one.kind == kind][keep:]
    yesterday = timezone.now().timestamp() - 86_400
    gone = [*old, *(path for path in folder.glob("kemai-*.zip.part") if path.stat().st_mtime < yesterday)]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


# --- out ---------------------------------------------------------------------------------------------------------------


def backup(target: Path) -> dict[str, Any]:
    """Writes the whole system into one new file while people work, and returns its manifest. Raises DomainError."""
    if target.exists():
        raise DomainError("file_exists", f"「{target}」已经存在，请换一个文件名。")
    if not target.parent.is_dir():
        raise DomainError("no_folder", f"没有「{target.parent}」这个目录。")
    unfinished = target.with_name(f"{target.name}.part")
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "version": __version__,
        "made_at": timezone.now().isoformat(),
        "tables": {},
    }
    try:
        unfinished.touch(mode=0o600)  # all that the company has
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            with _snapshot():
                manifest["migrations"] = _applied()
                for model in _models(_present_tables()):
                    manifest["tables"][model._meta.label] = _write_table(packed, model)
            manifest["files"] = _write_files(packed)
            packed.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot() -> Iterator[None]:
    """All reads within see the database as it is at the first one, and keep nobody from writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    with connection.cursor() as cursor:  # atomic() would take the lock of writers
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _applied() -> list[list[str]]:
    return sorted(map(list, MigrationExecutor(connection).loader.applied_migrations))


def _present_tables() -> Any:
    """The models of the tables as they are: today's, or those of the older version that has made them (SYS-12)."""
    executor = MigrationExecutor(connection)
    applied = set(executor.loader.applied_migrations)
    if strange := applied - set(executor.loader.disk_migrations):
        raise DomainError("newer_database", f"数据属于更新的版本（{'.'.join(min(strange))}），请用更新的程序备份。")
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return apps
    return executor.loader.project_state(_last_of(executor, applied)).apps


def _models(of: Any) -> list[Any]:
    """All tables of rows, links between kinds included."""
    found = [
        model for model in of.get_models(include_auto_created=True) if model._meta.managed and not model._meta.proxy
    ]
    return sorted(found, key=lambda model: model._meta.label)


def _write_table(packed: zipfile.ZipFile, model: Any) -> dict[str, Any]:
    columns = sorted(one.attname for one in model._meta.local_concrete_fields)  # whatever version has made the table
    digest, count = hashlib.sha256(), 0
    with packed.open(_place(model._meta.label), "w", force_zip64=True) as file:
        for row in model._base_manager.order_by("pk").values_list(*columns).iterator(chunk_size=BATCH):
            line = json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain).encode() + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
    return {"columns": columns, "rows": count, "sha256": digest.hexdigest()}


def _place(label: str) -> str:
    return f"tables/{label}.jsonl"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{type(value)} has no place in a backup")


def _write_files(packed: zipfile.ZipFile) -> int:
    """The attached files. They are written once and never changed; one that was deleted meanwhile belongs to no row of later."""
    root, count = Path(settings.MEDIA_ROOT), 0
    for path in sorted(root.rglob("*")):
        try:
            if path.is_file():
                packed.write(path, f"files/{path.relative_to(root).as_posix()}", zipfile.ZIP_STORED)
                count += 1
        except FileNotFoundError:
            continue
    return count


# --- back --------------------------------------------------------------------------------------------------------------


def restore(source: Path) -> dict[str, Any]:
    """Makes the system of a backup in an empty one, of this version, and returns the backup's manifest. Raises DomainError; nothing is half
    restored then, but an empty database may have tables."""
    manifest = load(source)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    index_anew()
    return manifest


def load(source: Path) -> dict[str, Any]:
    """Makes the tables of a backup in an empty system as they were when it was made, and returns its manifest. Raises DomainError."""
    try:
        packed = zipfile.ZipFile(source)
    except FileNotFoundError:
        raise DomainError("no_file", f"没有「{source}」这个文件。") from None
    except (OSError, zipfile.BadZipFile):
        raise DomainError("not_a_backup", f"「{source}」不是客脉的备份文件，或已经损坏。") from None
    with packed:
        manifest = _read_manifest(packed, source)
        _refuse_present_data()
        then = _to_the_tables_of_then(manifest)
        with transaction.atomic(), connection.constraint_checks_disabled():
            for model in _models(then):
                _empty(model)
            for model in _models(then):
                kept = manifest["tables"].get(model._meta.label)
                if kept:
                    _read_table(packed, model, kept)
            _count_on(_models(then))
            connection.check_constraints()
        _read_files(packed)
    return manifest


def _read_manifest(packed: zipfile.ZipFile, source: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(packed.read(MANIFEST))
        known = manifest["format"]
    except (KeyError, ValueError):
        raise DomainError("not_a_backup", f"「{source}」不是客脉的备份文件，或已经损坏。") from None
    if known != FORMAT:
        raise DomainError("newer_backup", f"这份备份由更新的版本 {manifest.get('version')} 制作，请先升级客脉。")
    return manifest


def _refuse_present_data() -> None:
    tables = connection.introspection.table_names()
    if ChangeSet._meta.db_table in tables and ChangeSet.objects.exists():
        raise DomainError(
            "not_empty",
            "这里已有数据。请恢复到新的数据目录或空的数据库里，例如 KEMAI_DATA=/新目录 kemai restore 文件。",
        )


def _to_the_tables_of_then(manifest: dict[str, Any]) -> Any:
    """Brings the empty database to the tables that the backup speaks of, and returns the models of that time."""
    executor = MigrationExecutor(connection)
    applied = {(app, name) for app, name in manifest["migrations"]}
    if strange := applied - set(executor.loader.disk_migrations):
        raise DomainError(
            "newer_backup", f"这份备份由更新的版本 {manifest['version']} 制作（{min(strange)[1]}），请先升级客脉。"
        )
    targets = _last_of(executor, applied)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def _last_of(executor: MigrationExecutor, applied: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The last one of these migrations in each app."""
    return [node for node in applied if not _followed(executor, node, applied)]


def _followed(executor: MigrationExecutor, node: tuple[str, str], applied: set[tuple[str, str]]) -> bool:
    return any(
        child.key in applied and child.key[0] == node[0] for child in executor.loader.graph.node_map[node].children
    )


def _empty(model: Any) -> None:
    """Takes out what migrations have put in; row by row, for Django's own way would follow links."""
    model._base_manager.all()._raw_delete(using=connection.alias)


def _read_table(packed: zipfile.ZipFile, model: Any, kept: dict[str, Any]) -> None:
    fields = {one.attname: one for one in model._meta.local_concrete_fields}
    if set(kept["columns"]) != set(fields):
        raise DomainError("broken_backup", f"备份中「{model._meta.label}」的列与它的版本不符，备份可能已经损坏。")
    readers = [_reader(fields[name]) for name in kept["columns"]]
    digest, count = hashlib.sha256(), 0
    rows: list[Any] = []
    with packed.open(_place(model._meta.label)) as file:
        for line in file:
            digest.update(line)
            values = [read(value) for read, value in zip(readers, json.loads(line), strict=True)]
            rows.append(model(**dict(zip(kept["columns"], values, strict=True))))
            count += 1
            if len(rows) == BATCH:
                model._base_manager.bulk_create(rows)
                rows = []
    if rows:
        model._base_manager.bulk_create(rows)
    if count != kept["rows"] or digest.hexdigest() != kept["sha256"]:
        raise DomainError("broken_backup", f"备份中「{model._meta.label}」的内容不完整，备份可能已经损坏。")


def _reader(field: Any) -> Callable[[Any], Any]:
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.JSONField):
        return lambda value: value
    return lambda value: None if value is None else target.to_python(value)


def _count_on(of: list[Any]) -> None:
    """New rows get ids above those of the backup (SQLite sees to it by itself)."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), of):
            cursor.execute(statement)


def _read_files(packed: zipfile.ZipFile) -> None:
    root = Path(settings.MEDIA_ROOT)
    for name in packed.namelist():
        path = PurePosixPath(name)
        if path.parts[0] != "files" or len(path.parts) < 2 or ".." in path.parts:
            continue
        place = root.joinpath(*path.parts[1:])
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.write_bytes(packed.read(name))
