"""Quick search in any part of names, readings, phones and codes (LST-02, PRF-02), alike on SQLite and PostgreSQL.

Two things are kept of each record. The *grams* of its texts (FTS5 on SQLite, a tsvector with GIN on PostgreSQL) tell
fast which records may match; its *folded texts* prove it. So a rare term is answered by the grams, and a common one
while walking a sort index, row by row. SQLite gives hits one by one, and it is enough to ask for some more than are few; PostgreSQL
gathers all of them first, so some records that lie apart tell beforehand that a term is common.

    index = TextIndex("customer", ("name", "contacts", "phones"))
    index.write({7: {"name": Doc(names=("北京科技有限公司",)), "phones": Doc(phones=("138 0013 8000",))}})
    match = index.match("bjkj 8000", ["name", "phones"])
    ids = index.ids(match, limit=5000)
    customers.filter(pk__in=ids) if ids is not None else customers.filter(index.walk_condition(match))

A search text is cut at blanks into words. Every word must be found in one of the columns: as a part of a folded text;
or, when it is made of Latin letters, as a part of the initials (a name's also in pieces of two or more, in this order,
from four letters on) or as the beginning of the reading from some syllable on. Pieces of initials may lie in several
names of one column; nothing else reaches from one name into another.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection, models

from kemai.kit import text
from kemai.kit.packed import each_row, listed, packed
from kemai.kit.prepared import as_one

_BATCH = 2000
_MARKS = "abcdefghijklmnopqrstuvwxyz0123456789"  # begin a gram: its column, and which of the three kinds it is
_LITERAL, _INITIALS, _READING = range(3)
_GRAMS_OF_KIND = (text.grams, text.initials_grams, text.reading_grams)
MOST_COLUMNS = len(_MARKS) // 3
# PostgreSQL would keep new grams aside, and every search look through them one by one, until it has some thousand records
_AT_ONCE = "fastupdate = off"
# SQLite gathers grams in memory (up to 16 MB in a large transaction) before it writes them, in half of the time; and parts of the index wait until
# they are 16 before it makes one of them, little by little: a third less work than with 4 (docs/adr/0017)
_IN_LARGE_PARTS = {"hashsize": 16 << 20, "automerge": 16, "crisismerge": 64}
_SAMPLED_PAGES, _SAMPLED_LINES = 128, 2  # of a table of PostgreSQL: some 250 records that lie apart
_COMMON_IN_SAMPLE = 3  # so many of them say that a term is common; one that a thousandth of all has they hardly ever do


class Doc(NamedTuple):
    """The texts of one record in one column, by what they are: that decides how they can be found."""

    names: tuple[str, ...] = ()
    """Any part, reading, initials also in pieces."""
    persons: tuple[str, ...] = ()
    """Any part, reading with surnames, initials."""
    phones: tuple[str, ...] = ()
    """Any part of the digits; a text may hold several numbers."""
    codes: tuple[str, ...] = ()
    """Any part."""


_EVERY_KIND_OF_TEXT = Doc(
    names=("宁波市华宏鑫精密仪器（集团）有限公司", "TCL科技 100%棉_纺"),
    persons=("单明亮", "Ann O'Neill"),
    phones=("0574-8765 0021", "+86 138 0013 8000"),
    codes=("KH202603050001", "A-7/９"),
)


@dataclass(frozen=True)
class Match:
    """What is asked of an index: the folded words, and the columns they may be found in.

    `blank`: nothing is asked, all records match. No words, and not blank: no record can match.
    """

    words: tuple[str, ...]
    columns: tuple[str, ...]
    blank: bool = False

    def by_word(self) -> list["Match"]:
        """One match for each word: a word may also be found elsewhere (in a dictionary entry that is matched by id)."""
        return [replace(self, words=(word,)) for word in self.words]


_Lines = tuple[list[str], list[str], list[str]]  # of the three kinds
_NONE: _Lines = ([], [], [])


def _stored(doc: Doc) -> _Lines:
    """What is kept of a Doc: folded texts, initials of names, readings."""
    folded: list[str] = []
    initials: list[str] = []
    readings: list[str] = []
    for name in doc.names:
        key = text.fold(name)
        reading = text.reading_of(key)
        folded.append(key)
        initials.append(text.initials_of(reading))
        readings.append(reading)
    for name in doc.persons:
        key = text.fold(name)
        reading = text.reading_of(key, person=True)
        folded += (key, text.initials_of(reading))
        readings.append(reading)
    for code in doc.codes:
        folded.append(text.fold(code))
    for phone in doc.phones:
        folded += text.phone_numbers(phone)
    return folded, initials, readings


class TextIndex:
    """The search index of one kind of record; its columns are searched apart (LST-02: in the pool, public ones only).

    At most MOST_COLUMNS columns. Another set of columns needs new tables, written anew. `within`: a column whose texts mostly stand in those of
    another one, as a short name in the whole; where they do, the grams of that one are enough to find them.
    """

    def __init__(self, name: str, columns: tuple[str, ...], within: Mapping[str, str] | None = None):
        if len(columns) > MOST_COLUMNS:
            raise ValueError(f"text index {name}: at most {MOST_COLUMNS} columns")
        self.name = name
        self.columns = columns
        self._within = within or {}
        self.table = f"{name}_text"
        self.grams_table = f"{name}_grams"
        self._known = frozenset(columns)
        self._marks = {  # for each column its three marks, whatever the order in which columns are named
            column: _MARKS[3 * number : 3 * number + 3] for number, column in enumerate(sorted(columns))
        }
        self._stored = [f"{column}{part}" for column in columns for part in ("", "_initials", "_reading")]

    # --- the tables

    def create(self, schema_editor: Any) -> None:
        """Makes the tables of the index, empty. For migrations: CreateTextIndex."""
        if schema_editor.connection.vendor == "postgresql":
            stored = ", ".join(f'"{column}" text COLLATE "C" NOT NULL DEFAULT \'\'' for column in self._stored)
            schema_editor.execute(
                f'CREATE TABLE "{self.table}" (id bigint PRIMARY KEY, {stored}, grams tsvector NOT NULL)'
            )
            schema_editor.execute(f'CREATE INDEX "{self.grams_table}" ON "{self.table}" USING gin (grams)')
        else:
            stored = ", ".join(f"\"{column}\" text NOT NULL DEFAULT ''" for column in self._stored)
            schema_editor.execute(f'CREATE TABLE "{self.table}" (id integer PRIMARY KEY, {stored})')
            schema_editor.execute(
                f'CREATE VIRTUAL TABLE "{self.grams_table}" USING fts5'
                """(grams, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '+'")"""
            )
        self.tune(schema_editor)

    def tune(self, schema_editor: Any) -> None:
        """How the database is to write grams. For migrations: TuneTextIndex."""
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'ALTER INDEX "{self.grams_table}" SET ({_AT_ONCE})')
            schema_editor.execute(f"SELECT gin_clean_pending_list('\"{self.grams_table}\"'::regclass)")
        else:
            for name, value in _IN_LARGE_PARTS.items():
                schema_editor.execute(
                    f'INSERT INTO "{self.grams_table}" ("{self.grams_table}", rank) VALUES (\'{name}\', {value})'
                )

    def drop(self, schema_editor: Any) -> None:
        """Removes the tables of the index."""
        schema_editor.execute(f'DROP TABLE "{self.table}"')
        if schema_editor.connection.vendor != "postgresql":
            schema_editor.execute(f'DROP TABLE "{self.grams_table}"')

    # --- writing

    def write(self, docs: Mapping[int, Mapping[str, Doc]]) -> None:
        """Adds or replaces the documents of these records, in the caller's transaction; a column not given is empty."""
        self.write_packed(self.packed(pk, self.pack(doc)) for pk, doc in docs.items())

    def row(self, doc: Mapping[str, Doc]) -> list[str]:
        """What is kept of a document: the stored texts in the order of the columns, then the grams, parted by blanks."""
        if not doc.keys() <= self._known:
            raise ValueError(f"text index {self.name}: unknown columns {sorted(doc.keys() - self._known)}")
        lines = {column: _stored(doc[column]) for column in self.columns if column in doc}
        row = ["\n".join(of_kind) for column in self.columns for of_kind in lines.get(column, _NONE)]
        found = [self._grams(column, lines[column]) for column in lines if not self._stands_elsewhere(column, lines)]
        row.append(" ".join(filter(None, found)))
        return row

    def _grams(self, column: str, lines: _Lines) -> str:
        return " ".join(
            [
                mark + f" {mark}".join(grams)
                for mark, grams_of, of_kind in zip(self._marks[column], _GRAMS_OF_KIND, lines, strict=True)
                if of_kind and (grams := grams_of(of_kind))
            ]
        )

    def _stands_elsewhere(self, column: str, lines: Mapping[str, _Lines]) -> bool:
        """Whether each text of a column is part of one in the column that it is `within`: then so are all its grams."""
        whole = lines.get(self._within.get(column, ""))
        return whole is not None and all(
            any(line in other for other in others)
            for others, of_kind in zip(whole, lines[column], strict=True)
            for line in of_kind
        )

    def pack(self, doc: Mapping[str, Doc], later: str = "") -> tuple[bytes, bytes]:
        """`row` as JSON, for `packed`. In two parts: what is not known yet of the column `later` goes between them."""
        row = self.row(doc)
        if not later:
            return b"", packed(row)
        at = 3 * self.columns.index(later)
        before = packed(row[:at]) + b"," if at else b""
        return before, b"," + packed(row[at + 3 :])[:-1]  # its grams go on

    def packed(self, pk: int, parts: tuple[bytes, bytes], later: str = "", doc: Doc | None = None) -> bytes:
        """What `write_packed` takes of a record, from what `pack` has made; now with the column `later`."""
        before, after = parts
        if doc is None:
            return b"[%d,%b%b]" % (pk, before, after)
        lines = _stored(doc)
        stored = packed(["\n".join(of_kind) for of_kind in lines])
        return b'[%d,%b%b%b %b"]' % (pk, before, stored, after, self._grams(later, lines).encode())

    def write_packed(self, rows: Iterable[bytes]) -> None:
        """`write` of what `packed` has made: half of the work may be done elsewhere before."""
        columns, texts = ", ".join(self._quoted_columns()), len(self._stored)
        values, grams = ", ".join(f"value->>{at}" for at in range(1, texts + 1)), f"value->>{texts + 1}"
        if connection.vendor == "postgresql":
            updates = ", ".join(f'"{column}" = excluded."{column}"' for column in (*self._stored, "grams"))
            statements = [
                f'INSERT INTO "{self.table}" (id, {columns}, grams) SELECT (value->>0)::bigint, {values}, '
                f"array_to_tsvector(string_to_array(btrim({grams}), ' ')) FROM {each_row()} "
                f"ON CONFLICT (id) DO UPDATE SET {updates}"
            ]
        else:
            statements = [
                f'INSERT OR REPLACE INTO "{self.table}" (id, {columns}) SELECT value->>0, {values} FROM {each_row()}',
                f'INSERT OR REPLACE INTO "{self.grams_table}" (rowid, grams) SELECT value->>0, {grams} FROM {each_row()}',
            ]
        rest = iter(rows)
        with connection.cursor() as cursor:
            while batch := list(islice(rest, _BATCH)):
                given = listed(batch)
                for statement in statements:
                    cursor.execute(statement, [given])

    def delete(self, ids: Iterable[int]) -> None:
        """Takes these records out of the index; ids that are not in it do not matter."""
        keys = [(pk,) for pk in ids]
        with connection.cursor() as cursor:
            cursor.executemany(f'DELETE FROM "{self.table}" WHERE id = %s', keys)
            if connection.vendor != "postgresql":
                cursor.executemany(f'DELETE FROM "{self.grams_table}" WHERE rowid = %s', keys)

    def clear(self) -> None:
        """Empties the index, before it is written anew."""
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{self.table}"')
            if connection.vendor != "postgresql":
                cursor.execute(f'INSERT INTO "{self.grams_table}" ("{self.grams_table}") VALUES (\'delete-all\')')

    def optimize(self) -> None:
        """Tidies the index after many writes (an import): about 5 s at a million records."""
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f'ANALYZE "{self.table}"')
            else:
                cursor.execute(f'INSERT INTO "{self.grams_table}" ("{self.grams_table}") VALUES (\'optimize\')')

    def tidy(self) -> None:
        """Makes few parts of the many that saves leave behind, in steps that nobody has to wait for; PostgreSQL does so by itself."""
        if connection.vendor == "postgresql":
            return
        with connection.cursor() as cursor:
            merged = True
            while merged:
                before = connection.connection.total_changes
                cursor.execute(f'INSERT INTO "{self.grams_table}" ("{self.grams_table}", rank) VALUES (\'merge\', 200)')
                merged = connection.connection.total_changes - before > 1  # the statement itself counts as one

    def stale(self, docs: Mapping[int, Mapping[str, Doc]]) -> list[int]:
        """The ids of the documents that the index does not hold as they are, for the self-check."""
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT id, {", ".join(self._quoted_columns())} FROM "{self.table}" '
                f"WHERE id IN ({', '.join(['%s'] * len(docs)) or 'NULL'})",
                list(docs),
            )
            kept = {row[0]: list(row[1:]) for row in cursor.fetchall()}
        return [pk for pk, doc in docs.items() if kept.get(pk) != self.row(doc)[:-1]]

    def fingerprint(self) -> str:
        """Another one means that the same records would be kept otherwise: other columns, other rules for texts, another table of readings."""
        # all grams: a row that was written before `within` was said holds more of them than it needs, and is found all the same
        row = TextIndex(self.name, self.columns).row(dict.fromkeys(self.columns, _EVERY_KIND_OF_TEXT))
        kept = json.dumps([self._stored, row]).encode() + text.READINGS.read_bytes()
        return hashlib.sha256(kept).hexdigest()

    def size(self) -> int:
        """How many records are in the index."""
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT count(*) FROM "{self.table}"')
            return cursor.fetchone()[0]

    def dump(self) -> dict[str, list[tuple]]:
        """All that the index holds, in a fixed order: for tests that a deed and its undoing leave it as it was."""
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT id, {", ".join(self._quoted_columns())} FROM "{self.table}" ORDER BY id')
            texts = cursor.fetchall()
            if connection.vendor == "postgresql":
                cursor.execute(
                    f'SELECT gram, count(*) FROM "{self.table}", unnest(tsvector_to_array(grams)) AS gram GROUP BY gram'
                )
            else:
                vocabulary = f"{self.name}_vocabulary"
                cursor.execute(
                    f"CREATE VIRTUAL TABLE temp.\"{vocabulary}\" USING fts5vocab('main', '{self.grams_table}', 'row')"
                )
                cursor.execute(f'SELECT term, doc FROM temp."{vocabulary}"')
            grams = sorted(cursor.fetchall())
            if connection.vendor != "postgresql":
                cursor.execute(f'DROP TABLE temp."{vocabulary}"')
        return {"texts": texts, "grams": grams}

    def _quoted_columns(self) -> list[str]:
        return [f'"{column}"' for column in self._stored]

    # --- asking

    def match(self, query: str, columns: Sequence[str]) -> Match:
        """What `query` asks of these columns. Any text will do: it is taken literally, as query_words says."""
        if unknown := set(columns) - self._known:
            raise ValueError(f"text index {self.name}: unknown columns {sorted(unknown)}")
        words = text.query_words(query)
        return Match(tuple(words or ()), tuple(columns), blank=words is None)

    def ids(self, match: Match, limit: int) -> list[int] | None:
        """The ids of the records that match, in no order; None when they are more than `limit`, or nothing is asked."""
        if match.blank:
            return None
        if not match.words or not match.columns:
            return []
        sql, params = self._hits(match)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                if self._seems_common(cursor, match, limit):
                    return None
                # planned without the limit, which would tempt it to look at every record
                sql = f"WITH hits AS MATERIALIZED ({sql}) SELECT id FROM hits"
            cursor.execute(f"{sql} LIMIT %s", [*params, limit + 1])
            found = [pk for (pk,) in cursor.fetchall()]
        return found if len(found) <= limit else None

    def _seems_common(self, cursor: Any, match: Match, limit: int) -> bool:
        """Whether some records that lie apart say that far more than `limit` match: PostgreSQL reads all that have a gram before it gives one."""
        check, params = self._check(match)
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE {check}), "
            f"(SELECT reltuples FROM pg_class WHERE oid = '\"{self.table}\"'::regclass) "
            f"FROM \"{self.table}\" WHERE ctid = ANY(ARRAY(SELECT format('(%%s,%%s)', page * pages / {_SAMPLED_PAGES}, line)::tid "
            f"FROM (SELECT pg_relation_size('\"{self.table}\"') / current_setting('block_size')::int AS pages) AS size, "
            f"generate_series(0, {_SAMPLED_PAGES - 1}) AS page, generate_series(1, {_SAMPLED_LINES}) AS line))",
            params,
        )
        seen, matching, records = cursor.fetchone()
        return matching >= _COMMON_IN_SAMPLE and records * matching > seen * limit

    def among(self, match: Match, ids: Sequence[int]) -> set[int]:
        """Which of these records match: their texts are looked at, and nothing else is read of them."""
        if match.blank:
            return set(ids)
        if not match.words or not match.columns:
            return set()
        check, params = self._check(match)
        listed = "= ANY(%s::bigint[])" if connection.vendor == "postgresql" else "IN (SELECT value FROM json_each(%s))"
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT id FROM "{self.table}" WHERE id {listed} AND {check}', [as_one(ids), *params])
            return {pk for (pk,) in cursor.fetchall()}

    def count(self, match: Match) -> int:
        """How many records match, whoever may see them."""
        with connection.cursor() as cursor:
            if match.blank:
                return self.size()
            if not match.words or not match.columns:
                return 0
            sql, params = self._hits(match)
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS hits", params)
            return cursor.fetchone()[0]

    def condition(self, match: Match, key: str = "pk") -> models.Expression:
        """A condition for filter() that starts from the grams: for rare terms, counts. `key` holds the record's id."""
        return _InHits(key, self, match)

    def walk_condition(self, match: Match, key: str = "pk") -> models.Expression:
        """A condition for filter() that looks at each record's texts: for common terms, along a sort index."""
        return _TextCheck(key, self, match)

    def _hits(self, match: Match) -> tuple[str, list]:
        """A SELECT of the ids that match, by the grams; the texts are looked at where grams alone prove nothing."""
        apart = all(base in match.columns for column in match.columns if (base := self._within.get(column)))
        check, params = self._check(match, proven_by_grams=apart)
        if connection.vendor == "postgresql":
            parts = _TSQUERY.alternatives(self, match)
            found = " OR ".join(["grams @@ %s::tsquery"] * len(parts))
            sql = f'SELECT id FROM "{self.table}" WHERE ({found})'
            return (f"{sql} AND {check}" if check else sql), [*parts, *params]
        if not check:
            return f'SELECT rowid AS id FROM "{self.grams_table}" WHERE "{self.grams_table}" MATCH %s', [
                _FTS5.expression(self, match)
            ]
        return (
            f'SELECT "{self.table}".id FROM "{self.grams_table}" CROSS JOIN "{self.table}" '
            f'ON "{self.table}".id = "{self.grams_table}".rowid WHERE "{self.grams_table}" MATCH %s AND {check}'
        ), [_FTS5.expression(self, match), *params]

    def _grams_of(self, columns: Sequence[str]) -> Iterable[str]:
        """These columns, and those whose grams stand for theirs too."""
        return dict.fromkeys(one for column in columns for one in (column, self._within.get(column, column)))

    def _check(self, match: Match, proven_by_grams: bool = False) -> tuple[str, list]:
        """SQL over the stored texts, true when they match; without the words that the grams prove, if so wished."""
        clauses: list[str] = []
        params: list[str] = []
        for word in match.words:
            if proven_by_grams and _grams_prove(word):
                continue
            ways = [way for column in match.columns for way in self._ways(column, word)]
            clauses.append(f"({' OR '.join(sql for sql, _ in ways)})")
            params += [param for _, param in ways]
        return " AND ".join(clauses), params

    def _ways(self, column: str, word: str) -> Iterator[tuple[str, str]]:
        """The ways in which a word can be found in a column: SQL with one parameter."""
        postgres = connection.vendor == "postgresql"
        place = f'"{self.table}"."{column}'
        yield (f'strpos({place}", %s) > 0' if postgres else f'instr({place}", %s) > 0'), word
        if text.may_be_initials(word):
            for cut in text.initials_cuts(word):
                yield f'{place}_initials" LIKE %s', f"%{'%'.join(cut)}%"
        if text.may_be_reading(word):
            letters = [f"[{char}{char.upper()}]" if char.isalpha() else char for char in word[1:]]
            pattern = word[0].upper() + "".join(letters)
            yield (f'{place}_reading" ~ %s', pattern) if postgres else (f'{place}_reading" GLOB %s', f"*{pattern}*")


