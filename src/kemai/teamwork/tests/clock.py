"""The time of the company, as tests set it."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.utils import timezone

from kemai.kit.moments import COMPANY_ZONE


def when(text: str) -> datetime:
    """A moment of the company: when("2026-03-05 10:00")."""
    return datetime.fromisoformat(text).replace(tzinfo=COMPANY_ZONE)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """`clock("2026-03-05 10:00")`: it is that time of the company now. It begins on that Thursday."""

    def set_to(text: str) -> datetime:
        moment = when(text)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    set_to("2026-03-05 10:00")
    return set_to
