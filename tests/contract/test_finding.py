"""「查找」 finds in every list, in every column that filters, the record that shows what is looked for."""

import pytest

from kemai.kit import doors
from kemai.people.tests.factories import again
from tests.contract.conftest import Case


@pytest.mark.spec("LST-05")
def test_what_a_list_shows_is_found_in_its_column(case: Case, page):
    case.records(3)
    listing = doors.list_of(case.entity, again(case.insider), {})
    columns = [column for column in listing.columns if column.filterable]
    looked_for = 0
    for row in listing.rows_of(listing.ids, columns):
        for column, cell in zip(columns, row.cells, strict=True):
            text = cell.raw[0] if column.kind == "tags" and cell.raw else cell.text
            if not text.strip():
                continue
            looked_for += 1
            before = listing.ids.index(row.id) - 1
            asked = {"column": column.name, "value": text, **({"after": listing.ids[before]} if before >= 0 else {})}
            answer = page.get(f"{case.api}/find", asked).json()
            assert (answer.get("found"), answer.get("id")) == (True, row.id), (column.name, text)
    assert looked_for >= 3


@pytest.mark.spec("LST-17")
def test_every_list_gives_the_sums_that_are_declared(case: Case, page):
    case.records(2)
    answer = page.get(f"{case.api}/sums").json()
    assert set(answer["sums"]) == {column.name for column in case.entity.columns if column.sums}
    assert page.get(f"{case.base}/sums").status_code == 200
