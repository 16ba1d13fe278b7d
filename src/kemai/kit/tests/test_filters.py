"""「数据过滤」: what it means, and what is refused."""

import json
from datetime import UTC, datetime

import pytest

from kemai.kit import doors
from kemai.kit.entity import registry
from kemai.kit.errors import Malformed
from kemai.kit.filters import ROWS_LIMIT, conditions_for, parse_filter
from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("LST-04")]
ORDERS = registry["sample-order"]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def subjects(by, *rows, op="and", view="") -> list[str]:
    asked = {"op": op, "rows": [dict(zip(("field", "cond", "value"), row, strict=True)) for row in rows]}
    listing = doors.list_of(ORDERS, by, {"filter": json.dumps(asked), "sort": "subject", "view": view})
    assert listing.total == len(listing.ids)
    return [SampleOrder.objects.get(pk=pk).subject for pk in listing.ids]


def refused(by, *row) -> str:
    with pytest.raises(Malformed) as error:
        subjects(by, row)
    assert (error.value.code, error.value.status) == ("bad_filter", 400)
    return error.value.message


@pytest.fixture
def orders(lin):
    order(
        lin, "a 华东", wanted_on="2026-03-01", is_urgent="是", lines=[{"product": "x", "quantity": "1", "price": "100"}]
    )
    order(lin, "b 华南", wanted_on="2026-03-05", lines=[{"product": "x", "quantity": "1", "price": "200"}])
    order(lin, "c 100%_不折", lines=[])
    return lin


def test_text_contains_equals_and_differs(orders):
    assert subjects(orders, ("subject", "contains", "华")) == ["a 华东", "b 华南"]
    assert subjects(orders, ("subject", "eq", "a 华东")) == ["a 华东"]
    assert subjects(orders, ("subject", "ne", "a 华东")) == ["b 华南", "c 100%_不折"]


def test_signs_of_patterns_are_only_signs(orders):
    assert subjects(orders, ("subject", "contains", "%")) == ["c 100%_不折"]
    assert subjects(orders, ("subject", "contains", "_")) == ["c 100%_不折"]


def test_numbers_compare_as_numbers_and_are_read_as_people_write_them(orders):
    assert subjects(orders, ("total", "gt", "99.99")) == ["a 华东", "b 华南"]
    assert subjects(orders, ("total", "gte", "２００")) == ["b 华南"]
    assert subjects(orders, ("total", "lt", "1,00.00")) == ["c 100%_不折"]


def test_days_compare_as_days_and_an_empty_one_is_neither_more_nor_less(orders):
    assert subjects(orders, ("wanted_on", "lte", "2026年3月5日")) == ["a 华东", "b 华南"]
    assert subjects(orders, ("wanted_on", "gt", "2026/3/1")) == ["b 华南"]
    assert subjects(orders, ("wanted_on", "ne", "2026-03-05")) == ["a 华东", "c 100%_不折"]
    assert subjects(orders, ("wanted_on", "eq", "")) == ["c 100%_不折"]
    assert subjects(orders, ("wanted_on", "ne", "")) == ["a 华东", "b 华南"]


def test_a_day_means_all_its_instants_in_the_companys_zone(orders):
    evening = datetime(2026, 3, 5, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    night = datetime(2026, 3, 5, 16, 0, tzinfo=UTC)  # the next day there
    SampleOrder.objects.filter(subject__startswith="a").update(created_at=evening)
    SampleOrder.objects.filter(subject__startswith="b").update(created_at=night)
    SampleOrder.objects.filter(subject__startswith="c").update(created_at=datetime(2026, 3, 4, 16, tzinfo=UTC))
    assert subjects(orders, ("created_at", "eq", "2026-03-05")) == ["a 华东", "c 100%_不折"]
    assert subjects(orders, ("created_at", "gt", "2026-03-05")) == ["b 华南"]
    assert subjects(orders, ("created_at", "lte", "2026-03-05")) == ["a 华东", "c 100%_不折"]
    assert subjects(orders, ("created_at", "lt", "2026-03-05")) == []


def test_choices_references_and_yes_or_no(orders):
    assert subjects(orders, ("state", "eq", "草稿")) == subjects(orders, ("state", "eq", "draft"))
    assert subjects(orders, ("state", "ne", "draft")) == []
    assert subjects(orders, ("is_urgent", "eq", "是")) == ["a 华东"]
    assert subjects(orders, ("owner", "eq", "lin")) == subjects(orders, ("owner", "contains", "林"))
    assert subjects(orders, ("owner", "ne", orders.pk)) == []


def test_and_needs_all_or_needs_one(orders):
    rows = [("subject", "contains", "华"), ("total", "eq", "200")]
    assert subjects(orders, *rows) == ["b 华南"]
    assert subjects(orders, rows[1], ("subject", "contains", "不折"), op="or") == ["b 华南", "c 100%_不折"]


def test_a_filter_never_widens_the_range(orders):
    zhou = applicant("zhou", "小周")
    assert subjects(zhou, ("subject", "contains", "华"), ("total", "gte", "0"), op="or") == []


def test_what_cannot_be_asked_is_refused(lin):
    assert refused(lin, "line_count", "eq", "1") == "过滤条件里有不能使用的字段。"
    assert refused(lin, "version", "eq", "1") == "过滤条件里有不能使用的字段。"
    assert refused(lin, "owner__password", "contains", "a") == "过滤条件里有不能使用的字段。"
    assert refused(lin, "total", "contains", "1") == "金额合计不能用这个条件。"
    assert refused(lin, "subject", "gt", "a") == "事由不能用这个条件。"
    assert refused(lin, "total", "gt", "很多") == "金额合计应为数字。"
    assert refused(lin, "wanted_on", "eq", "明天") == "需要日期应为日期，例如 2026-03-05。"
    assert refused(lin, "created_at", "eq", "明天") == "创建时间应为日期，例如 2026-03-05。"
    assert refused(lin, "owner", "eq", "没有这个人") == "申请人中没有「没有这个人」。"
    assert refused(lin, "state", "eq", "批了").startswith("状态只能是：")


@pytest.mark.parametrize(
    "raw", ["{", "[]", "1", '"x"', '{"rows": 1}', '{"rows": [1]}', '{"rows": [{"cond": "eq"}]}', '{"op": "xor", "rows": []}',
            json.dumps({"rows": [{"field": "a", "cond": "eq"}] * (ROWS_LIMIT + 1)})],
)  # fmt: skip
def test_a_filter_of_another_shape_is_malformed(raw):
    with pytest.raises(Malformed):
        parse_filter(raw)


@pytest.mark.parametrize("raw", [None, "", {}, '{"rows": []}', '{"op": "or", "rows": []}'])
def test_no_rows_are_no_filter(raw):
    assert parse_filter(raw) is None


def test_each_kind_of_value_offers_conditions_that_have_a_meaning():
    assert conditions_for("text") == ("contains", "eq", "ne")
    assert conditions_for("bool") == ("eq", "ne")
    assert conditions_for("money") == ("gt", "lt", "lte", "gte", "eq", "ne")
