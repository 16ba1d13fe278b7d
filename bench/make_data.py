"""Makes the data of the measurements: the same database from the same seed, as the product's services would have written it.

    python -m bench.make_data --customers 1000000                      into a folder of SQLite, below build/bench
    python -m bench.make_data --customers 1000 --database postgres     into a PostgreSQL that is started for it
    python -m bench.make_data --customers 1000 --check                 and proves it: see check_data.py

People are made through the services. Customers, contacts, shares and the search index are written in bulk, their texts worked out by
the product's own functions in several processes; contact records follow (make_records.py). The journal stays empty but for the people.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from bench.names import TITLES, company_name, landline, mobile, person_name
from bench.people import SMALL_OWNER_CUSTOMERS, Company, make_company
from bench.places import Place, prepare_environment

SEED = 20260101
END = date(2026, 10, 31)  # the newest customer was made on this day
DAYS = 1000  # the oldest one so many days before
CHUNK = 5000  # customers that are made in one go
CLAIMED = 0.7
SHARES = 0.2  # shares for each customer
CONTACTS = ((0, 0.10), (1, 0.65), (2, 0.20), (3, 0.05))  # how many contacts, with which chance: 1.2 on average


@dataclass
class Facts:
    """What the making of rows needs to know of the database; sent to every process."""

    customers: int
    seed: int
    company: Company
    entries: dict[str, list[int]]  # dictionary code -> ids of its entries
    cities: list[tuple[str, list[tuple[int, str]]]]  # short name of the city -> (id, full name) of its counties
    vendor: str

    @property
    def a_day(self) -> int:
        """How many customers were made on one day."""
        return -(-self.customers // DAYS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument(
        "--database", default="sqlite", help="sqlite, postgres, or a postgres:// address of an empty database"
    )
    parser.add_argument("--check", action="store_true", help="compare with what the services write")
    parser.add_argument("--again", action="store_true", help="make it anew even if it is there")
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    place = Place.of(args.customers, args.database)
    make(place, processes=args.processes, again=args.again)
    if args.check:
        from bench.check_data import check

        check()
    return 0


def make(place: Place, *, processes: int = 2, again: bool = False) -> None:
    """The database of that place, ready: present already, or made now. Django speaks to it afterwards."""
    if again or not place.is_made():
        place.empty()
    prepare_environment(place)
    import django

    import kemai  # noqa: F401 - brings the current SQLite

    django.setup()
    from kemai.config.prepare import prepare

    prepare()
    if not place.is_made():
        started = time.monotonic()
        _fill(place.customers, processes)
        place.mark_made()
        say(f"{place.customers:,} customers made in {time.monotonic() - started:.0f} s")
    from bench.make_records import add_records

    add_records(place)


def say(words: str) -> None:
    """A line for whoever waits."""
    print(words, file=sys.stderr, flush=True)


def _fill(customers: int, processes: int) -> None:
    from django.db import connection

    company = make_company(SEED)
    facts = facts_of(customers, company)
    tables = _tables()
    with _bulk_mode(connection), _without_indexes(connection, [table.name for table in tables.values()]):
        _load(facts, tables, processes)
    _finish(facts)
    _remember(company)


def facts_of(customers: int, company: Company) -> Facts:
    """What the database offers to choose from."""
    from django.db import connection

    from kemai.office.models import DictionaryEntry, Region
    from kemai.office.queries import short_region

    entries: dict[str, list[int]] = {}
    for code, pk in DictionaryEntry.objects.order_by("pk").values_list("dictionary__code", "pk"):
        entries.setdefault(code, []).append(pk)
    cities: dict[str, list[tuple[int, str]]] = {}
    for pk, full_name in Region.objects.order_by("pk").values_list("pk", "full_name"):
        steps = full_name.split(" ")
        if len(steps) == 3:
            city = short_region(steps[0] if steps[1] in ("市辖区", "县") else steps[1])
            cities.setdefault(city, []).append((pk, full_name))
    known = [(city, counties) for city, counties in cities.items() if 2 <= len(city) <= 4]
    return Facts(customers, SEED, company, entries, known, connection.vendor)


# --- rows, made in several processes -----------------------------------------------------------------------------------


@dataclass
class Table:
    """A table that is written in bulk: its columns, and a row of defaults."""

    name: str
    columns: list[str]
    defaults: list[Any]

    @classmethod
    def of(cls, model: Any) -> "Table":
        from django.db import connection

        fields = model._meta.concrete_fields
        defaults = []
        for field in fields:
            value = field.get_db_prep_save(field.get_default(), connection)
            if field.get_internal_type() == "JSONField":
                value = json.dumps(field.get_default())
            defaults.append(value)
        return cls(model._meta.db_table, [field.column for field in fields], defaults)

    def row(self, **values: Any) -> list[Any]:
        """A row with these values by column."""
        row = self.defaults.copy()
        for column, value in values.items():
            row[self.columns.index(column)] = value
        return row


def _tables() -> dict[str, Table]:
    from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange

    known = {"customer": Customer, "contact": Contact, "share": CustomerShare, "change": OwnershipChange}
    tables = {name: Table.of(model) for name, model in known.items()}
    for kind in ("customer", "contact"):
        index = _index(kind)
        tables[f"{kind}_text"] = Table(index.table, [], [])
    return tables


def _index(kind: str) -> Any:
    from kemai.kit.search_docs import index_of

    return index_of(kind)


_facts: Facts


def _begin(facts: Facts, environment: dict[str, str]) -> None:
    """A process that makes rows: it opens no database."""
    import os

    global _facts
    os.environ.update(environment)
    import django

    import kemai  # noqa: F401

    django.setup()
    _facts = facts


def _chunk(number: int) -> dict[str, list]:
    return rows_of_chunk(_facts, number)


def rows_of_chunk(facts: Facts, number: int) -> dict[str, list]:
    """The rows of one chunk of customers and all that hangs on them. Contacts get their ids when all are known."""
    from kemai.customers.queries import name_parts, phone_key
    from kemai.kit.search import Doc
    from kemai.kit.text import sort_key

    random = Random(facts.seed * 1000 + number)
    company, entries, tables = facts.company, facts.entries, _tables()
    customers, contacts, shares, changes = (tables[name] for name in ("customer", "contact", "share", "change"))
    found: dict[str, list] = {
        "customer": [],
        "contact": [],
        "share": [],
        "change": [],
        "customer_text": [],
        "contact_text": [],
    }
    city_names, counties = [city for city, _ in facts.cities], dict(facts.cities)
    weights = company.weights()
    few = max(1, facts.customers // SMALL_OWNER_CUSTOMERS)
    customer_index, contact_index = _index("customer"), _index("contact")
    for serial in range(number * CHUNK, min((number + 1) * CHUNK, facts.customers)):
        pk = serial + 1
        name, short_name, city = company_name(serial, city_names)
        region, region_name = random.choice(counties[city])
        day_place = serial % facts.a_day
        day = END - timedelta(days=DAYS - 1 - serial // facts.a_day)
        created = datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC) + timedelta(
            seconds=34_000 * day_place // facts.a_day
        )
        owner = _owner(random, company, weights, serial % few == few // 2 and serial // few < SMALL_OWNER_CUSTOMERS)
        made_by_owner = owner is not None and random.random() < 0.5
        author = owner if made_by_owner else random.choice(company.marketing)
        claimed = (
            None if owner is None else created if made_by_owner else created + timedelta(hours=random.randrange(1, 400))
        )
        first, last = _contacted(random, claimed)
        phone = landline(random) if random.random() < 0.7 else ""
        parts = name_parts(name)
        number_text = f"KH{day:%Y%m%d}{day_place + 1:04d}"
        found["customer"].append(customers.row(
            id=pk, version=1 if made_by_owner or owner is None else 2, created_by_id=author,
            created_at=_at(created, facts.vendor), updated_at=_at(claimed or created, facts.vendor),
            number=number_text, name=name, short_name=short_name if random.random() < 0.6 else "",
            category_id=_entry(random, entries["customer_category"], 0.8), level_id=_entry(random, entries["customer_level"], 0.7),
            industry_id=_entry(random, entries["customer_industry"], 0.8), source_id=_entry(random, entries["customer_source"], 0.8),
            size_id=_entry(random, entries["customer_size"], 0.5), region_id=region if random.random() < 0.9 else None,
            address=f"{region_name.replace(' ', '')}{random.choice('人民解放中山建设')}路{random.randrange(1, 2000)}号",
            phone=phone, website=f"www.kh{pk}.example.com" if random.random() < 0.3 else "",
            tax_number=f"91{random.randrange(10**16):016d}" if random.random() < 0.2 else "",
            remarks="老客户介绍，对价格敏感，月底前后联系。" if random.random() < 0.2 else "",
            owner_id=owner, state="unclaimed" if owner is None else "claimed", claimed_at=_at(claimed, facts.vendor),
            first_contacted_at=_at(first, facts.vendor), last_contacted_at=_at(last, facts.vendor), phone_digits=phone_key(phone), **parts,
        ))  # fmt: skip
        short = found["customer"][-1][customers.columns.index("short_name")]
        people = []
        for place in range(random.choices([count for count, _ in CONTACTS], [chance for _, chance in CONTACTS])[0]):
            person, cell, sex = person_name(random), mobile(random), random.choice(("male", "female", ""))
            desk = landline(random) if random.random() < 0.2 else ""
            people.append((person, cell, desk))
            found["contact"].append(contacts.row(
                version=2 if place == 0 else 1, created_by_id=author, created_at=_at(created, facts.vendor), updated_at=_at(created, facts.vendor),
                customer_id=pk, name=person, is_main=place == 0, sex=sex, title=random.choice(TITLES), mobile=cell, phone=desk,
                email=f"lx{pk}.{place}@example.com" if random.random() < 0.4 else "", name_key=sort_key(person, person=True),
            ))  # fmt: skip
            found["contact_text"].append(contact_index.pack(
                {"name": Doc(persons=[person]), "phones": Doc(phones=[one for one in (cell, desk) if one])}
            ))  # fmt: skip
        found["customer_text"].append((pk, customer_index.pack({
            "name": Doc(names=[name]), "short_name": Doc(names=[short] if short else []), "number": Doc(codes=[number_text]),
            "phone": Doc(phones=[phone] if phone else []),
            "contacts": Doc(persons=[person for person, _, _ in people], phones=[one for _, *both in people for one in both if one]),
        })))  # fmt: skip
        if owner is None:
            continue
        found["change"].append(changes.row(
            customer_id=pk, from_owner_id=None, to_owner_id=owner, deed="create" if made_by_owner else "claim", by_id=owner,
            at=_at(claimed, facts.vendor),
        ))  # fmt: skip
        if random.random() < SHARES / CLAIMED:
            found["share"].append(_share(random, shares, facts, pk, owner, claimed))
    return found


def _owner(random: Random, company: Company, weights: list[float], small: bool) -> int | None:
    claimed = random.random() < CLAIMED
    chosen = random.choices(company.sales, weights)[0]
    return company.small if small else chosen if claimed else None


def _contacted(random: Random, claimed: datetime | None) -> tuple[datetime | None, datetime | None]:
    if claimed is None or random.random() < 0.3:
        return None, None
    first = claimed + timedelta(days=random.randrange(30), minutes=random.randrange(600))
    last = first + timedelta(days=int(random.random() ** 2 * 400), minutes=random.randrange(600))
    newest = datetime(END.year, END.month, END.day, 10, tzinfo=UTC)
    return min(first, newest), min(last, newest)


def _entry(random: Random, ids: list[int], chance: float) -> int | None:
    """An entry of a dictionary: the first ones are the more frequent ones."""
    return ids[int(random.random() ** 2 * len(ids))] if random.random() < chance else None


def _share(random: Random, table: Table, facts: Facts, customer: int, owner: int, at: datetime) -> list[Any]:
    """With a colleague, or one in ten with a team; one in twenty is over."""
    colleague = team = None
    if random.random() < 0.1:
        team = random.choice(facts.company.departments)
    else:
        colleague = random.choice([pk for pk in random.sample(facts.company.everybody, 2) if pk != owner])
    until = None if random.random() < 0.8 else "2024-12-31" if random.random() < 0.25 else "2099-12-31"
    return table.row(
        customer_id=customer, owner_id=owner, employee_id=colleague, department_id=team, until=until, created_by_id=owner, created_at=_at(at, facts.vendor),
        updated_at=_at(at, facts.vendor),
    )  # fmt: skip


def _at(moment: datetime | None, vendor: str) -> str | None:
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%d %H:%M:%S") + ("+00" if vendor == "postgresql" else "")


# --- loading -----------------------------------------------------------------------------------------------------------


def _load(facts: Facts, tables: dict[str, Table], processes: int) -> None:
    import os

    from django.db import connection

    chunks = -(-facts.customers // CHUNK)
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(("KEMAI_", "DATABASE_URL", "DJANGO_"))
    }
    last = Counter(dict.fromkeys(("contact", "share", "change"), 0))
    with multiprocessing.get_context("spawn").Pool(processes, _begin, (facts, environment)) as pool:
        started = time.monotonic()
        for number, found in enumerate(pool.imap(_chunk, range(chunks))):
            for name in last:
                for row in found[name]:
                    last[name] += 1
                    row[0] = last[name]
            first = last["contact"] - len(found["contact"]) + 1
            found["contact_text"] = [*enumerate(found["contact_text"], first)]
            with connection.cursor() as cursor:
                for name in ("customer", "contact", "share", "change"):
                    _insert(cursor, tables[name], found[name])
            for kind in ("customer", "contact"):
                index = _index(kind)
                index.write_packed(index.packed(pk, parts) for pk, parts in found[f"{kind}_text"])
            if number % 20 == 19:
                say(f"  {min((number + 1) * CHUNK, facts.customers):,} customers, {time.monotonic() - started:.0f} s")


def _insert(cursor: Any, table: Table, rows: list[list[Any]]) -> None:
    columns = ", ".join(f'"{column}"' for column in table.columns)
    if cursor.db.vendor == "postgresql":
        with cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(table.columns))
        cursor.executemany(f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})', rows)


@contextmanager
def _bulk_mode(connection: Any) -> Iterator[None]:
    """One transaction, and no care for a power cut: what fails is made anew."""
    from django.db import transaction

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for pragma in ("synchronous = OFF", "journal_mode = OFF", "foreign_keys = OFF", "cache_size = -1000000"):
                cursor.execute(f"PRAGMA {pragma}")
        else:
            for setting in (
                "synchronous_commit = off",
                "maintenance_work_mem = '512MB'",
                "session_replication_role = replica",
            ):
                cursor.execute(f"SET {setting}")
    with transaction.atomic():
        yield
    connection.close()


@contextmanager
def _without_indexes(connection: Any, tables: list[str]) -> Iterator[None]:
    """Takes the indexes of these tables away (those of constraints stay) and makes them again at the end."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(tables))
            cursor.execute(
                f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
                tables,
            )
        else:
            cursor.execute(
                "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND schemaname = current_schema() "
                "AND indexname NOT IN (SELECT conname FROM pg_constraint)", [tables],
            )  # fmt: skip
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with connection.cursor() as cursor:
        for name, sql in indexes:
            started = time.monotonic()
            cursor.execute(sql)
            if (taken := time.monotonic() - started) > 3:
                say(f"  index {name}: {taken:.0f} s")


