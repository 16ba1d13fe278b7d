"""The built wheel carries all it needs: it is installed into an empty place and serves there, without a checkout (USE-07)."""

import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import venv
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import done
from tests.servers import Visitor

ROOT = Path(__file__).parents[1]
PASSWORD = "Zhengque-mima-2026"  # noqa: S105

pytestmark = [
    pytest.mark.slow,
    pytest.mark.spec("USE-07"),
    pytest.mark.skipif(os.environ["KEMAI_TEST_DB"] != "sqlite", reason="the default set-up is SQLite"),
]


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """An environment with the wheel; what it needs is lent by the environment of the tests, the checkout is not."""
    folder = tmp_path_factory.mktemp("wheel")
    source = _copy(folder / "source")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = [
        "wheel",
        str(source),
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
    ]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    (wheel,) = folder.glob("kemai-*.whl")
    venv.create(folder / "env", with_pip=False, symlinks=os.name != "nt")
    own = folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([*pip, "--python", str(own), "install", "--no-deps", "--no-index", str(wheel)], check=True)
    site = subprocess.run(
        [own, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (Path(site) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return own


def _copy(target: Path) -> Path:
    """What the wheel is built from, so that a build leaves nothing in the checkout."""
    target.mkdir()
    for name in ("src", "requirements"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, target)
    return target


@contextmanager
def served(python: Path, environment: dict[str, str], folder: Path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [str(python.with_name("kemai")), "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=environment, cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert f":{port}/" in process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def test_it_serves_from_the_wheel_alone_with_pages_files_fonts_help_and_regions(python, own_system, tmp_path):
    own_system = {name: value for name, value in own_system.items() if name != "PYTHONPATH"}
    where = [str(python), "-c", "import kemai; print(kemai.__file__)"]
    assert str(python.parent.parent) in done(own_system, program=where)
    with served(python, own_system, tmp_path) as base:
        page = Visitor(base)
        first = page.get("/")
        assert "公司名称" in first
        for path in sorted(set(re.findall(r'(?:href|src)="(/static/[^"#?]+)', first))):
            content = page.raw(path)
            assert content, path
            for font in re.findall(r"url\(\"?([^\")]+\.woff2)", content.decode(errors="ignore")):
                assert len(page.raw(font if font.startswith("/") else f"{path.rpartition('/')[0]}/{font}")) > 10_000
        page.post("/setup", company="远达公司", name="陈总", login="chen", password=PASSWORD, again=PASSWORD)
        page.post("/login", login="chen", password=PASSWORD)
        assert "客户" in page.get("/customers?view=pool")
        assert "新增" in page.get("/help/customer")
        assert "北京市" in page.get("/regions")
    assert "有误" not in done(own_system, "check", program=[str(python.with_name("kemai"))])
