"""How tables become customers with their contacts (IMP-01 to IMP-06, CUS-05)."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from kemai.customers import queries, rules
from kemai.customers.import_writing import NUMBERS, PLACE, changes_of, contact_changes, make_ready, write
from kemai.customers.models import Contact, Customer
from kemai.customers.services import active_employee
from kemai.kit.errors import Forbidden
from kemai.kit.import_columns import ImportedRow
from kemai.kit.import_repeats import lines_in
from kemai.kit.importing import Options
from kemai.kit.journal import Journal
from kemai.kit.looks import looks_like_mobile
from kemai.kit.prepared import OneOf, Prepared, Words
from kemai.kit.text import phone_numbers
from kemai.notify.services import tell
from kemai.office.formats import neat_uscc, uscc_warning
from kemai.office.queries import find_region, region_names
from kemai.people.models import Employee
from kemai.people.queries import active_employees, employee_names

_COMPANY = re.compile("(公司|集团|厂|银行|医院|大学|学院|学校|研究院|研究所|事务所|合作社|合伙企业|商行|经营部|中心)$")
K = TypeVar("K")
READ_AT_ONCE = 5000  # ids of one statement
HEAD = "contacts."
PATHS = {"phone": "phone_digits", "tax": "tax_number"}
NO_CONTACTS = "您没有新增联系人的权限，联系人未填写。"
LIKENESS = {"core": "名称相似", "pinyin": "名称读音相同", "phone": "电话相同", "tax": "税号相同"}


def looks_like_company(text: str) -> bool:
    """Whether a cell holds the name of a company."""
    return bool(_COMPANY.search(text))


def looks_like_tax_number(text: str) -> bool:
    """Whether a cell holds a unified social credit code."""
    return bool(neat_uscc(text)) and uscc_warning(text) is None


def owner_words(by: Employee) -> list[str]:
    """Who can be named as owner of new customers: the person, or everybody for who may assign."""
    return [name for _, name in active_employees()] if by.access.has("customer.assign") else [by.name]


def tell_owners(ids: Sequence[int], by: Employee, file_name: str, log: Journal) -> None:
    """Each colleague who has got customers by an import is told once (IMP-06)."""
    counts: Counter[int] = Counter()
    for start in range(0, len(ids), READ_AT_ONCE):
        part = Customer.objects.filter(OneOf("id", ids[start : start + READ_AT_ONCE]), owner__isnull=False)
        counts.update(part.exclude(owner=by).values_list("owner_id", flat=True))
    for owner in Employee.objects.filter(pk__in=counts, state=Employee.State.ACTIVE).order_by("pk"):
        said = f"{by.name}导入了 {counts[owner.pk]:,} 个客户到您名下（{file_name}）"
        tell(owner, said, link="/customers?view=mine", log=log)


@cache
def _same(path: str) -> Prepared:
    """Key, id, name and owner's id of the customers that have one of the keys, the oldest last. Blank keys are left out aloud: indexes do so."""
    keyed = Customer.objects.filter(OneOf(path, Words("keys"))).exclude(**{path: ""})
    return Prepared(lambda: keyed.order_by("-pk").values_list(path, "pk", "name", "owner_id"))


# Both core names and names of customers that sound alike, the oldest last: equal core names do.
_alike = Prepared(
    lambda: (
        Customer.objects.filter(OneOf("core_pinyin", Words("keys")))
        .order_by("-pk")
        .values_list("core_name", "core_pinyin", "name")
    )
)


@dataclass
class Present:
    """What the database holds that a chunk of rows could be the same as."""

    named: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # folded name -> id, name, owner's name
    like: dict[tuple[str, str], str] = field(default_factory=dict)  # (way, key) -> name
    records: dict[str, list[Customer]] = field(default_factory=dict)  # an update's key -> customers
    visible: frozenset[int] = frozenset()
    contacts: dict[int, list[Contact]] = field(default_factory=dict)


