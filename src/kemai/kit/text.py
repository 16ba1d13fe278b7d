"""What the product knows of Chinese text: keys for equal and similar names, readings (pinyin), sort keys, search grams.

Pure functions, no database. The tables beside this file are made by scripts/make_pinyin_table.py and loaded when first needed.
"""

import json
import re
import unicodedata
from array import array
from functools import cache
from pathlib import Path
from typing import NamedTuple

SORT_KEY_LENGTH = 200
"""Characters of a sort key: enough for the first 28 Chinese characters of a name; later ones do not sort."""

QUERY_LENGTH = 200
"""Characters of a search text that count."""

PIECED_LENGTH = 10
"""Initials longer than this are looked for in one piece only."""

READING_START = 8
"""Letters of the reading that are indexed from each syllable on."""

_HERE = Path(__file__).parent
_FIRST, _LAST = 0x3000, 0x9FFF  # the characters that have a reading in the table

# --- Folding ---------------------------------------------------------------------------------------------------------


class _Fold(dict[int, int | None]):
    """str.translate table that drops what does not tell two names apart: spaces, punctuation, marks of mathematics other than +."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        dropped = (
            category[0] in "ZP" or category in ("Cc", "Cf", "Cs", "Sk", "Sc") or (category == "Sm" and code != ord("+"))
        )
        self[code] = None if dropped or 0xFE00 <= code <= 0xFE0F else code
        return self[code]


_FOLD = _Fold()


def fold(text: str) -> str:
    """The key under which two names are the same (CUS-05): width and case folded, no spaces, no punctuation.

    Empty for text of punctuation only. fold(fold(text)) == fold(text).
    """
    while True:
        folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
        if folded == text:
            return folded
        text = folded


_SPACES = re.compile(r"\s+")


def clean_line(text: str) -> str:
    """One line as the user typed it, without blanks at the ends, doubled blanks, control and zero-width characters (IMP-04)."""
    line = _SPACES.sub(" ", text)
    return "".join(char for char in line if unicodedata.category(char) not in ("Cc", "Cf", "Cs")).strip()


# --- Similar names ---------------------------------------------------------------------------------------------------

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|《[^《》]*》|「[^「」]*」|『[^『』]*』")
_LATIN_FORM = re.compile(r"\b(co|ltd|inc|llc|corp|corporation|company|limited|gmbh)\b")
_LEGAL_FORM = re.compile("(有限责任|股份有限|有限|集团|股份|控股|总公司|(?<!分)公司|合伙企业|厂)$")


class _Regions(NamedTuple):
    full: frozenset[str]
    short_counties: frozenset[str]
    longest: int


@cache
def _regions() -> _Regions:
    table = json.loads((_HERE / "region_names.json").read_text(encoding="utf-8"))
    full = frozenset(table["full"].split())
    return _Regions(full, frozenset(table["short_counties"].split()), max(map(len, full)))


def _without_region(name: str) -> str:
    """Without one leading province, city or county, if at least two characters are left (three after a county's short name)."""
    regions = _regions()
    for length in range(min(regions.longest, len(name) - 2), 1, -1):
        head, rest = name[:length], name[length:]
        if head in regions.full or (head in regions.short_counties and len(rest) > 2):
            return rest
    return name


def core_name(name: str) -> str:
    """The part that two similar names share (CUS-05): folded, without legal form, bracketed parts and leading regions.

    浙江省宁波市海天塑料机械(集团)有限公司 → 海天塑料机械. At least two characters; otherwise the folded name. A branch (分公司) keeps its name.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    core = fold(_LATIN_FORM.sub(" ", _BRACKETED.sub(" ", text)))
    for shorten in (lambda rest: _LEGAL_FORM.sub("", rest), _without_region):
        while len(shorter := shorten(core)) >= 2 and shorter != core:
            core = shorter
    return core if len(core) >= 2 else fold(name)


# --- Pinyin ----------------------------------------------------------------------------------------------------------


class _Pinyin(NamedTuple):
    syllables: list[str]  # [0] is no reading
    readings: array  # index of the syllable by code point - _FIRST
    phrases: dict[str, list[str]]
    phrase_heads: frozenset[str]
    surnames: dict[str, list[str]]


@cache
def _pinyin() -> _Pinyin:
    table = json.loads((_HERE / "pinyin_table.json").read_text(encoding="utf-8"))
    syllables = ["", *table["syllables"]]
    readings = array("H", bytes(2 * (_LAST - _FIRST + 1)))
    for number, chars in enumerate(table["syllables"].values(), 1):
        for char in chars:
            readings[ord(char) - _FIRST] = number
    phrases = {word: reading.split() for word, reading in table["phrases"].items()}
    surnames = {name: reading.split() for name, reading in table["surnames"].items()}
    return _Pinyin(syllables, readings, phrases, frozenset(word[0] for word in phrases), surnames)


def _readings(folded: str, person: bool) -> list[str]:
    """One reading for each character of a folded text; empty for characters that have none."""
    table = _pinyin()
    found: list[str] = []
    if person:
        found += table.surnames.get(folded[:2]) or table.surnames.get(folded[:1]) or ()
    at = len(found)
    while at < len(folded):
        char = folded[at]
        if char in table.phrase_heads and (
            phrase := table.phrases.get(folded[at : at + 3]) or table.phrases.get(folded[at : at + 2])
        ):
            found += phrase
            at += len(phrase)
            continue
        code = ord(char)
        if _FIRST <= code <= _LAST:
            found.append(table.syllables[table.readings[code - _FIRST]])
        else:
            found.append(char if code < 128 and char != "+" else "")
        at += 1
    return found


def pinyin_syllables(text: str, person: bool = False) -> list[str]:
    """The reading of a text, one item for each Chinese character, Latin letter or digit: 重庆A1 → chong, qing, a, 1.

    Without tones, ü as v. `person`: the text is a person's name, its first character (or two) a surname: 单 shan, 尉迟 yu chi.
    Characters without a reading are left out.
    """
    return [reading for reading in _readings(fold(text), person) if reading]


def pinyin_initials(text: str, person: bool = False) -> str:
    """The first letters of the syllables (LST-02): 北京科技 → bjkj, TCL科技 → tclkj."""
    return "".join(syllable[0] for syllable in pinyin_syllables(text, person))


def sort_key(text: str, person: bool = False) -> str:
    """A key whose order by code points (SQLite's binary, PostgreSQL's "C" collation) is the order people expect (decision D17).

    Digits, then Latin letters (as capitals), then Chinese by reading and character, then all else. Cut to SORT_KEY_LENGTH characters.
    """
    folded = fold(text)
    units = [
        char.upper() if ord(char) < 128 else f"{reading} {char}" if reading else char
        for char, reading in zip(folded, _readings(folded, person), strict=True)
    ]
    return "".join(units)[:SORT_KEY_LENGTH]


# --- Search: what is indexed, what is asked --------------------------------------------------------------------------

_RUNS = re.compile("[0-9a-z]+|[^0-9a-z]+")
_PHONE_BREAKS = re.compile("[/,;、，；|或和\n]")
_NOT_DIGITS = re.compile("[^0-9]+")
_COUNTRY = re.compile(r"^(?:\+|00)86(?=\d)")
_PHONE_MARKS = re.compile(r"[\s().\-‐‑–—−－·]+")


def phone_digits(text: str) -> str:
    """The digits of one phone number as it is indexed: width folded, no separators, no +86 or 0086."""
    number = _PHONE_MARKS.sub("", unicodedata.normalize("NFKC", text))
    return _NOT_DIGITS.sub("", _COUNTRY.sub("", number))


def phone_numbers(text: str) -> list[str]:
    """The digits of each phone number in a field that may hold several: '0574-87650021/138 0013 8000'."""
    return [digits for part in _PHONE_BREAKS.split(text) if (digits := phone_digits(part))]


def index_tokens(text: str) -> list[str]:
    """The grams of a text, from which each of its substrings can be found (LST-02).

    Runs of Latin letters and digits give their three-letter parts and the shorter ends; other runs their two-character parts and
    the last character. Over fold(text): punctuation inside a name does not matter.
    """
    tokens: list[str] = []
    for run in _RUNS.findall(fold(text)):
        size = 3 if run[0] < "\x80" and run[0] != "+" else 2
        tokens += [run[start : start + size] for start in range(len(run))]
    return list(dict.fromkeys(tokens))


class Gram(NamedTuple):
    """One gram that a text must have; `prefix`: a gram that begins so will do."""

    text: str
    prefix: bool = False


def query_grams(word: str) -> list[Gram]:
    """Grams that every text containing the folded word has. They are enough (no look at the text) when there is one only."""
    grams: list[Gram] = []
    for run in _RUNS.findall(word):
        size = 3 if run[0] < "\x80" and run[0] != "+" else 2
        if len(run) < size:
            grams.append(Gram(run, prefix=True))
        else:
            grams += [Gram(run[start : start + size]) for start in range(len(run) - size + 1)]
    return list(dict.fromkeys(grams))


def query_words(query: str) -> list[str] | None:
    """The folded words of a search text, each once; all of them must be found. None: nothing is asked (an empty text).

    Only the first QUERY_LENGTH characters count. Punctuation alone asks for something that no index holds: an empty list.
    A word that is a phone number loses +86 or 0086.
    """
    parts = unicodedata.normalize("NFKC", query[:QUERY_LENGTH]).split()
    words = [fold(_COUNTRY.sub("", part) if _is_phone(part) else part) for part in parts]
    return [word for word in dict.fromkeys(words) if word] if parts else None


def _is_phone(word: str) -> bool:
    return _COUNTRY.match(word) is not None and _PHONE_MARKS.sub("", word.removeprefix("+")).isdigit()


def may_be_pinyin(word: str) -> bool:
    """Whether a folded word may be meant as initials or as a reading: Latin letters, perhaps with digits."""
    return word.isascii() and word.isalnum() and not word.isdigit()


def initials_tokens(initials: str) -> list[str]:
    """The grams of the initials of a name: each two neighbours, and the last one."""
    return list(dict.fromkeys(initials[start : start + 2] for start in range(len(initials))))


def initials_cuts(word: str) -> list[tuple[str, ...]]:
    """The ways to cut initials into pieces that follow one another in a name (decision D2): bjkj → (bj, kj).

    Pieces have two or three letters: a longer one would be found by its parts. Short words and long ones stay whole.
    """
    if not 4 <= len(word) <= PIECED_LENGTH:
        return [(word,)]
    return [
        (word[:size], *rest)
        for size in (2, 3)
        for rest in ([()] if size == len(word) else _pieces(word[size:]))
    ]


def _pieces(word: str) -> list[tuple[str, ...]]:
    if not word:
        return [()]
    return [(word[:size], *rest) for size in (2, 3) if size <= len(word) for rest in _pieces(word[size:])]


def reading_text(syllables: list[str]) -> str:
    """The reading as it is stored: each syllable begins with a capital, BeiJingKeJi."""
    return "".join(syllable.capitalize() for syllable in syllables)


def reading_tokens(syllables: list[str]) -> list[str]:
    """The beginnings of the reading from each syllable on, READING_START letters long at most."""
    whole = "".join(syllables)
    tokens = []
    at = 0
    for syllable in syllables:
        tokens.append(whole[at : at + READING_START])
        at += len(syllable)
    return list(dict.fromkeys(tokens))
