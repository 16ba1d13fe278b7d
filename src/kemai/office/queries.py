"""Reads: dictionaries, parameters, regions; all small, all remembered in the process."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from kemai.kit import recycle
from kemai.kit.access import may
from kemai.kit.entity import entity_of, registry
from kemai.kit.models import RecycleBin
from kemai.kit.moments import show_time
from kemai.kit.reach import EVERYTHING, Reach
from kemai.kit.stamp import remembered
from kemai.kit.text import fold
from kemai.office.models import Dictionary, DictionaryEntry, Region, Setting
from kemai.office.parameters import parameters

SHOWN_ROWS = 500  # of one deleted record
LONGEST_REGION = 20  # characters of a region's own name


@remembered
def _titles() -> dict[str, str]:
    return dict(Dictionary.objects.values_list("code", "title"))


def dictionary_title(code: str) -> str:
    """The title of a list as every screen shows it (SYS-02)."""
    return _titles().get(code, code)


@remembered
def dictionary_names() -> dict[int, str]:
    """All lists' titles by id."""
    return dict(Dictionary.objects.values_list("pk", "title"))


def dictionary_options(by: Any) -> list[tuple[int, str]]:
    """All lists, in their order."""
    return list(Dictionary.objects.order_by("position", "pk").values_list("pk", "title"))


@remembered
def entry_names(code: str) -> dict[int, str]:
    """All entries of a list, disabled ones included, for showing."""
    return dict(
        DictionaryEntry.objects.filter(dictionary__code=code).order_by("position", "pk").values_list("pk", "name")
    )


@remembered
def entry_options(code: str) -> list[tuple[int, str]]:
    """The entries that are offered."""
    rows = DictionaryEntry.objects.filter(dictionary__code=code, enabled=True).order_by("position", "pk")
    return list(rows.values_list("pk", "name"))


@remembered
def _entries_by_word(code: str) -> dict[str, int]:
    return dict(DictionaryEntry.objects.filter(dictionary__code=code, enabled=True).values_list("folded", "pk"))


def find_entry_named(code: str, word: str) -> int | None:
    """The enabled entry of a name, written in whatever width and case."""
    return _entries_by_word(code).get(fold(word))


def find_entry(code: str, word: Any) -> int | None:
    """The enabled entry behind an id or a name, written in whatever width and case."""
    names = {pk for pk, _ in entry_options(code)}
    if isinstance(word, int):
        return word if word in names else None
    text = str(word).strip()
    if (found := find_entry_named(code, text)) is not None:
        return found
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 and int(text) in names else None


@remembered
def _stored_settings() -> dict[str, Any]:
    return dict(Setting.objects.values_list("code", "value"))


def setting(code: str) -> Any:
    """The present value of a parameter (SYS-05). Raises KeyError for one that is not declared."""
    return _stored_settings().get(code, parameters[code].default)


def settings_version() -> int:
    """Rises with every change of a parameter (FRM-02)."""
    found = Setting.objects.aggregate(versions=Sum("version"), count=Count("pk"))
    return (found["versions"] or 0) + found["count"]


@remembered
def region_names() -> Mapping[int, str]:
    """Every region's full name: 江苏省 苏州市 吴中区."""
    return dict(Region.objects.values_list("pk", "full_name"))


@remembered
def _regions_by_word() -> dict[str, int]:
    words: dict[str, int] = {}
    for pk, full_name in Region.objects.order_by("-path").values_list("pk", "full_name"):
        steps = full_name.split(" ")
        shorts = [short_region(step) for step in steps]
        for chain in (steps, shorts):
            words[fold("".join(chain))] = pk
            if len(chain) == 2:  # 北京市北京市朝阳区, 北京市市辖区朝阳区: as forms with three fields have it
                for between in (chain[0], "市辖区", "县"):
                    words.setdefault(fold(f"{chain[0]}{between}{chain[1]}"), pk)
            if len(chain) == 3:  # 深圳市南山区: the province goes without saying
                words.setdefault(fold("".join(chain[1:])), pk)
    for pk, full_name in Region.objects.order_by("path").values_list("pk", "full_name"):
        steps = full_name.split(" ")
        of_city = len(steps) == 2 and steps[0].endswith("市")  # a district of 北京市: others may be called so, too
        if len(steps) == 1 or (len(steps) == 2 and not of_city):
            for chain in ([steps[-1]], [short_region(steps[-1])]):
                words.setdefault(fold("".join(chain)), pk)
    if "内蒙古" in words:
        words.setdefault("内蒙", words["内蒙古"])
    return words


