"""Writes: dictionaries, parameters, regions, numbers."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils import timezone

from kemai.kit import bulk_edit
from kemai.kit.access import require
from kemai.kit.entity import registry
from kemai.kit.errors import Conflict, DomainError, Invalid
from kemai.kit.journal import Journal, journal
from kemai.kit.lines import pair_lines
from kemai.kit.models import ChangeSet, RecycleBin
from kemai.kit.prepared import OneOf, Prepared, Words
from kemai.kit.record import build
from kemai.kit.recycle import bin_record, empty, put_back
from kemai.kit.stamp import raise_stamp
from kemai.kit.text import fold
from kemai.kit.workflow import Spec, check_version, creation, deed
from kemai.office import rules
from kemai.office.models import Dictionary, DictionaryEntry, NumberCounter, NumberingRule, Region, Setting
from kemai.office.parameters import parameters
from kemai.office.queries import out_of_time, setting, settings_version


@deed("dictionary.change", right="dictionary.change")
def dictionary_change(
    dictionary: Dictionary, *, values: dict[str, Any], by: Any, log: Journal, version: int | None = None
) -> Dictionary:
    """A new title, shown on every screen at once (「类型信息」, SYS-02), and the list's entries, all at once or none (SYS-03)."""
    check_version(dictionary, version)
    values = dict(values)
    entries = values.pop("entries", None)
    log.update(dictionary, **values)
    if entries is not None:
        before = log.written
        _save_entries(dictionary, entries, log)
        if log.written > before:
            log.touch(dictionary)
    raise_stamp()
    return dictionary


def _save_entries(dictionary: Dictionary, rows: list[dict[str, Any]], log: Journal) -> None:
    """The entries of a list in the order of the grid; those left out are deleted. Raises Invalid with what is wrong at its row."""
    pairs, left_out = pair_lines(dictionary.entries, rows)
    wanted = [values.get("name", entry.name if entry else "") for entry, values in pairs]
    if errors := rules.wrong_entries(
        [(entry, {**values, "name": name}) for (entry, values), name in zip(pairs, wanted, strict=True)]
    ):
        raise Invalid(errors)
    for entry in left_out:
        if reason := rules.why_not_change_entry(entry, log.by):
            raise DomainError.of(reason)
        _delete_entry(entry, log)
    renamed = [entry.pk for (entry, _), name in zip(pairs, wanted, strict=True) if entry and entry.folded != fold(name)]
    for pk in renamed:  # two may exchange their names: no two rows have the same one at any moment
        DictionaryEntry.objects.filter(pk=pk).update(folded=f"~{pk}")
    in_order = sorted(zip(pairs, wanted, strict=True), key=lambda one: not (one[0][0] and one[0][0].is_fixed))
    for position, ((entry, values), name) in enumerate(in_order, start=1):
        placed = {**values, "name": name, "folded": fold(name), "position": position}
        if entry:
            log.update(entry, **placed)
        else:
            log.insert(build(DictionaryEntry, placed, dictionary=dictionary))


@creation("dictionary-entry.create", right="dictionary.change")
def entry_create(values: dict[str, Any], *, by: Any, log: Journal) -> DictionaryEntry:
    """A new choice, at the end of its list unless a position is given."""
    entry = DictionaryEntry(
        dictionary_id=values["dictionary"], name=values["name"], folded=fold(values["name"]),
        enabled=values.get("enabled", True), rate=values.get("rate"), position=values.get("position") or 0,
    )  # fmt: skip
    _check_entry(entry)
    if not entry.position:
        last = DictionaryEntry.objects.filter(dictionary_id=entry.dictionary_id).order_by("-position").first()
        entry.position = (last.position if last else 0) + 1
    log.insert(entry)
    raise_stamp()
    return entry


