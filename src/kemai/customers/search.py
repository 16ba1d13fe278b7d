"""What quick search knows of customers and contacts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kemai.customers.models import Contact, Customer
from kemai.kit.search import Doc


def customer_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Names, number, phone, main contact; all contacts' names and phones apart, never searched in the pool."""
    contacts = defaultdict(list)
    people_of = Contact.objects.filter(customer_id__in=ids).order_by(
        "pk"
    )  # one order, so that a document is always the same
    for customer_id, is_main, name, mobile, phone in people_of.values_list(
        "customer_id", "is_main", "name", "mobile", "phone"
    ):
        contacts[customer_id].append((is_main, name, [mobile, phone]))
    docs = {}
    for pk, name, short_name, number, phone in Customer.objects.filter(pk__in=ids).values_list(
        "pk", "name", "short_name", "number", "phone"
    ):
        people = contacts[pk]
        docs[pk] = {
            "name": Doc(names=[name]),
            "short_name": Doc(names=[short_name] if short_name else []),
            "number": Doc(codes=[number]),
            "phone": Doc(phones=[phone] if phone else []),
            "contacts": Doc(
                persons=[name for _, name, _ in people], phones=[one for _, _, both in people for one in both if one]
            ),
        }
    return docs


def contact_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Name, phones, and the customer's name."""
    rows = Contact.objects.filter(pk__in=ids).values_list("pk", "name", "mobile", "phone")
    return {
        pk: {"name": Doc(persons=[name]), "phones": Doc(phones=[one for one in (mobile, phone) if one])}
        for pk, name, mobile, phone in rows
    }
