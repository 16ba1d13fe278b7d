"""What the tests of customers share: the API as a person meets it, and proof that a refused deed changed nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange
from kemai.kit import tally
from kemai.kit.models import ChangeSet, RecycleBin, RowChange, Tally
from kemai.notify.models import Message
from kemai.office import services as office
from kemai.office.models import NumberCounter
from kemai.people.models import Employee
from kemai.people.tests.factories import company, employee, program

KEPT = (
    Customer,
    Contact,
    CustomerShare,
    OwnershipChange,
    Tally,
    RecycleBin,
    Message,
    NumberCounter,
    ChangeSet,
    RowChange,
)
NOT_FOUND = "没有找到这条记录，它可能已被删除，或不在您的数据范围内。"
NO_RIGHT = "您没有这项权限，需要时请联系系统管理员。"
PUBLIC = {
    "id", "name", "category", "category_display", "industry", "industry_display", "level", "level_display", "region", "region_display",
    "state", "state_display", "owner", "owner_display",
}  # fmt: skip


@dataclass
class Answer:
    """What the API answered."""

    status: int
    json: Any
    text: str

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and sentence of a refusal."""
        return self.status, self.json["code"], self.json["message"]

    @property
    def names(self) -> list[str]:
        """The names on the page of a list, in alphabetical order of their characters."""
        return sorted(item["name"] for item in self.json["items"])

    @property
    def total(self) -> int:
        return self.json["total"]

    @property
    def results(self) -> list[dict[str, Any]]:
        """What became of each record of a bulk deed."""
        return self.json["results"]

    @property
    def done(self) -> list[bool]:
        return [result["ok"] for result in self.json["results"]]


class Api:
    """One person at the API."""

    def __init__(self, who: Employee) -> None:
        self.client = program(who)

    def get(self, path: str, **params: Any) -> Answer:
        if "filter" in params:
            params["filter"] = json.dumps(params["filter"])
        return self._answer(self.client.get(f"/api/v1/{path}", params))

    def post(self, path: str, **sent: Any) -> Answer:
        return self._answer(self.client.post(f"/api/v1/{path}", sent, content_type="application/json"))

    def patch(self, path: str, **sent: Any) -> Answer:
        return self._answer(self.client.patch(f"/api/v1/{path}", sent, content_type="application/json"))

    def delete(self, path: str) -> Answer:
        return self._answer(self.client.delete(f"/api/v1/{path}"))

    def names(self, view: str, **params: Any) -> list[str]:
        """The names on one of the three lists; its total agrees with them."""
        answer = self.get("customers", view=view, page_size=500, **params)
        assert answer.status == 200, answer.text
        assert answer.total == len(answer.json["items"])
        return answer.names

    @staticmethod
    def _answer(response: Any) -> Answer:
        text = response.content.decode()
        return Answer(response.status_code, json.loads(text) if text else None, text)


def picture() -> dict[str, list[dict[str, Any]]]:
    """Everything that customers leave in the database: records, shares, history, counts, numbers, bin, messages, log."""
    kept = {model.__name__: list(model.objects.order_by("pk").values()) for model in KEPT}
    # tokens are made by a test when somebody first speaks; a look-up is noted whatever comes of the save (CUS-04)
    besides = {row["id"] for row in kept["ChangeSet"] if row["kind"] == "token" or row["deed"] == "customer.look_up"}
    kept["ChangeSet"] = [row for row in kept["ChangeSet"] if row["id"] not in besides]
    kept["RowChange"] = [row for row in kept["RowChange"] if row["change_set_id"] not in besides]
    return kept


@contextmanager
def nothing_changes() -> Iterator[None]:
    """A refused deed leaves everything as it was, the log included."""
    before = picture()
    yield
    after = picture()
    for name, rows in before.items():
        assert after[name] == rows, f"{name} changed"


def with_rights(login: str, name: str, *rights: str, **values: Any) -> Employee:
    """An employee with just these rights (and that of having a token for the API)."""
    return employee(login, name, rights=[*rights, "token.add"], **values)


def fresh(record: Any) -> Any:
    """The record as it is stored now."""
    return type(record).objects.get(pk=record.pk)


def owner_of(customer: Customer) -> Employee | None:
    return fresh(customer).owner


def last_log(customer: Customer) -> ChangeSet:
    """The latest entry of 「操作日志」 about this customer."""
    return ChangeSet.objects.filter(kind="customer", record_id=customer.pk).latest("pk")


def history(customer: Customer) -> list[tuple[str, str, str, str, str]]:
    """Every change of owner: from, to, deed, by whom, why; the oldest first."""
    return [
        (
            change.from_owner.name if change.from_owner else "客户池", change.to_owner.name if change.to_owner else "客户池", change.deed,
            change.by.name, change.reason,
        )
        for change in OwnershipChange.objects.filter(customer=customer).order_by("pk").select_related("from_owner", "to_owner", "by")
    ]  # fmt: skip


def messages_of(who: Employee) -> list[str]:
    """What an employee was told."""
    return list(Message.objects.filter(employee=who).order_by("pk").values_list("text", flat=True))


def counts_are_true() -> None:
    """The counts by owner equal what is really there."""
    real: dict[int, int] = {}
    for owner_id in Customer.objects.values_list("owner_id", flat=True):
        real[owner_id or 0] = real.get(owner_id or 0, 0) + 1
    assert {owner: count for owner, count in tally.table("customer").items() if count} == real


def set_parameter(code: str, value: Any) -> None:
    """An administrator changes a parameter."""
    office.settings_save({code: value}, by=company())


def force_supervisors(on: bool) -> None:
    """「上下级强制共享」 on or off (ORG-06)."""
    set_parameter("supervisors_see_all", on)


def ids(records: Sequence[Any]) -> list[int]:
    return [record.pk for record in records]


def day(text: str) -> date:
    return date.fromisoformat(text)


def today() -> date:
    return timezone.localdate()