@deed("dictionary-entry.change", right="dictionary.change", guards=[rules.why_not_change_entry])
def entry_change(
    entry: DictionaryEntry, *, values: dict[str, Any], by: Any, log: Journal, version: int | None = None
) -> DictionaryEntry:
    """Renames, orders, disables. Records keep the entry, so a new name shows everywhere."""
    check_version(entry, version)
    if values.get("dictionary", entry.dictionary_id) != entry.dictionary_id:
        raise Invalid({"dictionary": ["字典项不能移到别的字典。"]})
    values = {name: value for name, value in values.items() if name != "dictionary"}
    probe = DictionaryEntry(pk=entry.pk, dictionary_id=entry.dictionary_id, name=values.get("name", entry.name))
    probe.folded = fold(probe.name)
    _check_entry(probe)
    log.update(entry, **values, folded=probe.folded)
    raise_stamp()
    return entry


def _check_entry(entry: DictionaryEntry) -> None:
    if not entry.folded:
        raise Invalid({"name": ["名称不能只有标点。"]})
    if len(entry.folded) > (DictionaryEntry._meta.get_field("folded").max_length or 0):
        raise Invalid({"name": ["名称太长，请缩短。"]})
    twins = DictionaryEntry.objects.filter(dictionary_id=entry.dictionary_id, folded=entry.folded).exclude(pk=entry.pk)
    if twin := twins.first():
        raise Invalid({"name": [f"已有同名的「{twin.name}」。"]})


@deed("dictionary-entry.delete", right="dictionary.change", guards=[rules.why_not_change_entry])
def entry_delete(entry: DictionaryEntry, *, by: Any, log: Journal) -> None:
    """Deletes a choice that nothing uses; one in use can be disabled (SYS-01)."""
    _delete_entry(entry, log)
    raise_stamp()


def _delete_entry(entry: DictionaryEntry, log: Journal) -> None:
    if used := used_in(entry):
        raise DomainError("in_use", f"「{entry.name}」已在{used}中使用，不能删除，可以停用。")
    bin_record(log, entry)


def used_in(record: Any) -> str:
    """The name of a kind that refers to the record, "" when none does."""
    for relation in record._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or not relation.related_model or relation.many_to_many:
            continue
        if relation.related_model._base_manager.filter(**{relation.field.name: record.pk}).exists():
            return f"「{relation.related_model._meta.verbose_name}」"
    return ""


def settings_save(values: Mapping[str, Any], *, by: Any, version: int | None = None) -> list[str]:
    """Stores parameters and returns the codes that changed; in force at once, everywhere (SYS-05, ORG-06).

    Raises Invalid; with a `version`, Conflict when somebody else changed parameters since it was read (FRM-02).
    """
    require(by, "setting.change")
    read, errors = {}, {}
    for code, raw in values.items():
        parameter = parameters.get(code)
        if parameter is None:
            errors[code] = ["没有这个参数。"]
            continue
        value, reason = rules.read_parameter(parameter, raw)
        read[code] = value
        if reason:
            errors[code] = [reason]
    if errors:
        raise Invalid(errors)
    if version is None and not _differing(read):
        return []
    with journal(by=by, deed="setting.change") as log:
        raise_stamp()  # its row is held until the end: two who save at once come one after the other
        if version is not None and version != settings_version():
            raise Conflict("version_conflict", "参数刚刚被别人修改过，请核对后再保存。")
        changed = _differing(read)
        notes = []
        for code in changed:
            label, before, after = parameters[code].label, setting(code), read[code]
            notes.append(
                f"{label}：{rules.parameter_words(parameters[code], before)} → {rules.parameter_words(parameters[code], after)}"
            )
            stored = Setting.objects.filter(code=code).first()
            if stored:
                log.update(stored, value=after)
            else:
                log.insert(Setting(code=code, value=after))
        if changed:
            log.kind, log.title = "setting", "、".join(parameters[code].label for code in changed)[:200]
            log.note = "；".join(notes)
            raise_stamp()
    return changed


def _differing(read: Mapping[str, Any]) -> list[str]:
    return [code for code, value in read.items() if setting(code) != value]


