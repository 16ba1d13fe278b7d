"""An upgrade makes the search index anew of those kinds alone whose documents would come out differently (SYS-12)."""

import pytest

from kemai.kit import text
from kemai.kit.entity import registry
from kemai.kit.search_docs import index_anew, index_of
from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import company

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-12")]
SEARCHED = [entity.name for entity in registry.values() if entity.search]


@pytest.fixture
def orders():
    company()
    lin = applicant("lin", "小林")
    made = [order(lin, subject) for subject in ("华东展会样品", "华北展会样品", "西南巡展样品")]
    index_anew()
    return made


def names(made):
    return [entity.name for entity in made]


def found(word):
    index = index_of("sample-order")
    return sorted(index.ids(index.match(word, ["subject"]), 100))


def test_what_is_as_it_was_is_left_alone(orders):
    before = index_of("sample-order").dump()
    assert index_anew(changed_only=True) == []
    assert index_of("sample-order").dump() == before
    assert names(index_anew()) == SEARCHED
    assert index_of("sample-order").dump() == before


def test_a_kind_that_was_never_made_is_made(orders):
    from kemai.kit.models import IndexedKind

    IndexedKind.objects.filter(kind="sample-order").delete()
    assert names(index_anew(changed_only=True)) == ["sample-order"]


def test_other_rules_for_texts_make_every_kind_anew(orders, monkeypatch):
    monkeypatch.setattr(text, "phone_numbers", lambda phone: [phone[::-1]])
    assert names(index_anew(changed_only=True)) == SEARCHED
    assert index_anew(changed_only=True) == []


def test_names_that_a_migration_has_written_are_found(orders):
    east, north, _ = orders
    SampleOrder.objects.filter(pk__in=[east.pk, north.pk]).update(subject="改过的主题")
    assert found("改过") == []
    assert names(index_anew(changed_only=True)) == ["sample-order"]
    assert found("改过") == [east.pk, north.pk]
    assert found("华东") == []


def test_a_document_too_many_or_too_few_makes_the_kind_anew(orders):
    *_, west = orders
    index_of("sample-order").delete([west.pk])
    assert names(index_anew(changed_only=True)) == ["sample-order"]
    assert found("巡展") == [west.pk]
