"""Reads: which customers and contacts a person reaches, and what lists and forms want to know of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import BigAutoField, DateField, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan
from django.utils import timezone
from rapidfuzz import fuzz

from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange
from kemai.kit import tally
from kemai.kit.columns import Part
from kemai.kit.entity import TimeLineEntry
from kemai.kit.fields import MonthDay
from kemai.kit.lunar import lunar_birthdays, solar_birthdays
from kemai.kit.moments import days_between, show_time
from kemai.kit.prepared import AllIds, Ids, OneOf, Prepared, PreparedRecords, Slot, Together
from kemai.kit.reach import EVERYTHING, SMALL_RANGE, LazyIds, Reach
from kemai.kit.search_docs import index_of
from kemai.kit.stamp import once_a_request
from kemai.kit.text import core_name, fold, phone_numbers, reading_of, sort_key
from kemai.office.queries import setting
from kemai.people.models import Employee
from kemai.people.queries import employee_names

NEAR_NAMES = 88  # likeness of core names in percent from which they count as near spellings
NEAR_CANDIDATES = 200  # candidates of the search index that are compared
NAME_CANDIDATES = 5000  # hits of the search index up to which names are looked up by it
NAME_PART = 4  # characters from which a name that is still typed is looked for in longer ones


# --- ranges ------------------------------------------------------------------------------------------------------------


@once_a_request
def shared_ids(by: Employee, sharers: Sequence[int] = (), besides: frozenset[int] = frozenset()) -> frozenset[int]:
    """Customers shared with the person, or with one of their departments or one above it, as of today: not their own, nor those `besides`
    of these owners; by `sharers` only, if given."""
    asked = {"sharers": sharers, "owners": besides | {by.pk}, "today": timezone.localdate(), **_whom(by)}
    return frozenset().union(*_shared(bool(sharers)).row(**asked))


def _whom(by: Employee) -> dict[str, Sequence[int]]:
    """With whom a share is: with the person, or with their departments. Two conditions apart, for of an OR SQLite cannot read the indexes alone."""
    return {"employee_id": [by.pk], "department_id": by.access.department_line}


def _in_force(path: str) -> QuerySet[CustomerShare]:
    unended = Q(until__isnull=True) | Q(until__gte=Slot("today", DateField()))
    return CustomerShare.objects.filter(OneOf(path, Ids(path)), unended).exclude(OneOf("owner_id", Ids("owners")))


@cache
def _shared(by_sharers: bool) -> Together:
    narrowed = [OneOf("created_by_id", Ids("sharers"))] if by_sharers else []

    def of(path: str) -> Prepared:
        return Prepared(lambda: _in_force(path).filter(*narrowed).values_list(AllIds("customer_id")))

    return Together(of("employee_id"), of("department_id"))


@cache
def _sharers(path: str) -> Prepared:
    return Prepared(lambda: _in_force(path).values_list("created_by_id").distinct())


def _with_shares(by: Employee, owners: frozenset[int], *, nobody: bool = False) -> Reach:
    """Customers of these owners (and of nobody), and what is shared with the person beside them."""
    ids = LazyIds(lambda: shared_ids(by, (), owners))
    return Reach(owners=owners, nobody=nobody, ids=ids, apart=True, tally="customer")


@once_a_request
def customer_reach(by: Employee) -> Reach:
    """Customers I see = mine + shared with me + claimed by my whole line (ORG-06 on) + those that a role opens (ORG-04).

    Unclaimed customers belong to nobody: who may change them (客户管理删除及修改) reaches them too.
    """
    owners = by.access.owners("customer", line=setting("supervisors_see_all"))
    nobody = by.access.has("customer.manage")
    if owners is None and nobody:
        return replace(EVERYTHING, tally="customer")
    if owners is None:
        return Reach(owners=frozenset(employee_names()), tally="customer")
    return _with_shares(by, owners, nobody=nobody)


def visible_customers(by: Employee) -> QuerySet[Customer]:
    """Every customer that the person may see outside the pool."""
    return customer_reach(by).apply(Customer.objects.all())


def mine(by: Employee) -> Reach:
    """「我的客户」."""
    return Reach(owners=frozenset({by.pk}), tally="customer")


def mine_of(by: Employee, **options: Any) -> Reach:
    """「我的客户」, whatever its options narrow."""
    return mine(by)


def mine_where(by: Employee, options: Mapping[str, Any]) -> Q | None:
    """「久未联系」: nobody has spoken with them for so many days (WRK-02)."""
    return silent(timezone.now()) if options.get("contact") == "silent" else None


def silent(now: datetime) -> Q:
    """Customers without contact for as many days as the parameter says; without any since they were claimed."""
    return Q(LessThan(Coalesce("last_contacted_at", "claimed_at"), Value(now - timedelta(days=setting("silent_days")))))


def birthdays(days: int, start: date) -> list[tuple[Contact, date]]:
    """The contacts whose birthday is kept within so many days from `start` on, by the calendar in which each counts, and on which day."""
    return _birthdays_of(Contact.objects.filter(customer__owner__isnull=False), days, start)


def birthdays_of(by: Employee, days: int, start: date) -> list[tuple[Contact, date]]:
    """The same of one's own customers, and of private contacts."""
    own = _birthdays_of(Contact.objects.filter(customer__owner=by), days, start)
    private = _birthdays_of(Contact.objects.filter(customer__isnull=True, created_by=by), days, start)
    return sorted([*own, *private], key=lambda one: (one[1], one[0].pk))