@deed("numbering-rule.change", right="setting.change")
def numbering_change(
    rule: NumberingRule, *, values: dict[str, Any], by: Any, log: Journal, version: int | None = None
) -> NumberingRule:
    """Changes how a kind is numbered from now on. Raises Invalid where two periods could give one number."""
    check_version(rule, version)
    probe = NumberingRule(
        prefix=values.get("prefix", rule.prefix), date_part=values.get("date_part", rule.date_part),
        reset=values.get("reset", rule.reset), digits=values.get("digits", rule.digits),
    )  # fmt: skip
    if reason := rules.ambiguous_numbering(probe):
        raise Invalid({"reset": [reason]})
    if not 1 <= probe.digits <= 9:
        raise Invalid({"digits": ["流水号位数应在 1 到 9 之间。"]})
    today = timezone.localdate()
    old = NumberCounter.objects.filter(kind=rule.kind, period=rules.period_of(rule, today)).first()
    log.update(rule, **values)
    if old:  # numbers go on from where they were, so that the new way of counting gives none a second time
        counter, _ = NumberCounter.objects.get_or_create(kind=rule.kind, period=rules.period_of(rule, today))
        NumberCounter.objects.filter(pk=counter.pk).update(last=max(counter.last, old.last))
    raise_stamp()
    return rule


def next_number(kind: str, *, on: date | None = None) -> str:
    """The next number of a kind. To be called last before the insert, in the same transaction: a save that fails leaves no gap (D13)."""
    return next_numbers(kind, 1, on=on)[0]


def next_numbers(kind: str, count: int, *, on: date | None = None) -> list[str]:
    """Several numbers in a row; imports take one range a chunk. Unique and rising under concurrency (SYS-06, REL-02).

    A number that a record has already, because it came with an import or was made by an earlier rule, is passed over.
    """
    rule = NumberingRule.objects.select_for_update().get(kind=kind)  # who changes the rule waits for who numbers by it
    day = on or timezone.localdate()
    numbers: list[str] = []
    while missing := count - len(numbers):
        last = _raise_counter(kind, rules.period_of(rule, day), missing)
        fresh = rules.number_texts(rule, day, range(last - missing + 1, last + 1))
        taken = _numbers_in_use(kind, fresh)
        numbers += [number for number in fresh if number not in taken]
    return numbers


def _numbers_in_use(kind: str, numbers: list[str]) -> set[str]:
    entity = registry.get(kind)
    if entity is None or "number" not in {field.name for field in entity.model._meta.concrete_fields}:
        return set()
    return {number for (number,) in _with_numbers(entity.model).rows(numbers=numbers)}


@cache
def _with_numbers(model: type[Model]) -> Prepared:
    found = model._base_manager.filter(OneOf("number", Words("numbers")))
    return Prepared(lambda: found.values_list("number"))


def _raise_counter(kind: str, period: str, count: int) -> int:
    """One statement on both databases: the row is made or raised, and its value comes back."""
    sql = (
        f'INSERT INTO "{NumberCounter._meta.db_table}" (kind, period, last) VALUES (%s, %s, %s) '
        f'ON CONFLICT (kind, period) DO UPDATE SET last = "{NumberCounter._meta.db_table}".last + excluded.last RETURNING last'
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [kind, period, count])
        return cursor.fetchone()[0]


@creation("region.create", right="region.change")
def region_create(values: dict[str, Any], *, by: Any, log: Journal) -> Region:
    """A region of the company's own below an administrative one (SYS-04)."""
    region = Region(name=values["name"], parent_id=values.get("parent"), code="")
    region.full_name = _full_name(region)
    log.insert(region)
    log.update(region, path=_region_path(region))
    raise_stamp()
    return region


