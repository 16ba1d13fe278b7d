"""What the product knows of Chinese text: keys for equal and similar names, readings (pinyin), sort keys, search grams.

Pure functions, no database. The tables beside this file are made by scripts/make_pinyin_table.py and loaded when first
needed.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from operator import add
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
READINGS = _HERE / "pinyin_table.json"

# --- Folding ---------------------------------------------------------------------------------------------------------


class _Fold(dict[int, int | None]):
    """str.translate table that drops what does not tell two names apart: spaces, punctuation, signs (but not +)."""

    def __missing__(self, code: int) -> int | None:
        category = unicodedata.category(chr(code))
        dropped = (
            category[0] in "ZP" or category in ("Cc", "Cf", "Cs", "Sk", "Sc") or (category == "Sm" and code != ord("+"))
        )
        variation = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
        self[code] = None if dropped or variation else code
        return self[code]


_FOLD = _Fold()


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """The key under which two names are the same (CUS-05): width and case folded, no spaces, no punctuation.

    Empty for text of punctuation only. fold(fold(text)) == fold(text).
    """
    if text.isascii() and text.isalnum():
        return text.lower()
    while True:
        folded = unicodedata.normalize("NFKC", text).casefold()
        if not folded.isalnum():
            folded = folded.translate(_FOLD)
        if folded == text:
            return folded
        text = folded


def clean_line(text: str) -> str:
    """One line as it was typed, without blanks at the ends, doubled blanks, control and zero-width signs (IMP-04)."""
    return " ".join(without_invisible(text).split())


def without_invisible(text: str) -> str:
    """The text without control and zero-width signs; blanks and breaks stay."""
    if text.isprintable():
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in ("Cc", "Cf", "Cs"))


# --- Similar names ---------------------------------------------------------------------------------------------------

_BRACKETED = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|<[^<>]*>|《[^《》]*》|「[^「」]*」|『[^『』]*』"
)
_LATIN_FORM = re.compile(r"\b(co|ltd|inc|llc|corp|corporation|company|limited|gmbh)\b")
_LEGAL_ENDS = ("有限责任", "股份有限", "有限", "集团", "股份", "控股", "总公司", "公司", "合伙企业", "厂")
_LEGAL_FORM = re.compile(f"({'|'.join(_LEGAL_ENDS).replace('|公司', '|(?<!分)公司')})$")

_TRADES = """
银行 商业银行 农村商业银行 证券 保险 信托 钢铁 铝业 铜业 旅游 发展 建工 建设 燃气 能源 电力
水务 交通 公交 机场 港口 港务 高速 高速公路 出版 传媒 出版传媒 百货 百货大楼 化工 化纤 医药
药业 汽车 电子 机械 科技 技术 贸易 商贸 实业 投资 物流 食品 服饰 服装 纺织 建筑 建材 工程
环保 咨询 置业 地产 房地产 酒店 餐饮 农业 文化 教育 广告 网络 信息 软件 医院 大学 人民医院
"""
_GENERIC = frozenset(_TRADES.split())
"""What is left of a name without its region must tell it apart: 宁波银行 and 北京银行 are not similar."""


class _Regions(NamedTuple):
    full: frozenset[str]
    short_counties: frozenset[str]
    lengths: dict[str, list[int]]  # by how a name begins: how long such regions are, the longest first


@cache
def _regions() -> _Regions:
    table = json.loads((_HERE / "region_names.json").read_text(encoding="utf-8"))
    full = frozenset(table["full"].split())
    short_counties = frozenset(table["short_counties"].split())
    lengths: dict[str, set[int]] = {}
    for name in full | short_counties:
        lengths.setdefault(name[:2], set()).add(len(name))
    return _Regions(full, short_counties, {start: sorted(found, reverse=True) for start, found in lengths.items()})


def _without_region(name: str) -> str:
    """Without one leading province, city or county, if a name of its own is left.

    Two characters are enough, three after the short name of a county: 长安汽车 stays.
    """
    regions = _regions()
    for length in regions.lengths.get(name[:2], ()):
        head, rest = name[:length], name[length:]
        if len(rest) >= 2 and (head in regions.full or (head in regions.short_counties and len(rest) > 2)):
            return name if rest in _GENERIC else rest
    return name


def core_name(name: str) -> str:
    """The part that two similar names share (CUS-05): folded, without legal form, bracketed parts and leading regions.

    浙江省宁波市海天塑料机械(集团)有限公司 → 海天塑料机械. At least two characters; otherwise the folded name.
    A branch (分公司) keeps its name.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    if not text.isalnum():
        text = _BRACKETED.sub(" ", text)
    if _LATIN.search(text):
        text = _LATIN_FORM.sub(" ", text)
    core = fold(text)
    while core.endswith(_LEGAL_ENDS) and len(shorter := _LEGAL_FORM.sub("", core)) >= 2 and shorter != core:
        core = shorter
    while (shorter := _without_region(core)) != core:
        core = shorter
    return core if len(core) >= 2 else fold(name)


