"""「备份」: every night by itself, kept for a while, an alarm when it fails; at once, and taken away by who may (SYS-15)."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from kemai.kit import backup, jobs
from kemai.kit.models import ChangeSet, Job
from kemai.notify.models import Message
from kemai.office.services import settings_save
from kemai.people.tests.factories import Team, browser, program, team

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("SYS-15")]


@pytest.fixture
def crew(settings, tmp_path) -> Team:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.MEDIA_ROOT.mkdir()
    settings.DATA_DIR = tmp_path
    return team()


@pytest.fixture
def admin(crew) -> Client:
    return browser(crew.admin)


def an_hour_passes() -> None:
    Job.objects.filter(state=Job.State.WAITING).update(run_at=timezone.now())
    while jobs.run_one():
        pass


def night() -> None:
    """What the runner does by itself."""
    jobs.plan_nights()
    an_hour_passes()


def kept(folder: Path) -> list[str]:
    return [one.kind for one in backup.kept_in(folder)]


def pretend(folder: Path, kind: str, days_ago: int) -> Path:
    """A backup of another day."""
    folder.mkdir(exist_ok=True)
    moment = timezone.localtime() - timedelta(days=days_ago)
    path = folder / f"kemai-{kind}-{moment.strftime(backup.MOMENT)}.zip"
    path.write_bytes(b"PK")
    return path


def test_every_night_makes_a_backup_and_forgets_the_oldest_of_its_own(crew, tmp_path):
    folder = tmp_path / "backups"
    settings_save({"backup_keep": "2"}, by=crew.admin)
    old = [pretend(folder, "nightly", days) for days in (5, 4, 3)]
    by_hand = pretend(folder, "manual", 9)
    night()
    assert [path.exists() for path in old] == [False, False, True]
    assert by_hand.exists()
    assert kept(folder) == ["nightly", "nightly", "manual"]
    newest = backup.kept_in(folder)[0].path
    with zipfile.ZipFile(newest) as packed:
        assert "manifest.json" in packed.namelist()
    assert newest.stat().st_mode & 0o077 == 0
    assert not Message.objects.exists()


def test_it_can_be_switched_off_and_goes_into_the_folder_of_the_parameter(crew, admin, tmp_path):
    settings_save({"backup_nightly": ""}, by=crew.admin)
    night()
    assert kept(tmp_path / "backups") == []
    other = tmp_path / "另一块磁盘"
    for wrong, sentence in (("backups", "请填写服务器上的完整路径"), (str(other), "没有「")):
        answer = admin.post("/settings", {"backup_folder": wrong})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    other.mkdir()
    settings_save({"backup_nightly": "1", "backup_folder": str(other)}, by=crew.admin)
    night()
    assert kept(other) == ["nightly"]


def test_a_failed_night_tells_the_administrators_and_stands_on_the_pages_until_it_is_mended(crew, admin, tmp_path):
    (tmp_path / "backups").write_text("keine Mappe", encoding="utf-8")  # a file where the folder should be
    night()
    told = Message.objects.get(employee=crew.admin)
    assert told.text.startswith("昨夜的自动备份没有成功：")
    assert told.link == "/backups"
    assert Message.objects.count() == 1
    for path in ("/backups", "/settings"):
        assert "最近一次自动备份没有成功" in admin.get(path).content.decode()
    (tmp_path / "backups").unlink()
    Job.objects.filter(name="backup.nightly").update(run_at=timezone.now() - timedelta(hours=2))
    admin.post("/backups")
    an_hour_passes()
    for path in ("/backups", "/settings"):
        assert "没有成功" not in admin.get(path).content.decode()


def test_too_old_a_backup_raises_an_alarm(crew, admin, tmp_path):
    assert "没有任何备份" not in admin.get("/backups").content.decode()
    ChangeSet.objects.update(at=timezone.now() - timedelta(days=30))  # a demonstration is new, whatever its log says
    assert "没有任何备份" not in admin.get("/backups").content.decode()
    MigrationRecorder(connection).migration_qs.update(applied=timezone.now() - timedelta(days=30))
    assert "已经超过 2 天没有任何备份。" in admin.get("/backups").content.decode()
    pretend(tmp_path / "backups", "nightly", 3)
    Job.objects.create(name="backup.watch", run_at=timezone.now())
    an_hour_passes()
    (told,) = Message.objects.filter(employee=crew.admin)
    assert "已超过 2 天。" in told.text
    pretend(tmp_path / "backups", "manual", 1)
    assert "已超过" not in admin.get("/backups").content.decode()


def test_at_once_by_page_and_by_api_and_not_twice_at_a_time(crew, admin, tmp_path):
    assert admin.post("/backups").status_code in (302, 303)
    again = program(crew.admin).post("/api/v1/backups", {}, content_type="application/json")
    assert (again.status_code, again.json()["message"]) == (409, "正在备份，请稍等片刻。")
    assert "正在备份" in admin.get("/backups").content.decode()
    an_hour_passes()
    assert program(crew.admin).post("/api/v1/backups", {}, content_type="application/json").status_code == 200
    assert ChangeSet.objects.filter(deed="backup.make", by=crew.admin).count() == 2
    listed = program(crew.admin).get("/api/v1/backups").json()
    assert [(one["kind"], one["kind_display"]) for one in listed["backups"]] == [("manual", "手动")]
    assert listed["backups"][0]["name"] in admin.get("/backups").content.decode()


def test_who_may_takes_a_backup_away_and_the_log_knows(crew, admin, tmp_path):
    made = backup.backup_into(tmp_path / "backups", "manual")
    for answer in (
        admin.get(f"/backups/{made.name}"),
        program(crew.admin).get(f"/api/v1/backups/{made.name}"),
    ):
        assert answer.status_code == 200
        content = b"".join(answer.streaming_content)
        assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
        assert answer["Content-Disposition"] == f'attachment; filename="{made.name}"'
        assert answer["Cache-Control"] == "private, no-store"
    assert list(ChangeSet.objects.filter(deed="backup.download").values_list("by", "note", "door")) == [
        (crew.admin.pk, made.name, "page"),
        (crew.admin.pk, made.name, "api"),
    ]


def test_nobody_else_sees_makes_or_takes_backups(crew, tmp_path):
    made = backup.backup_into(tmp_path / "backups", "manual")
    for who in (crew.lin, crew.boss):
        page, api = browser(who), program(who)
        assert page.get("/backups").status_code == 403
        assert page.post("/backups").status_code == 403
        assert page.get(f"/backups/{made.name}").status_code == 403
        assert api.get("/api/v1/backups").status_code == 403
        assert api.post("/api/v1/backups", {}, content_type="application/json").status_code == 403
        assert api.get(f"/api/v1/backups/{made.name}").status_code == 403
    assert not Job.objects.exists()
    assert not ChangeSet.objects.filter(deed__startswith="backup.").exists()


@pytest.mark.parametrize("name", ["../kemai.db", "..%2fsecret_key", "secret_key", "kemai-manual-20260101-000000.zip"])
def test_only_backups_go_out(crew, admin, tmp_path, name):
    (tmp_path / "secret_key").write_text("geheim", encoding="utf-8")
    assert admin.get(f"/backups/{name}").status_code == 404
    assert program(crew.admin).get(f"/api/v1/backups/{name}").status_code == 404
