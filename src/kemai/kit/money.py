"""Sums of money, prices and quantities: exact decimals, rounded half up, in this one module."""

from decimal import ROUND_HALF_UP, Decimal

from kemai.kit.errors import DomainError

CENT = Decimal("0.01")
PRICE_STEP = Decimal("0.0001")
LIMIT = Decimal(10) ** 14  # what the columns hold
MINUS = "\u2212"


def _rounded(value: Decimal | int | str, step: Decimal) -> Decimal:
    if isinstance(value, float):
        raise TypeError("money is never a float: give a Decimal, an int or a str")
    if abs(exact := Decimal(value)) > LIMIT * CENT / step - step:
        raise DomainError("too_large", "金额或数量太大，请核对。")
    return exact.quantize(step, ROUND_HALF_UP)


def yuan(value: Decimal | int | str) -> Decimal:
    """An amount in yuan, to the cent, half up: 2.345 → 2.35, −2.345 → −2.35. A float is a TypeError."""
    return _rounded(value, CENT)


def price(value: Decimal | int | str) -> Decimal:
    """A unit price in yuan or a quantity, to four places, half up. A float is a TypeError."""
    return _rounded(value, PRICE_STEP)


def format_money(value: Decimal | int | str) -> str:
    """An amount as people read it, to the cent: 1234567.5 → 1,234,567.50; negative with the true minus sign −."""
    amount = yuan(value)
    return f"{MINUS if amount < 0 else ''}{abs(amount):,.2f}"
