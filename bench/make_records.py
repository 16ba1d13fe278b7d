"""Contact records and to-dos for the customers of the measurements: what workbench, list 「待办」, reminders and the tab of a customer read.

A fifth of the customers that were spoken with get two to six records, ten of each salesperson's three hundred, so that there are 0.4 of them
for each customer; half of the latest ones plan a next contact. They fit to the times of first and last contact that the customers have.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.make_data import SEED, Table, _at, _index, _insert, _without_indexes, say
from bench.places import Place

HAVE_RECORDS = 0.2  # of the customers that were spoken with
MANY = 300  # records of a few customers
PLANS = 0.55  # of the latest records
BATCH = 5000  # customers
DAY = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)  # to-dos are planned around it
SAID = (
    "谈了交期和付款方式",
    "介绍了新产品，对方要样品",
    "电话没人接，改天再打",
    "报价偏高，要再比较两家",
    "约好下周来厂参观",
    "催了货款，答应月底付清",
)
STEPS = ("发报价单", "寄样品", "上门拜访", "确认订单数量", "")


def add_records(place: Place) -> None:
    """Adds them to a place that has none yet."""
    mark = place.folder / "records.json"
    if mark.exists():
        return
    started = time.monotonic()
    count = _fill()
    mark.write_text(f'{{"records": {count}}}')
    say(f"{count:,} contact records made in {time.monotonic() - started:.0f} s")


def _fill() -> int:
    from django.db import connection, transaction
    from django.db.models import Max

    from kemai.kit import tally
    from kemai.kit.search import Doc
    from kemai.teamwork.models import Interaction, Todo

    random, vendor = Random(SEED), connection.vendor
    records, todos, index = Table.of(Interaction), Table.of(Todo), _index("interaction")
    tables = [records.name, todos.name, index.table]
    number = first = (Interaction.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    todo_number = (Todo.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    chosen = list(_chosen(random))
    with transaction.atomic(), connection.cursor() as cursor, _unchecked(cursor), _without_indexes(connection, tables):
        for start in range(0, len(chosen), BATCH):
            rows, plans, texts = [], [], []
            for pk, name, owner, days, count in chosen[start : start + BATCH]:
                for place, at in enumerate(_times(random, days, count)):
                    said, latest = f"{random.choice(SAID)}（第 {place + 1} 次）", place == count - 1
                    due = DAY + timedelta(minutes=random.randrange(-20 * 1440, 40 * 1440))
                    plan = due if latest and random.random() < PLANS else None
                    step = random.choice(STEPS)
                    rows.append(records.row(
                        id=number, version=1, created_by_id=owner, created_at=_at(at, vendor), updated_at=_at(at, vendor), customer_id=pk,
                        contact_name="采购部", occurred_at=_at(at, vendor), content=said, next_step=step if plan else "",
                        next_contact_at=_at(plan, vendor), employee_id=owner, summary=said[:80],
                    ))  # fmt: skip
                    doc = {
                        "people": Doc(persons=("采购部",)),
                        "customer": Doc(names=(name,)),
                        "content": Doc(codes=(said,)),
                    }
                    texts.append(index.packed(number, index.pack(doc)))
                    if plan:
                        plans.append(todos.row(
                            id=todo_number, version=1, created_by_id=owner, created_at=_at(at, vendor), updated_at=_at(at, vendor),
                            interaction_id=number, customer_id=pk, employee_id=owner, text=(step or "联系 采购部"), due_at=_at(plan, vendor),
                            reminded_at=_at(plan, vendor) if plan < DAY else None,
                        ))  # fmt: skip
                        todo_number += 1
                    number += 1
            _insert(cursor, records, rows)
            _insert(cursor, todos, plans)
            index.write_packed(texts)
        _finish(cursor, Interaction, Todo)
    owners = Interaction.objects.order_by().values_list("employee_id", flat=True).iterator(chunk_size=10_000)
    tally.recount("interaction", owners)
    index.optimize()
    return number - first


@contextmanager
def _unchecked(cursor: Any) -> Iterator[None]:
    """PostgreSQL makes no index while foreign keys of its table are still to be checked."""
    if cursor.db.vendor == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
    yield


def _chosen(random: Random) -> Iterator[tuple[int, str, int, tuple[datetime, datetime], int]]:
    """Customer, its name, its owner, first and last contact, how many records."""
    from kemai.customers.models import Customer

    spoken_with = Customer.objects.filter(
        owner__isnull=False, first_contacted_at__isnull=False, interactions__isnull=True
    )
    many: set[int] = set()
    for pk, name, owner, first, last in spoken_with.order_by("pk").values_list(
        "pk", "name", "owner_id", "first_contacted_at", "last_contacted_at"
    ):
        if owner not in many and random.random() < 0.1 and len(many) < 20:
            many.add(owner)
            yield pk, name, owner, (first, last), MANY
        elif random.random() < HAVE_RECORDS:
            yield pk, name, owner, (first, last), random.randrange(2, 7)


def _times(random: Random, days: tuple[datetime, datetime], count: int) -> list[datetime]:
    first, last = days
    between = sorted(first + (last - first) * random.random() for _ in range(count - 2))
    return [first, *between, last]


def _finish(cursor: Any, *models: Any) -> None:
    from django.core.management.color import no_style
    from django.db import connection

    for statement in connection.ops.sequence_reset_sql(no_style(), models):
        cursor.execute(statement)
    for model in models:
        cursor.execute(f'ANALYZE "{model._meta.db_table}"')
