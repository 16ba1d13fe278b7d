"""Rows inside that stand side by side in one row of a file: 联系人, 手机, 联系人2, 手机2, 备用联系人 … (IMP-02, IMP-04).

A kind says how many by `Importing(repeats={"contacts": 5})`. A column of the second one goes to `contacts2.name`, and a row of the file says with
`further` that it brings it. Which one a column belongs to is told by a number in its header (联系人2, 手机二, 第二联系人, 联系人(2)), by a word such
as 备用, or, where a header is repeated, by its place: it belongs to the last name on its left, unless like stands beside like.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kemai.kit import sheets

if TYPE_CHECKING:
    from kemai.kit.import_columns import ImportedRow, Target

_DIGITS = {sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)}
_NUMBER = r"(?P<number>0?[1-9]|1\d|[一二三四五六七八九十])[号位个]?"
_SPARE = "备用|备选|后备|备份|其他|其它|另一|次要|副|紧急"
_LEADING = re.compile(f"第?{_NUMBER}的?(?P<rest>.+)")  # 第二联系人
_TRAILING = re.compile(f"(?P<rest>.+?){_NUMBER}")  # 联系人2, 手机二
_OTHER = re.compile(f"(?P<spare>{_SPARE})(?P<rest>.+?)(?:{_NUMBER})?")  # 备用电话
_APART = re.compile(r"(?P<base>.+) \((?P<number>\d+)\)")  # as sheets.py names a header that is repeated


def find_further(rows: "Sequence[ImportedRow]") -> None:
    """Says in each row which further rows inside it brings."""
    for row in rows:
        heads = {name.partition(".")[0] for name in (*row.values, *row.unknown) if "." in name}
        row.further = sorted({int(number) for head in heads if (number := _tail(head))})


def _tail(head: str) -> str:
    return head[len(head.rstrip("0123456789")) :]


def lines_in(row: "ImportedRow", name: str) -> dict[int, dict[str, Any]]:
    """What a row says of its rows inside: which one → its values by field. Those of which it says nothing are not there."""
    found = {}
    for nth, head in ((1, f"{name}."), *((nth, f"{name}{nth}.") for nth in row.further)):
        if inside := {at.removeprefix(head): value for at, value in row.values.items() if at.startswith(head)}:
            found[nth] = inside
    return found


def match_repeats(
    headers: Sequence[str], targets: "Mapping[str, Target]", words: Mapping[str, tuple[str, int]], fields: list[str], settled: set[int],
) -> bool:  # fmt: skip
    """Finds the columns of rows inside that repeat, after those of the first ones were found by their names; `settled` are the columns matched by
    hand. Returns whether there are any."""
    most = {target.lines.name: target.nth for target in targets.values() if target.nth > 1 and target.lines}
    before = [*fields]
    for name, count in most.items():
        _Repeats(name, count, headers, targets, words, fields, settled).match()
    return fields != before


@dataclass(frozen=True)
class _Said:
    """What a header says by itself: which one (0: another one, by the word `spare`) and of which field."""

    number: int
    field: str
    spare: str = ""


class _Repeats:
    def __init__(
        self, name: str, most: int, headers: Sequence[str], targets: "Mapping[str, Target]", words: Mapping[str, tuple[str, int]],
        fields: list[str], settled: set[int],
    ) -> None:  # fmt: skip
        self.name, self.most, self.headers, self.fields, self.settled = name, most, headers, fields, settled
        self.own = {
            target.name.rpartition(".")[2]: target for target in targets.values() if target.name.startswith(f"{name}.")
        }
        self.needed = next((field for field, target in self.own.items() if target.spec.required), "")
        self.heads: list[str] = []
        self.words = self._words()
        self.columns = range(len(headers))
        self.apart = self._apart()
        self.repeated = {at for places in self.apart.values() for at in places}
        self.keys = [sheets.header_key(header) for header in headers]
        self.said = {
            at: said
            for at in self.columns
            if at not in self.repeated
            and not self._is_foreign(words, self.keys[at])
            and (said := self._say(self.keys[at]))
        }

    def _is_foreign(self, words: Mapping[str, tuple[str, int]], key: str) -> bool:
        return key in words and "." not in words[key][0]

    def _words(self) -> dict[str, str]:
        """Folded word → field: the synonyms, without 联系人 before them, and the labels."""
        plain = [
            (sheets.header_key(word).removesuffix("1"), field)
            for field, target in self.own.items()
            for word in target.declared.synonyms
        ]
        lines = next(iter(self.own.values())).lines
        heads = {
            sheets.header_key(lines.title) if lines else "",
            *(word for word, field in plain if field == self.needed),
        }
        self.heads = sorted(heads - {""}, key=lambda word: (-len(word), word))
        short = [
            (word.removeprefix(head), field) for word, field in plain for head in self.heads if word.startswith(head)
        ]
        labels = [(sheets.header_key(target.spec.label), field) for field, target in self.own.items()]
        words: dict[str, str] = {}
        for word, field in (*plain, *short, *labels):
            if word:
                words.setdefault(word, field)
        return words

    def _field(self, word: str) -> str:
        """The field that a word without a number means, "" where there is none."""
        if word in self.words:
            return self.words[word]
        for head in self.heads:
            if word.startswith(head) and (field := self.words.get(word.removeprefix(head).removeprefix("的"))):
                return field
        return ""

    def _say(self, key: str) -> _Said | None:
        for head in self.heads:  # 联系人2手机
            found = _LEADING.fullmatch(key.removeprefix(head)) if key.startswith(head) else None
            if found and (field := self._field(found["rest"])):
                return _Said(_number(found), field)
        if (found := _OTHER.fullmatch(key)) and (field := self._field(found["rest"])):
            return _Said(0, field, found["spare"] + (found["number"] or ""))
        for pattern in (_LEADING, _TRAILING):
            if (found := pattern.fullmatch(key)) and (field := self._field(found["rest"])):
                return _Said(_number(found), field)
        return None

    def _apart(self) -> dict[str, list[int]]:
        """Headers that stand there more than once → their columns, in order."""
        places: dict[str, list[int]] = {}
        for at, header in enumerate(self.headers):
            if (found := _APART.fullmatch(header)) and found["base"] in self.headers:
                places.setdefault(found["base"], [self.headers.index(found["base"])]).append(at)
        return places

    # --- matching

    def match(self) -> None:
        """By number, by 备用, by place; then out with what is of no use."""
        shift = self._shift()
        several = {said.field for said in self.said.values() if said.number > 1}
        for at, said in self.said.items():
            if said.number:  # 电话(1) is no customer's where there is 电话(2)
                self._put(at, said.number + shift, said.field, instead=said.number == 1 and said.field in several)
        for base, places in self.apart.items():
            if self._field(sheets.header_key(base)) == self.needed:
                for ordinal, at in enumerate(places, start=1):
                    self._put(at, ordinal, self.needed)
        self._put_spare()
        for base, places in self.apart.items():
            self._put_by_place(self._field(sheets.header_key(base)), places)
        for at in self.columns:
            if at not in self.repeated and at not in self.said and (owner := self._owner_of(at)):
                self._put(at, owner, self._field(self.keys[at]))
        self._drop_useless()

    def _shift(self) -> int:
        """1 where 联系人1 is not the first: 主联系人 or 联系人 stands there, too."""
        firsts = [at for at, said in self.said.items() if (said.number, said.field) == (1, self.needed)]
        plain = [at for at in self.columns if self.fields[at] == self._target(1, self.needed) and at not in firsts]
        if not firsts or not plain:
            return 0
        for at, said in self.said.items():
            if said.number and at not in self.settled:
                self.fields[at] = ""
        return 1

    def _target(self, nth: int, field: str) -> str:
        return f"{self.name}{nth if nth > 1 else ''}.{field}"

    def _put(self, at: int, nth: int, field: str, *, instead: bool = False) -> bool:
        """A column goes to a field of the nth one, where both are free. With `instead` it leaves another field for it."""
        name = self._target(nth, field)
        if not field or nth > self.most or at in self.settled or name in self.fields:
            return self.fields[at] == name
        if self.fields[at] and not instead:
            return False
        self.fields[at] = name
        return True

    def _put_spare(self) -> None:
        """备用联系人 and 备用电话 are one more, after those with a number."""
        places: dict[str, int] = {}
        for at, said in self.said.items():
            if said.spare:
                if said.spare not in places:
                    places[said.spare] = max([1, *self._used(), *places.values()]) + 1
                self._put(at, places[said.spare], said.field)

    def _used(self) -> Iterator[int]:
        for name in self.fields:
            head, _, field = name.rpartition(".")
            tail = _tail(head)
            if field and head == self.name + tail:
                yield int(tail or 1)

    def _owner_of(self, at: int) -> int:
        """Whose name stands last on the left of a column: which one, or 0."""
        named = {self._target(nth, self.needed): nth for nth in range(1, self.most + 1)}
        return next((named[name] for name in reversed(self.fields[:at]) if name in named), 0)

    def _put_by_place(self, field: str, places: Sequence[int]) -> None:
        if not field or field == self.needed:
            return
        owners = [self._owner_of(at) for at in places]
        owned = [owner for owner in owners if owner]
        several = (
            len(owned) > 1
            and sum(name.endswith(f".{self.needed}") for name in self.fields if name.startswith(self.name)) > 1
        )
        side_by_side = len(set(owned)) < len(owned)  # 姓名, 姓名, 手机, 手机
        for ordinal, (at, owner) in enumerate(zip(places, owners, strict=True), start=1):
            nth = ordinal if side_by_side else owner
            if not (nth and owner and self._put(at, nth, field, instead=several)) and ordinal > 1:
                self._put(at, ordinal, field)

    def _drop_useless(self) -> None:
        """Of one whose name has no column only what is of use alone remains."""
        for nth in range(2, self.most + 1):
            if self._target(nth, self.needed) in self.fields:
                continue
            for field, target in self.own.items():
                name = self._target(nth, field)
                if (
                    not target.declared.alone
                    and name in self.fields
                    and (at := self.fields.index(name)) not in self.settled
                ):
                    self.fields[at] = ""


def _number(found: re.Match[str]) -> int:
    word = found["number"]
    return _DIGITS.get(word) or int(word)
