"""One number that says whether what a process remembers about the organisation is still true (D9).

Roles, departments, reporting lines, employees' names, dictionaries and parameters are read far more often than changed. Each process keeps
them in memory under the stamp's value; whoever changes one of them raises the stamp in the same transaction.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import F

from kemai.kit.models import Stamp
from kemai.kit.prepared import Prepared

_in_request: ContextVar[int | None] = ContextVar("org_stamp", default=None)
_kept: dict[Any, tuple[int, Any]] = {}
_asked: ContextVar[dict[Any, Any] | None] = ContextVar("asked_in_request", default=None)
_raised: ContextVar[bool] = ContextVar("org_stamp_raised", default=False)
T = TypeVar("T")


_value = Prepared(lambda: Stamp.objects.filter(pk=1).values_list("value"))


def current() -> int:
    """The stamp as the database has it; inside a request it is read once."""
    known = _in_request.get()
    return known if known is not None else _read()


def _read() -> int:
    row = _value.first()
    return row[0] if row else 0


def begin_request() -> None:
    """Reads the stamp once for the request that starts."""
    _in_request.set(_read())
    _asked.set({})


def end_request() -> None:
    """Forgets the request's stamp, and what was read once for it."""
    _in_request.set(None)
    _asked.set(None)


def raise_stamp() -> None:
    """To be called by every service that changes what is remembered: every process forgets its copies."""
    if not Stamp.objects.filter(pk=1).update(value=F("value") + 1):
        Stamp.objects.create(pk=1, value=1)
    _in_request.set(None)
    _raised.set(True)
    _kept.clear()
    transaction.on_commit(_kept.clear)


def deed_ended(*, failed: bool) -> None:
    """Forgets what was worked out under a stamp that a deed raised and took back with its transaction: it never was true."""
    written()
    if failed and _raised.get():
        _kept.clear()
        _in_request.set(None)
    _raised.set(False)


def remembered(function: Callable[..., T]) -> Callable[..., T]:
    """Keeps the function's results in this process until the stamp is raised. Arguments must be hashable."""

    @wraps(function)
    def recall(*args: Any) -> T:
        stamp = current()
        key = (function.__module__, function.__qualname__, args)
        kept = _kept.get(key)
        if kept and kept[0] == stamp:
            return kept[1]
        value = function(*args)
        _kept[key] = (stamp, value)
        return value

    return recall


def once_a_request(function: Callable[..., T]) -> Callable[..., T]:
    """Asks once in a request, until something is written in it; outside of requests always. Arguments must be hashable."""

    @wraps(function)
    def recall(*args: Any) -> T:
        asked = _asked.get()
        if asked is None:
            return function(*args)
        key = (function, args)
        if key not in asked:
            asked[key] = function(*args)
        return asked[key]

    return recall


def written() -> None:
    """The journal tells that something is written: what the request has read may no longer be so."""
    if asked := _asked.get():
        asked.clear()