# --- Pinyin ----------------------------------------------------------------------------------------------------------


class _Readings(dict[int, str]):
    """str.translate table from folded characters to readings that begin with a capital; what has none falls away."""

    def __missing__(self, code: int) -> None:
        return None


class _Pinyin(NamedTuple):
    readings: _Readings
    units: dict[int, str]  # what a character is in a sort key, read as it is read alone
    phrases: dict[str, str]
    surnames: dict[str, str]
    polyphones: re.Pattern[str]  # two characters that may begin a phrase


@cache
def _pinyin() -> _Pinyin:
    table = json.loads(READINGS.read_text(encoding="utf-8"))
    readings = _Readings({ord(char): char.upper() for char in "abcdefghijklmnopqrstuvwxyz0123456789"})
    for syllable, chars in table["syllables"].items():
        readings.update(dict.fromkeys(map(ord, chars), syllable.capitalize()))
    phrases, surnames = (
        {word: reading.title().replace(" ", "") for word, reading in table[part].items()}
        for part in ("phrases", "surnames")
    )
    firsts, seconds = ("".join(sorted({word[place] for word in phrases})) for place in (0, 1))
    units = {code: f"{reading.lower()} {chr(code)}" if code > 127 else reading for code, reading in readings.items()}
    return _Pinyin(readings, units, phrases, surnames, re.compile(f"[{firsts}](?=[{seconds}])"))


@lru_cache(maxsize=8192)  # a name that is written is read for its key, its likeness and the search index
def reading_of(folded: str, person: bool = False) -> str:
    """The reading of a folded text as it is stored, each syllable with a capital: 北京a1 → BeiJingA1."""
    readings = _pinyin().readings
    return "".join(read_so or text.translate(readings) for text, read_so in _pieces_of(folded, person))


@lru_cache(maxsize=8192)
def _pieces_of(folded: str, person: bool) -> list[tuple[str, str]]:
    """A folded text in pieces: surnames and phrases with how they are read, and between them what is read character by character."""
    _, _, phrases, surnames, polyphones = _pinyin()
    pieces, at = [], 0
    if person:
        for length in (2, 1):
            if surname := surnames.get(folded[:length]):
                pieces.append((folded[:length], surname))
                at = length
                break
    for found in polyphones.finditer(folded, at):
        start = found.start()
        for length in (3, 2):
            if start >= at and (phrase := phrases.get(folded[start : start + length])):
                pieces += ((folded[at:start], ""), (folded[start : start + length], phrase))
                at = start + length
    pieces.append((folded[at:], ""))
    return pieces


_SYLLABLES = re.compile("[A-Z][a-z]*|[0-9]")


def pinyin_syllables(text: str, person: bool = False) -> list[str]:
    """The reading of a text, one item for each Chinese character, Latin letter or digit: 重庆A1 → chong, qing, a, 1.

    Without tones, ü as v. `person`: the text is a person's name, its first character (or two) a surname: 单 shan,
    尉迟 yu chi. Characters without a reading are left out.
    """
    return [syllable.lower() for syllable in _SYLLABLES.findall(reading_of(fold(text), person))]


_NOT_INITIALS = str.maketrans("", "", "abcdefghijklmnopqrstuvwxyz")


def initials_of(reading: str) -> str:
    """The first letters of a reading: BeiJingA1 → bja1."""
    return reading.translate(_NOT_INITIALS).lower()


def pinyin_initials(text: str, person: bool = False) -> str:
    """The first letters of the syllables (LST-02): 北京科技 → bjkj, TCL科技 → tclkj."""
    return initials_of(reading_of(fold(text), person))


def sort_key(text: str, person: bool = False) -> str:
    """A key whose order by code points (SQLite's binary, PostgreSQL's "C" collation) is the order people expect.

    Digits, then Latin letters (as capitals), then Chinese by reading and character, then all else (decision D17).
    Cut to SORT_KEY_LENGTH characters.
    """
    alone = _pinyin().units
    key = ""
    for piece, read_so in _pieces_of(fold(text), person):
        if read_so:
            syllables = _SYLLABLES.findall(read_so)
            key += "".join(f"{syllable.lower()} {char}" for syllable, char in zip(syllables, piece, strict=True))
        else:
            key += piece.translate(alone)
    return key[:SORT_KEY_LENGTH]


# --- Search: what is indexed, what is asked --------------------------------------------------------------------------

_RUNS = re.compile("[0-9a-z]+|[^0-9a-z]+")
_PHONE_BREAKS = re.compile("[/,;、，；|或和\n]")
_TWO_NUMBERS = re.compile(r"(?<=[0-9]{7})\s+(?=[0-9]{7}|\(?0[0-9]{2,3}[)-]|\+)")
_MAY_END = re.compile("[0-9]{7} ")
_COUNTRY_CODE = re.compile(r"(?:\+86|^\(?0086)[)-]*(?=[0-9(])")
_PHONE_QUERY = re.compile(r"(?:\+|00)86[0-9()-]+")
_NOT_DIGITS = re.compile("[^0-9]+")


