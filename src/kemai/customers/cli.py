"""Commands about customers: `kemai demo`."""

import argparse


def register(subparsers) -> None:
    """Adds the commands."""
    demo = subparsers.add_parser("demo", help="装入演示数据 (空系统)，并列出演示账号")
    demo.set_defaults(run=run_demo)


def run_demo(args: argparse.Namespace) -> None:
    """Loads the demonstration company into an empty system; on one that has it, only says the accounts again."""
    from kemai.customers import demo
    from kemai.kit.errors import DomainError
    from kemai.people.models import Employee

    if demo.accounts() is None:
        if Employee.objects.exists():
            raise DomainError("not_empty", "系统里已有数据，演示数据只能装入空系统。")
        demo.load()
    print("演示账号（密码都是 " + demo.PASSWORD + "）：")
    for login, name, role in demo.accounts() or []:
        print(f"  {login:<12} {name}（{role}）")