def _finish(facts: Facts) -> None:
    """Counts by owner, numbers, sequences, statistics."""
    from django.core.management.color import no_style
    from django.db import connection

    from kemai.customers.models import Contact, Customer, CustomerShare, OwnershipChange
    from kemai.kit import tally
    from kemai.kit.planner import renew_statistics
    from kemai.office.models import NumberCounter

    tally.recount(
        "customer", Customer.objects.order_by().values_list("owner_id", flat=True).iterator(chunk_size=10_000)
    )
    days = Counter(END - timedelta(days=DAYS - 1 - serial // facts.a_day) for serial in range(facts.customers))
    NumberCounter.objects.bulk_create(
        NumberCounter(kind="customer", period=f"{day:%Y%m%d}", last=count) for day, count in sorted(days.items())
    )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(
            no_style(), [Customer, Contact, CustomerShare, OwnershipChange]
        ):
            cursor.execute(statement)
        for kind in ("customer", "contact"):
            _index(kind).optimize()
    renew_statistics()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "postgresql" else "PRAGMA wal_checkpoint(TRUNCATE)")


def _remember(company: Company) -> None:
    """Keeps who is who beside the data, for the measurements."""
    from django.conf import settings

    (settings.DATA_DIR / "company.json").write_text(json.dumps(asdict(company)))


if __name__ == "__main__":
    sys.exit(main())
