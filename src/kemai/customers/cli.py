"""Commands about customers: `kemai demo`."""

import argparse


def register(subparsers) -> None:
    """Adds the commands."""
    demo = subparsers.add_parser("demo", help="装入演示数据 (空系统)，并列出演示账号")
    demo.add_argument("--remove", action="store_true", help="移除演示数据, 保留自己录入的")
    demo.set_defaults(run=run_demo, makes_system=True)


def run_demo(args: argparse.Namespace) -> None:
    """Loads the demonstration company into an empty system; on one that has it, only says the accounts again, or takes it away."""
    from kemai.customers import demo
    from kemai.kit.errors import DomainError
    from kemai.people.models import Employee

    if args.remove:
        _remove()
        return
    if demo.accounts() is None:
        if Employee.objects.exists():
            raise DomainError("not_empty", "系统里已有数据，演示数据只能装入空系统。")
        demo.load()
    print("演示账号（密码都是 " + demo.PASSWORD + "）：")
    for login, name, role in demo.accounts() or []:
        print(f"  {login:<12} {name}（{role}）")


def _remove() -> None:
    from django.db import transaction

    from kemai.customers import demo
    from kemai.kit.errors import DomainError
    from kemai.people.login_services import one_time_password, store_password
    from kemai.people.models import Employee

    admin = Employee.objects.filter(roles__code="sysadmin", state=Employee.State.ACTIVE).order_by("pk").first()
    if admin is None:
        raise DomainError("not_removed", "系统里没有演示数据。")
    with transaction.atomic():
        password = ""
        if demo.accounts() and admin.check_password(demo.PASSWORD):
            password = one_time_password()
            store_password(admin, password, must_change=True)
        said = demo.remove(by=admin)
    print(said)
    if password:
        print(f"管理员 {admin.login} 的一次性密码: {password}（登录后须更改）")
