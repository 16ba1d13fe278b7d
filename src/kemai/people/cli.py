"""Commands about people: `kemai init`, `kemai token`."""

import argparse
import getpass


def register(subparsers) -> None:
    """Adds the commands."""
    init = subparsers.add_parser("init", help="初始化一个空系统: 公司和第一个管理员")
    init.add_argument("--company", required=True, help="公司名称")
    init.add_argument("--name", required=True, help="管理员姓名")
    init.add_argument("--login", required=True, help="管理员登录名")
    init.add_argument("--password-file", help="从文件读取密码; 不给则在终端输入")
    init.set_defaults(run=run_init, makes_system=True)

    token = subparsers.add_parser("token", help="访问令牌").add_subparsers(
        dest="token_command", metavar="COMMAND", required=True
    )
    create = token.add_parser("create", help="创建访问令牌, 只输出令牌本身")
    create.add_argument("--user", required=True, metavar="LOGIN", help="为谁创建")
    create.add_argument("--name", required=True, help="令牌名称")
    create.add_argument("--days", type=int, help="有效天数; 不给则长期有效")
    create.add_argument("--scope", action="append", default=[], help="read、write 或 customers:read，可多次")
    create.set_defaults(run=run_token_create)


def run_init(args: argparse.Namespace) -> None:
    """An empty system: company, first administrator (SYS-10)."""
    from pathlib import Path

    from kemai.people.start import set_up

    kept = args.password_file
    password = Path(kept).read_text(encoding="utf-8").strip() if kept else getpass.getpass("密码: ")
    employee = set_up(company=args.company, name=args.name, login=args.login, password=password)
    print(f"已初始化，管理员登录名：{employee.login}")


def run_token_create(args: argparse.Namespace) -> None:
    """Prints the token alone, so that scripts can take it."""
    from datetime import timedelta

    from django.utils import timezone

    from kemai.kit.errors import DomainError
    from kemai.people.login_services import token_create
    from kemai.people.queries import acting

    employee = acting(args.user)
    if args.days is not None and args.days < 1:
        raise DomainError("bad_days", "有效天数至少为 1。")
    expires_on = timezone.localdate() + timedelta(days=args.days) if args.days else None
    token = token_create({"name": args.name, "scopes": args.scope, "expires_on": expires_on}, by=employee)
    print(token.secret)
