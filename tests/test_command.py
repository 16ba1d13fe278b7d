"""The command `kemai` and its manners."""

import socket
import subprocess
import sys


def kemai(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "kemai.config.cli", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_help_lists_the_sub_commands(own_system):
    result = kemai("--help", environment=own_system)
    assert result.returncode == 0
    for name in ("serve", "migrate", "manage"):
        assert name in result.stdout


def test_a_wrong_argument_is_one_sentence_and_status_1(own_system):
    result = kemai("serve", "--port", "many", environment=own_system)
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


def test_a_database_that_cannot_be_named_is_one_sentence_and_status_1(own_system):
    result = kemai("migrate", environment=own_system | {"DATABASE_URL": "mysql://localhost/kemai"})
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "DATABASE_URL" in result.stderr


def test_a_port_in_use_is_one_sentence_and_status_1(own_system):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = kemai("serve", "--port", str(port), environment=own_system)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert str(port) in result.stderr
