"""Counts by owner: exact whatever happens at once."""

import pytest

from kemai.kit import tally
from kemai.kit.models import Tally
from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.kit.tests.sample.services import order_delete
from kemai.people.tests.factories import again, company


@pytest.mark.django_db
def test_changes_are_added_up():
    tally.add({("a", 1): 2, ("a", 0): 1, ("b", 1): 5})
    tally.add({("a", 1): -1, ("a", 0): 0})
    assert tally.table("a") == {1: 1, 0: 1}
    assert tally.table("b") == {1: 5}
    assert tally.table("c") == {}


@pytest.mark.django_db
def test_a_recount_sets_them_anew():
    tally.add({("a", 1): 7, ("a", 2): 7, ("b", 1): 1})
    tally.recount("a", [1, 1, None, 3])
    assert tally.table("a") == {0: 1, 1: 2, 3: 1}
    assert tally.table("b") == {1: 1}


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_eight_who_count_the_first_record_of_one_owner_at_once_count_eight(together):
    results = together(8, lambda number: tally.add({("a", 1): 1, ("b", number % 2): 1}))
    assert results == [None] * 8
    assert tally.table("a") == {1: 8}
    assert tally.table("b") == {0: 4, 1: 4}
    assert Tally.objects.count() == 3


@pytest.mark.race
@pytest.mark.spec("REL-02")
@pytest.mark.django_db(transaction=True)
def test_after_makers_and_deleters_at_once_the_counts_are_those_of_the_table(together):
    company()
    people = [applicant(f"p{number}") for number in range(2)]
    there = [order(people[number % 2], lines=[]) for number in range(6)]

    def work(number):
        by = again(people[number % 2])
        for _ in range(3):
            order(by, lines=[])
        order_delete(there[number], by=by)

    results = together(6, work)
    assert [result for result in results if isinstance(result, Exception)] == []
    counted = {pk: SampleOrder.objects.filter(owner=pk).count() for pk in (people[0].pk, people[1].pk)}
    assert tally.table("sample-order") == counted == {people[0].pk: 9, people[1].pk: 9}
    assert SampleOrder.objects.values("number").distinct().count() == 18