def phone_numbers(text: str) -> list[str]:
    """The digits of each phone number in a field that may hold several: as indexed, without separators and +86.

    '0574-87650021/+86 138 0013 8000' → 057487650021, 13800138000.
    """
    plain = text.replace("-", "").replace(" ", "")
    if plain.isascii() and plain.isdigit() and not plain.startswith("0086") and not _MAY_END.search(text):
        return [plain]  # most fields hold one
    parts = _PHONE_BREAKS.split(_TWO_NUMBERS.sub("/", unicodedata.normalize("NFKC", text)))
    numbers = [_NOT_DIGITS.sub("", _COUNTRY_CODE.sub("", "".join(part.split()), count=1)) for part in parts]
    return [number for number in numbers if number]


class Gram(NamedTuple):
    """One gram that a text must have; `prefix`: a gram that begins so will do."""

    text: str
    prefix: bool = False


_GRAMS = re.compile("(?=([0-9a-z]{1,3}|[^0-9a-z]{2}))")
_CHARACTERS = re.compile("[^0-9a-z]")
_LATIN = re.compile("[0-9a-z]")
_BEGINNINGS = re.compile(f"(?=([A-Z0-9].{{0,{READING_START - 1}}}))")


def index_tokens(text: str) -> list[str]:
    """The grams of a text, from which each of its substrings can be found (LST-02).

    Runs of Latin letters and digits give their three-letter parts and the shorter ends, other runs their two-character
    parts and their characters. Taken from the folded text: punctuation inside a name does not matter.
    """
    return grams([fold(text)])


def grams(lines: Iterable[str]) -> list[str]:
    """index_tokens of texts that are folded already."""
    parts: list[str] = []
    characters: list[str] = []
    for line in lines:
        if line.isascii() and line.isalnum():  # numbers, sooner cut than searched
            parts += [line[at : at + 3] for at in range(len(line))]
        elif _LATIN.search(line):
            parts += _GRAMS.findall(line)
            characters += _CHARACTERS.findall(line)
        else:  # most names, likewise
            parts += map(add, line, line[1:])
            characters += line
    return parts + characters


def query_words(query: str) -> list[str] | None:
    """The folded words of a search text, all of which must be found. None: nothing is asked (an empty text).

    Only the first QUERY_LENGTH characters count. Words of punctuation alone ask for nothing that an index holds and
    drop out; when no other is left, the list is empty. A phone number loses its country code.
    """
    parts = query[:QUERY_LENGTH].split()
    if not parts:
        return None
    words = [fold(_COUNTRY_CODE.sub("", part) if _PHONE_QUERY.fullmatch(part) else part) for part in parts]
    return [word for word in dict.fromkeys(words) if word]


def query_grams(word: str) -> list[Gram]:
    """Grams that every text containing the folded word has. One alone is proof; after several look at the text."""
    needed: list[Gram] = []
    for run in _RUNS.findall(word):
        latin = run[0].isascii() and run[0].isalnum()
        size = min(len(run), 3 if latin else 2)
        needed += [Gram(run[start : start + size], prefix=latin and size < 3) for start in range(len(run) - size + 1)]
    return needed


def may_be_initials(word: str) -> bool:
    """Whether a folded word may be meant as initials: Latin letters, perhaps with digits."""
    return word.isascii() and word.isalnum() and not word.isdigit()


def may_be_reading(word: str) -> bool:
    """Whether a folded word may be meant as a reading; one letter alone says no more than as an initial."""
    return len(word) > 1 and may_be_initials(word)


def initials_grams(lines: Iterable[str]) -> list[str]:
    """Of the initials of names: each two neighbours, and the last one."""
    found: list[str] = []
    for line in lines:
        found += map(add, line, line[1:])
        found += line[-1:]
    return found


def initials_cuts(word: str) -> list[list[str]]:
    """The ways to cut initials into pieces that follow one another in a name (decision D2): bjkj → bj…kj.

    Pieces have two or three letters: a longer one would be found by its parts. Short words and long ones stay whole.
    """
    return _pieces(word) if 4 <= len(word) <= PIECED_LENGTH else [[word]]


def _pieces(word: str) -> list[list[str]]:
    if not word:
        return [[]]
    return [[word[:size], *rest] for size in (2, 3) if size <= len(word) for rest in _pieces(word[size:])]


def reading_grams(lines: Iterable[str]) -> list[str]:
    """Of readings: the beginning from each syllable on, READING_START letters at most."""
    found = "\n".join(_BEGINNINGS.findall("\n".join(lines)))
    return found.lower().split("\n") if found else []


def reading_gram(word: str) -> Gram:
    """The gram of every reading that has the word from a syllable on; proof for words up to READING_START letters."""
    return Gram(word[:READING_START], prefix=len(word) < READING_START)
