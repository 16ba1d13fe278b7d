"""The Chinese calendar from 1900 to 2100: which day of which month a day is, and in words. Birthdays are kept by it."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = 1900
FIRST_DAY = date(1900, 1, 31)  # the first day of its first month
# A year each: bits 15 to 4 are months 1 to 12, set where the month has 30 days and not 29; the last digit is the leap month that follows
# the month of its number, 0 for none; bit 16 is set where that has 30 days.
_YEARS = [int(word, 16) for word in """
    04bd8 04ae0 0a570 054d5 0d260 0d950 16554 056a0 09ad0 055d2 04ae0 0a5b6 0a4d0 0d250 1d255 0b540 0d6a0 0ada2 095b0 14977
    04970 0a4b0 0b4b5 06a50 06d40 1ab54 02b60 09570 052f2 04970 06566 0d4a0 0ea50 16a95 05ad0 02b60 186e3 092e0 1c8d7 0c950
    0d4a0 1d8a6 0b550 056a0 1a5b4 025d0 092d0 0d2b2 0a950 0b557 06ca0 0b550 15355 04da0 0a5b0 14573 052b0 0a9a8 0e950 06aa0
    0aea6 0ab50 04b60 0aae4 0a570 05260 0f263 0d950 05b57 056a0 096d0 04dd5 04ad0 0a4d0 0d4d4 0d250 0d558 0b540 0b6a0 195a6
    095b0 049b0 0a974 0a4b0 0b27a 06a50 06d40 0af46 0ab60 09570 04af5 04970 064b0 074a3 0ea50 06b58 05ac0 0ab60 096d5 092e0
    0c960 0d954 0d4a0 0da50 07552 056a0 0abb7 025d0 092d0 0cab5 0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930
    07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530 05aa0 076a3 096d0 04afb 04ad0 0a4d0 1d0b6 0d250 0d520 0dd45
    0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0 14b63 09370 049f8 04970 064b0 168a6 0ea50 06b20 1a6c4 0aae0
    092e0 0d2e3 0c960 0d557 0d4a0 0da50 05d55 056a0 0a6d0 055d4 052d0 0a9b8 0a950 0b4a0 0b6a6 0ad50 055a0 0aba4 0a5b0 052b0
    0b273 06930 07337 06aa0 0ad50 14b55 04b60 0a570 054e4 0d160 0e968 0d520 0daa0 16aa6 056d0 04ae0 0a9d4 0a2d0 0d150 0f252
    0d520
""".split()]  # fmt: skip
_MONTHS = "正 二 三 四 五 六 七 八 九 十 冬 腊".split()
_TENS, _DIGITS = "初十廿卅", "十一二三四五六七八九"


@dataclass(frozen=True)
class LunarDay:
    """One day of the Chinese calendar."""

    year: int
    month: int
    day: int
    leap: bool
    length: int  # days of its month

    @property
    def text(self) -> str:
        """农历十月十二."""
        return f"农历{'闰' if self.leap else ''}{_MONTHS[self.month - 1]}月{day_text(self.day)}"


def day_text(day: int) -> str:
    """The name of a day of a month: 初一, 十五, 廿三, 三十."""
    if day in (10, 20, 30):
        return {10: "初十", 20: "二十", 30: "三十"}[day]
    return f"{_TENS[day // 10]}{_DIGITS[day % 10]}"


def month_day_text(month: int, day: int) -> str:
    """A day of the year: 农历十月十三."""
    return f"农历{_MONTHS[month - 1]}月{day_text(day)}"


def lunar_of(day: date) -> LunarDay | None:
    """The day in the Chinese calendar; None outside of its table."""
    left = (day - FIRST_DAY).days
    if left < 0:
        return None
    for year, code in enumerate(_YEARS, FIRST_YEAR):
        for month, leap, length in _months(code):
            if left < length:
                return LunarDay(year, month, left + 1, leap, length)
            left -= length
    return None


def _months(code: int) -> list[tuple[int, bool, int]]:
    months = []
    for month in range(1, 13):
        months.append((month, False, 30 if code >> (16 - month) & 1 else 29))
        if code & 15 == month:
            months.append((month, True, 30 if code >> 16 & 1 else 29))
    return months


def solar_birthdays(day: date) -> list[tuple[int, int]]:
    """Birthdays (month, day) that are kept on this day: the 29th of February on the 28th where there is none."""
    own = [(day.month, day.day)]
    return [*own, (2, 29)] if own == [(2, 28)] and not isleap(day.year) else own


def lunar_birthdays(day: date) -> list[tuple[int, int]]:
    """Birthdays of the Chinese calendar that are kept on this day: not again in a leap month. On the last day of a month those that it has no day
    for: the 30th, and a 31st that somebody has typed."""
    lunar = lunar_of(day)
    if lunar is None or lunar.leap:
        return []
    last = 31 if lunar.day == lunar.length else lunar.day
    return [(lunar.month, day) for day in range(lunar.day, last + 1)]


def next_day(wanted: tuple[int, int], start: date, days: int, *, lunar: bool) -> date | None:
    """The first day from `start` on, within so many days, on which this birthday is kept."""
    kept = lunar_birthdays if lunar else solar_birthdays
    return next((day for ahead in range(days) if wanted in kept(day := start + timedelta(days=ahead))), None)
