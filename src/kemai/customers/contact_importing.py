"""How tables become contacts of their own (IMP-01): at customers in the person's range, by name or number, or private ones."""

from collections.abc import Mapping, Sequence
from typing import Any

from kemai.customers import queries, rules
from kemai.customers.contact_services import contacts_create
from kemai.customers.models import Contact, Customer
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError
from kemai.kit.import_columns import ImportedRow
from kemai.kit.import_plan import PlanByKey
from kemai.kit.importing import Options
from kemai.kit.journal import Journal
from kemai.people.models import Employee


class ContactImport(PlanByKey):
    """The same name (or mobile, by choice) at the same customer is the same contact."""

    def __init__(self, by: Employee, options: Options) -> None:
        super().__init__(registry["contact"], by, options)
        self.customers = CustomerWords(by)

    def look_up(self, rows: Sequence[ImportedRow]) -> None:
        """The customers that these rows name."""
        self.customers.look_up(
            [word for row in rows for name in ("customer_word", "number_word") if (word := row.values.get(name))]
        )

    def gather(self, row: ImportedRow) -> None:
        """The customer of the row."""
        customer = self.customers.of(row)
        if customer is not None:
            row.values["customer"], row.facts["customer"] = customer.pk, customer

    def key_of(self, row: ImportedRow) -> Any:
        """The customer and the name, or the mobile where that is the key and is there."""
        return self._key(row.values.get("customer"), row.values.get("name", ""), row.values.get("mobile", ""))

    def _key(self, customer: int | None, name: str, mobile: str) -> tuple[int, str] | None:
        word = (mobile if self.key == "mobile" else "") or name
        return (customer or 0, word) if word else None

    def present(self, rows: Sequence[ImportedRow]) -> Mapping[Any, Contact]:
        """The contacts of these customers, and the person's own private ones."""
        customers = {row.values.get("customer") for row in rows}
        found = list(
            Contact.objects.filter(customer__in=customers - {None}).select_related("customer__owner").order_by("-pk")
        )
        if None in customers:
            found += Contact.objects.filter(customer__isnull=True, created_by=self.by).order_by("-pk")
        return {key: one for one in found if (key := self._key(one.customer_id, one.name, one.mobile))}

    def why_not_add(self, row: ImportedRow) -> str | None:
        """Whose customer it is, and what a private contact may not have."""
        customer = row.facts.get("customer")
        if customer is not None and row.values.get("is_private"):
            return "私人联系人不属于任何单位：请去掉单位，或不填私人联系人。"
        if customer is None and not row.values.get("is_private"):
            return "请填写单位名称；没有单位的请在「私人联系人」一列填“是”。"
        return rules.why_not_change_contacts(customer, self.by)

    def name_of(self, row: ImportedRow) -> str:
        """Contacts are called by their names."""
        return row.title

    def write(self, rows: Sequence[ImportedRow], log: Journal) -> None:
        """New contacts in few statements; then the updates."""
        new = [row for row in rows if row.verdict == "new"]
        for row, made in zip(
            new, contacts_create([self.values_of(row) for row in new], by=self.by, log=log), strict=True
        ):
            if isinstance(made, DomainError):
                row.verdict, row.message = "error", made.message
                self.forget({row.number})
            else:
                row.record_id = made.pk
        super().write([row for row in rows if row.verdict == "update"], log)


class CustomerWords:
    """Customers in a person's range by name or number, as the columns `customer_word` and `number_word` of a file name them."""

    def __init__(self, by: Employee) -> None:
        self.by = by
        self.found: dict[str, Customer | None] = {}

    def look_up(self, words: Sequence[str]) -> None:
        """Reads those that are not known yet, few statements for many."""
        if new := {word for word in words if word not in self.found}:
            self.found |= dict.fromkeys(new) | queries.customers_called(self.by, new)

    def of(self, row: ImportedRow) -> Customer | None:
        """The customer that a row names; the number counts before the name. Adds an error where it is not there, or out of range."""
        number, name = row.values.get("number_word", ""), row.values.get("customer_word", "")
        for word in (number, name):
            if word and (customer := self.found.get(word)):
                return customer
        if word := name or number:
            row.errors.append(f"客户「{word}」不存在，或不在您的数据范围内。")
        return None
