"""Rows inside a form while they are typed: amounts and totals from the service's own rule, blocks pasted from Excel (FRM-04)."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.kit import doors, grids
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Forbidden, NotFound
from kemai.kit.models import ChangeSet
from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.office.queries import entry_options
from kemai.people.tests.factories import again, browser, company, employee, program

pytestmark = [pytest.mark.django_db, pytest.mark.spec("FRM-04")]
ORDERS = registry["sample-order"]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


@pytest.mark.parametrize(
    ("quantity", "price"), [("3", "0.115"), ("1", "2.345"), ("0.3333", "3"), ("7", "0.0714"), ("12", "1,280.00")]
)
def test_what_is_shown_while_typing_is_what_is_stored_to_the_cent(lin, quantity, price):
    row = {"product": "垫片", "quantity": quantity, "price": price}
    seen = grids.preview(ORDERS, lin, {"subject": "样品", "lines": [row, row]}, "page")["lines"]
    made = order(lin, lines=[row, row])
    assert [cells["amount"].raw for cells in seen.rows] == [line.amount for line in made.lines.all()]
    assert seen.totals == [("金额合计", made.total)]


def test_the_page_is_told_the_amounts_by_the_numbers_of_its_rows(lin):
    sent = {"lines": "1", "subject": ""}
    for number, (quantity, price) in {"4": ("2", "10"), "2": ("1", "0.005"), "9": ("", "")}.items():
        sent |= {f"lines-{number}-{name}": value for name, value in
                 {"id": "", "product": "", "unit": "", "quantity": quantity, "price": price}.items()}  # fmt: skip
    answer = browser(lin).post("/sample-orders/preview", sent)
    assert answer.json() == {
        "lines": {"rows": {"4": {"amount": "20.00"}, "2": {"amount": "0.01"}}, "totals": [["金额合计", "20.01"]], "errors": {}}
    }  # fmt: skip


def test_a_cell_that_cannot_be_read_is_named_and_its_row_does_not_count(lin):
    sent = {"lines": "1", "lines-0-product": "垫片", "lines-0-quantity": "三个", "lines-0-price": "1",
            "lines-1-product": "螺母", "lines-1-quantity": "3", "lines-1-price": "2"}  # fmt: skip
    assert browser(lin).post("/sample-orders/preview", sent).json()["lines"] == {
        "rows": {"0": {}, "1": {"amount": "6.00"}}, "totals": [["金额合计", "6.00"]],
        "errors": {"lines-0-quantity": "数量应为数字。"},
    }  # fmt: skip


def test_an_amount_beyond_the_column_is_said_at_its_row(lin):
    row = {"product": "金", "quantity": "99999999", "price": "99999999999"}
    seen = grids.preview(ORDERS, lin, {"lines": [row]}, "page")["lines"]
    assert (seen.rows, seen.totals) == ([{}], [("金额合计", Decimal("0.00"))])
    assert seen.errors == {"lines.0.amount": ["金额或数量太大，请核对。"]}


def test_a_preview_writes_nothing(lin):
    before = ChangeSet.objects.count()
    browser(lin).post("/sample-orders/preview", {"lines": "1", "lines-0-quantity": "3"})
    assert (SampleOrder.objects.count(), ChangeSet.objects.count()) == (0, before)


def test_the_api_works_out_a_change_of_present_lines(lin):
    made = order(lin)
    bolt = made.lines.first()
    answer = program(lin).post(
        f"/api/v1/sample-orders/preview?id={made.pk}", {"lines": [{"id": bolt.pk, "price": "1"}]}, content_type="application/json"
    )  # fmt: skip
    assert answer.json() == {
        "lines": {"rows": [{"amount": "100.00"}], "totals": [{"label": "金额合计", "value": "100.00"}], "errors": {}}
    }
    assert again(made).total == Decimal("35.35")


def test_only_who_may_fill_the_form_asks_and_only_about_records_in_range(lin):
    theirs = order(applicant("zhou", "小周"))
    with pytest.raises(NotFound):
        grids.preview(ORDERS, lin, {"lines": []}, "page", theirs.pk)
    reader = employee("reader", "读者", rights=["sample-order.view"])
    with pytest.raises(Forbidden):
        grids.preview(ORDERS, reader, {"lines": []}, "page")
    with pytest.raises(Forbidden):
        grids.read_block(ORDERS, reader, "lines", "product", "螺栓", "page")


def test_a_block_from_excel_becomes_what_the_inputs_hold(lin):
    box = {name: pk for pk, name in entry_options("unit")}["箱"]
    block = grids.read_block(
        ORDERS, lin, "lines", "product", '螺栓\t箱\t1,280\t￥0.350\r\n"双行\n名称"\t\t2\t\r\n', "page"
    )
    assert block.fields == ["product", "unit", "quantity", "price"]
    assert [[cell["value"] for cell in row] for row in block.rows] == [
        ["螺栓", str(box), "1280", "0.35"], ["双行 名称", "", "2", ""],
    ]  # fmt: skip
    assert not any(cell["error"] for row in block.rows for cell in row)


def test_what_is_not_known_stays_as_it_was_pasted_with_the_sentence(lin):
    block = grids.read_block(ORDERS, lin, "lines", "unit", "麻袋\t三", "page")
    unit, quantity = block.rows[0]
    assert unit == {
        "value": "",
        "text": "麻袋",
        "error": "计量单位「麻袋」不存在，或不在您的数据范围内，请从列表中选择。",
    }
    assert quantity == {"value": "三", "text": "三", "error": "「三」：数量应为数字。"}


def test_a_block_with_the_grid_s_own_headings_goes_by_them(lin):
    block = grids.read_block(ORDERS, lin, "lines", "price", "数量\t金额\t品名\n3\t9.99\t垫片", "page")
    assert block.fields == ["quantity", None, "product"]
    assert [cell and cell["value"] for cell in block.rows[0]] == ["3", None, "垫片"]


def test_columns_beyond_the_last_are_counted_and_left_out(lin):
    block = grids.read_block(ORDERS, lin, "lines", "quantity", "3\t1\t备注\t更多", "page")
    assert (block.fields, len(block.rows[0]), block.left_out) == (["quantity", "price"], 2, 2)


def test_a_block_costs_the_same_statements_whatever_its_size(lin):
    def statements(rows: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            grids.read_block(ORDERS, lin, "lines", "product", "\n".join(["螺栓\t箱\t1\t2"] * rows), "page")
        return len(seen)

    statements(1)
    assert statements(300) == statements(1)


def test_nothing_and_too_much_are_refused(lin):
    for text in ("", "\n", None, "1\n" * 1001):
        with pytest.raises(DomainError):
            grids.read_block(ORDERS, lin, "lines", "product", text, "page")


def test_a_row_that_holds_only_what_stood_there_from_the_start_is_no_row(lin):
    page = browser(lin)
    sent = {"subject": "样品", "lines": "1", "lines-1-product": "垫片", "lines-1-quantity": "1", "lines-1-price": "2",
            "lines-0-product": "", "lines-0-quantity": "", "lines-0-price": "0"}  # fmt: skip
    assert page.post("/sample-orders", sent).status_code == 303
    assert [line.product for line in SampleOrder.objects.get().lines.all()] == ["垫片"]


def test_rows_keep_the_order_of_the_page_and_not_that_of_their_numbers(lin):
    sent = {"subject": "样品", "lines": "1"}
    for number in (3, 0, 7):
        sent |= {f"lines-{number}-product": f"第 {number} 种", f"lines-{number}-quantity": "1"}
    browser(lin).post("/sample-orders", sent)
    assert [line.product for line in SampleOrder.objects.get().lines.all()] == ["第 3 种", "第 0 种", "第 7 种"]


def test_the_form_of_a_record_shows_its_amounts_and_its_total(lin):
    made = order(lin)
    page = browser(lin).get(f"/sample-orders/{made.pk}/edit").content.decode()
    assert 'data-calc="amount">35.00</td>' in page
    assert '<dd class="km-grand">35.35</dd>' in page
    sent = {
        "subject": "",
        "version": made.version,
        "lines": "1",
        "lines-0-product": "x",
        "lines-0-quantity": "2",
        "lines-0-price": "1.5",
    }
    again_shown = browser(lin).post(f"/sample-orders/{made.pk}", sent).content.decode()
    assert 'data-calc="amount">3.00</td>' in again_shown


def test_the_described_answer_is_the_given_one(lin):
    from kemai.kit.openapi import describe

    paths = describe()["paths"]
    assert "post" in paths["/api/v1/sample-orders/preview"]
    assert "post" in paths["/api/v1/sample-orders/paste"]
    answer = program(lin).post(
        "/api/v1/sample-orders/paste",
        {"lines": "lines", "first": "product", "text": "垫片\t箱"},
        content_type="application/json",
    )
    assert answer.json()["rows"][0][0] == {"value": "垫片", "text": "垫片", "error": ""}
    assert doors.line_specs(ORDERS, grids.lines_of(ORDERS, "lines"))[0].name == "product"
