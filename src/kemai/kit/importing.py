"""How files become records (IMP-01 to IMP-08). One plan judges the rows for the preview and again when they are written, so that the verdict is
the outcome.

A kind declares `imports`; its plan is an object made by `plan(by, options)`:

    prepare(rows)      optional: sees all rows of the file first, in chunks, for what depends on rows further down
    work_out(rows)     optional: what follows from a row by itself; it may run ahead in another process (import_reading.py)
    make_ready(row)    optional: likewise, packs what a row would make as a new record, so that `write` has less to do
    judge(rows)        verdict and message of each row without errors, against the database and the rows judged before
    remember(row)      a row that went in before, with its verdict: an import that was killed goes on, or others have written meanwhile
    forget(numbers)    rows that did not go in after all
    write(rows, log)   writes the rows that go in and sets their `record_id`
    judged_against     optional: the kinds of record on which verdicts depend (import_verdicts.py)

Everything else is done here: columns are matched, values read, chunks of rows written, each in one transaction with its entry in the log.
"""

import math
import re
import shutil
import time
import unicodedata
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from kemai.kit import import_kept, sheets, stamp
from kemai.kit.access import may, require
from kemai.kit.bulk import few_checkpoints, step_back
from kemai.kit.doors import through
from kemai.kit.entity import Entity, Field, registry
from kemai.kit.errors import Conflict, DomainError, Invalid, NotFound
from kemai.kit.import_columns import (
    GOES_IN,
    ImportedRow,
    header_words,
    known_header,
    looks_like_data,
    match_columns,
    targets_of,
)
from kemai.kit.import_reading import Reading, book_of, few_pauses, path_of
from kemai.kit.import_verdicts import Outdated, Verdicts, begin_preview, judge, keep
from kemai.kit.journal import Journal, happens_at, journal
from kemai.kit.models import ChangeSet, Import, ImportChunk, ImportRow
from kemai.kit.planner import renew_statistics
from kemai.kit.text import fold
from kemai.kit.values import BadValue, Spec, bind

LARGE = 10_000  # rows from which the database is asked to look at its statistics anew
TOGETHER = 2  # chunks of one transaction, while nobody waits
ALONE_AFTER = 30  # seconds after somebody had to wait in which each chunk is a transaction of its own
REASON = "批量导入"
BUSY = "import_busy"
BEGUN = "这次导入已经开始，不能再改对应关系。"
UNEXPECTED = "导入意外中断，已导入的部分保留，可以继续或撤销。"


@dataclass(frozen=True)
class Options:
    """What a person chose for an import.

    `into`: "" (the owner named in a column, else nobody), pool, mine, column, or a person's id in `owner`. `add` and `update` say what may happen
    to rows that are not or already there, found by `key`. `similar`: accept or refuse. `map`: header → field by hand, "" leaves a column out.
    `sheet`: the sheet that is read, "" the first that fits.
    """

    into: str = ""
    owner: int | None = None
    add: bool = True
    update: bool = False
    key: str = ""
    similar: str = "accept"
    map: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""

    def as_json(self) -> dict[str, Any]:
        plain = ("into", "owner", "add", "update", "key", "similar", "sheet")
        return {name: getattr(self, name) for name in plain} | {"map": dict(self.map)}


def importable(word: str, by: Any) -> Entity:
    """The kind of that name or address which can be imported. Raises NotFound, Forbidden."""
    entity = next((entity for entity in registry.values() if word in (entity.name, entity.slug)), None)
    if entity is None or entity.imports is None:
        raise NotFound(f"没有可以导入的「{word[:40]}」。")
    require(by, entity.right("import"))
    return entity


