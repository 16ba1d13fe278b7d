"""Proves that the bulk loader leaves what the services would have left. For the small data set: it writes each of a sample again."""

import json
from random import Random
from typing import Any

SAMPLE = 40


def check() -> None:
    """Raises AssertionError with what differs. Nothing stays changed."""
    from bench.make_data import say

    for step in (_links, _counts, _worked_out, _index, _services):
        step()
        say(f"  {step.__doc__}")


def _links() -> None:
    """every row points to a row; every constraint holds"""
    from django.db import connection

    from kemai.customers.models import Contact, Customer

    connection.check_constraints()
    assert not Customer.objects.filter(owner__isnull=True, state="claimed").exists()
    assert not Customer.objects.filter(owner__isnull=False, state="unclaimed").exists()
    mains = Contact.objects.filter(is_main=True).values("customer").count()
    assert mains == Contact.objects.filter(customer__isnull=False).values("customer").distinct().count(), (
        "one main contact each"
    )


def _counts() -> None:
    """counts by owner and the numbers' counters are right"""
    from collections import Counter

    from kemai.customers.models import Customer
    from kemai.kit import tally
    from kemai.office.models import NumberCounter

    owners = Counter(owner or 0 for owner in Customer.objects.values_list("owner_id", flat=True))
    assert tally.table("customer") == dict(owners), "counts by owner"
    counters = dict(NumberCounter.objects.filter(kind="customer").values_list("period", "last"))
    highest: dict[str, int] = {}
    for number in Customer.objects.values_list("number", flat=True):
        period, serial = number[2:10], int(number[10:])
        highest[period] = max(serial, highest.get(period, 0))
    assert counters == highest, "counters"


def _worked_out() -> None:
    """names' keys are as the product works them out"""
    from kemai.customers import queries
    from kemai.customers.models import Contact, Customer
    from kemai.kit.text import sort_key

    for customer in Customer.objects.all()[:5000]:
        for name, value in queries.name_parts(customer.name).items():
            assert getattr(customer, name) == value, (customer.name, name)
        assert customer.phone_digits == queries.phone_key(customer.phone)
    for contact in Contact.objects.all()[:5000]:
        assert contact.name_key == sort_key(contact.name, person=True)


def _index() -> None:
    """the search index is the one that the services write"""
    from django.db import transaction

    from kemai.customers.models import Contact, Customer
    from kemai.kit import search_docs

    for kind, model in (("customer", Customer), ("contact", Contact)):
        index = search_docs.index_of(kind)
        loaded = index.dump()
        with transaction.atomic():
            index.clear()
            search_docs.rewrite({kind: set(model.objects.values_list("pk", flat=True))})
            written = index.dump()
            transaction.set_rollback(True)
        assert loaded == written, f"index of {kind}"


def _services() -> None:
    """a sample, made again by the services, has the same rows"""
    from django.db import transaction

    from kemai.customers import services
    from kemai.customers.models import Contact, Customer, OwnershipChange
    from kemai.people.models import Employee

    form = ("name short_name category_id level_id industry_id source_id size_id satisfaction_id region_id address post_code phone fax email website "
            "tax_number bank bank_account legal_person tags remarks").split()  # fmt: skip
    contact_form = (
        "name sex department title mobile phone wechat qq email birthday birthday_is_lunar hobbies remarks".split()
    )
    admin = Employee.objects.get(login="admin")
    for pk in Random(1).sample(list(Customer.objects.values_list("pk", flat=True)), SAMPLE):
        loaded = Customer.objects.get(pk=pk)
        people = list(Contact.objects.filter(customer=loaded).order_by("pk"))
        change = OwnershipChange.objects.filter(customer=loaded).first()
        with transaction.atomic():
            Contact.objects.filter(customer=loaded).delete()
            loaded.shares.all().delete()
            OwnershipChange.objects.filter(customer=loaded).delete()
            Customer.objects.filter(pk=pk).delete()
            values = {Customer._meta.get_field(name).name: getattr(loaded, name) for name in form if name != "tags"}
            values = {name: getattr(value, "pk", value) for name, value in values.items()}
            values["contacts"] = [{name: getattr(person, name) for name in contact_form} for person in people]
            kept = loaded.owner if change and change.deed == "create" else None
            made = services.customer_create(
                values, by=kept or admin, into="mine" if kept else "pool", similar_reason="测量数据"
            )
            if loaded.owner_id and not kept:
                services.customer_claim(made, by=loaded.owner)
            again = Customer.objects.get(pk=made.pk)
            people_again = list(Contact.objects.filter(customer=again).order_by("pk"))
            change_again = OwnershipChange.objects.filter(customer=again).first()
            transaction.set_rollback(True)
        _same(
            loaded,
            again,
            "id number created_at updated_at claimed_at first_contacted_at last_contacted_at created_by_id",
        )
        assert len(people) == len(people_again)
        for one, other in zip(people, people_again, strict=True):
            _same(one, other, "id customer_id created_at updated_at created_by_id")
        assert (change is None) == (change_again is None)
        if change:
            _same(change, change_again, "id customer_id at")


def _same(loaded: Any, again: Any, but: str) -> None:
    for field in loaded._meta.concrete_fields:
        if field.attname in but.split():
            continue
        one, other = getattr(loaded, field.attname), getattr(again, field.attname)
        assert one == other, json.dumps([str(loaded), field.attname, one, other], ensure_ascii=False, default=str)
