"""What the columns of a file are, and how their cells are read (IMP-02, IMP-04)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import Any

from kemai.kit import sheets
from kemai.kit.doors import form_specs, line_specs
from kemai.kit.entity import Entity, Field, ImportField, Lines
from kemai.kit.import_repeats import match_repeats
from kemai.kit.sources import EntitySource
from kemai.kit.text import without_invisible
from kemai.kit.values import BadValue, Spec, bind

SAMPLE = 100  # rows by whose content an unknown column is told
SHORTEST_DATA = 8  # characters of a cell that is taken for data where headers are wanting
LOOKS_SO = 0.8  # part of a column's values that must look like the field
GOES_IN = frozenset({"new", "update", "similar"})
NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "#n/a",
        "n/a",
        "null",
        "none",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "#num!",
        "#null!",
        "#spill!",
        "#calc!",
        "'",
    }
)
NO_WORDS = NOTHING | {"无", "暂无", "没有", "不详", "未知", "待补充"}  # where anything may be written
NO_VALUES: tuple[Any, ...] = (None, "", [])  # what cells are read as that hold nothing to be seen
LONGEST_NOTHING = max(map(len, NO_WORDS))
_HAS_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_WIDE = str.maketrans(
    {
        code: code - 0xFEE0
        for first, last in ((0xFF10, 0xFF19), (0xFF21, 0xFF3A), (0xFF41, 0xFF5A))
        for code in range(first, last + 1)
    }
)
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_BETWEEN_ADDRESSES = re.compile(r"\s*[;,，；、/\s]\s*")
_BRACKETED = re.compile(
    r"[(（\[【](?!\s*(?:[2-9]|1\d|[二三四五六七八九十])\s*[)）\]】]).*?[)）\]】]"
)  # but 手机(2) is another one


@dataclass(slots=True)
class ImportedRow:
    """One row of a file: its number in the sheet, the values that it gives by field, what is wrong with it, and what becomes of it."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # what it lacks to become a record of its own
    notes: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)  # field -> a word that is to be added to its dictionary list
    facts: dict[str, Any] = field(default_factory=dict)  # what the plan works out
    further: Sequence[int] = ()  # of rows inside: which ones beyond the first it brings (import_repeats.py)
    ready: Any = None  # what it would make as a new record, packed ahead by the plan
    title: str = ""
    verdict: str = ""
    message: str = ""
    record_id: int | None = None

    @property
    def goes_in(self) -> bool:
        return self.verdict in GOES_IN


