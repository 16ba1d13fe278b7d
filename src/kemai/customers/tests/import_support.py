"""What the tests of imports share: files from rows, imports through the kit, a picture of the whole database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from kemai.kit import import_reading, importing, sheet_writer
from kemai.kit.entity import registry
from kemai.kit.models import Import, ImportRow
from kemai.kit.search_docs import index_of
from kemai.people.models import Employee
from kemai.people.tests.factories import again

NAME, TEL, PERSON, MOBILE = "客户名称", "电话", "联系人", "手机"  # headers that most tables have
OF_THE_IMPORT = {
    "changeset",
    "rowchange",
    "import",
    "importrow",
    "importchunk",
    "stamp",
    "numbercounter",
    "job",
    "token",
}


def sheet(folder: Path, headers: Sequence[str], *rows: Sequence[Any], name: str = "客户.xlsx") -> Path:
    """A workbook with a header and rows."""
    path = folder / name
    sheet_writer.write_xlsx(str(path), "客户", headers, rows)
    return path


def received(path: Path, by: Employee, *, kind: str = "customer", **options: Any) -> Import:
    """A file that was taken in, columns matched."""
    entity = importing.importable(kind, by)
    chosen = importing.read_options(entity, by, options)
    return importing.receive(path, file_name=path.name, entity=entity, by=by, options=chosen)


def previewed(path: Path, by: Employee, *, kind: str = "customer", **options: Any) -> Import:
    return importing.preview(received(path, by, kind=kind, **options))


def imported(path: Path, by: Employee, **options: Any) -> Import:
    return importing.commit(received(path, by, **options))


def in_chunks_of(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports read so many rows together, and write them in a transaction of their own."""
    monkeypatch.setattr(import_reading, "CHUNK", rows)
    monkeypatch.setattr(importing, "TOGETHER", 1)


def killed_after_a_chunk(run: Import) -> Import:
    """An import that is killed when it has written its first chunk."""

    class Killed(BaseException):
        pass

    def die(done: int, total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        importing.commit(run, die)
    return again(run)


def imported_as_foreseen(path: Path, by: Employee, *, kind: str, **options: Any) -> Import:
    """Preview, then commit: both must say the same."""
    run = received(path, by, kind=kind, **options)
    importing.preview(run)
    foreseen = verdicts(run)
    importing.commit(run)
    assert verdicts(run) == foreseen
    return again(run)


def verdicts(run: Import) -> list[tuple[int, str, str]]:
    """Row, verdict and message of each row."""
    return list(ImportRow.objects.filter(of=run).order_by("number").values_list("number", "verdict", "message"))


def whole_database() -> dict[str, Any]:
    """Every table but those that tell of the import itself, and what the search indexes hold."""
    kept: dict[str, Any] = {}
    for model in apps.get_models():
        name = model._meta.model_name
        if name == "tally":
            kept[name] = sorted(model.objects.exclude(count=0).values_list("kind", "owner_id", "count"))
        elif name not in OF_THE_IMPORT:
            kept[name] = sorted(map(repr, model._base_manager.values_list()))
    for entity in registry.values():
        if entity.search:
            kept[f"index of {entity.name}"] = index_of(entity.name).dump()
    return kept