def read_options(entity: Entity, by: Any, raw: Mapping[str, Any]) -> Options:
    """The options of an import from what was sent. Raises Invalid with a sentence per option, Forbidden."""
    errors: dict[str, list[str]] = {}
    into = str(raw.get("into") or "").strip()
    owner = None
    if into and not entity.imports.into:
        errors["into"] = [f"{entity.title}没有负责人，不能指定导入给谁。"]
    elif into not in ("", "pool", "mine", "column"):
        owner = _owner_spec(entity).source.find(by, into)
        if owner is None:
            errors["into"] = [f"没有找到职员「{into[:40]}」，请用 pool、mine 或登录名。"]
    add, update = _yes(raw, "add", True, errors), _yes(raw, "update", False, errors)
    if not add and not update:
        errors["update"] = ["请选择新增或更新。"]
    key = str(raw.get("key") or entity.imports.keys[0])
    if key not in entity.imports.keys:
        errors["key"] = [f"只能按 {'、'.join(entity.imports.keys)} 查找已有的{entity.title}。"]
    similar = str(raw.get("similar") or "accept")
    if similar not in ("accept", "refuse"):
        errors["similar"] = ["相似的行只能选择 accept（导入）或 refuse（不导入）。"]
    chosen = raw.get("map") or {}
    targets = {*targets_of(entity), ""}
    if not isinstance(chosen, Mapping):
        errors["map"] = ["列的对应关系应是 {表头: 字段}。"]
    elif unknown := [str(name) for name in chosen.values() if name not in targets]:
        errors["map"] = [f"没有「{unknown[0][:40]}」这个字段。"]
    if errors:
        raise Invalid(errors)
    if update:
        require(by, entity.right("change"))
    return Options(
        "owner" if owner else into,
        owner,
        add,
        update,
        key,
        similar,
        {str(header): name for header, name in chosen.items()},
        str(raw.get("sheet") or "")[:100],
    )


def _yes(raw: Mapping[str, Any], name: str, default: bool, errors: dict[str, list[str]]) -> bool:
    sent = raw.get(name)
    if sent in (None, ""):
        return default
    try:
        return bind(None, Field(name, kind="bool")).read(sent, None, "import")
    except BadValue:
        errors[name] = ["应为 true 或 false。"]
        return default


def _owner_spec(entity: Entity) -> Spec:
    return bind(entity.model, Field(entity.owner))


# --- receiving and planning --------------------------------------------------------------------------------------------


def receive(path: Path, *, file_name: str, entity: Entity, by: Any, options: Options) -> Import:
    """Reads an uploaded file and matches its columns: an import that waits for its preview. Raises DomainError for what cannot be read."""
    require(by, entity.right("import"))
    entity.imports.plan(by, options)
    run = Import(kind=entity.name, file_name=clean_file_name(file_name), by=by, at=happens_at(), columns={})
    try:
        if len(_read_sheet(run, path, options)) > 1:
            run.columns["book"] = f"{uuid.uuid4().hex}.book"
            shutil.copyfile(path, book_of(run))
        _settle(run, options)
    except DomainError:
        drop_files(run)
        raise
    run.save()
    return run


def _read_sheet(run: Import, path: Path, options: Options) -> list[str]:
    """Reads a sheet of the file, which becomes what the import reads; returns its name and those of others like it."""
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    run.stored = f"{uuid.uuid4().hex}.jsonl"
    words = [*header_words(targets_of(registry[run.kind])), *map(sheets.header_key, options.map)]
    names = sheets.convert(path, path_of(run), run.file_name, words, options.sheet)
    run.columns |= {"sheet": names[0] if names else "", "other_sheets": names[1:]}
    return names


def drop_files(run: Import) -> None:
    """Removes what is kept of the file."""
    import_kept.drop(run)
    path_of(run).unlink(missing_ok=True)
    if run.columns.get("book"):
        book_of(run).unlink(missing_ok=True)


