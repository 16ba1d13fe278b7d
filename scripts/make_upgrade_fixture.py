"""Keeps the present schema with data for ever: every later version is upgraded from it in tests/test_upgrade.py (REL-05).

    .venv/bin/python scripts/make_upgrade_fixture.py 0.2         from the demonstration company, to tests/upgrades/0.2.zip
    .venv/bin/python scripts/make_upgrade_fixture.py 0.2 FOLDER  from the data of a version that is older than this one

Run it before each release. The file is a backup, packed as small as possible.
"""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

KEPT = Path(__file__).resolve().parents[1] / "tests" / "upgrades"
KEMAI = [sys.executable, "-m", "kemai.config.cli"]


def main(name: str, folder: str = "") -> None:
    """Makes the file and says how large it is."""
    with tempfile.TemporaryDirectory() as temporary:
        environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        environment |= {"KEMAI_DATA": folder or f"{temporary}/data", "KEMAI_SECRET_KEY": "only-for-tests"}
        made = Path(temporary) / "backup.zip"
        steps = [["backup", str(made)]] if folder else [["migrate"], ["demo"], ["backup", str(made)]]
        for step in steps:
            subprocess.run([*KEMAI, *step], env=environment, check=True, stdout=subprocess.DEVNULL)
        target = KEPT / f"{name}.zip"
        with (
            zipfile.ZipFile(made) as full,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
        ):
            for member in full.namelist():
                small.writestr(member, full.read(member))
    print(f"{target}: {target.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main(*sys.argv[1:])
