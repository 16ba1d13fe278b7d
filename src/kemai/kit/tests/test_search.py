"""Quick search finds what a plain look at every record finds, and nothing else (LST-02)."""

import re

import pytest
from django.contrib.auth.models import Group
from django.db import connection, models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemai.kit import text
from kemai.kit.prepared import OneOf
from kemai.kit.search import Doc, TextIndex
from kemai.kit.search_operations import CreateTextIndex, TuneTextIndex

COLUMNS = ("name", "contacts", "phones")
WITH_SHORT = (*COLUMNS, "short_name")
INDEX = TextIndex("searchtest", COLUMNS)
SHORT = TextIndex("shorttest", WITH_SHORT, {"short_name": "name"})


@pytest.fixture
def editor(db):
    return connection.SchemaEditorClass(
        connection
    )  # outside `with`: SQLite's refuses to begin inside a test's transaction


@pytest.fixture
def index(editor):
    INDEX.create(editor)
    return INDEX


@pytest.fixture
def short(editor):
    SHORT.create(editor)
    return SHORT


CUSTOMERS = {
    1: {
        "name": Doc(names=("北京长城科技（集团）有限公司",)),
        "contacts": Doc(
            persons=(
                "单小明",
                "查文",
            )
        ),
        "phones": Doc(
            phones=(
                "138 0013 8000",
                "0574-8765 0021",
            )
        ),
    },
    2: {"name": Doc(names=("重庆银行",), codes=("KH-2024-0007",)), "phones": Doc(phones=("１３９１２３４５６７８",))},
    3: {
        "name": Doc(
            names=(
                "云A1云茶",
                "TCL科技",
            )
        )
    },
    4: {"name": Doc(names=("100%'\"_棉*纺\\😀",))},
}


@pytest.fixture
def filled(index):
    index.write(CUSTOMERS)
    return index


def found(index, query, columns=COLUMNS):
    ids = index.ids(index.match(query, columns), 1000)
    return None if ids is None else set(ids)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("长城", {1}),
        ("城科技集", {1}),
        ("（集团", {1}),
        ("科技", {1, 3}),
        ("云", {3}),
        ("云a", {3}),
        ("a1云", {3}),
        ("北京 8000", {1}),
        ("北京 重庆", set()),
        ("8000", {1}),
        ("0013", {1}),
        ("138", {1}),
        ("5678", {2}),
        ("３４５６", {2}),
        ("0574-8765", {1}),
        ("+8613800138000", {1}),
        ("kh2024", {2}),
        ("4-0007", {2}),
        ("棉纺", {4}),
        ("😀", {4}),
        ("100%", {4}),
    ],
)
def test_any_part_of_a_text_is_found(filled, query, ids):
    assert found(filled, query) == ids


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("bjcckj", {1}),
        ("bjkj", {1}),
        ("BJYX", {1}),
        ("kjbj", set()),
        ("bjk", set()),
        ("cqyh", {2}),
        ("tclkj", {3}),
        ("beijing", {1}),
        ("beij", {1}),
        ("eijing", set()),
        ("changchengkeji", {1}),
        ("chongqingyinhang", {2}),
        ("zhongqing", set()),
        ("tclkeji", {3}),
        ("shanxiaoming", {1}),
        ("sxm", {1}),
        ("zhawen", {1}),
        ("chawen", set()),
    ],
)
def test_readings_and_initials_are_found(filled, query, ids):
    assert found(filled, query) == ids


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "_",
        '"',
        "'",
        "*",
        "()",
        "%%%",
        "' OR 1=1",
        "AND",
        "NOT x",
        "NEAR(x y)",
        "name:北京",
        "v*",
        "^京北",
        "北\x00重",
        "\ud800",
        "!|&",
    ],
)
def test_signs_that_mean_something_to_a_database_are_plain_text(filled, query):
    for pk in CUSTOMERS:
        Group.objects.create(id=pk, name=str(pk))
    match = filled.match(query, COLUMNS)
    assert filled.ids(match, 10) == []
    assert filled.count(match) == 0
    assert not Group.objects.filter(filled.walk_condition(match)).exists()
    assert not Group.objects.filter(filled.condition(match)).exists()


