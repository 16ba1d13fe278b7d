"""Totals of lists and tabs: sums of counts that are kept, never a count over a million rows (D3)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.customers.models import Customer
from kemai.customers.queries import customer_reach, shared_ids
from kemai.customers.tests.factories import contact, customer, share
from kemai.kit import doors, stamp
from kemai.kit.doors import list_of
from kemai.kit.entity import registry
from kemai.kit.errors import NotFound
from kemai.kit.journal import journal
from kemai.kit.pages_list import tabs_of
from kemai.people.tests.factories import again, browser, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    """小林 has two customers and shares one with her manager and one with 小周; 小陈 of another line shares one with both."""
    crew = team()
    first, second = customer("杭州恒力机械有限公司", crew.lin), customer("宁波海天塑料有限公司", crew.lin)
    other = customer("苏州新区电子有限公司", crew.chen)
    customer("无锡公海贸易有限公司")
    share(first, crew.manager)
    share(second, crew.zhou)
    share(other, crew.manager, crew.zhou)
    return crew


def total(who, **asked) -> int:
    return list_of(registry["customer"], again(who), asked).total


def test_a_shared_customer_of_a_subordinate_counts_once(crew):
    assert total(crew.manager, view="shared") == 3  # two of 小林's, one of 小陈's


def test_who_has_no_line_counts_what_is_shared(crew):
    assert total(crew.zhou, view="shared") == 2


def test_the_total_is_the_number_of_rows(crew):
    for who in (crew.lin, crew.zhou, crew.manager, crew.other_manager, crew.boss):
        for view in ("mine", "shared", "pool"):
            listing = list_of(registry["customer"], again(who), {"view": view})
            assert listing.total == len(listing.ids), (who.name, view)


def test_a_total_is_asked_of_the_database_once(crew):
    listing = list_of(registry["customer"], again(crew.manager), {"view": "shared"})
    assert listing.total == 3
    with CaptureQueriesContext(connection) as statements:
        tabs = tabs_of(listing)
    assert [tab.count for tab in tabs] == [0, 3, 4]
    assert not [one["sql"] for one in statements if "COUNT(" in one["sql"]]


def test_a_contact_is_looked_up_once_for_name_and_phone(crew):
    customer("嘉兴主联贸易有限公司", crew.lin, contacts=[{"name": "张三", "mobile": "13800138000"}])
    listing = list_of(registry["customer"], again(crew.lin), {"view": "mine"})
    with CaptureQueriesContext(connection) as statements:
        strips = listing.sheet.strips
    texts = {column.name: strip.texts for column, strip in zip(listing.shown, strips, strict=True)}
    assert set(zip(texts["main_contact"], texts["main_phone"], strict=True)) == {("张三", "13800138000"), ("", "")}
    assert len([one["sql"] for one in statements if "customers_contact" in one["sql"]]) == 1


def asked_of_shares(statements) -> list[str]:
    return [one["sql"] for one in statements if 'FROM "customers_customershare"' in one["sql"]]


def test_a_page_reads_the_shares_with_the_person_and_those_with_their_departments_in_one_statement(crew):
    page = browser(crew.manager)
    page.get("/customers?view=mine")
    with CaptureQueriesContext(connection) as statements:
        page.get("/customers?view=mine")
    (asked,) = asked_of_shares(statements.captured_queries)
    assert [part.split(".")[1].split()[0] for part in asked.split("WHERE")[1:]] == ['"employee_id"', '"department_id"']


def end_and_fail(shared, crew):
    with journal(by=crew.lin, deed="test") as log:
        log.delete(shared.shares.get(employee=crew.chen))
        assert shared_ids(crew.chen) == set()
        raise ZeroDivisionError


def test_what_a_request_has_read_is_forgotten_when_something_is_written(crew):
    first = Customer.objects.get(name="杭州恒力机械有限公司")
    stamp.begin_request()
    try:
        assert shared_ids(crew.chen) == set()
        share(first, crew.chen)
        assert shared_ids(crew.chen) == {first.pk}
        with pytest.raises(ZeroDivisionError):
            end_and_fail(first, crew)
        assert shared_ids(crew.chen) == {first.pk}
    finally:
        stamp.end_request()


def test_what_a_department_shares_is_not_shared_with_the_owner(crew):
    first = Customer.objects.get(name="杭州恒力机械有限公司")
    share(first, crew.east, crew.south)
    assert first.pk not in shared_ids(again(crew.lin))
    assert first.pk in shared_ids(again(crew.zhou))
    assert first.pk in shared_ids(again(crew.chen))
    assert first.pk not in customer_reach(again(crew.manager)).ids  # it is a subordinate's
    assert total(crew.manager, view="shared") == 3


@pytest.mark.spec("CUS-15")
def test_opening_ones_own_customer_reads_no_shares_and_opening_a_shared_one_does(crew):
    first = Customer.objects.get(name="杭州恒力机械有限公司")
    share(first, crew.chen)
    for who, asked in ((crew.lin, False), (crew.chen, True)):
        with CaptureQueriesContext(connection) as statements:
            assert doors.find(registry["customer"], again(who), first.pk) == first
        assert bool(asked_of_shares(statements.captured_queries)) is asked
    with pytest.raises(NotFound):
        doors.find(registry["customer"], again(crew.zhou), first.pk)


@pytest.mark.spec("ORG-08")
def test_what_hangs_on_a_customer_is_the_same_asked_of_it_alone_as_asked_of_the_whole_range(crew):
    shared_one, unclaimed = (
        Customer.objects.get(name="杭州恒力机械有限公司"),
        Customer.objects.get(name="无锡公海贸易有限公司"),
    )
    share(shared_one, crew.chen)
    for number, one in enumerate(Customer.objects.all()):
        contact(f"联系人{number}", one, by=crew.admin)
    for who in (crew.lin, crew.zhou, crew.chen, crew.manager, crew.boss, crew.admin, crew.marketing):
        by = again(who)
        for kind in ("contact", "customer-share", "interaction"):
            entity = registry[kind]
            for one in Customer.objects.filter(pk__in=seen_by(by)) | Customer.objects.filter(pk=unclaimed.pk):
                asked = set(entity.related(by, "customer", one).values_list("pk", flat=True))
                assert asked == set(entity.visible(by).filter(customer=one).values_list("pk", flat=True)), (
                    who,
                    kind,
                    one,
                )


def seen_by(by):
    return registry["customer"].visible(by).values_list("pk", flat=True)