@dataclass(eq=False)
class Target:
    """A field that a column can go to, and how its cells are read. A field of the second row inside is contacts2.name."""

    entity: Entity
    declared: ImportField
    known: dict[Any, Any] = field(default_factory=dict)  # cells of references and choices that were read before
    nth: int = 1
    title: str = ""  # of a further row inside: 联系人2 手机

    @cached_property
    def name(self) -> str:
        return self.declared.name

    @cached_property
    def lines(self) -> Lines | None:
        """The rows inside that the field belongs to."""
        name = self.name.rpartition(".")[0].removesuffix(str(self.nth) if self.nth > 1 else "")
        return next((lines for lines in self.entity.form.lines if lines.name == name), None) if name else None

    @property
    def group(self) -> str:
        """Of a further row inside: 联系人2."""
        return self.title.partition(" ")[0]

    @cached_property
    def spec(self) -> Spec:
        if self.declared.label:
            return bind(None, Field(self.name, label=self.declared.label, kind="text"))
        if self.lines:
            line_field = self.name.rpartition(".")[2]
            spec = next(spec for spec in line_specs(self.entity, self.lines) if spec.name == line_field)
            return Spec(replace(spec.field, label=self.title), spec.model_field) if self.title else spec
        return next(
            (spec for spec in form_specs(self.entity) if spec.name == self.name),
            bind(self.entity.model, Field(self.name)),
        )

    @property
    def label(self) -> str:
        if "." in self.name and self.declared.synonyms:
            return self.declared.synonyms[0]
        return self.spec.label

    @cached_property
    def nothing(self) -> frozenset[str]:
        """What means in a cell that there is nothing; in a list of words 「无」 may be one of them."""
        return NOTHING if self.spec.kind in ("bool", "choice", "reference", "references", "long") else NO_WORDS

    @cached_property
    def remembers(self) -> bool:
        return self.spec.kind in ("reference", "choice", "bool", "date")

    @cached_property
    def takes_plain(self) -> bool:
        """Text that is stored as it stands, when nothing in it is odd."""
        return self.spec.kind in ("text", "phone", "long", "url") and not self.spec.field.options_for

    @cached_property
    def takes_email(self) -> bool:
        return self.spec.kind == "email"

    @cached_property
    def longest(self) -> int:
        return self.spec.max_length

    def read(self, rows: Sequence[ImportedRow], cells: Iterable[Any], by: Any) -> None:
        """Puts the values of a column's cells into the rows, or what is wrong with them. Empty cells say nothing."""
        name, nothing, longest = self.name, self.nothing, self.longest
        takes_plain, takes_email, remembers = self.takes_plain, self.takes_email, self.remembers
        is_address = self.spec.kind == "url"
        for row, raw in zip(rows, cells, strict=True):
            if raw == "":
                continue
            if type(raw) is str:
                raw = (raw if raw.isascii() or not _HAS_WIDE.search(raw) else raw.translate(_WIDE)).strip()
                if len(raw) <= LONGEST_NOTHING and raw.lower() in nothing:
                    continue
                if (
                    takes_plain
                    and len(raw) <= longest and raw.isprintable() and "  " not in raw and not (is_address and ":" in raw)
                    and (raw[0] > "9" or not (raw[0] == "'" or "E" in raw or "e+" in raw or raw[-2:] == ".0"))  # else perhaps a number
                ):  # fmt: skip
                    row.values[name] = raw
                    continue
                if takes_email and len(addresses := _BETWEEN_ADDRESSES.split(raw)) > 1 and "@" in addresses[1]:
                    raw = addresses[0]
                    row.notes.append(f"{self.label}有 {len(addresses)} 个，只填写了第一个。")
                if takes_email and len(raw) <= longest and _PLAIN_EMAIL.fullmatch(raw):
                    row.values[name] = raw
                    continue
            kept = self.known.get(raw) if remembers else None
            if kept is None:
                kept = self._read(raw, by)
                if remembers:
                    self.known[raw] = kept
            how, value = kept
            if how == "value":
                if value not in NO_VALUES:
                    row.values[name] = value
            elif how == "add":
                row.unknown[name] = value
                row.notes.append(f"「{value}」加入{self.label}。")
            else:
                (row.errors if how == "error" else row.notes).append(value)

    def _read(self, raw: Any, by: Any) -> tuple[str, Any]:
        if isinstance(raw, str) and (self.spec.kind != "long" or len(raw) <= LONGEST_NOTHING):
            raw = without_invisible(raw).strip()
            if raw.lower() in self.nothing:
                return "value", None
        try:
            return "value", self.spec.read(self.declared.words.get(raw, raw), by, "import")
        except BadValue as error:
            if raw in NO_WORDS:
                return "value", None  # no word of the list, and so it says that there is none
            if self.spec.kind != "reference" or self.name == self.entity.owner:
                return "error", str(error)
        word, source = sheets.as_word(raw), self.spec.source
        if hasattr(source, "why_not_add"):
            reason = source.why_not_add(word, by)
            return ("add", word) if reason is None else ("note", f"{self.label}「{word[:40]}」{reason}，未填写。")
        several = isinstance(source, EntitySource) and source.is_ambiguous(by, word)
        return "note", f"{self.label}「{word[:40]}」{'有同名的几条' if several else '没有找到'}，未填写。"


