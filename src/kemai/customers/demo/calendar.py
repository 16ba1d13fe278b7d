"""Months in which people worked: what happened is planned first and then done by the services in the order of time, each at its moment."""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

from django.utils import timezone

from kemai.kit import journal
from kemai.kit.moments import COMPANY_ZONE


class Calendar:
    """Deeds by their moments. A deed may plan later ones."""

    def __init__(self, chance: random.Random, now: datetime) -> None:
        self.chance, self.now = chance, now
        self._planned: list[tuple[datetime, int, Callable[[], None]]] = []
        self._places = count()

    def at(self, moment: datetime, deed: Callable[[], None]) -> None:
        """Plans a deed."""
        heapq.heappush(self._planned, (moment, next(self._places), deed))

    def run(self) -> None:
        """Does everything in the order of time."""
        while self._planned:
            moment, _, deed = heapq.heappop(self._planned)
            with happened(moment):
                deed()

    def working(self, days_ago: float) -> datetime:
        """A moment in working hours so many days ago, never on a weekend and never after now."""
        moment = (self.now - timedelta(days=days_ago)).astimezone(COMPANY_ZONE)
        moment -= timedelta(days=max(0, moment.weekday() - 4))
        moment = moment.replace(
            hour=self.chance.choice([9, 10, 10, 11, 13, 14, 15, 15, 16, 17]), minute=self.chance.randrange(60)
        )
        return min(moment, self.now - timedelta(minutes=self.chance.randint(1, 90)))

    def later(self, after: datetime, days: float) -> datetime:
        """A working moment so many days after another one."""
        return max(self.working((self.now - after).total_seconds() / 86400 - days), after + timedelta(minutes=7))

    def coming(self, days: int) -> datetime:
        """A moment in working hours in so many days, on a working day; today's are late in the afternoon."""
        day = self.now.astimezone(COMPANY_ZONE) + timedelta(days=days)
        if days:
            day += (
                timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
                if days > 0
                else -timedelta(days=max(0, day.weekday() - 4))
            )
        hour = self.chance.choice([9, 10, 14, 15, 16]) if days else self.chance.choice([16, 17])
        return day.replace(hour=hour, minute=self.chance.choice([0, 0, 30]), second=0, microsecond=0)


@contextmanager
def happened(moment: datetime) -> Iterator[None]:
    """Deeds inside happened at that moment."""
    token = journal.moment.set(min(moment, timezone.now()))
    try:
        yield
    finally:
        journal.moment.reset(token)