def _birthdays_of(contacts: QuerySet[Contact], days: int, start: date) -> list[tuple[Contact, date]]:
    kept = {
        (is_lunar, month * 100 + number): day
        for ahead in range(days, -1, -1)
        for day in [start + timedelta(days=ahead)]
        for is_lunar, found in ((False, solar_birthdays(day)), (True, lunar_birthdays(day)))
        for month, number in found
    }
    keys = sorted({key for _, key in kept})
    rows = contacts.filter(OneOf(MonthDay("birthday"), keys), birthday__isnull=False).select_related("customer")
    return [
        (one, day)
        for one in rows
        if one.birthday and (day := kept.get((one.birthday_is_lunar, one.birthday.month * 100 + one.birthday.day)))
    ]


def shared(by: Employee, scope: str = "", shared_by: Sequence[int] = ()) -> Reach:
    """「共享客户」: shared with me, and by ORG-06 my subordinates' (CUS-17).

    `scope` "all" adds mine and what a role opens; "subordinates" starts from all that I see (while ORG-06 is off, from what is shared with
    me) and is narrowed by `shared_where`; `shared_by` narrows to what these persons shared with me.
    """
    if shared_by:
        return Reach(ids=shared_ids(by, tuple(shared_by)), tally="customer")
    if scope == "all" or (scope == "subordinates" and setting("supervisors_see_all")):
        owners = by.access.owners("customer", line=setting("supervisors_see_all"))
        return (
            Reach(owners=frozenset(employee_names()), tally="customer") if owners is None else _with_shares(by, owners)
        )
    return _with_shares(by, by.access.subordinates if setting("supervisors_see_all") else frozenset())


def shared_where(by: Employee, options: Mapping[str, Any]) -> Q | None:
    """「下属的客户」: created or owned by subordinates, within the reach of `shared`."""
    if options.get("scope") != "subordinates":
        return None
    below = sorted(by.access.subordinates)
    return Q(owner_id__in=below) | Q(created_by_id__in=below)


def pool(by: Employee) -> Reach:
    """「客户池」: all customers, claimed and unclaimed, of whom only the public fields are shown (CUS-08)."""
    return replace(EVERYTHING, tally="customer")


def every_customer(by: Employee) -> QuerySet[Customer]:
    """For claiming: any customer, for its name and owner are public."""
    return Customer.objects.all()


def unclaimed_or_visible(by: Employee) -> QuerySet[Customer]:
    """For recalling, assigning and deleting from the pool: unclaimed ones and those in the person's range."""
    reach = customer_reach(by)
    return (
        reach.apply(Customer.objects.all())
        if reach.everything
        else Customer.objects.filter(reach.where() | Q(owner__isnull=True))
    )


