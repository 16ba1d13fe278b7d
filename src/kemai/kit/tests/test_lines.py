"""Rows inside a record: saved by difference, read with their words."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.kit import doors
from kemai.kit.entity import registry
from kemai.kit.errors import Invalid
from kemai.kit.models import ChangeSet, RowChange
from kemai.kit.tests.sample.factories import BOLT, NUT, applicant, order
from kemai.kit.tests.sample.models import SampleLine, SampleOrder
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import again, browser, company, program

pytestmark = pytest.mark.django_db
ORDERS = registry["sample-order"]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def change(record, by, **sent):
    return again(doors.change(ORDERS, by, record.pk, sent, "api"))


def as_sent(record):
    return [
        {"id": line.pk, "product": line.product, "quantity": str(line.quantity), "price": str(line.price)}
        for line in record.lines.all()
    ]


def test_amounts_are_worked_out_half_up_and_added_after_rounding(lin):
    made = order(lin, lines=[{"product": "垫片", "quantity": "3", "price": "0.115"}] * 2)
    assert [line.amount for line in made.lines.all()] == [Decimal("0.35"), Decimal("0.35")]  # 0.345 each
    assert made.total == Decimal("0.70")


def test_lines_that_stay_keep_their_ids_and_are_not_written_again(lin):
    made = order(lin)
    rows = as_sent(made)
    rows[0]["quantity"] = "200"
    change(made, lin, lines=rows)
    assert [line.pk for line in made.lines.all()] == [row["id"] for row in rows]
    written = RowChange.objects.filter(change_set=ChangeSet.objects.latest("pk"), kind="sampleline")
    assert [(row.op, row.record_id, row.after) for row in written] == [
        ("u", rows[0]["id"], {"quantity": "200.0000", "amount": "70.00"})
    ]


def test_a_line_left_out_is_deleted_and_a_new_one_added_in_the_order_of_the_form(lin):
    made = order(lin)
    bolt, nut = as_sent(made)
    saved = change(made, lin, lines=[{"product": "弹簧", "quantity": "1", "price": "2"}, nut])
    assert [line.product for line in saved.lines.all()] == ["弹簧", "螺母 M8"]
    assert not SampleLine.objects.filter(pk=bolt["id"]).exists()
    assert saved.total == Decimal("2.35")


def test_lines_that_are_not_sent_stay(lin):
    made = order(lin)
    change(made, lin, subject="新事由")
    assert made.lines.count() == 2


def test_a_program_may_send_only_what_changes_in_a_line(lin):
    made = order(lin)
    bolt, nut = as_sent(made)
    saved = change(made, lin, lines=[{"id": bolt["id"], "price": "1"}, {"id": nut["id"]}])
    assert [(line.product, line.amount) for line in saved.lines.all()] == [
        ("不锈钢螺栓 M8", Decimal("100.00")),
        ("螺母 M8", Decimal("0.35")),
    ]


@pytest.mark.spec("FRM-02")
def test_a_changed_line_raises_the_version_of_its_record(lin):
    made = order(lin)
    rows = as_sent(made)
    rows[0]["quantity"] = "200"
    assert change(made, lin, lines=rows).version == made.version + 1
    rows[0]["quantity"] = "300"
    answer = browser(lin).patch(
        f"/api/v1/sample-orders/{made.pk}", {"version": made.version, "lines": rows}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "version_conflict")


def test_a_record_with_its_rows_is_saved_as_one_version(lin):
    made = order(lin)
    assert made.version == 1
    rows = as_sent(made)
    rows[0]["quantity"] = "200"
    assert change(made, lin, subject="新", lines=rows).version == 2


def test_lines_saved_as_they_were_change_nothing(lin):
    made = order(lin)
    assert change(made, lin, lines=as_sent(made)).version == made.version


def test_a_line_of_another_record_is_refused(lin):
    made, other = order(lin), order(lin, "别的")
    with pytest.raises(Invalid) as refused:
        change(made, lin, lines=as_sent(other))
    assert refused.value.fields == {"lines.0.id": ["这一行不在记录中，可能刚被别人删除，请刷新后重试。"]}
    assert made.lines.count() == other.lines.count() == 2


def test_the_same_line_twice_is_refused(lin):
    made = order(lin)
    bolt, _ = as_sent(made)
    with pytest.raises(Invalid):
        change(made, lin, lines=[bolt, bolt])


def test_a_mistake_in_a_line_is_named_with_its_row_and_nothing_is_saved(lin):
    made = order(lin)
    rows = as_sent(made)
    rows[1] |= {"quantity": "三", "product": ""}
    with pytest.raises(Invalid) as refused:
        change(made, lin, subject="新", lines=rows)
    assert refused.value.fields == {
        "lines.1.product": ["请填写品名。"],
        "lines.1.quantity": ["数量应为数字。"],
    }
    assert again(made).subject == "展会样品"


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_a_quantity_of_nothing_is_refused_with_a_sentence(lin, quantity):
    answer = program(lin).post(
        "/api/v1/sample-orders",
        {"subject": "展会样品", "lines": [BOLT, {**NUT, "quantity": quantity}]},
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["fields"]) == (422, {"lines.1.quantity": ["数量应大于 0。"]})
    assert not SampleOrder.objects.exists()


def test_the_api_gives_lines_with_references_in_words_and_what_is_worked_out(lin):
    unit = DictionaryEntry.objects.get(dictionary__code="unit", name="箱")
    made = order(lin, lines=[{"product": "纸", "quantity": "2.5", "price": "0.3333", "unit": "箱"}])
    read = browser(lin).get(f"/api/v1/sample-orders/{made.pk}").json()
    assert read["lines"] == [
        {
            "id": made.lines.get().pk, "product": "纸", "unit": unit.pk, "unit_display": "箱", "quantity": "2.5000",
            "price": "0.3333", "amount": "0.83",
        }
    ]  # fmt: skip


def test_what_the_api_gave_can_be_sent_back(lin):
    made = order(lin)
    client = browser(lin)
    read = client.get(f"/api/v1/sample-orders/{made.pk}").json()
    lines = [{**line, "quantity": "1"} for line in read["lines"]]
    answer = client.patch(f"/api/v1/sample-orders/{made.pk}", {"lines": lines}, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["total"] == "0.47"


def test_an_unknown_field_of_a_line_is_named(lin):
    made = order(lin)
    rows = [{**as_sent(made)[0], "color": "red"}]
    answer = browser(lin).patch(f"/api/v1/sample-orders/{made.pk}", {"lines": rows}, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["fields"] == {"lines.0.color": ["没有「color」这个字段。"]}


def test_the_page_of_the_record_shows_its_lines(lin):
    made = order(lin)
    page = browser(lin).get(f"/sample-orders/{made.pk}/tabs/lines").content.decode()
    assert "不锈钢螺栓 M8" in page
    assert "35.00" in page
    assert "金额" in page


def test_lines_cost_the_same_statements_however_many_they_are(lin, django_assert_num_queries):
    client = browser(lin)
    few, many = order(lin), order(lin, lines=[{"product": f"件 {n}", "quantity": "1", "unit": "个"} for n in range(30)])
    client.get(f"/api/v1/sample-orders/{few.pk}")
    with CaptureQueriesContext(connection) as one:
        client.get(f"/api/v1/sample-orders/{few.pk}")
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(f"/api/v1/sample-orders/{many.pk}")
