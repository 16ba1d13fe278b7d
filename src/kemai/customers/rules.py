"""Decisions about customers: who may do what with which one. Sentences in Chinese, or None."""

from collections.abc import Mapping, Sequence

from kemai.customers.models import Contact, Customer
from kemai.kit.errors import Reason
from kemai.people.models import Employee

LOOK_UP_LEAST = 2  # characters of a name that is looked up
TYPED, SEARCHED, SAVED = "输入时查重", "搜索", "保存时查重"  # the ways of looking up, as the log writes them


def look_ups_counted(made: Sequence[tuple[str, str]]) -> int:
    """How many look-ups of a day count against the limit (CUS-04), from way and text of each in their order.

    Every 「搜索」 counts. What is checked while a name is typed and when it is saved counts once for each name: a text that only goes on
    from the one checked before is the same name, further typed.
    """
    counted, last = 0, None
    for way, text in made:
        goes_on = way != SEARCHED and last is not None and text.startswith(last)
        counted += not goes_on
        if way != SEARCHED:
            last = text
    return counted


def _owner_name(customer: Customer) -> str:
    return customer.owner.name if customer.owner_id else ""


def why_not_claim(customer: Customer, by: Employee) -> str | None:
    """A claimed customer cannot be claimed again; who has it is public (CUS-10)."""
    if customer.owner_id == by.pk:
        return Reason("该客户已在您名下。", "already_claimed", 409)
    return Reason(f"该客户已被{_owner_name(customer)}领用。", "already_claimed", 409) if customer.owner_id else None


def why_not_release(customer: Customer, by: Employee) -> str | None:
    """Only the owner returns a customer (CUS-11)."""
    if customer.owner_id is None:
        return Reason("该客户未领用，无需归还。", "not_claimed", 409)
    return (
        Reason(f"该客户由{_owner_name(customer)}负责，只有负责人可以归还。", "not_owner", 403)
        if customer.owner_id != by.pk
        else None
    )


def why_not_recall(customer: Customer, by: Employee) -> str | None:
    """An unclaimed customer is in the pool already (CUS-12)."""
    return Reason("该客户未领用，无需收回。", "not_claimed", 409) if customer.owner_id is None else None


def why_not_assign(customer: Customer, by: Employee) -> str | None:
    """Owners hand on their own; others need the right 「客户指派」 (CUS-13)."""
    if customer.owner_id == by.pk or by.access.has("customer.assign"):
        return None
    return Reason("只有负责人或有「客户指派」权限的人可以指派。", "forbidden", 403)


def why_not_share(customer: Customer, by: Employee) -> str | None:
    """Only the owner shares, and ends shares; who was let in does not let others in (CUS-15)."""
    if customer.owner_id is None:
        return Reason("该客户未领用，不能共享。", "not_claimed", 409)
    return (
        Reason(f"该客户由{_owner_name(customer)}负责，只有负责人可以共享。", "not_owner", 403)
        if customer.owner_id != by.pk
        else None
    )


def why_not_change(customer: Customer, by: Employee) -> str | None:
    """Owners change their own; others, and unclaimed ones, need 「客户管理删除及修改」 (ORG-05)."""
    if customer.owner_id == by.pk or by.access.has("customer.manage"):
        return None
    if customer.owner_id is None:
        return Reason("修改未领用的客户需要「客户管理删除及修改」权限。", "forbidden", 403)
    return Reason(f"该客户由{_owner_name(customer)}负责，您不能修改客户资料。", "not_owner", 403)


def why_not_delete(customer: Customer, by: Employee) -> str | None:
    """A claimed customer cannot be deleted on any list (CUS-14)."""
    if customer.owner_id is None:
        return None
    return Reason(f"该客户已被{_owner_name(customer)}领用，不能删除，请先归还或收回。", "claimed", 409)


def why_not_change_contacts(customer: Customer | None, by: Employee) -> str | None:
    """Owners change the contacts of their customers; others need 「联系人修改删除」 (ORG-05)."""
    if customer is None or customer.owner_id == by.pk or by.access.has("contact.manage"):
        return None
    if customer.owner_id is None:
        return Reason("修改未领用客户的联系人需要「联系人修改删除」权限。", "forbidden", 403)
    return Reason(f"该客户由{_owner_name(customer)}负责，您不能修改它的联系人。", "not_owner", 403)


def why_not_change_contact(contact: Contact, by: Employee) -> str | None:
    """As its customer's contacts; a private one belongs to who made it."""
    if contact.customer_id is None:
        return Reason("这是别人的私人联系人。", "forbidden", 403) if contact.created_by_id != by.pk else None
    return why_not_change_contacts(contact.customer, by)


def why_not_delete_linked(contact: Contact, by: Employee) -> str | None:
    """While linked to a customer, a contact is deleted at that customer (CON-03)."""
    if contact.customer_id is None:
        return None
    return Reason(f"{contact.name}是「{contact.customer.name}」的联系人，请到该客户的联系人中删除。", "linked_contact")


def spread(ids: Sequence[int], employees: Sequence[int], weights: Sequence[int] | None) -> Mapping[int, int]:
    """Which employee gets which customer of one batch (CUS-13): evenly, so that counts differ by at most one, or by given proportions
    (largest remainders), in the order of the ids."""
    weights = list(weights) if weights else [1] * len(employees)
    total = sum(weights)
    shares = [len(ids) * weight / total for weight in weights]
    counts = [int(share) for share in shares]
    by_remainder = sorted(range(len(employees)), key=lambda i: (counts[i] - shares[i], i))
    for i in by_remainder[: len(ids) - sum(counts)]:
        counts[i] += 1
    given: dict[int, int] = {}
    remaining = list(counts)
    turn = 0
    for pk in ids:
        while not remaining[turn % len(employees)]:
            turn += 1
        given[pk] = employees[turn % len(employees)]
        remaining[turn % len(employees)] -= 1
        turn += 1
    return given
