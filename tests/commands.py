"""The command `kemai`, run as people run it: in a process of its own."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

KEMAI = [sys.executable, "-m", "kemai.config.cli"]


def kemai(environment: dict[str, str], *arguments: str, program: list[str] = KEMAI) -> subprocess.CompletedProcess[str]:
    """Runs the command and waits for its end."""
    return subprocess.run([*program, *arguments], env=environment, capture_output=True, text=True, timeout=300)


def done(environment: dict[str, str], *arguments: str, program: list[str] = KEMAI) -> str:
    """Runs the command, which succeeds, and returns what it said."""
    answer = kemai(environment, *arguments, program=program)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def manifest(file: Path) -> dict[str, Any]:
    """What a backup says of itself: version, migrations, rows and checksum of each table."""
    with zipfile.ZipFile(file) as packed:
        return json.loads(packed.read("manifest.json"))