def targets_of(entity: Entity) -> dict[str, Target]:
    """Every field that a column can go to; those of further rows inside come last."""
    targets = {declared.name: Target(entity, declared) for declared in entity.imports.fields}
    for name, most in entity.imports.repeats.items():
        inside = [target for target in targets.values() if target.name.startswith(f"{name}.")]
        for nth in range(2, most + 1):
            for target in inside:
                further = _further(target, nth)
                targets[further.name] = further
    return targets


def _further(first: Target, nth: int) -> Target:
    """The same field of the nth row inside: 联系人2 手机."""
    name, title = first.name.replace(".", f"{nth}.", 1), first.lines.title if first.lines else ""
    word = first.label.removeprefix(title) or first.spec.label.removeprefix(title)
    declared = replace(first.declared, name=name, synonyms=(), looks=None, template=False)
    return Target(first.entity, declared, nth=nth, title=f"{title}{nth} {word}")


def header_words(targets: Mapping[str, Target]) -> dict[str, tuple[str, int]]:
    """Folded header → (field, rank): the words that people write first, then the label on screen, then the field's name."""
    words: dict[str, tuple[str, int]] = {}
    for target in sorted(targets.values(), key=lambda target: "." in target.name):
        for rank, word in enumerate((*target.declared.synonyms, target.spec.label, target.name)):
            words.setdefault(sheets.header_key(word), (target.name, rank))
    return words


def known_header(words: Mapping[str, tuple[str, int]], header: str) -> tuple[str, int] | None:
    return words.get(sheets.header_key(header)) or words.get(sheets.header_key(_BRACKETED.sub("", header)) or "\x00")


def looks_like_data(cell: str, targets: Mapping[str, Target]) -> bool:
    """Whether a cell is what a field holds, and no header: a mobile, a company's whole name. Short words may be either."""
    if len(cell) < SHORTEST_DATA:
        return False
    return any(target.declared.looks(cell) for target in targets.values() if target.declared.looks)


def match_columns(table: sheets.Table, targets: Mapping[str, Target], chosen: Mapping[str, str]) -> list[str]:
    """The field of each column, "" where there is none: by hand, by name and synonyms, then by content (IMP-02)."""
    fields = [""] * len(table.headers)
    by_hand = {sheets.header_key(header): name for header, name in chosen.items()}
    settled: set[int] = set()
    for at, header in enumerate(table.headers):
        key = sheets.header_key(header)
        if key in by_hand or header in chosen:
            fields[at] = chosen.get(header, by_hand.get(key, ""))
            settled.add(at)
    words = header_words(targets)
    ranked = [
        (found[1], at, found[0]) for at, header in enumerate(table.headers) if (found := known_header(words, header))
    ]
    _match_names(ranked, fields, settled)
    if match_repeats(table.headers, targets, words, fields, settled):
        _match_names(ranked, fields, settled)  # a field may be free now
    _match_content(table, targets, fields, settled | {at for _, at, _ in ranked})
    return fields


def _match_names(ranked: Sequence[tuple[int, int, str]], fields: list[str], settled: set[int]) -> None:
    for _, at, name in sorted(ranked):
        if at not in settled and not fields[at] and name not in fields:
            fields[at] = name


def _match_content(table: sheets.Table, targets: Mapping[str, Target], fields: list[str], settled: set[int]) -> None:
    open_targets = [target for target in targets.values() if target.declared.looks and target.name not in fields]
    if not open_targets:
        return
    sample = [cells for _, cells in islice(table.rows(), SAMPLE)]
    for target in open_targets:
        for at in range(len(fields)):
            if at in settled or fields[at]:
                continue
            values = [
                str(cells[at]).removesuffix(".0")
                for cells in sample
                if at < len(cells) and str(cells[at]).lower() not in NOTHING
            ]
            looks = target.declared.looks
            if values and looks and sum(map(looks, values)) >= len(values) * LOOKS_SO:
                fields[at] = target.name
                break
