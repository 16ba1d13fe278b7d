"""A lower floor tells, an upper one listens: in the same transaction."""

from collections import defaultdict
from dataclasses import dataclass

import pytest

from kemai.kit import events


@dataclass(frozen=True)
class Rang:
    times: int


@dataclass(frozen=True)
class Knocked:
    times: int


@pytest.fixture(autouse=True)
def no_listeners(monkeypatch):
    monkeypatch.setattr(events, "_handlers", defaultdict(list))


def test_who_listens_to_a_kind_of_event_hears_it_in_the_order_of_listening():
    heard = []
    events.on(Rang)(lambda event: heard.append(("first", event.times)))
    events.on(Rang)(lambda event: heard.append(("second", event.times)))
    events.on(Knocked)(lambda event: heard.append(("other", event.times)))
    events.publish(Rang(2))
    assert heard == [("first", 2), ("second", 2)]


def test_an_event_that_nobody_listens_to_is_nothing():
    events.publish(Rang(1))


def test_a_listener_that_fails_fails_the_deed():
    @events.on(Rang)
    def fails(event):
        raise ValueError(event.times)

    with pytest.raises(ValueError, match="3"):
        events.publish(Rang(3))


def test_the_decorated_function_stays_itself():
    @events.on(Rang)
    def listener(event):
        return event.times

    assert listener(Rang(5)) == 5
