"""The command `kemai`.

An app adds sub-commands in its own `cli.py`:

    def register(subparsers) -> None:
        parser = subparsers.add_parser("init", help="…")
        parser.add_argument(…)
        parser.set_defaults(run=run_init)

`run_init(args)` is called after Django is ready and returns None or an exit status. Import models inside it, not at the
top of `cli.py`: that module is read before Django is. With `makes_system=True` among the defaults the tables are made first
where there are none. What goes wrong is raised as a DomainError or a CommandError.
"""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from kemai import __version__
from kemai.config.apps import KEMAI_APPS


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence instead of printing the usage as well."""

    def error(self, message: str) -> NoReturn:
        self.exit(1, f"{self.prog}: {message} (--help 有说明)\n")


def main(argv: Sequence[str] | None = None) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kemai.config.settings")
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["manage"]:
        return _manage(arguments[1:])
    args = build_parser().parse_args(arguments)
    try:
        return _run(args)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("KEMAI_DEBUG"):
            raise
        print(_sentence(error), file=sys.stderr)
        return 1


def build_parser() -> Parser:
    parser = Parser(prog="kemai", description="Kemai 客脉")
    parser.add_argument("--version", action="version", version=f"kemai {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    serve = subparsers.add_parser("serve", help="启动服务: 网页、API 和后台任务")
    serve.add_argument("--host", default="127.0.0.1", help="监听地址 (127.0.0.1)")
    serve.add_argument("--port", type=int, default=int(os.environ.get("KEMAI_PORT") or 8000), help="端口 (8000)")
    serve.add_argument("--workers", type=int, default=2, help="工作进程数 (2)")
    serve.add_argument("--skip-migrate", action="store_true", help="数据库已经准备好")
    serve.set_defaults(run=_serve, needs_django=False)

    migrate = subparsers.add_parser("migrate", help="准备数据库和静态文件 (serve 会自动执行)")
    migrate.set_defaults(run=_migrate)

    upgrade = subparsers.add_parser("upgrade", help="把旧版本的数据升级到这个版本: 先备份, 失败则保持原样")
    upgrade.add_argument("--dry-run", action="store_true", help="只说明要做什么")
    upgrade.set_defaults(run=_upgrade)

    service = subparsers.add_parser("service", help="开机自动运行 (systemd)")
    service.add_argument("deed", choices=["install"], metavar="install", help="写好服务、启用并启动")
    service.add_argument("--print", action="store_true", dest="only_print", help="只显示, 不安装")
    service.add_argument("--user", action="store_true", help="装为自己的服务, 不需要 root")
    service.add_argument("--run-as", default="", metavar="USER", help="系统服务以谁的身份运行 (数据目录的主人)")
    service.add_argument("--host", default="127.0.0.1", help="监听地址 (127.0.0.1)")
    service.add_argument("--port", type=int, default=int(os.environ.get("KEMAI_PORT") or 8000), help="端口 (8000)")
    service.add_argument("--workers", type=int, default=2, help="工作进程数 (2)")
    service.set_defaults(run=_service, needs_django=False)

    subparsers.add_parser("manage", help="Django 的管理命令", add_help=False)  # for --help only: see main()

    for app in KEMAI_APPS:
        if _exists(f"{app}.cli"):
            importlib.import_module(f"{app}.cli").register(subparsers)
    return parser


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _run(args: argparse.Namespace) -> int:
    run: Callable[[argparse.Namespace], int | None] = args.run
    if getattr(args, "needs_django", True):
        import django

        django.setup()
    if getattr(args, "makes_system", False):
        _make_tables()
    return run(args) or 0


def _make_tables() -> None:
    """A command that makes a system finds its tables, even where nothing has been yet."""
    from kemai.config import prepare
    from kemai.kit.upgrade import plan

    if plan().empty:
        prepare.prepare()


def _manage(arguments: list[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["kemai manage", *arguments])
    return 0


def _serve(args: argparse.Namespace) -> int:
    from kemai.config import serve

    return serve.serve(host=args.host, port=args.port, workers=args.workers, migrate=not args.skip_migrate)


def _migrate(args: argparse.Namespace) -> None:
    from kemai.config import prepare

    prepare.prepare()


def _service(args: argparse.Namespace) -> None:
    from pathlib import Path

    from kemai.config import service

    data = Path(os.environ.get("KEMAI_DATA") or "data").resolve()
    user = "" if args.user else args.run_as or (data if data.exists() else Path.home()).owner()
    text = service.unit(
        data=data, host=args.host, port=args.port, workers=args.workers, user=user, environment=dict(os.environ)
    )
    if args.only_print:
        print(text, end="")
        return
    for line in service.install(text, of_user=args.user):
        print(line)


def _upgrade(args: argparse.Namespace) -> None:
    from kemai.config import prepare
    from kemai.kit.upgrade import announce, plan

    todo = plan()
    if not todo.pending:
        print("数据库已经是这个版本，不需要升级。")
    elif args.dry_run:
        print("还没有数据，将建立全部表格。" if todo.empty else announce(todo))
    if not args.dry_run:
        prepare.prepare()


def _sentence(error: Exception) -> str:
    """What went wrong, as one plain line: our own errors speak for themselves, others are named."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError
    from django.db import Error as DatabaseError

    from kemai.kit.errors import DomainError

    text = " ".join(str(error).split())
    if isinstance(error, (DomainError, CommandError, ImproperlyConfigured)):
        return text or type(error).__name__
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or text}"
    if isinstance(error, DatabaseError):
        return "数据库需要先升级，请运行 kemai upgrade。" if _older() else f"数据库出错: {text}"
    return f"意外错误 {type(error).__name__}: {text} (设置 KEMAI_DEBUG=1 后重试可看到详情)"


def _older() -> bool:
    """Whether the tables are those of an older version."""
    from django.db import Error as DatabaseError

    from kemai.kit.errors import DomainError
    from kemai.kit.upgrade import plan

    try:
        return bool(plan().pending)
    except (DatabaseError, DomainError):
        return False


if __name__ == "__main__":
    sys.exit(main())
