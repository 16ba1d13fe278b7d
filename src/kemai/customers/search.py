"""What quick search knows of customers and contacts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from kemai.customers.models import Contact, Customer
from kemai.kit.prepared import Ids, OneOf, Prepared
from kemai.kit.search import Doc

Person = Sequence[str]  # name, mobile, phone; a number may be ""


def customer_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Names, number, phone; all contacts' names and phones apart, never searched in the pool."""
    people = defaultdict(list)
    for customer_id, *person in _people.rows(ids=ids):
        people[customer_id].append(person)
    return {
        pk: customer_doc(name, short_name, phone, people[pk]) | {"number": number_doc(number)}
        for pk, number, name, short_name, phone in _customers.rows(ids=ids)
    }


def customer_doc(name: str, short_name: str, phone: str, people: Sequence[Person]) -> dict[str, Doc]:
    """What is found of a customer, all but its number."""
    return {
        "name": Doc(names=(name,)),
        "short_name": Doc(names=(short_name,) if short_name else ()),
        "phone": Doc(phones=(phone,) if phone else ()),
        "contacts": Doc(
            persons=tuple([name for name, *_ in people]),
            phones=tuple([one for _, *numbers in people for one in numbers if one]),
        ),
    }


def number_doc(number: str) -> Doc:
    """What is found of a customer's number."""
    return Doc(codes=(number,))


def contact_docs(ids: Sequence[int]) -> Mapping[int, Mapping[str, Doc]]:
    """Name and phones."""
    return {pk: contact_doc(*person) for pk, *person in _contacts.rows(ids=ids)}


def contact_doc(name: str, mobile: str, phone: str) -> dict[str, Doc]:
    """What is found of a contact."""
    return {"name": Doc(persons=(name,)), "phones": Doc(phones=tuple(filter(None, (mobile, phone))))}


def _of_contacts(path: str) -> Prepared:
    """In one order, so that a document is always the same."""
    found = Contact.objects.filter(OneOf(path, Ids("ids"))).order_by("pk")
    return Prepared(lambda: found.values_list(path, "name", "mobile", "phone"))


_people, _contacts = _of_contacts("customer_id"), _of_contacts("id")
_customers = Prepared(
    lambda: Customer.objects.filter(OneOf("id", Ids("ids"))).values_list("pk", "number", "name", "short_name", "phone")
)
