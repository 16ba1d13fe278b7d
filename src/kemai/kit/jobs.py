"""Work that outlasts a request. A row in the caller's transaction is the truth; the runner takes it up, and again when its runner died (REL-01).

    @job("customer.recycle")
    def recycle(customer_id: int) -> None: ...

    enqueue("customer.recycle", customer_id=7)      # in the transaction of the deed

    @nightly("recycle-bin.empty")                   # by itself, every night
    def empty() -> None: ...

    @each_minute                                    # by itself, every minute
    def remind() -> None: ...

Functions stand in an app's `jobs.py`. A job may run twice when its runner is killed at the end: it must do no harm then.
"""

import logging
import math
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Any

from django.db import Error, close_old_connections, connection
from django.db.models import F, Q
from django.utils import timezone

from kemai.kit.errors import DomainError
from kemai.kit.models import Job

TRIES = 3
PAUSES = (timedelta(seconds=10), timedelta(minutes=1))  # before the second and third try
BEAT_SECONDS = 15
DEAD_AFTER = timedelta(minutes=1)  # without a beat
POLL_SECONDS = 0.5
PLAN_SECONDS = 600
MINUTE_SECONDS = 60
NIGHT = time(3, 30)  # the company's time: when nightly work is due
DIED = "后台任务多次中断，已放弃。"

log = logging.getLogger("kemai.jobs")
_functions: dict[str, Callable[..., Any]] = {}
_nightly: list[str] = []
_each_minute: list[Callable[[], Any]] = []


def job(name: str) -> Callable:
    """Registers a function under the name by which rows call it. Raises ValueError for a name that is taken."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in _functions:
            raise ValueError(f"job {name} is registered twice")
        _functions[name] = function
        return function

    return decorate


def nightly(name: str) -> Callable:
    """Registers a function that the runner calls every night, without arguments."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        _nightly.append(name)
        return job(name)(function)

    return decorate


def each_minute(function: Callable[[], Any]) -> Callable[[], Any]:
    """Registers a short function that the runner calls every minute, without arguments: it leaves no row, and does no harm when called twice."""
    _each_minute.append(function)
    return function


def run_minute() -> None:
    """Calls what is due every minute; one that fails does not keep the others."""
    for function in _each_minute:
        try:
            function()
        except Error:
            raise
        except Exception:
            log.exception("%s failed", function.__qualname__)


def plan_nights() -> None:
    """Every nightly job is asked for, once, for the coming night."""
    now = timezone.localtime()
    due = datetime.combine(now.date(), NIGHT, now.tzinfo)
    for name in _nightly:
        if not Job.objects.filter(name=name, state__in=[Job.State.WAITING, Job.State.RUNNING]).exists():
            enqueue(name, run_at=due if due > now else due + timedelta(days=1))


def enqueue(name: str, *, run_at: datetime | None = None, **arguments: Any) -> Job:
    """Asks for a job, in the caller's transaction: it runs when that is committed. Raises KeyError for a name that nobody registered."""
    _functions[name]
    return Job.objects.create(name=name, arguments=arguments, run_at=run_at or timezone.now())


def take() -> Job | None:
    """The next due job, now this runner's; one whose runner has given no sign for a minute is due again."""
    now = timezone.now()
    waiting = Q(state=Job.State.WAITING, run_at__lte=now)
    abandoned = Q(state=Job.State.RUNNING, beat_at__lt=now - DEAD_AFTER)
    for pk in Job.objects.filter(waiting | abandoned).order_by("run_at", "pk").values_list("pk", flat=True)[:10]:
        mine = Job.objects.filter(waiting | abandoned, pk=pk)
        if mine.update(state=Job.State.RUNNING, beat_at=now, tries=F("tries") + 1):
            return Job.objects.get(pk=pk)
    return None


def run_one() -> bool:
    """Takes up one job and runs it; False when nothing is due."""
    taken = take()
    if taken is None:
        return False
    if taken.tries > TRIES:
        _end(taken, Job.State.FAILED, DIED)
        return True
    try:
        with _beating(taken):
            _functions[taken.name](**taken.arguments)
    except DomainError as error:  # a refusal stays one: trying again would not help
        _end(taken, Job.State.FAILED, error.message)
    except Exception as error:
        log.exception("job %s %s failed", taken.pk, taken.name)
        _failed(taken, f"{type(error).__name__}: {error}")
    else:
        _end(taken, Job.State.DONE, "")
    return True


def _end(taken: Job, state: str, error: str) -> None:
    Job.objects.filter(pk=taken.pk, tries=taken.tries).update(state=state, error=error[:2000], beat_at=None)


def _failed(taken: Job, error: str) -> None:
    if taken.tries >= TRIES:
        _end(taken, Job.State.FAILED, error)
        return
    again = timezone.now() + PAUSES[taken.tries - 1]
    Job.objects.filter(pk=taken.pk, tries=taken.tries).update(
        state=Job.State.WAITING, error=error[:2000], run_at=again, beat_at=None
    )


@contextmanager
def _beating(taken: Job):
    """Gives a sign of life while the job runs, over a connection of its own."""
    over = threading.Event()

    def beat() -> None:
        try:
            while not over.wait(BEAT_SECONDS):
                try:
                    Job.objects.filter(pk=taken.pk, tries=taken.tries, state=Job.State.RUNNING).update(
                        beat_at=timezone.now()
                    )
                except Error:
                    log.warning("job %s: no sign of life could be written", taken.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True, name=f"beat-{taken.pk}")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run_jobs() -> None:
    """The runner: works until it is told to stop; the job in hand is finished first."""
    stop = threading.Event()

    def told(number: int, frame: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told)
    planned = minute = -math.inf
    while not stop.is_set():
        close_old_connections()
        try:
            if monotonic() > planned + PLAN_SECONDS:
                plan_nights()
                planned = monotonic()
            if monotonic() > minute + MINUTE_SECONDS:
                run_minute()
                minute = monotonic()
            busy = run_one()
        except Error:  # the database is gone for a while: it comes back, or the supervisor tells
            log.exception("the jobs cannot be read")
            stop.wait(5)
            continue
        if not busy:
            stop.wait(POLL_SECONDS)
