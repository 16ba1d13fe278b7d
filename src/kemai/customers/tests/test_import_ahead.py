"""A large import is read by a second process while this one writes (PRF-06): the outcome is that of a small one."""

import io
from contextlib import contextmanager

import pytest

from kemai.customers.models import Customer
from kemai.customers.tests.import_support import imported, previewed, sheet, verdicts
from kemai.kit import import_kept, import_reading, importing, stamp, undo
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


@pytest.fixture(params=[0, 1], ids=["all of it ahead", "the first chunk read here"])
def second(request, monkeypatch):
    """Every import is large; what the other processes would send is made here. Holds what is done to it, and how many parts each sends."""
    doing = {"parts": 99, "before": lambda: None, "asked": 0}

    class Others:
        """One of them does all at once when it is asked, and is killed after so many."""

        def __init__(self, run, ready):
            self.run, self.ready, self.done = run, ready, []

        def ask(self, first, end):
            if first < end:
                stream, chunks = io.BytesIO(), range(first, end)
                import_reading.send_parts(self.run, importing.plan_of(self.run), chunks, stream, ready=self.ready)
                stream.seek(0)
                for nth, at in enumerate(chunks):
                    self.done.append((at, import_kept.read_frame(stream) if nth < doing["parts"] else None))
                doing["before"]()
                stamp.begin_request()
            return end

        def told(self):
            return self.done.pop(0)

    @contextmanager
    def others_of(run, count, *, ready):
        doing["asked"] += count
        yield Others(run, ready)

    monkeypatch.setattr(import_reading, "others_of", others_of)
    monkeypatch.setattr(import_reading, "AHEAD", 0)
    monkeypatch.setattr(import_reading, "WHILE_THEY_START", request.param)
    monkeypatch.setattr(import_reading, "CHUNK", 3)
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