@once_a_request
def through_customer(by: Employee) -> Reach:
    """Records that hang on the customers that I see, by their foreign key `customer`.

    Few customers are named one by one, so that the records' own index finds them; with many the records are walked.
    """
    reach = customer_reach(by)
    if reach.everything:
        return EVERYTHING
    counts = tally.table("customer")
    size = sum(counts.get(owner, 0) for owner in reach.owners) + (counts.get(0, 0) if reach.nobody else 0)
    if size > SMALL_RANGE:
        return reach.through("customer")
    own = Customer.objects.filter(replace(reach, ids=frozenset()).where()).values_list("pk", flat=True)
    ids = LazyIds(lambda: frozenset((*reach.ids, *own)))
    return Reach(ids=ids, record="customer", tally="customer", above=reach.covers)


def contact_reach(by: Employee) -> Reach:
    """Contacts of the customers that I see, and private ones of my own."""
    reach = customer_reach(by)
    own = Q(customer__isnull=True, created_by_id=by.pk)
    if reach.everything:
        return Reach(owners=frozenset(employee_names()), nobody=False, owner="customer__owner", record="customer",
                     also=own | Q(customer__isnull=False), tally="customer", above=reach.covers)  # fmt: skip
    through = replace(through_customer(by), nobody=False, above=reach.covers)
    return replace(through, also=own | Q(customer__isnull=False, customer__owner__isnull=True) if reach.nobody else own)


def sharers(by: Employee) -> list[tuple[int, str]]:
    """The persons who have shared customers with me, for the magnifier (CUS-17)."""
    names = employee_names()
    asked = {"owners": [by.pk], "today": timezone.localdate(), **_whom(by)}
    found = {pk for path in _whom(by) for (pk,) in _sharers(path).rows(**asked)} - {None, by.pk}
    return sorted(((pk, names[pk]) for pk in found), key=lambda one: one[1])


def public_fields() -> frozenset[str]:
    """The fields that the pool shows."""
    return frozenset(setting("customer_public_fields"))


# --- columns of a page -------------------------------------------------------------------------------------------------


_mains = Prepared(
    lambda: Contact.objects.filter(OneOf("customer_id", Ids("ids")), is_main=True).values_list(
        "customer_id", "pk", "name", "mobile", "phone"
    )
)


def _main_contacts(ids: Sequence[int], by: Employee) -> dict[int, tuple[int, str, str]]:
    """The main contact of each of these customers (CUS-03): id, name, mobile or phone."""
    return {customer_id: (pk, name, mobile or phone) for customer_id, pk, name, mobile, phone in _mains.rows(ids=ids)}


main_contacts = Part(_main_contacts, lambda facts: (facts[0], facts[1]))
main_phones = Part(_main_contacts, lambda facts: (facts[2], facts[2]))


# --- one customer ------------------------------------------------------------------------------------------------------


_moves = PreparedRecords(
    lambda: OwnershipChange.objects.filter(customer_id=Slot("customer", BigAutoField())).order_by("-id")
)


def timeline(customer: Customer, by: Employee) -> list[TimeLineEntry]:
    """What happened to a customer: made, changed hands (CUS-18)."""
    names = employee_names()
    entries = [
        TimeLineEntry(at=change.at, title=_change_title(change), text=_change_text(change, names), icon="arrows-exchange", tone="blue",
                      by=names.get(change.by_id, ""))
        for change in _moves.records(customer=customer.pk)
    ]  # fmt: skip
    made = TimeLineEntry(
        at=customer.created_at,
        title="客户建档",
        icon="plus",
        tone="brand",
        by=names.get(customer.created_by_id or 0, ""),
    )
    return sorted([made, *entries], key=lambda entry: entry.at, reverse=True)


CHANGE_WORDS = {
    "claim": "领用",
    "release": "归还",
    "recall": "收回",
    "assign": "指派",
    "create": "新建并领用",
    "hand_over": "离职交接",
}


def _change_title(change: OwnershipChange) -> str:
    return f"负责人变更：{CHANGE_WORDS.get(change.deed, change.deed)}"


