"""Prepared queries answer as the ORM does, whatever is asked, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, models
from django.utils import timezone

from kemai.kit.models import ChangeSet, RecycleBin
from kemai.kit.prepared import CountAll, Ids, OneOf, Prepared, PreparedRecords, Slot, Together, ids_of
from kemai.kit.tests.sample.factories import applicant, order
from kemai.kit.tests.sample.models import SampleOrder
from kemai.people.tests.factories import company

pytestmark = pytest.mark.django_db
FIELDS = ("pk", "kind", "at", "record_id", "by_id", "by__login")


@pytest.fixture
def deeds():
    now = timezone.now()
    return [
        ChangeSet.objects.create(at=now + timedelta(minutes=n), deed="test", kind="a" if n % 2 else "b", record_id=n)
        for n in range(5)
    ]


def test_rows_are_those_of_the_query(deeds):
    asked = Prepared(
        lambda: ChangeSet.objects.filter(kind=Slot("kind", models.CharField())).order_by("pk").values_list(*FIELDS)
    )
    for kind in ("a", "b", "%s", "none"):
        expected = ChangeSet.objects.filter(kind=kind).order_by("pk").values_list(*FIELDS)
        assert [tuple(row) for row in asked.rows(kind=kind)] == list(expected)


def test_moments_are_moments_and_json_is_json(deeds, django_user_model):
    asked = Prepared(
        lambda: (
            ChangeSet.objects.filter(at__gt=Slot("since", models.DateTimeField()))
            .order_by("at")
            .values_list("at", "pk")
        )
    )
    assert asked.first(since=deeds[2].at)[0] == deeds[3].at
    assert asked.first(since=deeds[4].at) is None
    who = django_user_model.objects.create(
        login="a", name="甲", number="1", name_key="a", path="/", created_at=deeds[0].at, updated_at=deeds[0].at
    )
    RecycleBin.objects.create(kind="a", record_id=1, title="甲", tree={"rows": [1]}, by=who, at=deeds[0].at)
    kept = Prepared(lambda: RecycleBin.objects.filter(OneOf("record_id", Ids("ids"))).values_list("tree", "by__login"))
    assert [tuple(row) for row in kept.rows(ids=[1])] == [({"rows": [1]}, "a")]


def test_any_number_of_ids_is_one_parameter(deeds):
    asked = Prepared(
        lambda: ChangeSet.objects.filter(OneOf("pk", Ids("ids"))).order_by("pk").values_list("pk", flat=True)
    )
    wanted = [deeds[0].pk, deeds[3].pk]
    assert [pk for (pk,) in asked.rows(ids=wanted)] == wanted
    assert asked.rows(ids=[]) == []
    assert [pk for (pk,) in asked.rows(ids=frozenset(range(40_000, 90_000)) | set(wanted))] == wanted


def test_ids_may_be_given_at_once(deeds):
    wanted = [deeds[1].pk, deeds[2].pk]
    assert list(ChangeSet.objects.filter(OneOf("pk", wanted)).order_by("pk").values_list("pk", flat=True)) == wanted
    assert not ChangeSet.objects.filter(OneOf("pk", [])).exists()
    assert ChangeSet.objects.exclude(OneOf("pk", wanted)).count() == 3


def test_records_are_whole_records_with_those_that_they_refer_to(deeds, django_user_model, django_assert_num_queries):
    who = django_user_model.objects.create(
        login="a", name="甲", number="1", name_key="a", path="/", created_at=deeds[0].at, updated_at=deeds[0].at
    )
    ChangeSet.objects.filter(pk=deeds[1].pk).update(by=who)
    asked = PreparedRecords(
        lambda: (
            ChangeSet.objects.filter(kind=Slot("kind", models.CharField()))
            .select_related("by", "undoes")
            .order_by("pk")
        )
    )
    first = asked.record(kind="a")
    with django_assert_num_queries(1):
        found = asked.records(kind="a")
        assert [(one.pk, one.at, one.by, one.undoes) for one in found] == [
            (deeds[1].pk, deeds[1].at, who, None),
            (deeds[3].pk, deeds[3].at, None, None),
        ]
    assert (found[0].by.name, first, found[0]._state.adding) == ("甲", found[0], False)
    assert asked.records(kind="none") == []
    assert asked.record(kind="none") is None


def test_ids_come_in_the_order_of_the_query(deeds):
    assert ids_of(ChangeSet.objects.filter(kind="a").order_by("-at")[:5]) == [deeds[3].pk, deeds[1].pk]
    assert ids_of(ChangeSet.objects.filter(pk__in=[])) == []


def test_numbers_are_asked_together(deeds, django_assert_num_queries):
    of_kind = Prepared(lambda: ChangeSet.objects.filter(kind=Slot("kind", models.CharField())).values_list(CountAll()))
    later = Prepared(
        lambda: (
            ChangeSet.objects.filter(at__gt=Slot("since", models.DateTimeField()))
            .order_by("pk")
            .values_list("record_id")[:1]
        )
    )
    together = Together(of_kind, of_kind, later)
    with django_assert_num_queries(1):
        assert together.row(kind="a", since=deeds[2].at) == (2, 2, 3)
    assert together.row(kind="none", since=deeds[4].at) == (0, 0, None)


def test_postgresql_plans_what_is_asked_again_and_again_once(deeds):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps its statements by itself")
    asked = Prepared(lambda: ChangeSet.objects.filter(kind=Slot("kind", models.CharField())).values_list(CountAll()))
    for kind in "abababab":
        assert asked.first(kind=kind)[0] == (2 if kind == "a" else 3)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%COUNT(*)%kit_changeset%"]
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    "subject",
    [
        '双引号 " 反斜线 \\ 斜线 /',
        "换行\n制表\t退格\b",
        "表情 🚀 生僻 𠮷 全角　",
        "null",
        "[1]",
        '{"a": 1}',
        "",
        "\u2028\u2029\x7f",
    ],
)
def test_values_of_every_kind_come_as_they_are_kept(subject, django_assert_num_queries):
    """On SQLite all rows come as one text (0015); who listens to statements gets them one by one."""
    company()
    lin = applicant("lin")
    made = [
        order(lin, subject="展会样品", wanted_on=date(2026, 2, 28), is_urgent=True),
        order(lin, subject="另一张", wanted_on=None, is_urgent=False),
    ]
    SampleOrder.objects.filter(pk=made[0].pk).update(subject=subject, total=Decimal("98765432109876.55"))
    SampleOrder.objects.filter(pk=made[1].pk).update(total=Decimal("-0.01"))
    names = [field.attname for field in SampleOrder._meta.concrete_fields] + [
        "owner__name",
        "owner__hire_date",
        "owner__last_login",
    ]
    asked = Prepared(lambda: SampleOrder.objects.filter(OneOf("pk", Ids("ids"))).order_by("-pk").values_list(*names))
    expected = list(SampleOrder.objects.order_by("-pk").values_list(*names))
    ids = [one.pk for one in made]
    assert [tuple(row) for row in asked.rows(ids=ids)] == expected
    with django_assert_num_queries(1):
        assert [tuple(row) for row in asked.rows(ids=ids)] == expected
    assert [list(map(type, row)) for row in asked.rows(ids=ids)] == [list(map(type, row)) for row in expected]
