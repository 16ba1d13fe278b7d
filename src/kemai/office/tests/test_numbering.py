"""「自动编号」: unique and rising whatever happens at once, without a gap (SYS-06, REL-02)."""

from contextlib import suppress
from datetime import date

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kemai.customers.models import Customer
from kemai.customers.services import customer_create, customer_delete
from kemai.customers.tests.factories import customer
from kemai.kit.errors import Conflict, DomainError, Invalid
from kemai.office.models import NumberCounter, NumberingRule
from kemai.office.rules import ambiguous_numbering
from kemai.office.services import next_number, next_numbers, numbering_change
from kemai.people.tests.factories import again, browser, company, program, team

pytestmark = pytest.mark.spec("SYS-06")
RESETS = ["never", "year", "month", "day"]
DATES = ["", "%Y", "%Y%m", "%Y%m%d"]


@pytest.fixture
def admin(db):
    return company()


def rule() -> NumberingRule:
    return NumberingRule.objects.get(kind="customer")


def change(admin, **values) -> NumberingRule:
    return numbering_change(rule(), values=values, by=admin)


def take(count: int = 1, on: date | None = None) -> list[str]:
    with transaction.atomic():
        return next_numbers("customer", count, on=on)


DAY = date(2026, 3, 5)


def test_a_number_is_prefix_date_and_digits(admin):
    assert take(on=DAY) == ["KH202603050001"]
    change(admin, prefix="K-", date_part="%Y%m", digits=3, reset="month")
    assert take(on=date(2026, 4, 1)) == ["K-202604001"]


@pytest.mark.parametrize(
    ("reset", "date_part", "second", "third"),
    [
        ("day", "%Y%m%d", "KH202603060001", "KH202604010001"),
        ("month", "%Y%m", "KH2026030002", "KH2026040001"),
        ("year", "%Y", "KH20260002", "KH20260003"),
        ("never", "", "KH0002", "KH0003"),
    ],
)
def test_counting_starts_anew_each_day_month_year_or_never(admin, reset, date_part, second, third):
    change(admin, reset=reset, date_part=date_part)
    assert [take(on=on)[0] for on in (DAY, date(2026, 3, 6), date(2026, 4, 1))][1:] == [second, third]


def test_more_documents_than_digits_go_on_rising(admin):
    change(admin, digits=1, reset="never", date_part="")
    assert take(12)[-3:] == ["KH10", "KH11", "KH12"]


def test_a_range_is_taken_at_once_and_the_next_goes_on_after_it(admin):
    assert take(500, DAY)[-1] == "KH202603050500"
    assert take(1, DAY) == ["KH202603050501"]
    assert take(0, DAY) == []


def test_a_way_of_counting_that_would_repeat_is_refused(admin):
    with pytest.raises(Invalid, match="会出现重复的编号"):
        change(admin, reset="day", date_part="%Y%m")
    for digits in (0, 10):
        with pytest.raises(Invalid, match="1 到 9"):
            change(admin, digits=digits)
    for reset in RESETS:
        for date_part in DATES:
            finer = DATES.index(date_part) < RESETS.index(reset)
            assert bool(ambiguous_numbering(NumberingRule(reset=reset, date_part=date_part))) is finer


def test_a_save_that_fails_leaves_no_gap(admin):
    first = customer("甲公司")
    with pytest.raises(DomainError):
        customer_create({"name": "甲公司"}, by=admin)
    with pytest.raises(DomainError):
        customer_create({"name": "乙公司", "contacts": [{"id": 999, "name": "x"}]}, by=admin)
    second = customer("丙公司")
    assert int(second.number[-4:]) == int(first.number[-4:]) + 1


def test_the_number_of_a_deleted_record_is_not_given_again(admin):
    first = customer("甲公司")
    customer_delete(first, by=admin)
    assert customer("乙公司").number > first.number


