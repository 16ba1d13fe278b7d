"""Backup and restore by command: the whole system in one file, made while people work, restored elsewhere (SYS-09, REL-03)."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.commands import KEMAI, done, kemai, manifest


@pytest.fixture(scope="module")
def made_once(tmp_path_factory) -> Path:
    """The data of the demonstration company with one attached file."""
    folder = tmp_path_factory.mktemp("company") / "data"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KEMAI_", "DATABASE_URL"))}
    environment |= {"KEMAI_DATA": str(folder), "KEMAI_SECRET_KEY": "only-for-tests"}
    done(environment, "migrate")
    done(environment, "demo")
    (folder / "files/2026").mkdir(parents=True)
    (folder / "files/2026/合同.txt").write_text("正文", encoding="utf-8")
    return folder


@pytest.fixture
def company(own_system, made_once) -> dict[str, str]:
    """A demonstration company of the test's own."""
    shutil.copytree(made_once, own_system["KEMAI_DATA"])
    return own_system


def elsewhere(environment: dict[str, str], place: Path, **more: str) -> dict[str, str]:
    return {**environment, "KEMAI_DATA": str(place), **more}


@pytest.mark.spec("SYS-09", "REL-03")
def test_a_restored_system_has_the_same_rows_and_files_and_passes_its_check(company, tmp_path):
    said = done(company, "backup", str(tmp_path / "一.zip"))
    attached = [path for path in (Path(company["KEMAI_DATA"]) / "files").rglob("*") if path.is_file()]
    assert f"、{len(attached)} 个文件到" in said
    new = elsewhere(company, tmp_path / "new")
    assert "有误" not in done(new, "restore", str(tmp_path / "一.zip"))
    assert (tmp_path / "new/files/2026/合同.txt").read_text(encoding="utf-8") == "正文"
    done(new, "backup", str(tmp_path / "二.zip"))
    before, after = manifest(tmp_path / "一.zip"), manifest(tmp_path / "二.zip")
    assert before["tables"]["customers.Customer"]["rows"] > 100
    assert before["tables"] == after["tables"]
    assert before["migrations"] == after["migrations"]


@pytest.mark.spec("REL-03")
def test_a_backup_made_while_others_write_is_consistent(company, tmp_path):
    sheet = tmp_path / "客户.csv"
    names = [f"备份期间第{number}号贸易有限公司,139{number:08d}" for number in range(1200)]
    sheet.write_text("\n".join(["客户名称,电话", *names]), encoding="utf-8")
    command = [*KEMAI, "import", "customers", str(sheet), "--as", "admin"]
    writer = subprocess.Popen(command, env=company, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        made = 0
        while writer.poll() is None:
            made += 1
            done(company, "backup", str(tmp_path / f"{made}.zip"))
    finally:
        said, _ = writer.communicate(timeout=120)
    assert writer.returncode == 0, said
    assert made >= 1
    for number in {1, made}:
        new = elsewhere(company, tmp_path / f"new{number}")
        assert "有误" not in done(new, "restore", str(tmp_path / f"{number}.zip"))


@pytest.mark.spec("SYS-09")
def test_what_cannot_be_restored_is_refused_with_one_sentence_and_leaves_no_rows(company, tmp_path):
    whole, bad, newer, words = (tmp_path / name for name in ("whole.zip", "bad.zip", "newer.zip", "words.zip"))
    done(company, "backup", str(whole))
    facts = manifest(whole)
    repack(whole, newer, manifest={**facts, "migrations": [*facts["migrations"], ["customers", "0999_later"]]})
    repack(whole, bad, cut="tables/customers.Customer.jsonl")
    words.write_text("这不是备份", encoding="utf-8")
    new = elsewhere(company, tmp_path / "new")
    for file, sentence in (
        (words, "不是客脉的备份文件，或已经损坏。"), (newer, "请先升级客脉。"), (bad, "内容不完整，备份可能已经损坏。"),
        (tmp_path / "没有.zip", "没有「"),
    ):  # fmt: skip
        answer = kemai(new, "restore", str(file))
        assert (answer.returncode, answer.stdout) == (1, ""), file.name
        assert sentence in answer.stderr
        assert answer.stderr.count("\n") == 1
    done(new, "restore", str(whole))  # nothing of the refused ones stood in the way
    assert "这里已有数据。" in kemai(new, "restore", str(whole)).stderr
    assert "已经存在" in kemai(new, "backup", str(whole)).stderr


def repack(source: Path, target: Path, *, manifest: dict[str, Any] | None = None, cut: str = "") -> None:
    """The same backup with another manifest, or with the last line of a table missing."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json" and manifest:
                content = json.dumps(manifest).encode()
            if name == cut:
                content = b"".join(content.splitlines(keepends=True)[:-1])
            new.writestr(name, content)


@pytest.mark.spec("SYS-09")
@pytest.mark.django_db(transaction=True)
def test_a_company_grows_from_sqlite_to_postgresql_and_back_by_its_backup(company, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("needs a PostgreSQL server")
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    grown = elsewhere(company, tmp_path / "grown", DATABASE_URL=url)
    try:
        done(company, "backup", str(tmp_path / "一.zip"))
        assert "有误" not in done(grown, "restore", str(tmp_path / "一.zip"))
        done(grown, "backup", str(tmp_path / "二.zip"))
        assert manifest(tmp_path / "一.zip")["tables"] == manifest(tmp_path / "二.zip")["tables"]
        back = elsewhere(company, tmp_path / "back")
        assert "有误" not in done(back, "restore", str(tmp_path / "二.zip"))
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
