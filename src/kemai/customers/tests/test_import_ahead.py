"""A large import is read by a second process while this one writes (PRF-06): the outcome is that of a small one."""

import io
import os
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from queue import Queue

import pytest
from django.conf import settings

from kemai.customers.models import Customer
from kemai.customers.tests.import_support import imported, in_chunks_of, previewed, sheet, verdicts
from kemai.kit import import_kept, import_others, import_reading, import_runs, importing, stamp, undo
from kemai.kit.entity import registry
from kemai.kit.search_docs import index_of
from kemai.office.models import DictionaryEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.spec("IMP-02", "IMP-03")]
HEADERS = ["客户名称", "电话", "客户来源", "城市", "联系人", "手机", "联系人2", "手机2"]
ROWS = [
    ["宁波海天塑机有限公司", "0574-86188888", "展会", "宁波", "张伟", "13800138000", "周强", "13600136000"],
    ["重庆长安汽车股份有限公司", "", "老客户介绍", "重庆", "单明", "", "", "13500135000"],
    ["重庆长安汽车股份有限公司", "", "", "", "赵敏", "13700137000"],
    ["", "0571-1", "展会", "杭州", "", ""],
    ["宁波海天塑机有限公司", "", "展会", "", "", ""],
    ["苏州恒达贸易有限公司", "0574-86188888", "展会", "苏州", "李娜", "13900139000"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    """What is kept lies in a folder of the test's own: others run beside it."""
    settings.DATA_DIR = tmp_path / "data"


@pytest.fixture(params=[0, 1], ids=["all of it ahead", "the first chunk read here"])
def second(request, monkeypatch):
    """Every import is large; what the other processes would send is made here. Holds what is done to it, how many parts each sends, how many at once."""
    doing = {"parts": 99, "at_once": 99, "before": lambda: None, "asked": 0, "sent": 0}

    class Others:
        """One of them does what it is asked for at once, and is killed after so many."""

        def __init__(self, run, ready):
            self.run, self.ready, self.done = run, ready, []

        def ask(self, first, end):
            if self.done and doing["at_once"] == 1:
                return first
            end = min(end, first + doing["at_once"])
            if first < end:
                stream, chunks = io.BytesIO(), range(first, end)
                import_reading.send_parts(self.run, importing.plan_of(self.run), chunks, stream, ready=self.ready)
                stream.seek(0)
                doing["sent"] += len(chunks)
                for nth, at in enumerate(chunks):
                    self.done.append((at, import_kept.read_frame(stream) if nth < doing["parts"] else None))
                doing["before"]()
                stamp.begin_request()
            return end

        def late(self):
            return doing["at_once"] == 1

        def told(self):
            return self.done.pop(0)

    @contextmanager
    def others_of(run, count, *, ready):
        doing["asked"] += count
        yield Others(run, ready)

    monkeypatch.setattr(import_reading, "others_of", others_of)
    monkeypatch.setattr(import_reading, "AHEAD", 0)
    monkeypatch.setattr(import_reading, "WHILE_THEY_START", request.param)
    in_chunks_of(3, monkeypatch)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return doing


def outcome(run):
    """Verdicts, records and search documents, without ids and numbers."""
    values = ("name", "name_key", "core_name", "core_pinyin", "phone_digits", "source__name", "region__full_name")
    made = Customer.objects.order_by("pk").values_list(*values, "owner__name", "contacts__name", "contacts__name_key")
    documents = {}
    for kind in ("customer", "contact"):
        index, docs = index_of(kind), registry[kind].search.docs
        ids = list(registry[kind].model.objects.values_list("pk", flat=True))
        assert index.stale(docs(ids)) == []
        kept = index.dump()
        index.write(docs(ids))
        assert index.dump() == kept  # the grams, too
        number = 1 + 3 * index.columns.index("number") if kind == "customer" else 0
        documents[kind] = sorted(row[1:number] + row[number + 3 :] for row in kept["texts"])
    return verdicts(run), list(made), documents


@pytest.fixture
def small(crew, tmp_path):
    """The file, and what becomes of it without a second process; then all is as it was."""
    path = sheet(tmp_path, HEADERS, *ROWS)
    run = imported(path, crew.marketing, into="mine")
    found = outcome(run)
    undo.undo_import(run, by=crew.marketing)
    assert not Customer.objects.exists()
    return path, found


def test_a_second_process_changes_nothing_of_the_outcome(crew, small, second):
    path, expected = small
    run = previewed(path, crew.marketing, into="mine")
    foreseen = verdicts(run)
    assert outcome(importing.commit(run)) == expected
    assert (second["asked"], foreseen) == (3, expected[0])  # two for the preview, one for the rest
    assert [verdict for _, verdict, _ in foreseen] == ["new", "new", "update", "error", "duplicate", "similar"]


def test_when_the_second_process_is_killed_the_rest_is_read_here(crew, small, second):
    path, expected = small
    second["parts"] = 1
    assert outcome(imported(path, crew.marketing, into="mine")) == expected
    assert second["asked"] == 1


def test_what_they_are_late_with_is_partly_read_here(crew, small, second, monkeypatch):
    path, expected = small
    in_chunks_of(1, monkeypatch)
    run = previewed(path, crew.marketing, into="mine")
    second |= {"at_once": 1, "sent": 0}
    assert outcome(importing.commit(run)) == expected
    assert second["sent"] == len(ROWS) // 2


def test_what_was_read_before_a_list_changed_is_read_again(crew, small, second):
    path, _ = small

    def rename() -> None:
        DictionaryEntry.objects.filter(name="展会").update(name="展览", folded="展览")
        stamp.raise_stamp()

    second["before"] = rename
    run = imported(path, crew.marketing, into="mine")
    assert verdicts(run)[0][2].startswith("客户来源「展会」不在数据字典中，未填写。")
    assert Customer.objects.get(name=ROWS[0][0]).source is None


def test_a_small_import_needs_no_second_process(crew, small, second, monkeypatch):
    path, expected = small
    monkeypatch.setattr(import_reading, "AHEAD", len(ROWS) + 1)
    assert outcome(imported(path, crew.marketing, into="mine")) == expected
    assert second["asked"] == 0


def kept_files():
    return [*(Path(settings.DATA_DIR) / "read-ahead").glob("*")]


@pytest.fixture
def read_once(monkeypatch):
    """After it is called no row may be read from the file again."""

    def refuse() -> None:
        monkeypatch.setattr(import_reading.Reading, "part", lambda *args: pytest.fail("a row was read again"))

    return refuse


def test_what_the_preview_has_read_is_not_read_again(crew, small, second, read_once):
    path, expected = small
    run = previewed(path, crew.marketing, into="mine")
    assert len(kept_files()) == 1
    read_once()
    assert outcome(importing.commit(run)) == expected
    assert kept_files() == []


def test_with_other_options_the_rows_are_read_anew(crew, small, second):
    path, _ = small
    run = previewed(path, crew.marketing, into="mine")
    importing.resettle(run, replace(importing.options_of(run), map={"电话": ""}))
    assert kept_files() == []
    importing.commit(run)
    assert {one.phone for one in Customer.objects.exclude(name__startswith="重庆")} == {""}


def test_what_the_preview_has_read_is_read_anew_when_a_list_has_changed_since(crew, small, second):
    path, _ = small
    run = previewed(path, crew.marketing, into="mine")
    DictionaryEntry.objects.filter(name="展会").update(name="展览", folded="展览")
    stamp.raise_stamp()
    importing.commit(run)
    assert Customer.objects.get(name=ROWS[0][0]).source is None
    assert "展会" in verdicts(run)[0][2]


NEW_WORDS = [
    [f"宁波第{number}家公司", "0574", word]
    for number, word in enumerate(["行业展", "", "行业展", "协会", "协会", "", "行业展"])
]


def test_new_words_that_an_import_adds_itself_leave_true_what_its_preview_has_read(crew, tmp_path, second, read_once):
    run = previewed(sheet(tmp_path, HEADERS[:3], *NEW_WORDS), crew.admin)
    foreseen = verdicts(run)
    assert foreseen[6][2].count("「行业展」加入客户来源。") == 1
    read_once()
    importing.commit(run)
    assert verdicts(run) == foreseen
    sources = list(Customer.objects.order_by("pk").values_list("source__name", flat=True))
    assert sources == ["行业展", None, "行业展", "协会", "协会", None, "行业展"]
    assert DictionaryEntry.objects.filter(name__in=["行业展", "协会"]).count() == 2
    undo.undo_import(run, by=crew.admin)
    assert not DictionaryEntry.objects.filter(name__in=["行业展", "协会"]).exists()


def test_after_new_words_of_somebody_else_the_rest_is_read_anew(crew, tmp_path, second, monkeypatch):
    run = previewed(sheet(tmp_path, HEADERS[:3], *NEW_WORDS), crew.admin)
    write, read = importing._write_chunk, []

    def and_then_somebody_renames(*args):
        write(*args)
        if not read:
            DictionaryEntry.objects.filter(name="行业展").update(name="展览", folded="展览")
            stamp.raise_stamp()

    part = import_reading.Reading.part
    monkeypatch.setattr(importing, "_write_chunk", and_then_somebody_renames)
    monkeypatch.setattr(import_reading.Reading, "part", lambda self, raw: read.append(len(raw)) or part(self, raw))
    importing.commit(run)
    sources = list(Customer.objects.order_by("pk").values_list("source__name", flat=True))
    assert sources == ["展览", None, "展览", "协会", "协会", None, "行业展"]
    assert sum(read) >= 4  # the rows after the first chunk


def test_an_import_that_never_began_leaves_nothing_of_what_was_read(crew, small, second):
    path, _ = small
    run = previewed(path, crew.marketing, into="mine")
    importing.discard(run)
    assert kept_files() == []


def test_what_was_read_and_never_written_goes_after_a_day(crew, small, second):
    path, _ = small
    run = previewed(path, crew.marketing, into="mine")
    import_runs.clean()
    assert len(kept_files()) == 1
    yesterday = time.time() - 25 * 60 * 60
    os.utime(kept_files()[0], (yesterday, yesterday))
    import_runs.clean()
    assert kept_files() == []
    importing.commit(run)
    assert Customer.objects.count() == 3


def test_a_preview_that_breaks_off_keeps_nothing(crew, small, second, monkeypatch):
    path, _ = small
    monkeypatch.setattr(importing, "keep", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        previewed(path, crew.marketing, into="mine")
    assert kept_files() == []


ECHO = """
import sys
for line in sys.stdin:
    content = b"chunk " + line.strip().encode()
    if content == b"chunk 2":
        sys.stdout.buffer.write((99).to_bytes(8, "big") + content)
        break
    sys.stdout.buffer.write(len(content).to_bytes(8, "big") + content)
    sys.stdout.flush()
"""


@pytest.mark.django_db(False)
def test_a_process_tells_what_it_has_read_and_of_one_that_was_killed_nothing_is_believed():
    told = Queue()
    with import_others._started([sys.executable, "-c", ECHO], told) as one:
        others = import_others.Others([one], told)
        asked, found = 0, []
        for _ in range(12):
            asked = others.ask(asked, 12)
            found.append(others.told())
    assert found == [(0, b"chunk 0"), (1, b"chunk 1"), *[(at, None) for at in range(2, 12)]]
    assert one.process.poll() is not None
