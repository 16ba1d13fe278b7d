"""Rows that are packed ahead are stored as if each had been saved by itself."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from kemai.customers.models import Contact, Customer
from kemai.kit.packed import PackedRows, packed
from kemai.kit.search import Doc
from kemai.kit.search_docs import index_of

pytestmark = pytest.mark.django_db
NAMES = ("name", "short_name", "level_id", "tags", "remarks", "name_folded", "core_name", "core_pinyin", "name_key")
LATER = ("number", "owner_id", "state", "claimed_at")
MOMENT = datetime(2026, 3, 5, 1, 2, 3, 456789, tzinfo=UTC)
ODD = "a\"b\\c'd%s{0}\n第二行\t😀\u2028"


def values(name: str, **more):
    return {"name": name, "name_folded": name, "core_name": name, "core_pinyin": "x", "name_key": "x"} | more


def stored(pk: int) -> dict:
    return Customer.objects.filter(pk=pk).values().get() | {"id": 0}


def later(crew, *numbers: str):
    count = len(numbers)
    return {
        "number": list(numbers), "owner_id": [crew.lin.pk] * count, "state": ["claimed"] * count, "claimed_at": [MOMENT] * count,
    }  # fmt: skip


def test_a_packed_row_is_the_same_as_a_saved_one(crew):
    rows = PackedRows(Customer, NAMES, LATER)
    said = values("宁波海天塑机有限公司", short_name=ODD, tags=["老客户", ODD], remarks=ODD)
    same = {"created_at": MOMENT, "updated_at": MOMENT, "created_by_id": crew.lin.pk}
    [pk] = rows.insert([rows.pack(said)], later(crew, "K1"), same)
    found = stored(pk)
    Customer.objects.all().delete()
    whole = Customer(**said, **same, number="K1", owner=crew.lin, state="claimed", claimed_at=MOMENT)
    whole.save()
    assert found == stored(whole.pk)
    assert (found["tags"], found["remarks"], found["phone"], found["level_id"]) == (["老客户", ODD], ODD, "", None)
    with connection.cursor() as cursor:  # as text, too: filters look into it
        cursor.execute("SELECT CAST(tags AS text), CAST(claimed_at AS text) FROM customers_customer")
        as_text = cursor.fetchall()
        Customer.objects.all().delete()
        rows.insert([rows.pack(said)], later(crew, "K1"), same)
        cursor.execute("SELECT CAST(tags AS text), CAST(claimed_at AS text) FROM customers_customer")
        assert cursor.fetchall() == as_text


def test_days_and_yes_or_no_are_stored_as_such(crew):
    rows = PackedRows(
        Contact, ["name", "name_key", "birthday", "is_main", "is_private", "birthday_is_lunar"], ["customer_id"]
    )
    said = {"name": "单明", "name_key": "shan", "birthday": date(1990, 2, 28), "is_main": True, "is_private": True}
    [pk] = rows.insert([rows.pack(said)], {"customer_id": [None]}, {"created_at": MOMENT, "updated_at": MOMENT})
    one = Contact.objects.get(pk=pk)
    assert (one.birthday, one.is_main, one.birthday_is_lunar, one.customer_id) == (date(1990, 2, 28), True, False, None)
    assert Contact.objects.filter(birthday__year=1990, is_main=True).exists()


def test_ids_follow_one_another_in_the_order_of_the_rows(crew):
    rows = PackedRows(Customer, NAMES, LATER)
    ids = rows.insert(
        [rows.pack(values(f"第{n}家")) for n in range(3)],
        later(crew, "K0", "K1", "K2"),
        {"created_at": MOMENT, "updated_at": MOMENT},
    )
    assert [Customer.objects.get(pk=pk).name for pk in ids] == ["第0家", "第1家", "第2家"]


def test_what_a_table_refuses_is_refused_and_nothing_of_the_statement_remains(crew):
    rows = PackedRows(Customer, NAMES, LATER)
    twice = [rows.pack(values("甲")), rows.pack(values("乙")), rows.pack(values("甲"))]
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert(twice, later(crew, "K0", "K1", "K2"), {"created_at": MOMENT, "updated_at": MOMENT})
    if connection.vendor == "postgresql":  # SQLite stores what is too long
        long = [rows.pack(values("甲", short_name="长" * 61))]
        with pytest.raises(DataError), transaction.atomic():
            rows.insert(long, later(crew, "K0"), {"created_at": MOMENT, "updated_at": MOMENT})
    assert not Customer.objects.exists()


def test_numbers_with_a_point_cannot_be_packed():
    with pytest.raises(TypeError, match="Decimal"):
        packed([Decimal("1.10")])


def test_a_document_that_was_packed_before_its_number_was_known_is_that_of_the_whole_record():
    index = index_of("customer")
    doc = {
        "name": Doc(names=("宁波海天（集团）",)),
        "phone": Doc(phones=("0574-8618 8888",)),
        "contacts": Doc(persons=("单明",)),
    }
    number = Doc(codes=("KH-2026/0001",))
    index.write({7: doc | {"number": number}})
    whole = index.dump()
    index.clear()
    index.write_packed([index.packed(7, index.pack(doc, later="number"), "number", number)])
    assert index.dump() == whole
    index.write_packed(
        [index.packed(7, index.pack(doc | {"number": number}))]
    )  # once more: it takes the place of the other
    assert index.dump() == whole


def test_a_document_of_which_only_the_number_is_known_can_be_found():
    index = index_of("customer")
    index.write_packed([index.packed(7, index.pack({}, later="number"), "number", Doc(codes=("KH1",)))])
    assert index.ids(index.match("kh1", ["number"]), limit=5) == [7]
