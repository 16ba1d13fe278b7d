"""What must hold of numbers and regions, for `kemai check`."""

from collections.abc import Iterator

from kemai.kit.entity import registry
from kemai.kit.selfcheck import broken_paths, check
from kemai.kit.values import model_field_at
from kemai.office.models import NumberCounter, NumberingRule, Region


@check("自动编号的流水号不小于已有编号")
def counters_are_high_enough() -> Iterator[str]:
    """No number of today's rule would be given a second time (SYS-06)."""
    for rule in NumberingRule.objects.order_by("kind"):
        entity = registry.get(rule.kind)
        if entity is None or model_field_at(entity.model, "number") is None:
            continue
        highest: dict[str, int] = {}
        for number in (
            entity.model._base_manager.filter(number__startswith=rule.prefix)
            .values_list("number", flat=True)
            .iterator()
        ):
            found = _taken_apart(rule, number)
            if found:
                period, serial = found
                highest[period] = max(highest.get(period, 0), serial)
        counters = dict(NumberCounter.objects.filter(kind=rule.kind).values_list("period", "last"))
        for period, serial in sorted(highest.items()):
            if counters.get(period, 0) < serial:
                yield f"{rule.title}{period}：已用到 {serial}，流水号只到 {counters.get(period, 0)}"


def _taken_apart(rule: NumberingRule, number: str) -> tuple[str, int] | None:
    """Period and serial of a number that follows the rule as it is now; None for older ones."""
    rest = number.removeprefix(rule.prefix)
    width = {"": 0, "%Y": 4, "%Y%m": 6, "%Y%m%d": 8}[rule.date_part]
    day, serial = rest[:width], rest[width:]
    if not serial.isdigit() or len(serial) < rule.digits or (width and not day.isdigit()):
        return None
    return day[: {"never": 0, "year": 4, "month": 6, "day": 8}[rule.reset]], int(serial)


@check("地区的层级路径正确")
def region_paths_are_true() -> Iterator[str]:
    """Filters by region go by these paths (SYS-04)."""
    for pk in broken_paths(list(Region.objects.order_by("pk").values_list("pk", "parent_id", "path"))):
        yield f"地区 {pk}"
