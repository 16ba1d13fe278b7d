"""The Chinese calendar, by which birthdays are kept (WRK-02)."""

from datetime import date

import pytest

from kemai.kit.lunar import lunar_birthdays, lunar_of, next_day, solar_birthdays


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(1900, 1, 31), "农历正月初一"),
        (date(2023, 3, 22), "农历闰二月初一"),
        (date(2025, 7, 25), "农历闰六月初一"),
        (date(2026, 2, 17), "农历正月初一"),
        (date(2026, 11, 20), "农历十月十二"),
        (date(2033, 12, 22), "农历闰冬月初一"),
        (date(2027, 2, 5), "农历腊月廿九"),
        (date(2026, 9, 25), "农历八月十五"),
    ],
)
def test_a_day_has_its_name(day, text):
    assert lunar_of(day).text == text


def test_outside_of_the_table_there_is_none():
    assert lunar_of(date(1899, 12, 31)) is None
    assert lunar_of(date(2200, 1, 1)) is None


def test_birthdays_of_days_that_are_not_there_are_kept_the_day_before():
    assert solar_birthdays(date(2026, 2, 28)) == [(2, 28), (2, 29)]
    assert solar_birthdays(date(2028, 2, 28)) == [(2, 28)]
    assert lunar_birthdays(date(2027, 2, 5)) == [(12, 29), (12, 30), (12, 31)]  # 腊月 has 29 days that year


def test_a_birthday_typed_as_the_31st_is_kept_on_the_last_day_of_the_month():
    assert lunar_of(date(2026, 2, 16)).text == "农历腊月廿九"
    assert (12, 31) in lunar_birthdays(date(2026, 2, 16))
    assert next_day((8, 31), date(2026, 9, 1), 60, lunar=True) == date(2026, 10, 9)


def test_in_a_leap_month_no_birthday_is_kept_again():
    assert lunar_birthdays(date(2025, 7, 25)) == []
    assert next_day((6, 1), date(2025, 6, 1), 90, lunar=True) == date(2025, 6, 25)
