"""Brings the database and the static files to the version of the program. Runs again and again without harm."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from kemai import __version__
from kemai.kit.upgrade import upgrade


def prepare(say: Callable[[str], None] = print) -> None:
    """Makes all ready for a server; an older database is backed up and upgraded (SYS-12). Raises DomainError; nothing has changed then."""
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True, mode=0o700)
    upgrade(say)
    collect_static()


def collect_static() -> None:
    """Collects and compresses the static files when one of them has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    state = _state_of_static_files()
    if stamp.exists() and stamp.read_text() == state:
        return
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state)


def _state_of_static_files() -> str:
    digest = hashlib.sha256(f"{__version__} {settings.DEBUG}".encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda item: item[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