@pytest.mark.parametrize(
    "query", ["北" * 200, "a" * 200, "1" * 200, "a " * 100, "北 " * 100, "bj1" * 66, "xian" * 50, "云a" * 100]
)
def test_a_long_text_is_answered(filled, query):
    assert found(filled, query) is not None
    assert not Group.objects.filter(filled.walk_condition(filled.match(query, COLUMNS))).exists()


def test_an_empty_text_asks_for_nothing_and_leaves_all(filled):
    Group.objects.create(id=1, name="1")
    match = filled.match(" \u3000 ", COLUMNS)
    assert match.blank
    assert filled.ids(match, 10) is None
    assert filled.count(match) == 4
    assert filled.among(match, [1, 4]) == {1, 4}
    assert Group.objects.filter(filled.walk_condition(match)).count() == 1


def test_only_the_allowed_columns_are_searched(filled):
    assert found(filled, "8000", ["name", "contacts"]) == set()
    assert found(filled, "查文", ["name", "phones"]) == set()
    assert found(filled, "zhawen", ["name"]) == set()
    assert found(filled, "北京", []) == set()
    assert filled.among(filled.match("北京", []), [1]) == set()
    with pytest.raises(ValueError, match="secret"):
        filled.match("北京", ["secret"])


def test_a_short_name_that_stands_in_the_name_needs_no_grams_of_its_own_and_is_found_in_its_column(short):
    whole, part, other = Doc(names=("重庆长城科技有限公司",)), Doc(names=("长城科技",)), Doc(names=("长科",))
    short.write({1: {"name": whole, "short_name": part}, 2: {"name": whole, "short_name": other}})
    short.write({3: {"name": whole}, 4: {"short_name": part}})
    for query in ("城科", "changcheng", "chengkeji", "cckj", "cc", "j"):
        assert found(short, query, ["short_name"]) == {1, 4}
        assert found(short, query, ["name"]) == {1, 2, 3}
        assert found(short, query, ["name", "short_name"]) == {1, 2, 3, 4}
    assert found(short, "长科", ["short_name"]) == {2}
    assert found(short, "有限", ["short_name"]) == found(short, "重庆", ["short_name"]) == set()
    assert short.row({"name": whole, "short_name": part})[-1] == short.row({"name": whole})[-1]


def test_what_was_written_before_a_column_was_said_to_be_within_another_is_found_as_well(short):
    assert short.fingerprint() == TextIndex("before", WITH_SHORT).fingerprint()
    TextIndex(short.name, WITH_SHORT).write({1: {"name": Doc(names=("长城科技",)), "short_name": Doc(names=("长城",))}})
    assert found(short, "长城", ["short_name"]) == found(short, "cc", ["short_name"]) == {1}
    assert found(short, "科技", ["short_name"]) == set()


def test_a_common_term_has_no_ids_but_a_condition(filled):
    for pk in CUSTOMERS:
        Group.objects.create(id=pk, name=str(pk))
    match = filled.match("科技", COLUMNS)
    assert filled.ids(match, 1) is None
    assert sorted(filled.ids(match, 2)) == [1, 3]
    assert filled.count(match) == 2
    assert filled.among(match, [2, 3, 4]) == {3}
    assert filled.among(match, []) == set()
    for condition in (filled.walk_condition(match), filled.condition(match)):
        groups = Group.objects.filter(condition, name__gt="1")
        assert list(groups.values_list("id", flat=True)) == [3]
        either = Group.objects.filter(models.Q(condition) | models.Q(name="2")).order_by("id")
        assert list(either.values_list("id", flat=True)) == [1, 2, 3]
        assert list(Group.objects.exclude(condition).order_by("id").values_list("id", flat=True)) == [2, 4]


def test_among_many_ids(db):
    for pk in (1, 2, 3):
        Group.objects.create(id=pk, name=str(pk))
    assert list(Group.objects.filter(OneOf("pk", [3, 1, 77])).order_by("id").values_list("id", flat=True)) == [1, 3]
    assert not Group.objects.filter(OneOf("pk", [])).exists()
    assert Group.objects.filter(OneOf("pk", range(40_000))).count() == 3


