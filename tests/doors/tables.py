"""The two hand-written tables: what each ready role may do (docs/rights.csv), and what each door answers (expected.csv)."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LATER = "以后"


@dataclass(frozen=True)
class RoleRow:
    """One ready role as docs/rights.csv has it: rights that the product has, rights to come, the range over customers."""

    code: str
    name: str
    rights: frozenset[str]
    later: frozenset[str]
    scope: str


@lru_cache
def roles() -> dict[str, RoleRow]:
    """The ready roles of the table by their code."""
    with (ROOT / "docs" / "rights.csv").open(encoding="utf-8", newline="") as file:
        heads, codes, *rows = list(csv.reader(file))
    found = {}
    for at in range(3, len(heads)):
        cells = {row[1]: (row[2], row[at]) for row in rows}
        given = {code: when for code, (when, cell) in cells.items() if cell == "1"}
        found[codes[at]] = RoleRow(
            code=codes[at], name=heads[at],
            rights=frozenset(code for code, when in given.items() if when != LATER),
            later=frozenset(code for code, when in given.items() if when == LATER),
            scope=cells["range.customer"][1],
        )  # fmt: skip
    return found


@lru_cache
def right_rows() -> list[tuple[str, str, str]]:
    """Name, code, and when it comes, of every function right of the table."""
    with (ROOT / "docs" / "rights.csv").open(encoding="utf-8", newline="") as file:
        return [(row[0], row[1], row[2]) for row in list(csv.reader(file))[2:] if not row[1].startswith("range.")]


@dataclass(frozen=True)
class DoorRow:
    """One door of a kind: the rights that it needs, and the answer per relation to the record."""

    kind: str
    door: str
    needs: str
    answers: dict[str, str]


@lru_cache
def doors() -> tuple[DoorRow, ...]:
    """Every row of expected.csv."""
    with (Path(__file__).parent / "expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        DoorRow(row.pop("kind"), row.pop("door"), row.pop("needs"), {name: cell for name, cell in row.items() if cell})
        for row in rows
    )


def expectation(role: RoleRow, row: DoorRow, relation: str) -> str:
    """What the door answers to that role: 403 without the right, whatever the record is; then as the cell says (ORG-08).

    A cell reads `404; customer.manage ok`: 404, but ok to who has the right; `all` means a data range over everything.
    """
    for need in row.needs.split():
        if not role.rights & set(need.split("|")):
            return "403"
    usual, *exceptions = [part.strip() for part in row.answers[relation].split(";")]
    for exception in exceptions:
        condition, answer = exception.split()
        if (role.scope == "all") if condition == "all" else condition in role.rights:
            return answer
    return usual
