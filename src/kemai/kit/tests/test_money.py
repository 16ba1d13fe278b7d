"""Rounding and the look of money."""

from decimal import Decimal

import pytest

from kemai.kit.money import format_money, price, yuan


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        ("2.345", "2.35"),
        ("2.344", "2.34"),
        ("-2.345", "-2.35"),
        (7, "7.00"),
        (Decimal("0.005"), "0.01"),
        ("1e6", "1000000.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_the_cent(value, rounded):
    assert str(yuan(value)) == rounded


def test_prices_are_rounded_half_up_to_four_places():
    assert str(price("0.00005")) == "0.0001"
    assert str(price("12.34564999")) == "12.3456"


@pytest.mark.parametrize("round_", [yuan, price])
def test_a_float_is_refused(round_):
    with pytest.raises(TypeError):
        round_(0.1)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1234567.5", "1,234,567.50"),
        ("-1234.5", "\u22121,234.50"),
        (0, "0.00"),
        ("-0.001", "0.00"),
        ("999.995", "1,000.00"),
    ],
)
def test_money_is_shown_with_separators_and_a_true_minus(value, shown):
    assert format_money(value) == shown
