"""Days and moments: read in the ways people and programs write them, shown and counted in the company's zone (D16, IMP-04)."""

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

COMPANY_ZONE = ZoneInfo("Asia/Shanghai")
OFFSET, ONE_OFFSET_SINCE = timedelta(hours=8), 1992  # China had summer time until September 1991
_DATE = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$")
_WEEKDAY = re.compile(r"[(\s]*(星期|周|礼拜)[一二三四五六日天]\)?")
_SPELLED = re.compile(
    r"^([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]$"
)
_IN_WORDS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_OCLOCK = re.compile(
    r"(凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|[AaPp][Mm])?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2}|半)?分?(?::(\d{2})(?:\.\d+)?)?\s*([AaPp][Mm])?$"
)
_EARLIER = frozenset({"凌晨", "清晨", "早上", "上午", "am"})
_LATER = frozenset({"下午", "傍晚", "晚上", "pm"})
_MOMENT = re.compile(r"^(.*?\d日?)[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
FIRST_YEAR = 1900  # a year before it is a slip of the keyboard


def read_date(raw: Any, *, serial: bool = False) -> date | None:
    """A day in the usual Chinese ways of writing (IMP-04); with `serial` also as cells of a spreadsheet hold it: the number of the day,
    eight digits, with the day of the week or a time behind it. None when it is none."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, bool):
        return None
    if serial and re.fullmatch(r"(19|20)\d{6}(\.0)?", str(raw).strip()):
        digits = str(raw).strip()
        raw = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    if serial and (isinstance(raw, int | float) or (isinstance(raw, str) and re.fullmatch(r"\d{5}(\.\d+)?", raw))):
        number = float(raw)
        return (
            (date(1899, 12, 30) + timedelta(days=int(number)))
            if 1 <= number < 2958466 and not math.isnan(number)
            else None
        )
    if not isinstance(raw, str):
        return None
    text = unicodedata.normalize("NFKC", raw).strip()
    if serial:
        text = _OCLOCK.sub("", _WEEKDAY.sub(" ", text)).strip(" T")
    found = _DATE.match(_spelled_out(text))
    if not found:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None


def read_moment(raw: Any, *, serial: bool = False) -> datetime | None:
    """A moment; without a zone it is meant in the company's. A plain day is its midnight. None when it is none, or none that UTC can tell."""
    moment = _moment_in(raw, serial)
    try:
        return moment if moment and moment.astimezone(UTC) else None
    except OverflowError:
        return None


def _moment_in(raw: Any, serial: bool) -> datetime | None:
    if isinstance(raw, datetime):
        return raw if timezone.is_aware(raw) else raw.replace(tzinfo=COMPANY_ZONE)
    if isinstance(raw, str) and (found := _MOMENT.match(unicodedata.normalize("NFKC", raw).strip())):
        day_text, hour, minute, second, zone = found.groups()
        if moment := _at(read_date(day_text, serial=serial), hour, minute, second):
            if zone:
                shift = UTC if zone == "Z" else datetime.strptime(zone.replace(":", ""), "%z").tzinfo
                return moment.replace(tzinfo=shift)
            return moment
    if serial and isinstance(raw, str) and (told := _OCLOCK.search(unicodedata.normalize("NFKC", raw).strip())):
        before, hour, minute, second, after = told.groups()
        day = read_date(unicodedata.normalize("NFKC", raw).strip()[: told.start()], serial=True)
        return _at(day, _hour(before or after or "", int(hour)), 30 if minute == "半" else minute or 0, second)
    day = read_date(raw, serial=serial)
    moment = datetime.combine(day, time(), COMPANY_ZONE) if day else None
    if moment and serial and isinstance(raw, float) and raw < 2958466:
        return moment + timedelta(minutes=round(raw % 1 * 24 * 60))
    return moment


def _hour(part: str, hour: int) -> int:
    """The hour in a part of the day: 下午 2 is 14, 上午 12 is 0, 中午 1 is 13. No hour of a day (24) where it may be of the next: 晚上 12."""
    part = part.lower()
    if part == "晚上" and (hour < 5 or hour == 12):
        return 24
    if hour == 12:
        return 0 if part in _EARLIER else 12
    return hour + 12 if hour < 12 and (part in _LATER or (part == "中午" and hour < 11)) else hour


def _at(day: date | None, hour: Any, minute: Any, second: Any) -> datetime | None:
    try:
        return datetime.combine(day, time(int(hour), int(minute), int(second or 0)), COMPANY_ZONE) if day else None
    except ValueError:
        return None


def _spelled_out(text: str) -> str:
    """二〇二四年三月五日 → 2024-3-5; any other text as it is."""
    found = _SPELLED.match(text)
    if not found:
        return text.replace("\\", "/")
    year, month, day = found.groups()
    return f"{year.translate(_IN_WORDS)}-{_below_hundred(month)}-{_below_hundred(day)}"


def _below_hundred(word: str) -> int:
    """十 → 10, 十二 → 12, 二十五 → 25."""
    tens, ten, ones = word.rpartition("十")
    return (int(tens.translate(_IN_WORDS) or 1) * 10 if ten else 0) + int(ones.translate(_IN_WORDS) or 0)


def show_time(value: datetime | None) -> str:
    """A moment in the company's zone, to the minute. A page shows a hundred: the usual ones go without a look into the zone's history."""
    if value is None:
        return ""
    usual = value.tzinfo is UTC and value.year >= ONE_OFFSET_SINCE
    local = value + OFFSET if usual else value.astimezone(COMPANY_ZONE)
    return local.isoformat(" ", "minutes")[:16]


def day_range(day: date) -> tuple[datetime, datetime]:
    """The instants at which a day of the company begins and ends (D16)."""
    start = datetime.combine(day, time(), COMPANY_ZONE)
    return start, start + timedelta(days=1) if day < date.max else datetime.max.replace(tzinfo=COMPANY_ZONE)


def days_between(earlier: datetime, later: datetime) -> int:
    """How many days of the company lie between: from 23:00 to the next morning it is one."""
    return (later.astimezone(COMPANY_ZONE).date() - earlier.astimezone(COMPANY_ZONE).date()).days
