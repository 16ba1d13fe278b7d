"""All settings. What a company may change comes from the environment: docs/configuration.md has the table."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from kemai.config.apps import KEMAI_APPS

PACKAGE_DIR = Path(__file__).resolve().parent.parent

# --- The environment -------------------------------------------------------------------------------------------------


def _flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def _number(name: str, default: int) -> int:
    try:
        return int(os.environ.get(name) or default)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} 必须是整数。") from error


def _kept_secret(path: Path) -> str:
    """The key in this file; made once, readable by its owner only, the same for processes that start together."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key counts
        finally:
            draft.unlink()
    return path.read_text().strip()


DATA_DIR = Path(os.environ.get("KEMAI_DATA") or "data").resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # customers, sessions and keys: for one user alone
DEBUG = _flag("KEMAI_DEBUG")
TESTING = _flag("KEMAI_TESTING")  # set by conftest.py alone
HTTPS = _flag("KEMAI_HTTPS")
SECRET_KEY = os.environ.get("KEMAI_SECRET_KEY") or _kept_secret(DATA_DIR / "secret_key")
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]  # always allowed: health checks come from the machine itself
ALLOWED_HOSTS = [*LOCAL_HOSTS, *_words("KEMAI_ALLOWED_HOSTS")]

# --- Database --------------------------------------------------------------------------------------------------------

_SQLITE_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA foreign_keys = ON;
PRAGMA cache_size = -20000;
PRAGMA mmap_size = 2147418112;
PRAGMA temp_store = MEMORY;
PRAGMA journal_size_limit = 67108864;
"""

# A page's statements take milliseconds: compiling them takes longer. Data lies in memory or on an SSD, where one page is as near as another.
# What a search finds among a million records fits into 16 MB.
_POSTGRES_OPTIONS = ("-c jit=off", "-c random_page_cost=1.1", "-c work_mem=16MB")
# Times that one connection asks a kept statement (kit/prepared.py) before it is planned once for all.
_PREPARED_AFTER = 3


def _database() -> dict[str, Any]:
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'kemai.db'}"
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(url))
    except (dj_database_url.ParseError, ValueError) as error:
        raise ImproperlyConfigured(f"DATABASE_URL 无法识别: {error}") from error
    database["CONN_HEALTH_CHECKS"] = True
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["ENGINE"] = "kemai.kit.sqlite"  # Django's, and who waits for the write lock says so
        database["CONN_MAX_AGE"] = 3600  # a new connection learns the statistics of the tables (kit/planner.py)
        # IMMEDIATE: a transaction takes the write lock when it begins and waits for it, instead of failing half-way.
        options.update(transaction_mode="IMMEDIATE", timeout=30, init_command=_SQLITE_PRAGMAS)
        # Fields read their values themselves; the driver would call Python for each instant before that.
        options["detect_types"] = 0
    elif database["ENGINE"] == "django.db.backends.postgresql":
        database["CONN_MAX_AGE"] = 600
        # Behind pgbouncer in transaction mode neither a cursor nor a connection nor a prepared statement outlives its transaction, and
        # settings are the database's.
        if _flag("KEMAI_PGBOUNCER"):
            database["CONN_MAX_AGE"] = 0
            database["DISABLE_SERVER_SIDE_CURSORS"] = True
        else:
            options.setdefault("prepare_threshold", _PREPARED_AFTER)
            options["options"] = " ".join((*_POSTGRES_OPTIONS, options.get("options", "")))
    else:
        raise ImproperlyConfigured("DATABASE_URL 只支持 sqlite:///… 和 postgres://…")
    if TESTING and (test_name := os.environ.get("KEMAI_TEST_DATABASE")):
        database["TEST"] = {"NAME": test_name}
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Apps and requests -----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    *KEMAI_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
]
AUTH_USER_MODEL = "people.Employee"
ROOT_URLCONF = "kemai.config.urls"
WSGI_APPLICATION = "kemai.config.wsgi.application"
APPEND_SLASH = False

MIDDLEWARE = [
    "kemai.config.middleware.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kemai.config.middleware.CompressText",
    "kemai.kit.middleware.SecurityHeaders",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kemai.people.middleware.SessionMiddleware",
    "kemai.kit.middleware.Errors",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE_DIR / app.removeprefix("kemai.") / "templates" for app in reversed(KEMAI_APPS)],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "kemai.kit.jinja.environment", "autoescape": True, "auto_reload": DEBUG},
    }
]

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
KEMAI_API_RATE = _number("KEMAI_API_RATE", 3000)

# --- Security --------------------------------------------------------------------------------------------------------

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "kemai.kit.pages.csrf_failure"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    # The server in front ends TLS and says so in this header; it must overwrite what a browser sends.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    CSRF_TRUSTED_ORIGINS = [f"https://{'*' + host if host.startswith('.') else host}" for host in ALLOWED_HOSTS]

# --- Language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "files"
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.AppDirectoriesFinder"]
_PLAIN_STATIC = DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _PLAIN_STATIC
        else "kemai.config.staticfiles.HashedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = _PLAIN_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Logging ---------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": os.environ.get("KEMAI_LOG_LEVEL", "WARNING").upper()},
}

if TESTING:
    INSTALLED_APPS.append("kemai.kit.tests.sample")
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
