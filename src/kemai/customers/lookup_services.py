"""Looking up names over all customers, so that nobody makes one a second time (CUS-04).

It reaches beyond the person's range, says no more than name, owner, state and days since the last contact, and is counted and logged,
for it could be used to fish for customers. What counts: rules.look_ups_counted.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils import timezone

from kemai.customers import queries, rules
from kemai.kit.access import require
from kemai.kit.entity import Found
from kemai.kit.errors import DomainError, Invalid
from kemai.kit.journal import journal
from kemai.kit.models import ChangeSet
from kemai.kit.moments import day_range
from kemai.kit.text import fold
from kemai.kit.workflow import lock
from kemai.office.queries import setting
from kemai.people.models import Employee

DEED = "customer.look_up"
FOUND_MOST = 50  # customers that 「搜索」 lists
TYPED_MOST = 5  # customers shown while a name is typed


def customer_look_up(text: str, *, by: Employee, typing: bool = False, except_id: int | None = None) -> Found:
    """The customers of a name, whoever owns them: with 「搜索」 all whose name contains the text, while typing those that may be the same.

    Raises Invalid for a text that is too short, DomainError (429) when the person's look-ups of the day are used up.
    """
    require(by, "customer.view")
    if not by.access.has("customer.add"):
        require(by, "customer.change")
    if len(fold(text)) < rules.LOOK_UP_LEAST:
        if typing:
            return Found([])
        raise Invalid({"text": [f"请至少输入 {rules.LOOK_UP_LEAST} 个字再搜索。"]})
    _count(text, by, rules.TYPED if typing else rules.SEARCHED)
    if typing:
        found = queries.names_like(text, except_id, TYPED_MOST)
        return Found(_facts(found[:TYPED_MOST]), more=len(found) > TYPED_MOST)
    found = queries.names_with(text, except_id, FOUND_MOST + 1)
    return Found(_facts(found[:FOUND_MOST]), more=len(found) > FOUND_MOST)


def _facts(customers: list[Any]) -> list[dict[str, Any]]:
    facts = (queries.candidate_facts(customer, "") for customer in customers)
    return [{name: value for name, value in one.items() if name != "why"} for one in facts]


def counted_when_refused(save: Callable) -> Callable:
    """A save that is refused with the names of similar customers is a look-up too: counted and logged, and beyond the limit it names none
    (CUS-04, CUS-05). Saving with a reason goes on."""

    @wraps(save)
    def counted(*args: Any, by: Employee, **more: Any) -> Any:
        try:
            return save(*args, by=by, **more)
        except DomainError as error:
            if error.code != "similar":
                raise
            refused = error
        try:
            _count(refused.extra.pop("asked"), by, rules.SAVED)
        except DomainError as limit:
            sentence = f"有相似的客户，不能列出：{limit.message}确实不是同一家，请填写原因后保存。"
            raise DomainError("similar", sentence, fields=refused.fields) from None
        raise refused

    return counted


def _count(text: str, by: Employee, way: str) -> None:
    """Writes the look-up into the log, unless the same was typed or saved before today. Raises DomainError at the limit."""
    start, end = day_range(timezone.localdate())
    with journal(by=by, deed=DEED, note=way) as log:
        lock(by)  # two look-ups of one person come one after the other
        entries = ChangeSet.objects.filter(by=by, deed=DEED, at__gte=start, at__lt=end).order_by("pk")
        made = [(note, title) for note, title in entries.values_list("note", "title")]
        this = (way, text[:200])
        if way != rules.SEARCHED and this in made:
            log.note = ""  # nothing to write down
            return
        limit = setting("customer_look_ups_a_day")
        if rules.look_ups_counted([*made, this]) > max(limit, rules.look_ups_counted(made)):
            raise DomainError(
                "look_up_limit", f"您今天已查询客户名称 {limit} 次，到了每天的上限，请明天再查；确有需要，请系统管理员在「参数设置」里调整。",
                status=429,
            )  # fmt: skip
        log.kind, log.title = "customer", text[:200]