def _gram_ways(word: str) -> Iterator[tuple[int, list[text.Gram]]]:
    """Kind and grams of the ways in which a word can be found: all grams of one way must be there."""
    yield _LITERAL, text.query_grams(word)
    if text.may_be_initials(word):
        for cut in text.initials_cuts(word):
            pieces = [piece[start : start + 2] for piece in cut for start in range(max(1, len(piece) - 1))]
            yield _INITIALS, [text.Gram(piece, prefix=len(piece) == 1) for piece in pieces]
    if text.may_be_reading(word):
        yield _READING, [text.reading_gram(word)]


def _grams_prove(word: str) -> bool:
    """Whether the grams alone prove that a word is there."""
    return all(len(grams) == 1 for _, grams in _gram_ways(word)) and len(word) <= text.READING_START


@dataclass(frozen=True)
class _Syntax:
    """How a full-text engine writes and, or, a gram, and the beginning of a gram."""

    both: str
    either: str
    exact: str
    prefix: str

    def expression(self, index: TextIndex, match: Match) -> str:
        """The grams that every record which matches has."""
        return self.both.join(self._any_of(self._ways(index, match.columns, word)) for word in match.words)

    def alternatives(self, index: TextIndex, match: Match) -> list[str]:
        """The same in parts, of which one must hold. A GIN index reads each from its rarest gram on, the whole from all of them."""
        by_word = [self._ways(index, match.columns, word) for word in match.words]
        longest = max(by_word, key=lambda ways: sum(self.both in way for way in ways))
        others = [self._any_of(ways) for ways in by_word if ways is not longest]
        single = [way for way in longest if self.both not in way]
        parts = [self._any_of(single)] if single else []
        parts += [way for way in longest if self.both in way]
        return [self.both.join((part, *others)) for part in parts]

    def _ways(self, index: TextIndex, columns: Sequence[str], word: str) -> list[str]:
        """The ways in which a word can be found, each once."""
        ways = [
            self.both.join(dict.fromkeys(self._gram(index._marks[column][kind], gram) for gram in grams))
            for column in index._grams_of(columns)
            for kind, grams in _gram_ways(word)
        ]
        return list(dict.fromkeys(ways))

    def _any_of(self, ways: Sequence[str]) -> str:
        return f"({self.either.join(f'({way})' for way in ways)})"

    def _gram(self, mark: str, gram: text.Gram) -> str:
        return (self.prefix if gram.prefix else self.exact).format(mark + gram.text)


