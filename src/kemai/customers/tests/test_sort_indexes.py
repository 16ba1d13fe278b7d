"""Every column that sorts has an index which the list walks, on both databases (D1, D3)."""

import pytest
from django.db import connection

from kemai.customers import queries
from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.kit import listing
from kemai.kit.columns import bound_columns
from kemai.kit.doors import list_of
from kemai.kit.entity import registry
from kemai.people.tests.factories import again, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("PRF-03")]
SORTED = [column.name for column in bound_columns(registry["customer"]) if column.sort_path]


def plan(ids) -> str:
    sql, params = ids.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # the tables are small: without these it would rather read and sort
            for way in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"{'EXPLAIN' if connection.vendor == 'postgresql' else 'EXPLAIN QUERY PLAN'} {sql}", params)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def sorts(steps: str) -> bool:
    return "TEMP B-TREE" in steps or ("Sort Key" in steps and "Presorted Key" not in steps)  # presorted: a unique key


@pytest.mark.parametrize("direction", ["", "-"])
@pytest.mark.parametrize("column", SORTED)
def test_a_large_range_is_walked_in_the_order_of_the_column(column, direction, monkeypatch):
    crew = team()
    customer("杭州恒力机械有限公司", crew.lin)
    monkeypatch.setattr(listing, "SMALL_RANGE", -1)
    asked = list_of(registry["customer"], again(crew.manager), {"view": "shared", "sort": f"{direction}{column}"})
    steps = plan(asked.ordered.values_list("pk")[:50])
    assert not sorts(steps), steps


def test_ones_own_customers_come_from_the_owners_index_in_the_usual_order():
    crew = team()
    customer("杭州恒力机械有限公司", crew.lin)
    for number in range(60):  # enough of others for the owner to be worth looking up
        customer(f"宁波海曙第{number}贸易行", crew.chen)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    asked = list_of(registry["customer"], again(crew.lin), {"view": "mine"})
    steps = plan(asked.ordered.values_list("pk")[:50])
    assert not sorts(steps), steps
    assert "customer_owner" in steps


def test_a_small_range_is_found_first_and_sorted_after():
    crew = team()
    customer("杭州恒力机械有限公司", crew.lin)
    asked = list_of(registry["customer"], again(crew.lin), {"view": "mine", "sort": "name"})
    assert sorts(plan(asked.ordered.values_list("pk")[:50]))


def test_customers_below_another_and_those_that_sound_alike_are_found_by_an_index():
    parent = customer("杭州恒力机械有限公司")
    for number in range(60):  # enough of others for them to be worth looking up
        customer(f"宁波海曙第{number}贸易行")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    below = Customer.objects.filter(parent=parent).values_list("pk")
    assert "customer_parent" in plan(below)
    key = queries.name_likeness("恒力机械")
    alike = Customer.objects.filter(core_name=key["core_name"], core_pinyin=key["core_pinyin"]).values_list("pk")
    assert "customer_core_pinyin" in plan(alike)


def test_foreign_keys_by_which_nothing_is_looked_up_have_no_index():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "customers_ownershipchange").values()
    indexed = sorted(tuple(one["columns"]) for one in found if one["index"])
    assert indexed == [("customer_id", "id")]
