"""Days and moments: which ways of writing are read, which are none, how they are shown and counted by the clock of the company."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from kemai.kit.moments import day_range, days_between, read_date, read_moment, show_time

pytestmark = pytest.mark.spec("FRM-01", "API-03")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "written",
    ["2026-03-05", "2026/3/5", "2026.3.5", "2026年3月5日", "2026年03月05", "２０２６－０３－０５", " 2026-3-5 ", "2026 年 3 月 5 日", date(2026, 3, 5)],
)  # fmt: skip
def test_days_are_read_in_the_usual_chinese_ways(written):
    assert read_date(written) == date(2026, 3, 5)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-30",
        "2026-13-01",
        "26-3-5",
        "明天",
        "",
        "2026-03",
        "20260305",
        20260305,
        None,
        True,
        [],
        "二〇二六年三月五",
        "0001-01-01",
        "0206-03-05",
    ],
)
def test_what_is_no_day_is_none(written):
    assert read_date(written) is None


def test_a_spreadsheets_day_number_is_a_day_in_imports_alone():
    assert read_date(46086, serial=True) == date(2026, 3, 5)
    assert read_date("46086", serial=True) == date(2026, 3, 5)
    assert read_date(46086.75, serial=True) == date(2026, 3, 5)
    assert read_date(0, serial=True) is None
    assert read_date(3_000_000, serial=True) is None
    assert read_date(46086) is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-05 14:30", datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI)),
        ("2026-03-05T14:30:15", datetime(2026, 3, 5, 14, 30, 15, tzinfo=SHANGHAI)),
        ("2026年3月5日 9:05", datetime(2026, 3, 5, 9, 5, tzinfo=SHANGHAI)),
        ("2026-03-05T06:30:00Z", datetime(2026, 3, 5, 6, 30, tzinfo=UTC)),
        ("2026-03-05T06:30:00.123+00:00", datetime(2026, 3, 5, 6, 30, tzinfo=UTC)),
        ("2026-03-05T22:30:00-0800", datetime(2026, 3, 6, 14, 30, tzinfo=SHANGHAI)),
        ("2026-03-05", datetime(2026, 3, 5, tzinfo=SHANGHAI)),
    ],
)
def test_moments_are_meant_in_the_companys_zone_unless_they_name_one(written, moment):
    assert read_moment(written) == moment


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-05 24:00", "2026-03-05 12:60", "2026-02-30 12:00", "14:30", "now", 5, None, True, "0001-01-01 00:00",
        "9999-12-31T23:59:59-12:00",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_none(written):
    assert read_moment(written) is None


def test_a_day_of_the_company_has_its_own_instants():
    start, end = day_range(date(2026, 3, 5))
    assert start == datetime(2026, 3, 4, 16, tzinfo=UTC)
    assert end == datetime(2026, 3, 5, 16, tzinfo=UTC)
    assert day_range(date.max)[1] == datetime.max.replace(tzinfo=SHANGHAI)


def test_from_the_evening_to_the_next_morning_it_is_a_day():
    evening, morning = datetime(2026, 3, 4, 23, tzinfo=SHANGHAI), datetime(2026, 3, 5, 8, tzinfo=SHANGHAI)
    assert days_between(evening, morning) == 1
    assert days_between(morning, evening) == -1
    assert days_between(datetime(2026, 3, 4, 16, tzinfo=UTC), morning) == 0  # midnight in the company


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    "written",
    ["20260305", 20260305, 20260305.0, "2026-03-05 00:00:00", "2026/3/5 14:30", "2026年3月5日 星期四", "2026-03-05（周四）", "2026年3月5号",
     "2026\\3\\5", "二〇二六年三月五日", "二零二六年三月五日"],
)  # fmt: skip
def test_a_day_is_read_as_cells_of_spreadsheets_hold_it(written):
    assert read_date(written, serial=True) == date(2026, 3, 5)


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("written", ["3月5日", "2026年3月", "05/03/2026", "26.3.5", 13800138000, "20261340", True])
def test_what_may_be_several_days_is_none_in_imports_too(written):
    assert read_date(written, serial=True) is None


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    "written",
    ["2026-03-05 下午2:30", "2026/3/5 2:30 PM", "2026年3月5日14时30分", "2026-03-05 14：30", "2026年3月5日 星期四 14点30分", 46086.604166666664,
     "20260305 14:30"],
)  # fmt: skip
def test_a_moment_is_read_as_cells_of_spreadsheets_hold_it(written):
    assert read_moment(written, serial=True) == datetime(2026, 3, 5, 14, 30, tzinfo=SHANGHAI)


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("written", ["2026-03-05 晚上12点", "2026-03-05 晚上1:30"])
def test_an_hour_of_the_night_that_may_be_of_the_next_day_is_none(written):
    assert read_moment(written, serial=True) is None


@pytest.mark.spec("IMP-04")
def test_midnight_and_noon_by_halves_of_the_day():
    assert read_moment("2026-03-05 12:30 AM", serial=True) == datetime(2026, 3, 5, 0, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 12:30 PM", serial=True) == datetime(2026, 3, 5, 12, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 上午12:30", serial=True) == datetime(2026, 3, 5, 0, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 下午12:30", serial=True) == datetime(2026, 3, 5, 12, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 中午1点", serial=True) == datetime(2026, 3, 5, 13, 0, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 早上9点半", serial=True) == datetime(2026, 3, 5, 9, 30, tzinfo=SHANGHAI)
    assert read_moment("2026-03-05 25:00", serial=True) is None


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 3, 5, 15, 59, 59, 999, tzinfo=UTC), "2026-03-05 23:59"),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), "2027-01-01 00:00"),
        (datetime(1988, 7, 1, 4, 0, tzinfo=UTC), "1988-07-01 13:00"),  # summer time
        (datetime(1991, 12, 31, 16, 0, tzinfo=UTC), "1992-01-01 00:00"),
        (datetime(2026, 3, 5, 9, 30, tzinfo=ZoneInfo("Europe/Berlin")), "2026-03-05 16:30"),
        (None, ""),
    ],
)
def test_a_moment_is_shown_by_the_clock_of_the_company(moment, shown):
    assert show_time(moment) == shown
