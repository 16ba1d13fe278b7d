"""What is exported is what the list shows: all that match, in its order, no field more (LST-10)."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from kemai.kit import doors
from kemai.kit.models import ChangeSet
from kemai.people.tests.factories import again, browser
from tests.contract.conftest import Case
from tests.contract.test_public import public, secrets_of


def sheet(answer):
    """The rows of an exported workbook as text."""
    assert answer.status_code == 200, answer.content
    content = io.BytesIO(b"".join(answer.streaming_content))
    return [
        [str(cell) for cell in row] for row in CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    ]


@pytest.mark.spec("LST-10", "SYS-08")
def test_an_export_opens_and_has_the_rows_of_the_list(case: Case, page):
    case.records(3)
    for address in (f"{case.base}/export", f"{case.api}/export"):
        listing = doors.list_of(case.entity, again(case.insider), {"page_size": "500"})
        title = next((at for at, column in enumerate(listing.shown) if column.column.title), 0)
        expected = listing.sheet.strips[title].texts
        head, *rows = sheet(page.get(address))
        assert head == [column.label for column in listing.shown]
        assert [row[title] for row in rows] == expected
        entry = ChangeSet.objects.filter(deed=f"{case.entity.name}.export").latest("pk")
        assert entry.by == case.insider
        assert f"{len(expected)} 条" in entry.note


@pytest.mark.spec("LST-10")
def test_an_export_keeps_to_search_filter_and_order(case: Case, page):
    case.records(4)
    column = next((column for column in doors.columns_for(case.insider, case.entity, None) if column.sort_path), None)
    params = {"sort": f"-{column.name}"} if column else {}
    total = doors.list_of(case.entity, again(case.insider), {**params, "page_size": "500"}).total
    answer = page.get(f"{case.base}/export", {**params, "format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == total + 1
    nothing = page.get(f"{case.base}/export", {"q": "绝不会有的名称甲乙丙"})
    assert len(sheet(nothing)) == 1
    assert page.get(f"{case.base}/export", {"format": "exe"}).status_code == 400


@pytest.mark.spec("LST-10", "ORG-08")
def test_an_export_has_no_record_out_of_range(case: Case):
    record = case.make()
    if case.everybody:
        pytest.skip("everybody who has the right sees these records")
    for view in case.entity.all_views:
        if not view.public:
            rows = sheet(browser(case.outsider).get(f"{case.base}/export", {"view": view.name}))
            assert not any(str(record) in cell for row in rows[1:] for cell in row)


@pytest.mark.spec("CUS-08", "LST-10")
@public
def test_an_export_of_a_public_list_has_the_public_fields_alone(case: Case):
    record = again(case.make())
    view = next(view for view in case.entity.all_views if view.public)
    secrets = secrets_of(case, record, view)
    rows = sheet(browser(case.outsider).get(f"{case.base}/export", {"view": view.name}))
    assert len(rows) == case.entity.model.objects.count() + 1
    assert not [secret for secret in secrets for row in rows for cell in row if secret in cell]
