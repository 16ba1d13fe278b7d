"""Import of a kind without rules of its own: by a key, through the services of its form."""

import pytest

from kemai.kit import importing, tally
from kemai.kit.entity import registry
from kemai.kit.importing import read_options
from kemai.kit.models import ChangeSet, ImportRow, RowChange
from kemai.kit.tests.sample.factories import applicant, order, submitted
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import again, company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("IMP-01", "IMP-02")]
ORDERS = registry["sample-order"]
HEAD = "事由,需要日期,品名,数量,单价\n"


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def run(by, text, tmp_path, head=HEAD, **options):
    path = tmp_path / "样品.csv"
    path.write_text(head + text, encoding="utf-8")
    received = importing.receive(
        path, file_name="样品.csv", entity=ORDERS, by=by, options=read_options(ORDERS, by, options)
    )
    importing.preview(received)
    foreseen = verdicts(received)
    importing.commit(again(received))
    return again(received), foreseen, verdicts(received)


def verdicts(received):
    return list(ImportRow.objects.filter(of=received).order_by("number").values_list("verdict", "message"))


def test_each_row_becomes_a_record_with_its_line(lin, tmp_path):
    _, foreseen, came = run(lin, "展会甲,2026年3月5日,螺栓,3,0.115\n展会乙,,,,\n", tmp_path)
    assert foreseen == came == [("new", ""), ("new", "")]
    first, second = SampleOrder.objects.order_by("pk")
    assert (first.subject, str(first.wanted_on), str(first.total), first.owner) == ("展会甲", "2026-03-05", "0.35", lin)
    assert (second.lines.count(), first.number < second.number) == (0, True)
    assert tally.table("sample-order") == {lin.pk: 2}
    entry = ChangeSet.objects.filter(deed="sample-order.import").get()
    assert (entry.title, entry.by, entry.door) == ("样品.csv", lin, "import")


def test_what_is_there_already_stays_out_unless_updates_are_wanted(lin, tmp_path):
    made = order(lin, "展会甲", lines=[])
    _, _, came = run(lin, "展会甲,2026-03-05,,,\n展会乙,,,,\n展会乙,,,,\n", tmp_path)
    assert came == [("duplicate", "已有「展会甲」，已跳过。"), ("new", ""), ("duplicate", "与第 3 行相同，已跳过。")]
    assert again(made).wanted_on is None
    _, _, came = run(lin, "展会甲,2026-03-05,,,\n展会丙,,,,\n", tmp_path, update=True, add=False)
    assert came == [("update", ""), ("duplicate", "没有「展会丙」，未新增。")]
    assert str(again(made).wanted_on) == "2026-03-05"
    assert SampleOrder.objects.count() == 2


def test_a_row_that_its_service_refuses_is_an_error_and_the_others_go_in(lin, tmp_path):
    zhao = applicant("zhao", "赵一")
    locked = submitted(lin, zhao, subject="展会甲")
    _, foreseen, came = run(lin, "展会甲,2026-03-05,,,\n展会乙,,,,\n", tmp_path, update=True)
    assert foreseen == came == [("error", "该样品单已提交，只有草稿可以修改。"), ("new", "")]
    assert again(locked).wanted_on is None
    entry = ChangeSet.objects.filter(deed="sample-order.import").get()
    assert not RowChange.objects.filter(change_set=entry, record_id=locked.pk, kind="sample-order").exists()


def test_a_row_inside_is_whole_or_named(lin, tmp_path):
    _, foreseen, came = run(lin, "展会甲,,螺栓,,1\n展会乙,,,三,\n", tmp_path)
    assert foreseen == came
    assert came == [("error", "请填写明细的数量。"), ("error", "数量应为数字。")]
    assert not SampleOrder.objects.exists()


def test_lines_that_stand_side_by_side_in_a_row_all_go_in(lin, tmp_path):
    head = "事由,品名,数量,单价,品名2,数量2,单价2,第三品名,第三数量\n"
    received, foreseen, came = run(lin, "展会甲,螺栓,3,0.5,螺母,2,1,,\n展会乙,螺栓,1,,,,,垫圈,5\n", tmp_path, head)
    assert received.columns["fields"][4:] == [
        "lines2.product",
        "lines2.quantity",
        "lines2.price",
        "lines3.product",
        "lines3.quantity",
    ]
    assert foreseen == came == [("new", ""), ("new", "")]
    first, second = SampleOrder.objects.order_by("pk")
    assert [(line.product, str(line.quantity)) for line in first.lines.order_by("pk")] == [
        ("螺栓", "3.0000"),
        ("螺母", "2.0000"),
    ]
    assert [line.product for line in second.lines.order_by("pk")] == ["螺栓", "垫圈"]
    _, foreseen, came = run(lin, "展会丙,螺栓,3,,螺母,,,,\n", tmp_path, head)
    assert foreseen == came == [("error", "请填写明细2的数量。")]


def test_records_out_of_range_are_not_updated(lin, tmp_path):
    zhou = applicant("zhou", "小周")
    foreign = order(zhou, "展会甲", lines=[])
    _, _, came = run(lin, "展会甲,2026-03-05,,,\n", tmp_path, update=True)
    assert came == [("new", "")]
    assert again(foreign).wanted_on is None