def _change_text(change: OwnershipChange, names: Mapping[int, str]) -> str:
    before = _holder(names, change.from_owner_id)
    after = _holder(names, change.to_owner_id)
    return f"由 {before} 转给 {after}" + (f"，原因：{change.reason}" if change.reason else "")


def _holder(names: Mapping[int, str], employee_id: int | None) -> str:
    return names[employee_id] if employee_id else "客户池"


def ownership_rows(customer: Customer, by: Employee) -> list[dict[str, str]]:
    """The tab 「负责人变更」."""
    names = employee_names()
    return [
        {
            "时间": show_time(change.at), "操作": CHANGE_WORDS.get(change.deed, change.deed), "原负责人": _holder(names, change.from_owner_id),
            "新负责人": _holder(names, change.to_owner_id), "操作人": names.get(change.by_id, ""), "原因": change.reason,
        }
        for change in _moves.records(customer=customer.pk)
    ]  # fmt: skip


def tie_rows(contact: Contact, by: Employee) -> list[dict[str, Any]]:
    """The tab 「社会关系」 (CON-04): of a linked contact the name; the company and the way there only within the person's range."""
    ties = list(contact.ties.select_related("relation", "other"))
    linked = (
        contact_reach(by).apply(Contact.objects.all()).filter(pk__in=[tie.other_id for tie in ties if tie.other_id])
    )
    seen = {one.pk: one for one in linked.select_related("customer")}
    rows = []
    for tie in ties:
        other = seen.get(tie.other_id or 0)
        name = tie.name or (tie.other.name if tie.other else "")
        row = {"姓名": name, "关系": tie.relation.name, "单位": str(other.customer or "") if other else ""}
        rows.append({**row, "href": f"/contacts/{other.pk}"} if other else row)
    return rows


def share_reach(by: Employee) -> Reach:
    """Shares of the customers that I see."""
    reach = customer_reach(by)
    return EVERYTHING if reach.everything else replace(reach, nobody=False).through("customer")


def customers_called(by: Employee, words: Collection[str]) -> dict[str, Customer]:
    """The customers that people call so, by name in whatever width and case, or by number, within the person's range."""
    visible = visible_customers(by).select_related("owner")
    folded = {word: fold(word) for word in words}
    named = {one.name_folded: one for one in visible.filter(name_folded__in=set(folded.values()) - {""})}
    numbered = {one.number: one for one in visible.filter(number__in={word.strip() for word in words})}
    found = {word: named.get(folded[word]) or numbered.get(word.strip()) for word in words}
    return {word: one for word, one in found.items() if one}


def find_customer(by: Employee, word: str) -> int | None:
    """The id of the customer that somebody calls so, None where there is none in their range."""
    return next((one.pk for one in customers_called(by, [word]).values()), None)


# --- duplicates --------------------------------------------------------------------------------------------------------


def same_name(folded: str, except_id: int | None = None) -> Customer | None:
    """The customer of that name, however it is written (CUS-05)."""
    return Customer.objects.filter(name_folded=folded).exclude(pk=except_id or 0).select_related("owner").first()


def similar_customers(
    *, name: str, phone: str = "", tax_number: str = "", except_id: int | None = None, near: bool = True
) -> list[tuple[Customer, str]]:
    """Customers that may be the same one, each with why: the same core name, phone, tax number, and near spellings (CUS-05). At most 20."""
    found: dict[int, str] = {}
    others = Customer.objects.exclude(pk=except_id or 0)
    core = core_name(name)
    for conditions, why in (
        ({"core_name": core, "core_pinyin": pinyin_key(core)}, "名称相似"),
        ({"phone_digits": phone_key(phone)}, "电话相同"),
        ({"tax_number": tax_number}, "税号相同"),
        ({"core_pinyin": pinyin_key(core) if near and len(core) >= 3 else ""}, "名称相似"),
    ):
        if all(conditions.values()):
            blank = dict.fromkeys(
                conditions, ""
            )  # said aloud, or SQLite reads all customers: these indexes leave out the blank
            for pk in others.filter(**conditions).exclude(**blank).values_list("pk", flat=True)[:20]:
                found.setdefault(pk, why)
    if near and len(core) >= 3:
        for pk in _near_names(core, except_id):
            found.setdefault(pk, "名称相似")
    rows = others.filter(pk__in=list(found)[:20]).select_related("owner")
    return [(customer, found[customer.pk]) for customer in rows]