@deed("region.change", right="region.change", guards=[rules.why_not_change_region])
def region_change(
    region: Region, *, values: dict[str, Any], by: Any, log: Journal, version: int | None = None
) -> Region:
    """Renames or moves a region of the company's own; what lies below goes with it (SYS-04)."""
    check_version(region, version)
    probe = Region(pk=region.pk, name=values.get("name", region.name), parent_id=values.get("parent", region.parent_id))
    if probe.parent and f"/{region.pk}/" in probe.parent.path:
        raise Invalid({"parent": ["上级地区不能是它自己，也不能在它之下。"]})
    log.update(region, **values, full_name=_full_name(probe), path=_region_path(probe))
    for child in Region.objects.filter(parent=region):
        _follow_parent(child, log)
    raise_stamp()
    return region


@deed("region.delete", right="region.change", guards=[rules.why_not_change_region])
def region_delete(region: Region, *, by: Any, log: Journal) -> None:
    """Deletes a region of the company's own that nothing uses."""
    if used := used_in(region):
        raise DomainError("in_use", f"「{region.full_name}」已在{used}中使用，不能删除。")
    bin_record(log, region)
    raise_stamp()


def _full_name(region: Region) -> str:
    """With those of all above it. Raises Invalid for a name that stands there already, and for one that is too long."""
    if Region.objects.filter(parent=region.parent_id, name=region.name).exclude(pk=region.pk).exists():
        raise Invalid({"name": [f"这里已有「{region.name}」。"]})
    full_name = f"{region.parent.full_name} {region.name}" if region.parent else region.name
    if len(full_name) > (Region._meta.get_field("full_name").max_length or 0):
        raise Invalid({"name": ["地区的全称太长，请缩短名称，或放在更高一级之下。"]})
    return full_name


def _region_path(region: Region) -> str:
    return f"{region.parent.path if region.parent else '/'}{region.pk}/"


def _follow_parent(region: Region, log: Journal) -> None:
    log.update(region, full_name=_full_name(region), path=_region_path(region))
    for child in Region.objects.filter(parent=region):
        _follow_parent(child, log)


def log_undo(entry: ChangeSet, *, by: Any) -> dict[str, Any]:
    """「撤销」 in the log: a bulk edit is taken back as one (LST-15). Raises what the guard or the bulk edit refuses."""
    require(by, "log.view")
    if reason := rules.why_not_undo(entry, by):
        raise DomainError.of(reason)
    edit = bulk_edit.edit_of(entry.bulk_edits.get().pk, by)
    outcome = bulk_edit.take_back(edit, by=by)
    return {
        "message": outcome.sentence if outcome else "已开始撤销，完成后可在批量修改记录里查看。",
        "bulk_edit": edit.pk,
    }


log_undo.spec = Spec("log.undo", "log.view", (rules.why_not_undo,))  # type: ignore[attr-defined]


@deed("recycle-bin.restore", right="recycle-bin.view", guards=[rules.why_not_restore])
def recycle_restore(kept: RecycleBin, *, by: Any, log: Journal) -> dict[str, Any]:
    """「恢复」: the record with all that hung on it, under the same ids; the log speaks of the record (SYS-11)."""
    log.deed = f"{kept.kind}.restore"
    log.kind, log.record_id, log.title = kept.kind, kept.record_id, kept.title
    put_back(log, kept)
    return {"kind": kept.kind, "record": kept.record_id}


@deed("recycle-bin.purge", right="recycle-bin.manage")
def recycle_purge(kept: RecycleBin, *, by: Any, log: Journal) -> None:
    """「彻底删除」: nothing brings it back."""
    _forget(kept, log)


def _forget(kept: RecycleBin, log: Journal) -> None:
    log.deed = f"{kept.kind}.purge"
    log.kind, log.record_id, log.title = kept.kind, kept.record_id, kept.title
    empty(kept)


def recycle_bin_empty() -> int:
    """Forgets what was kept long enough, each in a transaction and a log entry of its own, and says how many."""
    emptied = 0
    for pk in list(out_of_time().values_list("pk", flat=True)):
        with journal(by=None, deed="recycle-bin.purge", note="超过保留期限，自动清理") as log:
            kept = RecycleBin.objects.select_for_update(of=("self",)).filter(pk=pk).first()
            if kept:
                _forget(kept, log)
                emptied += 1
    return emptied
