"""One decorator turns a plain function into a guarded, locked, logged deed; another one adds the move between states."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, TypeVar

from django.db.models import BigAutoField, Model

from kemai.kit.access import require
from kemai.kit.errors import Conflict, DomainError, NotFound, Reason
from kemai.kit.journal import journal
from kemai.kit.prepared import PreparedRecords, Slot

Guard = Callable[[Any, Any], str | None]
T = TypeVar("T", bound=Model)
CHANGED = "这条记录刚刚被别人修改过，请核对后再保存。"
_gates: list[Callable[[Model, str, Any], str | None]] = []


@dataclass(frozen=True)
class Spec:
    """What the page needs to know about a deed to grey its button with the sentence that the service refuses with."""

    code: str
    right: str
    guards: tuple[Guard, ...]
    sources: frozenset[str] = frozenset()
    target: str = ""


def gate(refuses: Callable[[Model, str, Any], str | None]) -> None:
    """An upper floor (approvals) stands before transitions: it may refuse one with a sentence (D11)."""
    _gates.append(refuses)


def deed(
    code: str,
    *,
    right: str = "",
    guards: Sequence[Guard] = (),
    sources: Iterable[str] = (),
    target: str = "",
    under: str = "",
) -> Callable:
    """A write about one present record: `def customer_claim(customer, *, by, log, …)`.

    Checks the right, locks and re-reads the record inside one transaction, asks the guards `(record, by)`, runs the function and writes one
    log entry. Raises Forbidden, NotFound or the DomainError of a guard's sentence; then nothing has changed.
    `under` names the foreign key to the record above, which is locked first: deeds below one record come one after the other.
    """
    spec = Spec(code, right, tuple(guards), frozenset(map(str, sources)), str(target))

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def run(record: Model, *, by: Any, note: str = "", **values: Any) -> Any:
            require(by, spec.right)
            with journal(by=by, deed=spec.code, note=note) as log:
                locked = _lock_under(record, under) if under else lock(record)
                if not log.kind:
                    log.about(locked)
                if reason := why_not(spec, locked, by):
                    raise DomainError.of(reason)
                result = function(locked, by=by, log=log, **values)
                if spec.target:
                    log.update(locked, state=spec.target)
            return result if result is not None else locked

        run.spec = spec  # type: ignore[attr-defined]
        return run

    return decorate


def creation(code: str, *, right: str) -> Callable:
    """A write that makes a record: `def customer_create(values, *, by, log, …)`. One transaction, one log entry about what it made."""

    def decorate(function: Callable) -> Callable:
        @wraps(function)
        def run(values: dict[str, Any], *, by: Any, note: str = "", **options: Any) -> Any:
            require(by, right)
            with journal(by=by, deed=code, note=note) as log:
                record = function(values, by=by, log=log, **options)
                if not log.kind:
                    log.about(record)
            return record

        run.spec = Spec(code, right, ())  # type: ignore[attr-defined]
        return run

    return decorate


def transition(
    code: str, *, source: str | Iterable[str], target: str, right: str, guards: Sequence[Guard] = ()
) -> Callable:
    """A deed that moves `state`; only this writes a state. It refuses from any other state than `source`."""
    sources = [source] if isinstance(source, str) else list(source)
    return deed(code, right=right, guards=guards, sources=sources, target=target)


def lock(record: T) -> T:
    """The record as it is now, locked until the transaction ends. Raises NotFound when it is gone."""
    present = _locked(type(record)).record(pk=record.pk)
    if present is None:
        raise NotFound
    return present


@cache
def _locked(model: type[Model]) -> PreparedRecords:
    """The record of an id, locked."""
    return PreparedRecords(
        lambda: model._base_manager.select_for_update(of=("self",)).filter(pk=Slot("pk", BigAutoField()))
    )


def _lock_under(record: Model, under: str) -> Model:
    """The record, locked after the one above it; in this order, so that two deeds never wait for each other."""
    foreign_key = record._meta.get_field(under)
    above = getattr(record, foreign_key.attname)
    kind: type[Model] = foreign_key.related_model  # type: ignore[assignment]
    if above is not None:
        lock(kind(pk=above))
    locked = lock(record)
    if getattr(locked, foreign_key.attname) != above:
        raise Conflict("version_conflict", CHANGED)
    return locked


def why_not(spec: Spec, record: Any, by: Any) -> str | None:
    """One answer for the service that refuses and for the page that greys the button."""
    if spec.sources and record.state not in spec.sources:
        return Reason(f"{record} 现在是「{record.get_state_display()}」，不能这样做。", "wrong_state", 409)
    for guard in spec.guards:
        if reason := guard(record, by):
            return reason
    if spec.target:
        for refuses in _gates:
            if reason := refuses(record, spec.code, by):
                return reason
    return None


def check_version(record: Any, version: int | None) -> None:
    """Raises Conflict (409) when the record was changed since the editor read it (FRM-02, D6). None is not checked."""
    if version is not None and record.version != version:
        raise Conflict("version_conflict", CHANGED, extra={"version": record.version})
