"""What must hold of customers and contacts, for `kemai check`."""

from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q

from kemai.customers import queries
from kemai.customers.models import Contact, Customer, CustomerShare
from kemai.kit.selfcheck import check


@check("有联系人的客户恰好有一个主联系人")
def one_main_contact() -> Iterator[str]:
    """Exactly one main contact where there is any (CON-01)."""
    contacts = Contact.objects.filter(customer__isnull=False)
    mains = Count("pk", filter=Q(is_main=True))
    for row in contacts.values("customer_id").annotate(mains=mains).exclude(mains=1).order_by("customer_id")[:20]:
        yield f"客户 {row['customer_id']} 有 {row['mains']} 个主联系人"


@check("客户的状态与负责人一致")
def state_follows_owner() -> Iterator[str]:
    """Claimed customers have an owner, unclaimed ones none; a claim has its time."""
    claimed = Q(state=Customer.State.CLAIMED)
    wrong = (
        (claimed & Q(owner__isnull=True)) | (~claimed & Q(owner__isnull=False)) | (claimed & Q(claimed_at__isnull=True))
    )
    for pk, name in Customer.objects.filter(wrong).order_by("pk").values_list("pk", "name")[:20]:
        yield f"客户 {pk}「{name}」"


@check("客户名称、电话的查重键正确")
def keys_are_true() -> Iterator[str]:
    """What is worked out from names and phones is what it would be today (CUS-05)."""
    rows = Customer.objects.order_by("pk").values_list(
        "pk", "name", "phone", "name_folded", "name_key", "core_name", "core_pinyin", "phone_digits"
    )
    for pk, name, phone, folded, key, core, pinyin, digits in rows.iterator():
        parts = {"name_folded": folded, "name_key": key, "core_name": core, "core_pinyin": pinyin}
        if queries.name_parts(name) != parts or queries.phone_key(phone) != digits:
            yield f"客户 {pk}「{name}」"


@check("共享不指向客户的负责人")
def no_share_with_the_owner() -> Iterator[str]:
    """An owner needs no share of their own (CUS-13)."""
    for pk in Customer.objects.filter(shares__employee=F("owner")).order_by("pk").values_list("pk", flat=True)[:20]:
        yield f"客户 {pk}"


@check("共享知道客户现在的负责人")
def shares_know_the_owner() -> Iterator[str]:
    """Ranges are read from the shares alone."""
    wrong = CustomerShare.objects.exclude(owner=F("customer__owner")).order_by("customer_id")
    for pk in wrong.values_list("customer_id", flat=True)[:20]:
        yield f"客户 {pk}"


@check("主联系人属于存在的客户")
def contacts_have_customers() -> Iterator[str]:
    """Contacts without a customer are private ones (CON-05)."""
    there = Customer.objects.filter(pk=OuterRef("customer_id"))
    lost = Contact.objects.filter(
        Q(customer__isnull=True, is_private=False) | (Q(customer__isnull=False) & ~Exists(there))
    )
    for pk, name in lost.order_by("pk").values_list("pk", "name")[:20]:
        yield f"联系人 {pk}「{name}」"