@remembered
def _regions_by_end() -> dict[str, list[tuple[str, tuple[tuple[str, str], ...], int]]]:
    """By a region's own name, whole or short: the full names of those that bear it, the names, whole and short, of what is above each of them, the
    nearest first, and their ids."""
    found: dict[str, list[tuple[str, tuple[tuple[str, str], ...], int]]] = {}
    for pk, full_name in Region.objects.values_list("pk", "full_name"):
        *above, own = [(fold(step), fold(short_region(step))) for step in full_name.split(" ")]
        for name in {*own, own[0].removesuffix("新区")}:
            found.setdefault(name, []).append((full_name, tuple(reversed(above)), pk))
    return found


def find_region(by: Any, word: str) -> int | None:
    """The region of a name as people write it: 江苏省苏州市吴中区, 江苏苏州, 苏州; where only one fits, steps may be left out: 江苏昆山, 昆山."""
    text = fold(word)
    if (found := _regions_by_word().get(text)) is not None:
        return found
    ends, fitting = _regions_by_end(), {}
    for size in range(2, min(len(text), LONGEST_REGION) + 1):
        for full_name, above, pk in ends.get(text[-size:], ()):
            if _are_above(text[:-size], above):
                fitting[full_name] = pk
    highest = [name for name in fitting if not any(name.startswith(f"{other} ") for other in fitting)]
    return fitting[highest[0]] if len(highest) == 1 else None  # 湖南省长沙 is the city, not the county in it


def _are_above(rest: str, above: Sequence[tuple[str, str]]) -> bool:
    """Whether what is written before a region's own name are regions above it."""
    for names in above:
        rest = next((rest.removesuffix(name) for name in names if rest.endswith(name)), rest)
    return rest in ("", "中国")


def short_region(name: str) -> str:
    """江苏省 → 江苏, 苏州市 → 苏州; what would become a single character stays whole."""
    for ending in ("维吾尔自治区", "壮族自治区", "回族自治区", "特别行政区", "自治区", "地区", "省", "市", "区", "县"):
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name[: -len(ending)]
    return name


def everything(by: Any) -> Reach:
    """What is set up for the company is readable to all who may open its page."""
    return EVERYTHING


# --- the recycle bin ---------------------------------------------------------------------------------------------------


def recycle_reach(by: Any, **options: Any) -> Reach:
    """What of the recycle bin a person may see and put back (SYS-11).

    Of the kinds that they may delete: what they deleted themselves, and what belonged to whom they see. 「回收站管理」: everything.
    """
    in_time = Q(at__gt=oldest_kept())
    if may(by, "recycle-bin.manage"):
        return Reach(also=in_time)
    reached = Q(pk__in=())
    for entity in registry.values():
        if entity.delete is None or not (may(by, entity.right("view")) and may(by, entity.right("delete"))):
            continue
        reached |= Q(kind=entity.name) & (
            Q(by_id=by.pk) | _owned_in(entity.reach(by)) if entity.owner else Q(by_id=by.pk)
        )
    return Reach(also=in_time & reached)


def _owned_in(reach: Reach) -> Q:
    if reach.everything:
        return Q(pk__isnull=False)
    owned = Q(owner_id__in=sorted(reach.owners))
    return owned | Q(owner_id__isnull=True) if reach.nobody else owned


def recycle_narrowed(by: Any, options: Mapping[str, Any]) -> Q | None:
    """The entries of one kind (`?kind=customer`)."""
    return Q(kind=options["kind"]) if options.get("kind") else None


def oldest_kept() -> datetime:
    """What was deleted before is emptied at night and can no longer be put back."""
    return timezone.now() - timedelta(days=setting("recycle_days"))


def out_of_time() -> QuerySet[RecycleBin]:
    """The entries that are to be emptied, the oldest first."""
    return RecycleBin.objects.filter(at__lte=oldest_kept()).order_by("at", "pk")


def kept_until(ids: Sequence[int], by: Any) -> dict[int, tuple[datetime, str]]:
    """Until when each of these entries can be put back."""
    days = timedelta(days=setting("recycle_days"))
    rows = RecycleBin.objects.filter(pk__in=ids).values_list("pk", "at")
    return {pk: (at + days, show_time(at + days)) for pk, at in rows}


def recycled_rows(kept: RecycleBin, by: Any) -> list[dict[str, str]]:
    """What comes back together, the record first, without the names of kinds that the person may not view."""
    rows = []
    for row in recycle.rows_of(kept)[:SHOWN_ROWS]:
        kind = entity_of(type(row))
        named = kind is None or may(by, kind.right("view"))
        rows.append({"类型": str(row._meta.verbose_name), "名称": _name_of(row) if named else f"编号 {row.pk}"})
    return rows


def _name_of(row: Any) -> str:
    try:
        return str(row)
    except ObjectDoesNotExist:  # named after something that is gone with it
        return f"编号 {row.pk}"