def test_the_order_of_columns_does_not_matter(filled):
    other = TextIndex(filled.name, COLUMNS[::-1])
    other.write({5: {"name": Doc(names=("天津港",))}})
    assert found(filled, "天津", ["name"]) == found(other, "天津", ["name"]) == {5}
    assert found(other, "长城", ["name"]) == {1}


def test_words_can_be_asked_for_one_by_one(filled):
    by_word = filled.match("北京 科技", COLUMNS).by_word()
    assert [set(filled.ids(match, 10)) for match in by_word] == [{1}, {1, 3}]


def test_a_record_is_replaced_and_deleted(filled):
    before = filled.dump()
    filled.write({1: {"name": Doc(names=("上海贸易",))}, 9: {"name": Doc(names=("新客户",))}})
    assert found(filled, "长城") == set()
    assert found(filled, "上海") == {1}
    filled.delete([9, 77])
    assert found(filled, "新客户") == set()
    assert filled.dump() != before
    filled.write({1: CUSTOMERS[1]})
    filled.optimize()
    assert filled.dump() == before
    filled.clear()
    assert filled.dump() == {"texts": [], "grams": []}


def test_the_migration_operation_makes_and_removes_the_tables(editor):
    operation = CreateTextIndex("madebymigration", COLUMNS)
    operation.database_forwards("kit", editor, None, None)
    made = TextIndex("madebymigration", COLUMNS)
    made.write(CUSTOMERS)
    assert found(made, "重庆") == {2}
    operation.database_backwards("kit", editor, None, None)
    assert not {table for table in connection.introspection.table_names() if table.startswith("madebymigration")}


def test_a_common_term_is_known_as_such_whatever_it_is_made_of_and_rare_ones_are_named(index):
    names = {pk: f"杭州{'东南西北'[pk % 4]}科技有限公司" for pk in range(1, 901)} | {
        901: "深圳华天科技",
        902: "苏州百佳科技",
    }
    index.write({pk: {"name": Doc(names=[name])} for pk, name in names.items()})
    index.optimize()
    for common in ("科技", "kj", "keji", "hzkj", "科技 有限", "hzd 公司"):
        assert index.ids(index.match(common, ["name"]), 100) is None
    assert index.ids(index.match("杭州南", ["name"]), 225) is not None
    assert found(index, "深圳") == {901}
    assert found(index, "szkj") == {901, 902}
    assert found(index, "szht kj 华天") == {901}
    assert found(index, "bjkj szb") == {902}
    assert found(index, "bjkj szh") == set()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="how PostgreSQL keeps grams")
def test_new_grams_go_into_the_index_at_once(editor):
    CreateTextIndex("writtenatonce", COLUMNS).database_forwards("kit", editor, None, None)
    assert storage("writtenatonce_grams") == ["fastupdate=off"]
    operation = TuneTextIndex("writtenatonce")
    editor.execute("ALTER INDEX writtenatonce_grams RESET (fastupdate)")  # as the first version made it
    operation.database_forwards("kit", editor, None, None)
    assert storage("writtenatonce_grams") == ["fastupdate=off"]


def storage(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [name])
        return cursor.fetchone()[0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite keeps grams")
def test_an_index_of_an_earlier_version_gathers_sixteen_parts_before_it_makes_one_of_them(index, editor):
    setting = f"INSERT INTO {index.grams_table} ({index.grams_table}, rank) VALUES ('automerge', 4)"
    editor.execute(setting)
    TuneTextIndex(index.name).database_forwards("kit", editor, None, None)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT k, v FROM {index.grams_table}_config WHERE k != 'version'")
        assert dict(cursor.fetchall()) == {"automerge": 16, "crisismerge": 64, "hashsize": 16 << 20}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite keeps grams")
def test_the_night_makes_few_parts_of_those_that_saves_left_behind_and_finds_the_same(filled):
    before = filled.dump()
    for _ in range(10):
        filled.write({1: CUSTOMERS[1]})
        parts(filled)  # a reader makes the database write what it has gathered
    assert parts(filled) > 4
    filled.tidy()
    assert parts(filled) < 4
    assert found(filled, "长城") == {1}
    filled.optimize()
    assert filled.dump() == before


def parts(index):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT segid) FROM {index.grams_table}_idx")
        return cursor.fetchone()[0]


# --- Against a matcher that looks at everything ----------------------------------------------------------------------