def _near_names(core: str, except_id: int | None) -> list[int]:
    """Core names that differ by a character or two: candidates share a part with this one, rapidfuzz compares."""
    index = index_of("customer")
    candidates: set[int] = set()
    half = len(core) // 2
    for part in {core[:2], core[-2:], core[:half], core[half:]}:
        if len(part) >= 2:
            candidates.update((index.ids(index.match(part, ["name"]), NEAR_CANDIDATES) or [])[:NEAR_CANDIDATES])
    candidates.discard(except_id)
    rows = Customer.objects.filter(pk__in=candidates).values_list("pk", "core_name")
    return [pk for pk, other in rows if fuzz.ratio(core, other) >= NEAR_NAMES and _digits(core) == _digits(other)]


def names_with(text: str, except_id: int | None, most: int) -> list[Customer]:
    """Customers whose name contains the text, however it is written, the newest first."""
    folded = fold(text)
    found = Customer.objects.filter(name_folded__contains=folded).exclude(pk=except_id or 0)
    index = index_of("customer")
    ids = index.ids(index.match(folded, ["name"]), NAME_CANDIDATES)
    if ids is not None:
        found = found.filter(pk__in=ids)  # a rare word; a common one is soon met with while walking
    return list(found.select_related("owner").order_by("-pk")[:most])


def names_like(text: str, except_id: int | None, most: int) -> list[Customer]:
    """Customers that may be the one whose name is being typed: the same or a near name first, then names that contain what is typed so far."""
    similar = [customer for customer, _ in similar_customers(name=text, except_id=except_id)]
    twin = same_name(fold(text), except_id)
    longer = names_with(text, except_id, most + 1) if len(fold(text)) >= NAME_PART else []
    return list({customer.pk: customer for customer in [*([twin] if twin else []), *similar, *longer]}.values())


def _digits(core: str) -> str:
    """第2分厂 and 第3分厂 are two customers, however near they are spelled."""
    return "".join(sign for sign in core if sign.isdigit())


def candidate_facts(customer: Customer, why: str) -> dict[str, Any]:
    """What a duplicate check may say of any customer: name, owner, state, days since last contact, no more (CUS-04)."""
    days = days_between(customer.last_contacted_at, timezone.now()) if customer.last_contacted_at else None
    return {
        "name": customer.name, "owner": customer.owner.name if customer.owner_id else None, "state": customer.get_state_display(),
        "days_since_contact": days, "why": why,
    }  # fmt: skip


def stands_below(pk: int | None, above: int) -> bool:
    """Whether a customer is that one or has it above, at whatever distance."""
    seen: set[int] = set()
    while pk is not None and pk not in seen:
        if pk == above:
            return True
        seen.add(pk)
        pk = Customer.objects.filter(pk=pk).values_list("parent_id", flat=True).first()
    return False


def name_parts(name: str) -> dict[str, str]:
    """What is worked out from a name and stored beside it."""
    return name_likeness(name) | {"name_key": sort_key(name)}


def name_likeness(name: str) -> dict[str, str]:
    """The part of it by which names are compared."""
    core = core_name(name)
    return {"name_folded": fold(name), "core_name": core, "core_pinyin": pinyin_key(core)}


def pinyin_key(core: str) -> str:
    """How a core name sounds; one that cannot be read sounds like itself. So equal core names always sound alike, and are found by this key."""
    folded = fold(core)
    return (reading_of(folded).lower() or folded)[:200]


def phone_key(phone: str) -> str:
    """The first number of a phone field, digits only, to compare by; "" when there is none of at least 7 digits."""
    numbers = [number for number in phone_numbers(phone) if len(number) >= 7]
    return numbers[0][:60] if numbers else ""