_FTS5 = _Syntax(" AND ", " OR ", '"{}"', '"{}" *')
_TSQUERY = _Syntax(" & ", " | ", "'{}'", "'{}':*")


class _Found(models.Expression):
    """A condition on the record whose id stands in `key`: that it matches."""

    output_field = models.BooleanField()
    conditional = True

    def __init__(self, key: str, index: TextIndex, match: Match):
        super().__init__()
        self.key: Any = models.F(key)
        self.index = index
        self.match = match

    def get_source_expressions(self) -> list:
        return [self.key]

    def set_source_expressions(self, exprs: Sequence) -> None:
        (self.key,) = exprs

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple]:
        if self.match.blank:
            raise FullResultSet
        if not self.match.words or not self.match.columns:
            raise EmptyResultSet
        key, key_params = compiler.compile(self.key)
        sql, params = self.condition(key)
        return sql, (*key_params, *params)

    def condition(self, key: str) -> tuple[str, list]:
        """SQL and its parameters; those of the key come first."""
        raise NotImplementedError


class _InHits(_Found):
    def condition(self, key: str) -> tuple[str, list]:
        sql, params = self.index._hits(self.match)
        return f"{key} IN ({sql})", params


class _TextCheck(_Found):
    """A scalar subselect: planners cannot make a join of it, the walk along the sort index stays the outer loop."""

    def condition(self, key: str) -> tuple[str, list]:
        check, params = self.index._check(self.match)
        table = self.index.table
        return f'(SELECT {check} FROM "{table}" WHERE "{table}".id = {key})', params