def test_a_number_that_is_in_use_already_is_passed_over(admin):
    present = customer("甲公司")
    taken = take(3)[-1]
    NumberCounter.objects.all().delete()
    Customer.objects.filter(pk=present.pk).update(number=taken)
    fresh = take(4)
    assert taken not in fresh
    assert len(set(fresh)) == 4
    assert fresh == sorted(fresh)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["KH", "K", "2026", ""]), st.sampled_from(DATES), st.integers(1, 9), st.sampled_from(RESETS), st.integers(0, 40)
        ),
        max_size=8,
    )
)  # fmt: skip
def test_however_the_rule_changes_no_number_comes_twice(admin, steps):
    with transaction.atomic():
        given_: list[str] = []
        for prefix, date_part, digits, reset, count in steps:
            try:
                change(admin, prefix=prefix, date_part=date_part, digits=digits, reset=reset)
            except Invalid:
                continue
            given_ += take(count)
        assert len(set(given_)) == len(given_)
        transaction.set_rollback(True)


def test_a_changed_rule_counts_on(admin):
    before = take(7)[-1]
    change(admin, reset="never", date_part="%Y%m%d")
    assert int(take()[0][-4:]) == int(before[-4:]) + 1
    change(admin, reset="day")
    assert int(take()[0][-4:]) == int(before[-4:]) + 2


def test_rules_are_changed_on_page_and_api_by_who_may(admin):
    crew = team()
    pk = rule().pk
    assert (
        program(crew.lin)
        .patch(f"/api/v1/numbering-rules/{pk}", {"prefix": "X"}, content_type="application/json")
        .status_code
        == 403
    )
    assert (
        program(admin)
        .patch(f"/api/v1/numbering-rules/{pk}", {"prefix": "X"}, content_type="application/json")
        .status_code
        == 200
    )
    assert "自动编号" in browser(admin).get("/numbering-rules").content.decode()
    with pytest.raises(Conflict):
        numbering_change(rule(), values={"prefix": "Y"}, version=1, by=admin)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"reset": ""}, {"reset": ["请填写重新计数。"]}),
        ({"reset": None}, {"reset": ["请填写重新计数。"]}),
        ({"digits": None}, {"digits": ["请填写流水号位数。"]}),
    ],
)
def test_a_rule_always_says_when_it_counts_anew_and_how_many_digits(admin, values, sentence):
    kept = NumberingRule.objects.values().get(kind="customer")
    client = program(admin)
    pk = kept["id"]
    answer = client.patch(f"/api/v1/numbering-rules/{pk}", values, content_type="application/json")
    assert (answer.status_code, answer.json()["fields"]) == (422, sentence)
    many = client.post(
        "/api/v1/numbering-rules/actions/bulk-edit", {"ids": [pk], "values": values}, content_type="application/json"
    )
    assert many.status_code == 422
    assert NumberingRule.objects.values().get(kind="customer") == kept


# --- at once -----------------------------------------------------------------------------------------------------------


def rising(numbers: list[str]) -> bool:
    serials = sorted(int(number[-4:]) for number in numbers)
    return serials == list(range(serials[0], serials[0] + len(serials)))


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_each_their_own_number_without_a_gap(together):
    admin = company()
    results = together(12, lambda number: [customer(f"客户{number}之{step}有限公司").number for step in range(3)])
    assert not [result for result in results if isinstance(result, Exception)], results
    numbers = [number for result in results for number in result]
    assert len(set(numbers)) == 36
    assert rising(numbers)
    assert all(result == sorted(result) for result in results)
    assert admin.is_active


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_failures_at_once_leave_no_gap(together):
    admin = company()

    def save(number: int) -> None:
        for step in range(4):
            name = f"客户{number}之{step}有限公司" if step % 2 else "同名的公司"
            with suppress(DomainError):
                customer_create({"name": name}, by=admin, similar_reason="测试")

    results = together(8, save)
    assert not [result for result in results if isinstance(result, Exception)], results
    numbers = list(Customer.objects.values_list("number", flat=True))
    assert len(numbers) == 8 * 2 + 1
    assert rising(numbers)


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_a_rule_that_changes_while_others_number_repeats_nothing(together):
    admin = company()

    def work(number: int) -> list[str]:
        if number == 0:
            for reset in ("never", "day", "month", "day", "never"):
                change(again(admin), reset=reset)
            return []
        return [take()[0] for _ in range(10)]

    results = together(6, work)
    assert not [result for result in results if isinstance(result, Exception)], results
    numbers = [number for result in results for number in result]
    assert len(set(numbers)) == 50


@pytest.mark.django_db(transaction=True)
def test_a_number_is_taken_inside_the_transaction_of_its_record():
    company()
    with transaction.atomic():
        lost = next_number("customer")
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_number("customer") == lost
