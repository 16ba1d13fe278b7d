"""How tables become contact records of the past, with their own author, customer and time (IMP-07)."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from kemai.customers.contact_importing import CustomerWords
from kemai.customers.models import Contact, Customer
from kemai.kit.entity import registry
from kemai.kit.import_columns import ImportedRow
from kemai.kit.import_plan import PlanByKey
from kemai.kit.importing import Options
from kemai.kit.journal import Journal
from kemai.kit.moments import COMPANY_ZONE
from kemai.kit.record import build
from kemai.people.models import Employee
from kemai.people.queries import employee_names, find_employee
from kemai.teamwork import rules, services
from kemai.teamwork.models import PEOPLE_LENGTH, Interaction

AS_OTHERS = "interaction.import_as_others"
BETWEEN_NAMES = re.compile("[、,，;；/]")
MINUTE = timedelta(minutes=1)
COPIED = ("occurred_at", "contact_type", "content", "result", "made_progress", "next_step", "next_contact_at")


class InteractionImport(PlanByKey):
    """The same customer, minute, author and words are the same record. Without an author it is the person's own, and without a time of its
    making it was made when it happened."""

    def __init__(self, by: Employee, options: Options) -> None:
        super().__init__(registry["interaction"], by, options)
        self.customers = CustomerWords(by)
        self.contacts: dict[int, dict[str, int]] = {}  # customer -> name -> contact
        self.authors: dict[str, int | None] = {}

    # --- what a row says

    def look_up(self, rows: Sequence[ImportedRow]) -> None:
        """The customers that these rows name, and their contacts."""
        self.customers.look_up(
            [word for row in rows for name in ("customer_word", "number_word") if (word := row.values.get(name))]
        )
        new = {one.pk for one in self.customers.found.values() if one} - self.contacts.keys()
        found: dict[int, dict[str, int]] = defaultdict(dict)
        for customer_id, name, pk in (
            Contact.objects.filter(customer__in=new).order_by("-pk").values_list("customer_id", "name", "pk")
        ):
            found[customer_id or 0][name] = pk
        self.contacts |= {pk: found[pk] for pk in new}

    def gather(self, row: ImportedRow) -> None:
        """Customer, people and author; whether the times can be."""
        values = row.values
        if (customer := self.customers.of(row)) is not None:
            values["customer"], row.facts["customer"] = customer.pk, customer
            self._find_people(row, customer)
        self._find_author(row)
        if not values.get("content") and values.get("summary_word"):
            values["content"], row.facts["summarised"] = values["summary_word"], True
        at = values.get("occurred_at")
        if at:
            for sentences in rules.wrong_times(at, values.get("next_contact_at"), timezone.now()).values():
                row.errors += sentences
        row.title = rules.summary_of(values.get("content", ""), row.facts.get("people", ""))

    def _find_people(self, row: ImportedRow, customer: Customer) -> None:
        """Names that the customer's contacts bear; the others stay as words."""
        known, words = self.contacts.get(customer.pk, {}), row.values.get("people_word", "")
        others = [row.values["contact_name"]] if row.values.get("contact_name") else []
        for name in [words] if words in known else filter(None, map(str.strip, BETWEEN_NAMES.split(words))):
            if name in known and "contact" not in row.values:
                row.values["contact"] = known[name]
            elif name not in others:
                others.append(name)
        if others:
            row.values["contact_name"] = "、".join(others)[:PEOPLE_LENGTH]
        row.facts["people"] = words or "、".join(others)

    def _find_author(self, row: ImportedRow) -> None:
        word = row.values.get("author_word", "")
        if word and word not in self.authors:
            self.authors[word] = find_employee(self.by, word)
        pk = self.authors[word] if word else self.by.pk
        if pk is None:
            row.errors.append(f"记录人「{word}」不存在，或有同名的几位，请填写登录名。")
        elif pk != self.by.pk and not self.by.access.has(AS_OTHERS):
            row.errors.append(f"以{employee_names().get(pk, word)}的名义导入需要「导入他人的交往记录」权限。")
        row.facts["author"] = pk

    # --- what it is the same as

    def key_of(self, row: ImportedRow) -> Any:
        """The customer, the minute, the author and the words."""
        at = row.values.get("occurred_at")
        if not at or "customer" not in row.values:
            return None
        return row.values["customer"], _minute(at), row.facts["author"], self._words(row)

    def _words(self, row: ImportedRow) -> str:
        return rules.summary_of(row.values.get("content", ""), row.facts.get("people", ""))

    def present(self, rows: Sequence[ImportedRow]) -> Mapping[Any, Interaction]:
        """Records of these customers at these minutes. Where updates are wanted, the only one of an author at a minute is meant whatever its
        words are."""
        keys = [key for row in rows if (key := self.key_of(row))]
        if not keys:
            return {}
        times = [key[1] for key in keys]
        found = (
            self.entity.visible(self.by)
            .filter(
                customer__in={key[0] for key in keys}, occurred_at__gte=min(times), occurred_at__lt=max(times) + MINUTE
            )
            .select_related("customer", "employee")
            .order_by("-pk")
        )
        same: dict[Any, Interaction] = {}
        at_once: dict[Any, list[Interaction]] = defaultdict(list)
        for one in found:
            moment = one.customer_id, _minute(one.occurred_at), one.employee_id
            same[(*moment, one.summary)] = one
            at_once[moment].append(one)
        if self.options.update:
            for key in keys:
                if key not in same and len(alone := at_once[key[:3]]) == 1:
                    same[key] = alone[0]
        return same

    def name_of(self, row: ImportedRow) -> str:
        """A record is called by its summary."""
        return row.title

    def changes(self, row: ImportedRow, record: Any) -> dict[str, Any]:
        """What a row changes; a list shows no seconds, and may show the summary alone."""
        found = super().changes(row, record)
        if "occurred_at" in found:
            del found["occurred_at"]  # the minute is the same, or it would be another record
        if (
            "next_contact_at" in found
            and record.next_contact_at
            and _minute(record.next_contact_at) == _minute(found["next_contact_at"])
        ):
            del found["next_contact_at"]
        if row.facts.get("summarised"):
            found.pop("content", None)
        return found

    # --- writing

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """New records in few statements, each with its author; then the updates. The customers' first and last contact follow (CUS-02)."""
        new = [row for row in rows if row.verdict == "new"]
        ids = {row.values["customer"] for row in new}
        customers = {
            one.pk: one for one in Customer.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        }
        records = [self._record(row, log) for row in new if row.values["customer"] in customers]
        log.insert_many(records)
        for row, record in zip((row for row in new if row.values["customer"] in customers), records, strict=True):
            row.record_id = record.pk
        for row in new:
            if row.values["customer"] not in customers:
                row.verdict, row.message = "error", "客户刚刚被删除。"
                self.forget({row.number})
        services.follow_many([*customers.values()], log)
        super().write([row for row in rows if row.verdict == "update"], log)

    def _record(self, row: ImportedRow, log: Journal) -> Interaction:
        values = {
            name: row.values[name] for name in (*COPIED, "customer", "contact", "contact_name") if name in row.values
        }
        record = build(Interaction, values, employee_id=row.facts["author"])
        record.summary = self._words(row)
        record.created_by_id = row.facts["author"]
        record.created_at = min(row.values.get("created_at") or record.occurred_at, log.now)
        return record

    def write_one(self, row: ImportedRow) -> int:
        """An update as the form makes it; what the list does not show whole stays."""
        record = Interaction.objects.get(pk=row.record_id or 0)
        services.interaction_change(record, values=self.changes(row, record), by=self.by)
        return record.pk

    def why_not_add(self, row: ImportedRow) -> str | None:
        """A record tells with whom it was, and of whom."""
        if "customer" not in row.values:
            return "请填写客户名称或客户编号。"
        if "occurred_at" not in row.values:
            return "请填写联系时间。"
        if not row.values.get("contact") and not row.values.get("contact_name"):
            main = self.contacts.get(row.values["customer"], {})
            if len(main) != 1:
                return "请填写联系人。"
            row.values["contact"] = next(iter(main.values()))
        return None


def _minute(at: datetime) -> datetime:
    return at.astimezone(COMPANY_ZONE).replace(second=0, microsecond=0)
