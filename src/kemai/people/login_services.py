"""Writes: passwords, sessions, tokens."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from kemai.kit.access import require
from kemai.kit.entity import entity_by_slug, pages
from kemai.kit.errors import Conflict, DomainError, Forbidden, Invalid
from kemai.kit.journal import Journal, journal, log_only
from kemai.kit.workflow import creation, deed, lock
from kemai.people import rules
from kemai.people.models import Employee, LoginFailure, Session, Token

SESSION_HOURS = 12
REMEMBERED_DAYS = 30
SEEN_EVERY = timedelta(minutes=5)  # a session's last use is written no more often (D15)
FAILURE_WINDOW = timedelta(minutes=15)
FAILURES_BY_LOGIN, FAILURES_BY_ADDRESS = 10, 50
PASSWORD_MOST = 128  # characters; more is not hashed
TOKEN_PREFIX = "km_"  # noqa: S105  a prefix by which a leaked key is recognised
WRONG_LOGIN = "登录名或密码不正确，请检查后重新输入。"


# --- passwords ----------------------------------------------------------------------------------------------------------


@deed("employee.reset_password", right="employee.reset_password")
def employee_reset_password(employee: Employee, *, by: Employee, log: Journal) -> dict[str, Any]:
    """A one-time password, shown once, to be changed at the next log-in; all sessions and keys of the person end (ORG-13, SEC-02)."""
    if not employee.is_active:
        raise Conflict("wrong_state", f"{employee.name}已经离职，不能登录。")
    _refuse_stronger(employee, by)
    password = one_time_password()
    store_password(employee, password, must_change=True)
    ended = access_end([employee], log)
    log.note = "已发放一次性密码" + (f"，{ended} 个访问令牌失效" if ended else "")
    return {
        "one_time_password": password,
        "message": f"{employee.name}的一次性密码：{password}（只显示这一次，登录后须修改）"
        + (f"。{ended} 个访问令牌已失效" if ended else ""),
    }


def hand_out_passwords(ids: Sequence[int], by: Employee) -> list[dict[str, str]]:
    """A one-time password for each of these employees who is in service and has never logged in: a list to hand out (ORG-13).

    Raises Forbidden when one of them may do more than who hands out.
    """
    require(by, "employee.reset_password")
    found = list(
        Employee.objects.filter(pk__in=ids, state=Employee.State.ACTIVE, last_login__isnull=True)
        .select_related("department")
        .order_by("pk")
    )
    listed = []
    for employee in found:
        _refuse_stronger(employee, by)
        password = one_time_password()
        employee.password, employee.must_change_password = make_password(password), True
        listed.append(
            {
                "职员编号": employee.number,
                "姓名": employee.name,
                "部门": employee.department.name if employee.department_id else "",
                "登录名": employee.login,
                "一次性密码": password,
            }
        )
    with journal(by=by, deed="employee.reset_password") as log:
        log.kind, log.title, log.note = "employee", f"{len(found)} 位职员", "已发放一次性密码"
        Employee.objects.bulk_update(found, ["password", "must_change_password"])
        access_end(found, log)
    return listed


def _refuse_stronger(employee: Employee, by: Employee) -> None:
    if employee.access.rights - by.access.rights:
        raise Forbidden("forbidden", f"{employee.name}的权限比您多，不能由您重置密码。")


def one_time_password() -> str:
    """Twelve characters that are not mistaken for one another when read aloud."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "".join(secrets.choice(letters) for _ in range(12))


def access_end(people: Sequence[Employee], log: Journal) -> int:
    """Ends all sessions of these people and deletes their keys for the API, at once (SEC-02). Returns how many keys there were."""
    Session.objects.filter(employee__in=people).delete()
    keys = list(Token.objects.filter(employee__in=people).order_by("pk"))
    for key in keys:
        log.delete(key)
    return len(keys)


def store_password(employee: Employee, password: str, *, must_change: bool) -> None:
    """Sets the password and ends all sessions of the person (SEC-02)."""
    employee.set_password(password)
    Employee.objects.filter(pk=employee.pk).update(password=employee.password, must_change_password=must_change)
    employee.must_change_password = must_change
    Session.objects.filter(employee=employee).delete()


def password_change(employee: Employee, *, old: str | None, new: str | None, again: str | None = None) -> None:
    """The person's own password; the old one is asked for, all other sessions end, keys for the API go on (ORG-01, SEC-02). Raises Invalid."""
    errors: dict[str, list[str]] = {}
    if not isinstance(old, str) or not employee.check_password(old):
        errors["old"] = ["原密码不正确。"]
    elif not isinstance(new, str):
        errors["new"] = ["新密码应为文字。"]
    elif reason := rules.weak_password(new, employee.login):
        errors["new"] = [reason]
    elif len(new) > PASSWORD_MOST:
        errors["new"] = [f"密码最多 {PASSWORD_MOST} 位。"]
    elif new == old:
        errors["new"] = ["新密码不能与原密码相同。"]
    elif again is not None and again != new:
        errors["again"] = ["两次输入的新密码不一致。"]
    if errors:
        raise Invalid(errors)
    with journal(by=employee, deed="employee.change_password") as log:
        log.about(employee)
        store_password(employee, str(new), must_change=False)