def clean_file_name(name: str) -> str:
    """The last part of a file's name, without signs that do not print."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")[-200:] or "文件"


def resettle(run: Import, options: Options) -> None:
    """Another sheet, other options or another mapping for an import that has not begun. Raises Conflict."""
    before, open_states = path_of(run), [Import.State.PLANNING, Import.State.PLANNED]
    if run.state not in open_states:
        raise Conflict("wrong_state", BEGUN)
    import_kept.drop(run)
    if options.sheet not in ("", run.columns.get("sheet", "")):
        options = _other_sheet(run, options)
    _settle(run, options)
    if not Import.objects.filter(pk=run.pk, state__in=open_states).update(
        options=run.options, columns=run.columns, total=run.total, stored=run.stored, state=Import.State.PLANNING
    ):
        raise Conflict("wrong_state", BEGUN)
    if path_of(run) != before:
        before.unlink(missing_ok=True)
    run.state = Import.State.PLANNING


def _other_sheet(run: Import, options: Options) -> Options:
    """Reads another sheet of the file. Of what was matched by hand remains what has a column there, too."""
    if not run.columns.get("book"):
        raise Invalid({"sheet": [sheets.SENTENCES["no_sheet"]]})
    try:
        _read_sheet(run, book_of(run), options)
    except DomainError as error:
        raise Invalid({"sheet": [error.message]}) from error
    headers = {sheets.header_key(header) for header in _open(run, options).headers}
    return replace(options, map={of: name for of, name in options.map.items() if sheets.header_key(of) in headers})


def _open(run: Import, options: Options) -> sheets.Table:
    targets = targets_of(registry[run.kind])
    words, by_hand = header_words(targets), {sheets.header_key(header): name for header, name in options.map.items()}
    return sheets.open_table(
        path_of(run),
        lambda header: by_hand.get(sheets.header_key(header)) or (known_header(words, header) or (None,))[0],
        lambda cell: looks_like_data(cell, targets),
    )


def _settle(run: Import, options: Options) -> None:
    entity = registry[run.kind]
    targets, table = targets_of(entity), _open(run, options)
    present = {sheets.header_key(header) for header in table.headers}
    if strange := [header for header in options.map if sheets.header_key(header) not in present]:
        raise Invalid({"map": [f"文件里没有「{strange[0][:40]}」这一列。"]})
    fields = match_columns(table, targets, options.map)
    finds = options.update and options.key in fields  # rows that are there already need nothing else
    needed = (
        [name for name, target in targets.items() if target.spec.required and "." not in name]
        if options.add and not finds
        else []
    )
    run.options, run.total = options.as_json(), table.total
    run.columns |= {
        "headers": table.headers, "fields": fields, "header_row": table.header_row,
        "missing": [name for name in needed if name not in fields],
    }  # fmt: skip


def discard(run: Import) -> None:
    """Forgets an import that never began, with its file."""
    drop_files(run)
    run.delete()


def import_of(pk: int, by: Any) -> Import:
    """An import of the person's own, or of anybody for who may manage the kind's records. Raises NotFound."""
    run = Import.objects.select_related("by").filter(pk=pk).first() if 0 < pk < 2**63 else None
    if run is None or not may_see(run, by):
        raise NotFound("没有找到这次导入。")
    return run


def may_see(run: Import, by: Any) -> bool:
    """Whether the person may look at an import and take it back: who made it, or who may import and delete records of the kind and sees all."""
    entity = registry.get(run.kind)
    if entity is None or not may(by, entity.right("import")):
        return False
    return run.by_id == by.pk or (may(by, entity.right("delete")) and entity.reach(by).everything)


def options_of(run: Import) -> Options:
    """The options that an import was given."""
    return Options(**run.options)


def plan_of(run: Import) -> Any:
    """The plan of an import's kind, made for who imports and with the import's options. Raises what its constructor refuses."""
    return registry[run.kind].imports.plan(run.by, options_of(run))


def preview(run: Import, progress: Callable[[int, int], None] | None = None) -> Import:
    """Judges every row without writing a record: the verdicts are kept with the import (IMP-02)."""
    require(run.by, registry[run.kind].right("import"))
    counts: Counter[str] = Counter()
    done = 0
    import_kept.drop(run)
    ImportRow.objects.filter(of=run).delete()
    try:
        stamp.begin_request()
        plan = plan_of(run)
        begin_preview(run)
        reading = Reading(run, plan)
        _prepare(plan, reading)
        with few_pauses():
            for rows in reading.parts():
                with transaction.atomic():
                    judge(plan, rows)
                    keep(run, rows, written=False)
                counts.update(row.verdict for row in rows)
                done += len(rows)
                if progress:
                    progress(done, run.total)
    finally:
        stamp.end_request()
    run.counts, run.state = dict(counts), Import.State.PLANNED
    Import.objects.filter(pk=run.pk, state=Import.State.PLANNING).update(counts=run.counts, state=run.state)
    return run


def _prepare(plan: Any, reading: Reading) -> None:
    """Shows the plan the whole file, if it wants to see it."""
    if hasattr(plan, "prepare"):
        for rows in reading.chunks():
            plan.prepare(rows)


# --- writing -----------------------------------------------------------------------------------------------------------


def commit(run: Import, progress: Callable[[int, int], None] | None = None) -> Import:
    """Writes the rows of an import in chunks, each a transaction; one that was killed goes on where it stopped (IMP-03).

    Raises DomainError when a right is missing, a needed column has no match, or somebody else is at it.
    """
    entity = registry[run.kind]
    require(run.by, entity.right("import"))
    refuse_missing(run)
    states = Import.State
    begun = Import.objects.filter(
        pk=run.pk, state__in=[states.PLANNING, states.PLANNED, states.WAITING, states.RUNNING, states.FAILED]
    )
    if not begun.update(state=states.RUNNING, error=""):
        raise Conflict("wrong_state", f"这次导入{Import.objects.get(pk=run.pk).get_state_display()}，不能再导入。")
    try:
        _write_all(run, entity, progress)
    except Exception as error:
        if getattr(error, "code", "") != BUSY:  # otherwise somebody else is at it, and goes on
            sentence = error.message if isinstance(error, DomainError) else UNEXPECTED
            Import.objects.filter(pk=run.pk, state=states.RUNNING).update(state=states.FAILED, error=sentence)
        raise
    finally:
        stamp.end_request()
    run.refresh_from_db()
    import_kept.drop(run)
    if run.total >= LARGE and not connection.in_atomic_block:
        renew_statistics()
    return run


def refuse_missing(run: Import) -> None:
    """Raises Invalid when a needed field has no column."""
    if missing := run.columns["missing"]:
        targets = targets_of(registry[run.kind])
        labels = "、".join(f"「{targets[name].label}」" for name in missing)
        raise Invalid({"map": [f"没有找到{labels}这一列，请指定哪一列是它。"]})


def _write_all(run: Import, entity: Entity, progress: Callable[[int, int], None] | None) -> None:
    plan = plan_of(run)
    reading = Reading(run, plan)
    _prepare(plan, reading)
    done = Import.objects.values_list("done", flat=True).get(pk=run.pk)
    verdicts = Verdicts(run, reading, plan, done)
    stamp.begin_request()
    with few_pauses(), few_checkpoints():
        for rows in reading.parts(done, ready=True, together=_Together().chunks):
            _write_chunk(run, reading, plan, verdicts, rows, done)
            done += len(rows)
            if progress:
                progress(done, run.total)
            stamp.begin_request()
    by_verdict = ImportRow.objects.filter(of=run).values_list("verdict").annotate(count=Count("pk")).order_by()
    counts = dict(by_verdict)
    counts["in"] = ImportRow.objects.filter(of=run, record_id__isnull=False, verdict__in=GOES_IN).count()
    with transaction.atomic():
        finished = Import.objects.filter(pk=run.pk, state=Import.State.RUNNING).update(
            state=Import.State.DONE, counts=counts, finished_at=happens_at()
        )
        if finished:
            _tell_done(run, entity)


def _tell_done(run: Import, entity: Entity) -> None:
    """What a kind does at the end is a part of the import: it is taken back with it."""
    done = entity.imports.done
    if done is None:
        return
    with through("import"), journal(by=run.by, deed=f"{run.kind}.import") as log:
        done(made_by(run), run.by, run.file_name, log)
        if log.written:
            log.kind, log.title, log.note = run.kind, run.file_name, "通知"
    if log.change_set:
        ImportChunk.objects.create(of=run, first=0, last=0, change_set=log.change_set)


def made_by(run: Import) -> list[int]:
    """The ids of the records that an import has made, in the order of the file."""
    rows = ImportRow.objects.filter(of=run, record_id__isnull=False, verdict__in=("new", "similar")).order_by("number")
    return [pk for pk in rows.values_list("record_id", flat=True) if pk]


class _Together:
    """How many chunks go into the next transaction. SQLite writes many pages once for all of them which it would write with each; but as others
    wait for its end, each goes alone for a while after somebody had to (docs/adr/0019)."""

    def __init__(self) -> None:
        self._waited = -math.inf  # when somebody had to wait

    def chunks(self) -> int:
        """Lets others write who wait, and says how many."""
        if step_back():
            self._waited = time.monotonic()
        alone = connection.vendor != "sqlite" or time.monotonic() - self._waited < ALONE_AFTER
        return 1 if alone else TOGETHER


def _write_chunk(
    run: Import, reading: Reading, plan: Any, verdicts: Verdicts, rows: list[ImportedRow], done: int
) -> None:
    """One transaction. Somebody who saved one of the names at the same moment makes it fail: it is read and judged anew."""
    left = 2
    while True:
        try:
            with transaction.atomic():
                mine = Import.objects.filter(pk=run.pk, state=Import.State.RUNNING, done=done)
                if not mine.update(done=done + len(rows)):
                    raise Conflict(BUSY, "这次导入已由另一个进程接手，或已被撤销。")
                verdicts.give(rows, done)
                _write_rows(run, reading, plan, rows)
                keep(run, rows, written=True)
                last_change = verdicts.last_change()
            verdicts.written(done, len(rows), last_change)
            return
        except Outdated:
            verdicts.catch_up(done)
        except IntegrityError:
            if not left:
                raise
            left -= 1
            plan.forget({row.number for row in rows})
            verdicts.catch_up(done)
            time.sleep(0.05)
            rows = reading.again()[-len(rows) :]


def _write_rows(run: Import, reading: Reading, plan: Any, rows: Sequence[ImportedRow]) -> None:
    going = [
        row for row in rows if row.goes_in and not (row.verdict == "similar" and run.options["similar"] == "refuse")
    ]
    if not going:
        return
    similar = sum(row.verdict == "similar" for row in going)
    note = f"第 {rows[0].number}–{rows[-1].number} 行" + (
        f"；{similar} 行与已有的相似，仍导入，原因：{REASON}" if similar else ""
    )
    with through("import"), journal(by=run.by, deed=f"{run.kind}.import", note=note) as log:
        log.kind, log.title = run.kind, run.file_name
        _add_words(reading, going, log)
        plan.write(going, log)
    written = cast(ChangeSet, log.change_set)  # for the entry has a kind
    ImportChunk.objects.create(of=run, first=rows[0].number, last=rows[-1].number, change_set=written)


def _add_words(reading: Reading, rows: Sequence[ImportedRow], log: Journal) -> None:
    """New words of the file become entries of their lists, in the log of this chunk, so that they go when it is undone."""
    reading.find_words(rows)
    new: dict[tuple[str, str], str] = {}  # of several spellings of a word the first one
    for name, word in (said for row in rows for said in row.unknown.items()):
        new.setdefault((name, fold(word)), word)
    added: dict[tuple[str, str], int] = {}
    if new:
        with reading.still_true():
            for (name, folded), word in new.items():
                added[name, folded] = reading.targets[name].spec.source.add(word, log.by)
    for row in rows:
        for name, word in row.unknown.items():
            row.values[name] = added[name, fold(word)]