def cuts(word):
    """All ways to cut a word into pieces of at least two."""
    if len(word) < 4:
        return [[word]]
    return [[word], *([word[:at], *rest] for at in range(2, len(word) - 1) for rest in cuts(word[at:]))]


def is_found(word, doc):
    names = [text.pinyin_syllables(name) for name in doc.names]
    persons = [text.pinyin_syllables(name, person=True) for name in doc.persons]
    folded = [text.fold(part) for part in (*doc.names, *doc.persons, *doc.codes)]
    folded += [re.sub("[^0-9]", "", text.fold(phone)) for phone in doc.phones]
    if any(word in part for part in folded):
        return True
    if not re.fullmatch("[0-9a-z]+", word) or word.isdigit():
        return any(word in "".join(item[0] for item in person) for person in persons)
    initials = "\n".join("".join(item[0] for item in name) for name in names if name)
    pieces = cuts(word) if len(word) <= 10 else [[word]]
    return (
        any(re.search(".*".join(cut), initials, re.DOTALL) for cut in pieces)
        or any(word in "".join(item[0] for item in person) for person in persons)
        or any(
            "".join(syllables[start:]).startswith(word)
            for syllables in names + persons
            for start in range(len(syllables))
        )
    )


def looked_up(docs, query, columns):
    words = [word for part in query.split() if (word := text.fold(part))]
    return {
        pk
        for pk, doc in docs.items()
        if words and all(any(is_found(word, doc[column]) for column in columns) for word in words)
    }


SIGNS = "北京科技重庆长银行单云安西 （）·-%_'\"*+😀abcx1230ＡＢ１"
a_text = st.text(SIGNS, max_size=10)
a_phone = st.text("0123 -", max_size=12)
a_record = st.fixed_dictionaries(
    {
        "name": st.builds(Doc, names=st.lists(a_text, max_size=2), codes=st.lists(a_text, max_size=1)),
        "contacts": st.builds(Doc, persons=st.lists(a_text, max_size=2)),
        "phones": st.builds(Doc, phones=st.lists(a_phone, max_size=2)),
    }
)


@st.composite
def a_record_with_a_short_name(draw):
    """Which is a part of the name, or not."""
    record = draw(a_record)
    whole = draw(st.sampled_from([*record["name"].names, *record["name"].codes, draw(a_text)]))
    start, end = sorted((draw(st.integers(0, len(whole))), draw(st.integers(0, len(whole)))))
    return record | {"short_name": Doc(names=(whole[start:end],))}


@st.composite
def docs_and_query(draw):
    docs = dict(enumerate(draw(st.lists(a_record_with_a_short_name(), min_size=1, max_size=4)), 1))
    names = [
        name
        for doc in docs.values()
        for name in (*doc["name"].names, *doc["contacts"].persons, *doc["phones"].phones)
        if name
    ]
    sources = (
        names
        + ["".join(text.pinyin_syllables(name)) for name in names]
        + [text.pinyin_initials(name) for name in names]
    )
    words = []
    for _ in range(draw(st.integers(1, 2))):
        source = draw(st.sampled_from([*sources, draw(a_text), "xian", "bjkj"]))
        start, end = sorted((draw(st.integers(0, len(source))), draw(st.integers(0, len(source)))))
        word = source[start:end]
        if draw(st.booleans()) and len(word) > 4:
            word = word[: draw(st.integers(2, 4))] + word[-draw(st.integers(1, 3)) :]
        words.append(word)
    return docs, " ".join(words)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(docs_and_query(), st.sets(st.sampled_from(WITH_SHORT), min_size=1).map(sorted))
def test_search_answers_as_a_look_at_every_record(short, docs_query, columns):
    docs, query = docs_query
    short.clear()
    short.write(docs)
    match = short.match(query, columns)
    if match.blank:
        return
    expected = looked_up(docs, query, columns)
    assert set(short.ids(match, 100)) == expected
    assert short.count(match) == len(expected)
    assert short.among(match, list(docs)) == expected
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM auth_group")
    Group.objects.bulk_create([Group(id=pk, name=str(pk)) for pk in docs])
    assert set(Group.objects.filter(short.walk_condition(match)).values_list("id", flat=True)) == expected