def password_save(by: Employee, raw: Mapping[str, Any]) -> str:
    """The page 「更改密码」 and its twin on the API: {"old", "new"}."""
    password_change(by, old=raw.get("old"), new=raw.get("new"), again=raw.get("again"))
    return "密码已更改，其他设备已退出。访问令牌继续有效。"


# --- log-in ------------------------------------------------------------------------------------------------------------


def log_in(
    login: str, password: str, *, address: str = "", device: str = "", remember: bool = False
) -> tuple[Employee, str]:
    """The employee and a session token. One answer for a wrong name and a wrong password; slowed down after repeated failures (SEC-02)."""
    login = "".join(sign for sign in login.strip().lower()[:40] if sign.isprintable())
    since = timezone.now() - FAILURE_WINDOW
    failures = LoginFailure.objects.filter(at__gte=since)
    if failures.filter(login=login).count() >= FAILURES_BY_LOGIN or (
        address and failures.filter(address=address).count() >= FAILURES_BY_ADDRESS
    ):
        raise DomainError("too_many_attempts", "登录失败次数过多，请 15 分钟后再试。", status=429)
    employee = Employee.objects.filter(login=login).first()
    right_password = _is_password(employee, password[: PASSWORD_MOST + 1])
    if employee is None or not right_password or not employee.is_active:
        LoginFailure.objects.create(login=login, address=address, at=timezone.now())
        log_only(by=None, deed="login.failed", note=f"登录名 {login}，地址 {address or '未知'}")
        raise DomainError("wrong_login", WRONG_LOGIN, status=401)
    failures.filter(login=login).delete()
    LoginFailure.objects.filter(at__lt=since).delete()
    with transaction.atomic():
        present = lock(employee)
        if not present.is_active or present.password != employee.password:  # while the password was checked
            raise DomainError("wrong_login", WRONG_LOGIN, status=401)
        token = session_begin(employee, address=address, device=device, remember=remember)
        Employee.objects.filter(pk=employee.pk).update(last_login=timezone.now())
    log_only(by=employee, deed="login.succeeded", note=f"地址 {address or '未知'}", record=employee)
    return employee, token


def _is_password(employee: Employee | None, password: str) -> bool:
    """Takes as long for a name that nobody has, so that names cannot be found out by the clock."""
    if employee is None:
        make_password(password)
        return False
    return len(password) <= PASSWORD_MOST and employee.check_password(password)


def session_begin(employee: Employee, *, address: str = "", device: str = "", remember: bool = False) -> str:
    """A new session and the token for its cookie; a session is always new at log-in (SEC-02)."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    life = timedelta(days=REMEMBERED_DAYS) if remember else timedelta(hours=SESSION_HOURS)
    Session.objects.filter(expires_at__lt=now).delete()
    Session.objects.create(
        token_hash=hash_of(token), employee=employee, created_at=now, seen_at=now, expires_at=now + life,
        address=address, device=device[:200],
    )  # fmt: skip
    return token


def session_end(token: str) -> None:
    """Log out (「退出系统」)."""
    session = Session.objects.filter(token_hash=hash_of(token)).select_related("employee").first()
    if session:
        session.delete()
        log_only(by=session.employee, deed="login.ended", record=session.employee)


def hash_of(token: str) -> str:
    """What the database keeps of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


# --- tokens ------------------------------------------------------------------------------------------------------------


@creation("token.create", right="token.add")
def token_create(values: dict[str, Any], *, by: Employee, log: Journal) -> Token:
    """A personal key for the API (API-02). The key itself is on the returned object as `secret`, this once only."""
    if Token.objects.filter(employee=by, name=values["name"]).exists():
        raise Invalid({"name": [f"已有令牌「{values['name']}」。"]})
    expires_on: date | None = values.get("expires_on")
    if expires_on and expires_on < timezone.localdate():
        raise Invalid({"expires_on": ["有效期应在今天以后。"]})
    if strange := [scope for scope in values.get("scopes") or [] if not _is_scope(scope)]:
        raise Invalid({"scopes": [f"没有「{strange[0]}」这个范围，应为 read、write，或 customers:read 这样的写法。"]})
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = Token(
        employee=by,
        name=values["name"],
        scopes=values.get("scopes") or [],
        expires_on=expires_on,
        token_hash=hash_of(secret),
    )
    log.insert(token)
    token.secret = secret  # type: ignore[attr-defined]
    return token


def _is_scope(scope: str) -> bool:
    slug, colon, deed_word = scope.rpartition(":")
    if deed_word not in ("read", "write"):
        return False
    return not colon or entity_by_slug(slug) is not None or any(page.path == slug for page in pages.values())


@deed("token.delete", right="token.delete")
def token_delete(token: Token, *, by: Employee, log: Journal) -> None:
    """A deleted key stops working at once."""
    log.delete(token)
