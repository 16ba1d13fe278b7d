"""From every earlier version to this one: a backup first, then all of the changes or none of them (SYS-12, REL-05)."""

import json
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader

from kemai.config.apps import KEMAI_APPS
from kemai.kit import in_use
from kemai.kit.errors import DomainError
from tests.commands import done, kemai, manifest

EARLIER = sorted((Path(__file__).parent / "upgrades").glob("*.zip"))
OLDEST = next(file for file in EARLIER if file.stem == "0.1-first")
RUN = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "kemai.config.settings"
import kemai
from pathlib import Path
"""
LOAD = [sys.executable, "-c", f"""{RUN}
import django; django.setup()
from kemai.kit.backup import load
load(Path(sys.argv[1]))
"""]  # fmt: skip
LATER = [sys.executable, "-c", f"""{RUN}
from django.conf import settings
settings.MIGRATION_MODULES = {{"notify": "later"}}
from kemai.config.cli import main
sys.exit(main(sys.argv[1:]))
"""]  # fmt: skip
"""The program of a later version: the messages' table changes in it, see `later`."""


def of_earlier(environment: dict[str, str], file: Path) -> dict[str, str]:
    """A system as the earlier version has left it."""
    done(environment, str(file), program=LOAD)
    return environment


def later(environment: dict[str, str], folder: Path, *then: str) -> dict[str, str]:
    """Makes the migrations of a later version: a column, a changed row, and what else happens in it."""
    package = folder / "later"
    shutil.copytree(Path(__file__).parents[1] / "src/kemai/notify/migrations", package)
    number = len(list(package.glob("0*.py")))
    before = max(package.glob("0*.py")).stem
    (package / f"{number + 1:04d}_later.py").write_text(
        "import time\n"
        "from django.db import migrations, models\n"
        "def happens(apps, schema_editor):\n"
        "    apps.get_model('kit', 'Stamp').objects.update(value=-1)\n"
        "    apps.get_model('people', 'Employee').objects.update(name='改过的')\n"
        + "".join(f"    {line}\n" for line in then)
        + "class Migration(migrations.Migration):\n"
        f"    dependencies = [('notify', '{before}'), ('kit', '0001_initial'), ('people', '0001_initial')]\n"
        "    operations = [\n"
        "        migrations.AddField('message', 'urgent', models.BooleanField(default=False)),\n"
        "        migrations.RunPython(happens),\n"
        "        migrations.AddField('message', 'kind', models.CharField(max_length=10, default='')),\n"
        "    ]\n",
        encoding="utf-8",
    )
    return environment | {"PYTHONPATH": f"{Path(__file__).parents[1] / 'src'}:{folder}"}


def content(environment: dict[str, str], file: Path) -> dict[str, Any]:
    """Every row of every table, as checksums."""
    file.unlink(missing_ok=True)
    done(environment, "backup", str(file))
    return {key: value for key, value in manifest(file).items() if key in ("tables", "migrations")}


def rows(file: Path, table: str) -> list[list[Any]]:
    with zipfile.ZipFile(file) as packed:
        return [json.loads(line) for line in packed.read(f"tables/{table}.jsonl").splitlines()]


def customers(file: Path) -> dict[int, tuple[str, int | None]]:
    """Name and owner of every customer in a backup."""
    columns = manifest(file)["tables"]["customers.Customer"]["columns"]
    places = [columns.index(name) for name in ("id", "name", "owner_id")]
    return {row[places[0]]: (row[places[1]], row[places[2]]) for row in rows(file, "customers.Customer")}


@pytest.fixture
def present(own_database, tmp_path) -> dict[str, str]:
    """A system of this version with data."""
    secret = tmp_path / "password"
    secret.write_text("Zhengque-mima-2026", encoding="utf-8")
    done(own_database, "migrate")
    done(
        own_database,
        *("init", "--company", "远达公司", "--name", "陈总", "--login", "chen", "--password-file", str(secret)),
    )
    return own_database


@pytest.mark.spec("SYS-10")
def test_a_system_is_made_where_nothing_has_been(own_database, tmp_path):
    (tmp_path / "password").write_text("Kemai-2026")
    said = done(
        own_database,
        *("init", "--company", "远达公司", "--name", "管理员", "--login", "admin"),
        *("--password-file", str(tmp_path / "password")),
    )
    assert said.splitlines()[-1] == "已初始化，管理员登录名：admin"
    assert "有误" not in done(own_database, "check")


@pytest.mark.spec("SYS-12", "REL-05")
@pytest.mark.parametrize("file", EARLIER, ids=lambda file: file.stem)
def test_an_upgrade_from_an_earlier_version_loses_nothing_and_leaves_its_backup(own_database, tmp_path, file):
    system = of_earlier(own_database, file)
    pending = kemai(system, "upgrade", "--dry-run").stdout
    said = done(system, "upgrade")
    if "不需要升级" not in pending:
        assert "先完整备份，再执行" in pending
        assert "升级完成。" in said
        (kept,) = (tmp_path / "data/backups").glob("kemai-before-upgrade-*.zip")
        assert manifest(kept)["tables"] == manifest(file)["tables"]
        assert "有误" not in done(system, "check")
    assert "不需要升级" in done(system, "upgrade")
    now = tmp_path / "now.zip"
    done(system, "backup", str(now))
    assert customers(now) == customers(file)
    assert len(customers(now)) > 100
    before = {name: table["rows"] for name, table in manifest(file)["tables"].items()}
    after = {name: table["rows"] for name, table in manifest(now)["tables"].items()}
    lost = {name: count for name, count in before.items() if after.get(name, 0) < count}
    assert lost == {}