class CustomerImport:
    """Judges and writes customers. Of a row `values` are the customer's own once it is worked out, and `facts["contacts"]` the values of its
    contacts. The same name as a present customer or an earlier row is a duplicate, skipped or updated; a similar one is
    named and goes in or stays out as the options say (IMP-02)."""

    def __init__(self, by: Employee, options: Options) -> None:
        self.by, self.options = by, options
        self.to: Employee | None = by if options.into == "mine" else None
        if options.owner:
            self.to = active_employee(options.owner, "into")
        if self.to and self.to.pk != by.pk:
            self._require_assign()
        self.names: dict[str, int] = {}  # folded name -> row that goes in
        self.people: dict[tuple[Any, str], int] = {}  # (folded name or id of a customer, contact) -> row that brings it
        self.phones: dict[Any, str] = {}  # folded name or id of a customer -> the digits of its phone
        self.made: dict[int, int] = {}  # row -> the customer that it made
        self.seen: dict[tuple[str, str], int] = {}  # (way, key) -> row that goes in
        self.targets: dict[int, int] = {}  # customer that is updated -> row
        self.places: dict[tuple[str, ...], tuple[int | None, str]] = {}
        self.employees: dict[int, bool] = {}

    @property
    def judged_against(self) -> Sequence[str]:
        """An update is judged by what it changes, too."""
        return () if self.options.update else ("customer",)

    def _require_assign(self) -> None:
        if not self.by.access.has("customer.assign"):
            raise Forbidden("forbidden", "导入给别人需要「客户指派」权限。")

    # --- what a row says by itself

    def work_out(self, rows: Sequence[ImportedRow]) -> None:
        """Region, owner, and the keys by which customers are compared."""
        for row in rows:
            self._gather(row)

    def make_ready(self, row: ImportedRow) -> None:
        """Packs what a row makes as a new customer. Its values are left behind, unless it may change a customer that is there."""
        row.ready = make_ready(row)
        if not self.options.update:
            row.values = {}

    # --- judging

    def judge(self, rows: Sequence[ImportedRow]) -> None:
        """Verdict, message and, for present customers, the id of each row."""
        present = self._present(rows)
        for row in rows:
            self._judge(row, present)
            if row.verdict in ("new", "update") or (row.verdict == "similar" and self.options.similar == "accept"):
                self.remember(row)

    def remember(self, row: ImportedRow) -> None:
        """A row that goes in: later ones may be the same."""
        folded = row.facts["name_folded"]
        names = [said["name"] for said in row.facts["contacts"]]
        if row.verdict == "update" and row.record_id and folded not in self.names:
            self.targets.setdefault(row.record_id, row.number)
            self.phones[row.record_id] = row.facts["phone_digits"] or getattr(
                row.facts.get("record"), "phone_digits", ""
            )
            for name in names:
                self.people[row.record_id, name] = row.number
            return
        for name in names:
            self.people[folded, name] = row.number
        if row.verdict == "update":
            return
        self.names[folded], self.phones[folded] = row.number, row.facts["phone_digits"]
        if row.record_id:
            self.made[row.number] = row.record_id
        for way in row.facts["ways"]:
            self.seen.setdefault(way, row.number)

    def forget(self, numbers: set[int]) -> None:
        """Rows that did not go in after all."""
        self.names = _without(self.names, numbers)
        self.seen = _without(self.seen, numbers)
        self.targets = _without(self.targets, numbers)
        self.people = _without(self.people, numbers)
        self.made = {number: pk for number, pk in self.made.items() if number not in numbers}

    def _gather(self, row: ImportedRow) -> None:
        """What is worked out from several cells: region, owner, keys by which customers are compared."""
        values = row.values
        if any(name in values for name in PLACE):
            self._find_place(row)
        if "name" in values:
            row.facts |= queries.name_likeness(values["name"])
            if not row.facts["name_folded"]:
                row.errors.append("客户名称不能只有标点。")
        else:
            row.facts |= {"name_folded": "", "core_name": "", "core_pinyin": ""}
        if values.get("tax_number"):
            values["tax_number"] = neat_uscc(values["tax_number"])
        row.facts["contacts"] = []
        if row.further:
            self._gather_people(row)
        elif "contacts.name" not in values:
            self._gather_nameless(row)
        else:
            self._gather_person(row)
        row.facts["phone_digits"] = queries.phone_key(row.values.get("phone", ""))
        row.facts["ways"] = _ways(row)
        self._find_owner(row)

    def _gather_person(self, row: ImportedRow) -> None:
        said = _take_person(row)
        if self.by.access.has("contact.add"):
            row.facts["contacts"] = [said]
            if "mobile" not in said and "phone" not in said and "phone" in row.values:
                row.facts["beside"] = row.values["phone"]
        else:
            row.notes.append(NO_CONTACTS)

    def _gather_nameless(self, row: ImportedRow) -> None:
        """What a row says of a person without a name: numbers are the customer's, so that none is lost; the rest stays out."""
        said = _take_person(row)
        numbers = [said.pop(name) for name in NUMBERS if said.get(name)]
        self._keep_nameless(row, numbers, said)

    def _keep_nameless(self, row: ImportedRow, numbers: Sequence[str], others: Iterable[str]) -> None:
        row.facts["nameless"] = _labels(others)
        row.facts["numbers"] = numbers
        if numbers:
            row.facts["own_phone"] = row.values.get("phone", "")
            self._add_numbers(row, row.facts["own_phone"], numbers)

    def _gather_people(self, row: ImportedRow) -> None:
        """Several contacts in one row: the first with a name is the main one. Who is named twice is one, with what is said in both places."""
        people: dict[str, dict[str, Any]] = {}
        twice: dict[str, set[str]] = {}
        numbers: list[str] = []
        others: dict[str, None] = {}
        for said in lines_in(row, "contacts").values():
            if not (name := said.get("name")):
                numbers += [said[field] for field in NUMBERS if field in said]
                others |= dict.fromkeys(field for field in said if field not in NUMBERS)
            elif name in people:
                twice.setdefault(name, set()).update(_merge(people[name], said))
            else:
                people[name] = said
        row.values = {name: value for name, value in row.values.items() if "." not in name}
        if people and not self.by.access.has("contact.add"):
            people = {}
            row.notes.append(NO_CONTACTS)
        elif people:
            row.facts["contacts"] = [*people.values()]
            row.facts["twice"] = twice
        theirs = [one.get(field, "") for one in people.values() for field in NUMBERS]
        self._keep_nameless(row, [number for number in numbers if not _is_among(number, theirs)], others)

    def _add_numbers(self, row: ImportedRow, phone: str, numbers: Sequence[str]) -> None:
        together = "/".join(dict.fromkeys(filter(None, [phone, *numbers])))
        if len(together) > (Customer._meta.get_field("phone").max_length or 0):
            row.errors.append("没有联系人姓名，号码与电话合在一起太长，请填写联系人姓名。")
        row.values["phone"] = together

    def _say_nameless(self, row: ImportedRow) -> None:
        if numbers := row.facts.get("numbers"):
            row.notes.append(f"没有联系人姓名，{'、'.join(numbers)} 记为客户的电话。")
        if labels := row.facts.get("nameless"):
            row.notes.append(f"没有联系人姓名，{'、'.join(labels)}未填写。")
        for name, left in row.facts.get("twice", {}).items():
            out = f"，第二次的{'、'.join(_labels(sorted(left)))}未填写" if left else ""
            row.notes.append(f"联系人「{name}」写了两次，只记一位{out}。")

    def _find_place(self, row: ImportedRow) -> None:
        words = tuple(row.values.pop(name, "") for name in PLACE)
        if words not in self.places:
            self.places[words] = self._place(words)
        pk, note = self.places[words]
        if pk:
            row.values["region"] = pk
        if note:
            row.notes.append(note)

    def _place(self, words: tuple[str, ...]) -> tuple[int | None, str]:
        whole, province, city, county = words
        steps = [step for step in (province, city, county) if step]
        tries = [
            [whole],
            [province, city, county],
            [city, county],
            [province, city],
            [city],
            [province, county],
            [province],
        ]
        for part in tries:
            if all(part) and (pk := find_region(self.by, "".join(part))):
                complete = part == [whole] or not steps or steps[-1] == part[-1]
                return pk, "" if complete else f"地区「{' '.join(steps)}」只识别到「{region_names()[pk]}」。"
        return None, f"地区「{' '.join(filter(None, words))}」没有识别，未填写。"

    def _find_owner(self, row: ImportedRow) -> None:
        named = row.values.pop("owner", None)
        row.facts["named_owner"] = named
        if self.options.into not in ("", "column"):
            named = self.to.pk if self.to else None
        row.facts["owner"] = named
        if named is None or named == self.by.pk or self.to:
            return
        if named not in self.employees:
            self.employees[named] = Employee.objects.filter(pk=named, state=Employee.State.ACTIVE).exists()
        if not self.employees[named]:
            row.facts["owner_error"] = f"负责人{employee_names().get(named, '')}已经离职，请改为在职的同事。"
        elif not self.by.access.has("customer.assign"):
            row.facts["owner_error"] = "导入给别人需要「客户指派」权限。"

    def _present(self, rows: Sequence[ImportedRow]) -> Present:
        """Everything that the rows could be the same as, in a few statements."""
        present = Present()
        names = {row.facts["name_folded"] for row in rows} - {""}
        for folded, pk, name, owner in _same("name_folded").rows(keys=names):
            present.named[folded] = (pk, name, employee_names().get(owner, ""))
        wanted = defaultdict(set)
        for row in rows:
            for way, key in row.facts["ways"]:
                wanted[way].add(key)
        for core, sound, name in _alike.rows(keys=wanted["pinyin"]):
            present.like |= {("core", core): name, ("pinyin", sound): name}
        for way in PATHS.keys() & wanted.keys():
            present.like |= {(way, key): name for key, _, name, _ in _same(PATHS[way]).rows(keys=wanted[way])}
        if self.options.update:
            self._find_targets(rows, present)
        return present

    def _find_targets(self, rows: Sequence[ImportedRow], present: Present) -> None:
        path = {"name": "name_folded"}.get(self.options.key, self.options.key)
        keys = {key for row in rows if (key := self._key(row))}
        records = list(
            Customer.objects.select_related("owner")
            .select_for_update(of=("self",))
            .filter(**{f"{path}__in": keys})
            .exclude(**{path: ""})
            .order_by("pk")
        )
        for record in records:
            present.records.setdefault(getattr(record, path), []).append(record)
        ids = [record.pk for record in records]
        present.visible = frozenset(queries.visible_customers(self.by).filter(pk__in=ids).values_list("pk", flat=True))
        for contact in Contact.objects.filter(customer_id__in=ids).order_by("-is_main", "pk"):
            present.contacts.setdefault(contact.customer_id or 0, []).append(contact)

    def _key(self, row: ImportedRow) -> str:
        key = self.options.key
        return row.facts["name_folded"] if key == "name" else row.values.get(key, "")

    def _judge(self, row: ImportedRow, present: Present) -> None:
        folded = row.facts["name_folded"]
        found = present.records.get(self._key(row), []) if self.options.update and self._key(row) else []
        if len(found) > 1:
            row.errors.append(
                f"有 {len(found)} 个客户的{'税号' if self.options.key == 'tax_number' else '编号'}相同，不知道更新哪一个。"
            )
        elif folded and folded in self.names:
            row.verdict, row.message = "duplicate", f"与第 {self.names[folded]} 行同名，已跳过。"
            self._judge_person(row, folded, self.names[folded])
        elif found:
            self._judge_update(row, found[0], present)
        elif folded in present.named:
            pk, name, owner = present.named[folded]
            holder = f"由{owner}负责" if owner else "在客户池中未领用"
            row.verdict, row.record_id, row.message = "duplicate", pk, f"已有同名客户「{name}」，{holder}。"
        elif not self.options.add:
            row.errors.append("没有找到要更新的客户。")
        elif row.missing:
            row.errors += row.missing
        elif reason := row.facts.get("owner_error"):
            row.errors.append(reason)
        else:
            self._judge_likeness(row, present)

    def _judge_person(self, row: ImportedRow, customer: Any, earlier: int, known: Sequence[str] = ()) -> None:
        """A further row of a customer of the same file brings other contacts: customers and their contacts stand in one sheet (IMP-06)."""
        joining = [
            said
            for said in row.facts["contacts"]
            if said["name"] not in known and (customer, said["name"]) not in self.people
        ]
        if joining:
            names = "、".join(f"「{said['name']}」" for said in joining)
            self._give_number(row, customer, joining)
            row.verdict, row.message = "update", f"联系人{names}加入第 {earlier} 行的客户。"
            row.facts |= {"joins": earlier, "joining": joining}
            if numbers := row.facts.get("numbers"):
                row.notes.append(f"没有联系人姓名，{'、'.join(numbers)} 未填写。")

    def _give_number(self, row: ImportedRow, customer: Any, joining: list[dict[str, Any]]) -> None:
        """Where each line holds a person and one number, a number that is not the customer's is the person's."""
        number = row.facts.get("beside", "")
        if number and row.facts["phone_digits"] != self.phones.get(customer):
            field = "mobile" if looks_like_mobile(number) else "phone"
            joining[0] = joining[0] | {field: number}
            row.notes.append(f"{number} 记为「{joining[0]['name']}」的{_labels([field])[0]}。")

    def _judge_likeness(self, row: ImportedRow, present: Present) -> None:
        row.verdict = "new"
        for way in row.facts["ways"]:
            earlier, name = self.seen.get(way), present.like.get(way)
            if earlier or name:
                other = f"第 {earlier} 行" if earlier else f"「{name}」"
                kept = "仍导入，原因：批量导入。" if self.options.similar == "accept" else "未导入。"
                row.verdict, row.message = "similar", f"与{other}{LIKENESS[way[0]]}，{kept}"
                break
        if row.verdict == "new" or self.options.similar == "accept":
            if len(contacts := row.facts["contacts"]) > 1:
                row.notes.append(f"联系人 {len(contacts)} 位：{'、'.join(said['name'] for said in contacts)}。")
            self._say_nameless(row)

    def _judge_update(self, row: ImportedRow, customer: Customer, present: Present) -> None:
        row.record_id, row.title = customer.pk, row.title or customer.name
        if customer.pk in self.targets:
            row.verdict, row.message = "duplicate", f"与第 {self.targets[customer.pk]} 行是同一客户，已跳过。"
            known = [contact.name for contact in present.contacts.get(customer.pk, [])]
            self._judge_person(row, customer.pk, self.targets[customer.pk], known)
            if "joins" in row.facts and (reason := rules.why_not_change_contacts(customer, self.by)):
                row.errors.append(str(reason))
            return
        if customer.pk not in present.visible:
            row.verdict, row.message = "duplicate", f"客户「{customer.name}」不在您的数据范围内，未更新。"
            return
        folded = row.facts["name_folded"]
        if folded and folded != customer.name_folded and folded in present.named:
            row.errors.append(f"已有同名客户「{present.named[folded][1]}」。")
            return
        self._compare_numbers(row, customer, present.contacts.get(customer.pk, []))
        self._leave_number(row, customer, present.contacts.get(customer.pk, []))
        if row.errors:
            return
        changes, people = changes_of(row, customer), self._people_changes(row, present.contacts.get(customer.pk, []))
        row.facts["record"], row.facts["people"] = customer, people
        if not changes and not people and not row.unknown:
            row.verdict, row.message = "duplicate", "与已有的客户相同，没有变化。"
            return
        reason = rules.why_not_change(customer, self.by)
        if people:
            reason = reason or rules.why_not_change_contacts(customer, self.by)
            if any(contact for contact, _ in people) and not self.by.access.has("contact.change"):
                reason = reason or "您没有修改联系人的权限。"
        if reason:
            row.errors.append(str(reason))
            return
        row.verdict = "update"
        if len(row.facts["contacts"]) > 1:
            for deed, names in (
                ("新增", [values["name"] for contact, values in people if contact is None]),
                ("修改", [contact.name for contact, _ in people if contact]),
            ):
                if names:
                    row.notes.append(f"{deed}联系人：{'、'.join(names)}。")
        self._say_nameless(row)
        if row.facts["named_owner"] not in (None, customer.owner_id):
            row.notes.append("负责人没有改，请用「指派」。")

    def _compare_numbers(self, row: ImportedRow, customer: Customer, contacts: Sequence[Contact]) -> None:
        """Numbers without a name that the customer or one of its contacts has already change nothing."""
        if not (numbers := row.facts.get("numbers")):
            return
        theirs = [number for one in contacts for number in (one.mobile, one.phone)]
        numbers = [number for number in numbers if not _is_among(number, theirs)]
        row.facts["numbers"] = [number for number in numbers if not _is_among(number, [customer.phone])]
        if own := row.facts["own_phone"]:
            self._add_numbers(row, own, numbers)
        elif row.facts["numbers"]:
            self._add_numbers(row, customer.phone, row.facts["numbers"])
        else:
            del row.values["phone"]
        row.facts["phone_digits"] = queries.phone_key(row.values.get("phone", ""))

    def _leave_number(self, row: ImportedRow, customer: Customer, contacts: Sequence[Contact]) -> None:
        """A number beside the name of a contact who has it already is not the customer's, who has another one."""
        name = row.facts["contacts"][0]["name"] if row.facts.get("beside") and customer.phone else ""
        theirs = [number for one in contacts if one.name == name for number in (one.mobile, one.phone)]
        if name and _is_among(row.facts["beside"], theirs):
            row.values.pop("phone", None)
            row.facts["phone_digits"] = customer.phone_digits

    def _people_changes(
        self, row: ImportedRow, contacts: Iterable[Contact]
    ) -> list[tuple[Contact | None, Mapping[str, Any]]]:
        """Those of a row's contacts that are new (None) or changed: the contact, its values."""
        known: dict[str, Contact] = {}
        for contact in contacts:
            known.setdefault(contact.name, contact)
        found = ((known.get(said["name"]), said) for said in row.facts["contacts"])
        return [(contact, changes) for contact, said in found if (changes := contact_changes(said, contact))]

    # --- writing

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """Writes the rows that go in: new customers with their contacts and owners, then the updates."""
        write(rows, self.made, log)


