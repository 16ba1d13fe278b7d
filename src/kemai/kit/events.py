"""How a lower floor tells a higher one that something happened, without importing it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def on(event_type: type) -> Callable:
    """Registers the decorated function for events of one type; `handlers.py` of each app is loaded at start."""

    def decorate(handler: Callable[[Any], None]) -> Callable[[Any], None]:
        _handlers[event_type].append(handler)
        return handler

    return decorate


def publish(event: Any) -> None:
    """Runs the handlers inside the caller's transaction; one that calls out uses `transaction.on_commit`."""
    for handler in _handlers[type(event)]:
        handler(event)
