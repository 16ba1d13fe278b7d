"""`kemai service install`: one command makes a service that starts at boot (SYS-15)."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kemai.config import service
from kemai.kit.errors import DomainError
from tests.commands import done, kemai

UNIT = {"data": Path("/srv/kemai data"), "host": "0.0.0.0", "port": 8000, "workers": 2}  # noqa: S104  what an administrator types


@pytest.mark.spec("SYS-15")
def test_the_unit_says_who_runs_what_with_which_settings():
    text = service.unit(
        **UNIT, user="kemai", environment={"DATABASE_URL": "postgres://a:b%20c@db/kemai", "SHELL": "/bin/sh"}
    )
    lines = text.splitlines()
    for line in (
        "User=kemai",
        'Environment="KEMAI_DATA=/srv/kemai data"',
        "Environment=DATABASE_URL=postgres://a:b%%20c@db/kemai",
        f"ExecStart={sys.executable} -m kemai.config.cli serve --host 0.0.0.0 --port 8000 --workers 2",
        "Restart=always",
        "WantedBy=multi-user.target",
    ):
        assert line in lines
    assert "SHELL" not in text


@pytest.mark.spec("SYS-15")
def test_the_command_prints_it_and_changes_nothing(own_system, tmp_path):
    said = done(own_system, "service", "install", "--print", "--user", "--port", "8123")
    assert "--port 8123" in said
    assert "User=" not in said
    assert "WantedBy=default.target" in said
    assert f"KEMAI_DATA={tmp_path}/data" in said
    assert not (tmp_path / "data").exists()


@pytest.mark.spec("SYS-15")
def test_it_is_written_enabled_and_started(tmp_path, monkeypatch):
    asked: list[list[str]] = []

    def systemctl(command, **_):
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(service, "SYSTEM", tmp_path)
    monkeypatch.setattr(service, "why_not", lambda: None)
    monkeypatch.setattr(service.subprocess, "run", systemctl)
    service.install("[Unit]\n", of_user=False)
    path = tmp_path / "kemai.service"
    assert path.read_text() == "[Unit]\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert asked == [["systemctl", "daemon-reload"], ["systemctl", "enable", "--now", "kemai.service"]]


@pytest.mark.spec("SYS-15")
@pytest.mark.parametrize(
    ("system", "word"), [("Windows", "任务计划程序"), ("Darwin", "launchd"), ("Linux", "没有运行 systemd")]
)
def test_where_there_is_no_systemd_it_says_what_to_do(monkeypatch, system, word):
    monkeypatch.setattr(service.platform, "system", lambda: system)
    monkeypatch.setattr(service.shutil, "which", lambda name: None)
    with pytest.raises(DomainError, match=word):
        service.install("[Unit]\n", of_user=True)


def test_a_word_that_is_not_known_is_one_sentence(own_system):
    answer = kemai(own_system, "service", "remove")
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
