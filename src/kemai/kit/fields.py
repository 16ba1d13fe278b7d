"""Model fields that are shown and read alike on every door: sums, prices, quantities, words in a list."""

import json
from typing import Any

from django.db import models

DIGITS = 16


class _Exact(models.DecimalField):
    places = 2
    value_kind = ""

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, **{**options, "max_digits": DIGITS, "decimal_places": self.places})

    def deconstruct(self) -> tuple:
        name, path, args, options = super().deconstruct()
        return name, path, args, {key: options[key] for key in options if key not in ("max_digits", "decimal_places")}


class MoneyField(_Exact):
    """An amount in yuan, to the cent; shown as 1,234.50."""

    value_kind = "money"


class PriceField(_Exact):
    """A unit price in yuan, to four places."""

    places = 4
    value_kind = "number"


class QuantityField(_Exact):
    """A quantity, to four places."""

    places = 4
    value_kind = "number"


class _AsWritten(json.JSONEncoder):
    """JSON with Chinese as it is written, so that both databases find it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False})


class TagsField(models.JSONField):
    """Words in a list; empty by default."""

    value_kind = "tags"

    def __init__(self, verbose_name: str | None = None, **options: Any) -> None:
        super().__init__(verbose_name, **{"default": list, "blank": True, **options, "encoder": _AsWritten})

    def deconstruct(self) -> tuple:
        name, path, args, options = super().deconstruct()
        return name, path, args, {key: options[key] for key in options if key not in ("encoder", "default", "blank")}


class MonthDay(models.Func):
    """Month and day of a date as one number, 1013 for the 13th of October: for an index by which birthdays are found."""

    arity = 1
    output_field = models.IntegerField()
    template = "CAST(substr(%(expressions)s, 6, 2) || substr(%(expressions)s, 9, 2) AS INTEGER)"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        template = "(extract(month FROM %(expressions)s) * 100 + extract(day FROM %(expressions)s))::integer"
        return self.as_sql(compiler, connection, template=template, **extra)
