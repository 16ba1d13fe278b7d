"""The one way in which records are written: log, version, counts and search index in the same transaction."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from kemai.kit import journal as journals
from kemai.kit import tally
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError
from kemai.kit.journal import from_image, image, journal, log_only
from kemai.kit.models import ChangeSet, RowChange, Tally
from kemai.kit.packed import PackedRows
from kemai.kit.search import Doc
from kemai.kit.search_docs import index_of
from kemai.kit.tests.sample import services
from kemai.kit.tests.sample.factories import applicant, approved, order
from kemai.kit.tests.sample.models import SampleLine, SampleOrder
from kemai.people.tests.factories import again, company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-08")]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def last() -> ChangeSet:
    return ChangeSet.objects.latest("pk")


def rows(change_set: ChangeSet) -> list[tuple]:
    return [(row.kind, row.op, row.record_id, row.before, row.after) for row in change_set.rows.order_by("pk")]


def found(word: str) -> list[int]:
    index = index_of("sample-order")
    return sorted(index.ids(index.match(word, ["subject", "products"]), 100))


def test_an_insert_keeps_no_image(lin):
    made = order(lin, lines=[])
    assert rows(last()) == [("sample-order", "i", made.pk, None, None)]
    assert (last().deed, last().kind, last().record_id, last().title, last().by) == (
        "sample-order.create", "sample-order", made.pk, str(made), lin,
    )  # fmt: skip


def test_an_update_keeps_old_and_new_values_of_what_changed_alone(lin):
    made = order(lin, lines=[])
    with journal(by=lin, deed="sample-order.change", note="改期") as log:
        log.about(made)
        old = log.update(made, subject="新事由", is_urgent=False, remarks=made.remarks)
    assert old == {"subject": "展会样品"}
    assert rows(last()) == [("sample-order", "u", made.pk, {"subject": "展会样品"}, {"subject": "新事由"})]
    assert last().note == "改期"
    assert again(made).subject == "新事由"


def test_an_update_that_changes_nothing_writes_no_row(lin):
    made = order(lin, lines=[])
    with journal(by=lin, deed="sample-order.change") as log:
        assert log.update(made, subject="展会样品", owner=lin) == {}
    assert again(made).version == made.version
    assert not RowChange.objects.filter(op="u", kind="sample-order").exists()


def test_a_deletion_keeps_the_whole_row_which_can_be_read_back(lin):
    made = order(lin, lines=[{"product": "纸", "quantity": "2.5", "price": "0.3333"}])
    line = made.lines.get()
    with journal(by=lin, deed="sample-order.change") as log:
        log.delete(line)
    (row,) = last().rows.all()
    assert (row.op, row.before["quantity"], row.after) == ("d", "2.5000", None)
    assert not SampleLine.objects.exists()
    read = SampleLine(**from_image(SampleLine, row.before))
    assert (read.pk, read.quantity, read.amount) == (line.pk, Decimal("2.5000"), Decimal("0.83"))
    assert image(read) == row.before


def test_a_reference_is_kept_by_its_id(lin):
    made, zhou = order(lin, lines=[]), applicant("zhou", "小周")
    with journal(by=lin, deed="sample-order.change") as log:
        log.update(made, owner=zhou)
    assert rows(last()) == [("sample-order", "u", made.pk, {"owner_id": lin.pk}, {"owner_id": zhou.pk})]
    assert again(made).owner == zhou


@pytest.mark.spec("FRM-02")
def test_the_version_rises_with_what_people_edit_and_not_with_what_follows_from_it(lin):
    made = order(lin, lines=[])
    with journal(by=lin, deed="sample-order.change") as log:
        log.update(made, total=Decimal("5.00"), approval_state="pending")
    assert again(made).version == 1
    with journal(by=lin, deed="sample-order.change") as log:
        log.update(made, subject="新")
        log.update(made, remarks="再改")
    assert again(made).version == 3
    assert [row.version for row in last().rows.order_by("pk")] == [2, 3]
    assert again(made).updated_at == last().at


def test_what_is_hidden_never_comes_into_the_log(lin):
    assert "password" not in image(lin)
    assert "password_hash" not in str(list(RowChange.objects.values_list("before", "after")))
    assert lin.password not in str(list(RowChange.objects.values_list("before", "after")))


def test_a_deed_inside_a_deed_is_one_entry(lin):
    approver = applicant("approver", "审批人")
    before = ChangeSet.objects.count()
    made = approved(lin, approver)
    deeds = list(ChangeSet.objects.order_by("pk").values_list("deed", flat=True)[before:])
    assert deeds == ["sample-order.create", "sample-order.submit", "sample-order.agree"]
    assert again(made).state == "approved"
    assert {"agreed_at", "approval_state", "state"} <= {name for row in last().rows.all() for name in row.after}


def refused_deed(made, by):
    with journal(by=by, deed="sample-order.change") as log:
        log.update(made, subject="不该留下")
        log.insert(SampleOrder(subject="也不该", number="X1", owner=by))
        log.note = "也不该"
        raise DomainError("no", "不行。")


def test_of_a_deed_that_is_refused_nothing_remains(lin):
    made = order(lin)
    counts = (ChangeSet.objects.count(), RowChange.objects.count(), tally.table("sample-order"))
    with pytest.raises(DomainError):
        refused_deed(made, lin)
    assert (ChangeSet.objects.count(), RowChange.objects.count(), tally.table("sample-order")) == counts
    assert again(made).subject == "展会样品"
    assert found("不该留下") == []


def test_of_an_inner_deed_that_is_refused_nothing_remains_while_the_outer_one_goes_on(lin):
    made = order(lin)
    with journal(by=lin, deed="sample-order.import") as log:
        log.update(made, remarks="外面的")
        with pytest.raises(DomainError):
            refused_deed(made, lin)
    assert [row[1:] for row in rows(last())] == [("u", made.pk, {"remarks": ""}, {"remarks": "外面的"})]
    assert (again(made).subject, again(made).remarks, last().note) == ("展会样品", "外面的", "")
    assert tally.table("sample-order") == {lin.pk: 1}
    assert SampleOrder.objects.count() == 1


def same_number(made, by):
    with journal(by=by, deed="sample-order.create") as log:
        log.insert(SampleOrder(subject="同号", number=made.number, owner=by))


def test_a_broken_constraint_in_an_inner_deed_leaves_the_outer_one_usable(lin):
    made = order(lin)
    with journal(by=lin, deed="sample-order.import") as log:
        with pytest.raises(IntegrityError):
            same_number(made, lin)
        log.update(made, remarks="还能写")
    assert again(made).remarks == "还能写"
    assert last().rows.count() == 1


def test_counts_by_owner_follow_inserts_moves_and_deletions(lin):
    zhou = applicant("zhou", "小周")
    first, second = order(lin), order(lin)
    assert tally.table("sample-order") == {lin.pk: 2}
    with journal(by=lin, deed="sample-order.change") as log:
        log.update(first, owner=zhou)
    assert tally.table("sample-order") == {lin.pk: 1, zhou.pk: 1}
    services.order_delete(second, by=lin)
    assert tally.table("sample-order") == {lin.pk: 0, zhou.pk: 1}
    assert Tally.objects.filter(kind="sample-line").count() == 0


def test_the_search_index_follows_the_record_and_the_rows_inside(lin):
    made = order(lin, "华东展会", lines=[{"product": "弹簧垫圈", "quantity": "1"}])
    assert (found("华东展会"), found("弹簧")) == ([made.pk], [made.pk])
    services.order_change(made, values={"subject": "华南展会", "lines": []}, by=lin)
    assert (found("华东"), found("华南"), found("弹簧")) == ([], [made.pk], [])
    services.order_delete(again(made), by=lin)
    assert found("华南") == []


def test_a_search_document_that_was_worked_out_before_holds_until_the_deed_writes_to_the_record(lin):
    kept, changed = (SampleOrder(subject="华东展会", number=f"N{number}", owner=lin) for number in (1, 2))
    with journal(by=lin, deed="sample-order.import") as log:
        log.insert_many([kept, changed])
        index = index_of("sample-order")
        parts = index.pack({"subject": Doc(names=("先知道的",))})
        log.search_rows("sample-order", {pk: index.packed(pk, parts) for pk in (kept.pk, changed.pk)})
        log.update(changed, subject="华南展会")
    assert (found("先知道的"), found("华南"), found("华东")) == ([kept.pk], [changed.pk], [])


def test_many_records_are_written_in_few_statements(lin, django_assert_max_num_queries):
    rows_wanted = [SampleOrder(subject=f"第 {number} 个", number=f"N{number}", owner=lin) for number in range(300)]
    with django_assert_max_num_queries(25), journal(by=lin, deed="sample-order.import") as log:
        log.insert_many(rows_wanted)
    assert SampleOrder.objects.count() == 300
    assert tally.table("sample-order") == {lin.pk: 300}
    assert last().rows.count() == 300


def test_records_that_were_packed_before_are_logged_counted_and_searched_like_others(lin):
    packed = PackedRows(SampleOrder, ["subject"], ["number", "owner_id"])
    with journal(by=lin, deed="sample-order.import") as log:
        subjects = [packed.pack({"subject": f"第 {number} 个"}) for number in range(30)]
        later = {"number": [f"N{number}" for number in range(30)], "owner_id": [lin.pk] * 30}
        made = log.insert_packed(packed, subjects, later)
        assert log.insert_packed(packed, [], {"number": [], "owner_id": []}) == []
        assert log.written == 30
    assert list(SampleOrder.objects.order_by("pk").values_list("pk", "number", "subject"))[29] == (
        made[29],
        "N29",
        "第 29 个",
    )
    first = SampleOrder.objects.get(pk=made[0])
    assert (first.created_by, first.created_at, first.updated_at, first.version) == (lin, log.now, log.now, 1)
    assert tally.table("sample-order") == {lin.pk: 30}
    assert [(op, pk) for _, op, pk, _, _ in rows(last())] == [("i", pk) for pk in made]
    assert set(last().rows.values_list("version", flat=True)) == {1}
    assert found("第 29") == [made[29]]


def test_the_log_keeps_the_order_of_the_writes_when_many_rows_are_noted_together(lin):
    rows_wanted = [SampleOrder(subject=f"第 {number} 个", number=f"N{number}", owner=lin) for number in range(30)]
    first = order(lin, "先有的", lines=[])
    with journal(by=lin, deed="sample-order.import") as log:
        log.update(first, subject="改过的")
        log.insert_many(rows_wanted)
        log.update(rows_wanted[4], subject="也改过的")
        assert log.written == 32
    made = [one.pk for one in rows_wanted]
    assert [(op, pk) for _, op, pk, _, _ in rows(last())] == [
        ("u", first.pk),
        *[("i", pk) for pk in made],
        ("u", made[4]),
    ]
    assert set(last().rows.filter(op="i").values_list("kind", "version", "before", "after")) == {
        ("sample-order", 1, None, None)
    }


def test_of_rows_that_were_noted_together_and_refused_nothing_remains(lin):
    first = order(lin, "先有的", lines=[])

    def refused():
        with journal(by=lin, deed="sample-order.import") as inner:
            inner.insert_many([SampleOrder(subject="不要", number=f"N{number}", owner=lin) for number in range(30)])
            raise DomainError("refused", "不行")

    with journal(by=lin, deed="sample-order.import") as log:
        log.update(first, subject="改过的")
        with pytest.raises(DomainError):
            refused()
        assert log.written == 1
    assert (SampleOrder.objects.count(), [op for _, op, *_ in rows(last())]) == (1, ["u"])


def test_the_log_knows_the_door_through_which_a_deed_came(lin):
    token = journals.door.set("command")
    with journal(by=lin, deed="sample-order.change", note="清理"):
        pass
    journals.door.reset(token)
    assert (last().door, last().note) == ("command", "清理")


def test_an_entry_without_records_says_what_was_done(lin):
    log_only(by=lin, deed="sample-order.export", note="导出 3 条")
    assert (last().kind, last().record_id, last().note, last().rows.count()) == ("sample-order", None, "导出 3 条", 0)
    log_only(by=None, deed="login.failed", note="x")
    assert last().by is None


def test_the_log_goes_with_the_transaction_of_the_caller(lin):
    before = ChangeSet.objects.count()
    with transaction.atomic():
        order(lin)
        transaction.set_rollback(True)
    assert ChangeSet.objects.count() == before
    assert registry["sample-order"].visible(lin).count() == 0