@pytest.mark.spec("REL-05", "SYS-09")
def test_a_backup_of_the_earliest_version_is_restored_by_this_one(own_database, tmp_path):
    assert "有误" not in done(own_database, "restore", str(OLDEST))
    assert "不需要升级" in done(own_database, "upgrade")
    done(own_database, "backup", str(tmp_path / "now.zip"))
    assert customers(tmp_path / "now.zip") == customers(OLDEST)


@pytest.mark.spec("SYS-12", "REL-05")
def test_a_later_version_upgrades_and_the_earlier_program_then_says_so_and_touches_nothing(present, tmp_path):
    newer = later(present, tmp_path)
    said = done(newer, "upgrade", program=LATER).splitlines()
    assert said[-2:] == [
        "查找索引已重建：职员。",
        "升级完成。",
    ]  # their names are written by it, and nothing else that is searched
    for command in (["upgrade"], ["serve", "--port", "8899"]):
        answer = kemai(present, *command)
        assert answer.returncode == 1
        assert "数据属于更新的版本" in answer.stderr
    assert "数据属于更新的版本" in kemai(present, "backup", str(tmp_path / "no.zip")).stderr
    assert not (tmp_path / "no.zip").exists()


@pytest.mark.spec("SYS-12", "REL-05")
def test_an_upgrade_that_fails_half_way_leaves_all_as_it_was(present, tmp_path):
    before = content(present, tmp_path / "1.zip")
    newer = later(present, tmp_path, "raise RuntimeError('植入的错误')")
    answer = kemai(newer, "migrate", program=LATER)  # as `kemai serve` does at its start
    assert answer.returncode == 1
    assert "升级没有成功，数据仍是升级前的样子" in answer.stderr
    assert "植入的错误" in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert content(present, tmp_path / "1.zip") == before
    assert "有误" not in done(present, "check")
    (kept,) = (tmp_path / "data/backups").glob("kemai-before-upgrade-*.zip")
    assert manifest(kept)["tables"] == before["tables"]


@pytest.mark.spec("SYS-12", "REL-05")
def test_an_upgrade_that_is_killed_half_way_leaves_all_as_it_was(present, tmp_path):
    before = content(present, tmp_path / "1.zip")
    here = tmp_path / "here"
    newer = later(present, tmp_path, f"open({str(here)!r}, 'w').close()", "time.sleep(60)")
    process = subprocess.Popen([*LATER, "upgrade"], env=newer, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not here.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert here.exists()
    process.kill()
    process.wait()
    assert content(present, tmp_path / "1.zip") == before
    assert "有误" not in done(present, "check")


@pytest.mark.spec("SYS-12")
def test_no_upgrade_while_a_server_works_with_the_data(own_database, tmp_path):
    system = of_earlier(own_database, OLDEST)
    before = content(system, tmp_path / "1.zip")
    newer = later(system, tmp_path)
    with in_use.shared(tmp_path / "data"):
        answer = kemai(newer, "upgrade", program=LATER)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == "客脉正在使用这些数据，请先停止服务，再升级。\n"
    assert content(system, tmp_path / "1.zip") == before
    assert not (tmp_path / "data/backups").exists()


@pytest.mark.spec("SYS-12")
def test_no_server_starts_during_an_upgrade(tmp_path, monkeypatch):
    monkeypatch.setattr(in_use, "PATIENCE", 0)
    with in_use.alone(tmp_path):
        with pytest.raises(DomainError, match="数据正在升级"), in_use.shared(tmp_path):
            pass
        with pytest.raises(DomainError), in_use.alone(tmp_path):
            pass
    with in_use.shared(tmp_path), in_use.shared(tmp_path):
        pass


@pytest.mark.spec("SYS-12")
def test_commands_on_an_older_database_say_what_to_do(own_database, tmp_path):
    system = of_earlier(own_database, OLDEST)
    answer = kemai(system, "export", "customers", str(tmp_path / "no.csv"), "--as", "admin")
    assert (answer.returncode, answer.stderr) == (1, "数据库需要先升级，请运行 kemai upgrade。\n")


@pytest.mark.spec("SYS-12")
def test_every_migration_can_be_taken_back_by_the_database():
    """One transaction holds them all only if none of them does without."""
    own = {name.removeprefix("kemai.") for name in KEMAI_APPS}
    loose = [key for key, one in MigrationLoader(None).disk_migrations.items() if key[0] in own and not one.atomic]
    assert loose == []