def _take_person(row: ImportedRow) -> dict[str, Any]:
    """What a row says of its first contact, which is taken out of its values."""
    named = [name for name in row.values if name.startswith(HEAD)]
    return {name[len(HEAD) :]: row.values.pop(name) for name in named}


def _merge(person: dict[str, Any], said: Mapping[str, Any]) -> list[str]:
    """Adds what is said of somebody in a second place; returns the fields of which the first place says otherwise. Numbers are all kept."""
    left = []
    for name, value in said.items():
        there = person.setdefault(name, value)
        if there == value or (name in NUMBERS and _is_among(value, [there])):
            continue
        both = f"{there}/{value}"
        if name in NUMBERS and len(both) <= (Contact._meta.get_field(name).max_length or 0):
            person[name] = both
        else:
            left.append(name)
    return left


def _labels(names: Iterable[str]) -> list[str]:
    """What people call these fields of a contact."""
    return [str(Contact._meta.get_field(name).verbose_name) for name in names]


def _digits(fields: Iterable[str]) -> set[str]:
    """The digits of all phone numbers in these fields."""
    return {number for field in fields for number in phone_numbers(field)}


def _is_among(number: str, fields: Sequence[str]) -> bool:
    """Whether a number stands in one of these fields, however it is written."""
    if digits := _digits([number]):
        return digits <= _digits(fields)
    return any(number in field.split("/") for field in fields)


def _without(kept: dict[K, int], numbers: set[int]) -> dict[K, int]:
    return {key: number for key, number in kept.items() if number not in numbers}


def _ways(row: ImportedRow) -> list[tuple[str, str]]:
    """The keys by which a row is like a customer (CUS-05): core name, its pinyin, phone, tax number."""
    keys = (
        ("core", row.facts["core_name"]), ("pinyin", row.facts["core_pinyin"]), ("phone", row.facts["phone_digits"]),
        ("tax", row.values.get("tax_number", "")),
    )  # fmt: skip
    return [(way, key) for way, key in keys if key]
