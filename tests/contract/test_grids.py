"""Every kind with rows inside: what the form shows while it is typed is what is stored (FRM-04)."""

import pytest

from kemai.kit import grids
from kemai.people.tests.factories import again, browser
from tests.contract.conftest import Case

pytestmark = pytest.mark.spec("FRM-04")


def _only(entity):
    return bool(entity.form and entity.form.change and entity.form.lines)


def test_the_preview_of_a_record_is_what_is_stored_in_it(case: Case):
    record, entity = case.make(), case.entity
    for lines in entity.form.lines:
        assert not lines.worked_out or lines.work_out, f"{entity.name}: {lines.name} work something out by no rule"
        if not lines.work_out and not lines.totals:
            continue
        stored = grids.of_record(entity, lines, record)
        sent = {lines.name: [{"id": line.pk} for line in getattr(record, lines.name).all()]}
        seen = grids.preview(entity, again(case.insider), sent, "page", record.pk)[lines.name]
        assert (seen.rows, seen.totals) == (stored.rows, stored.totals)


def test_the_headings_of_a_grid_pasted_back_name_its_fields(case: Case):
    for lines in case.entity.form.lines:
        page = browser(case.insider).get(f"/{case.entity.slug}/{case.make().pk}/edit").content.decode()
        assert f'data-grid="{lines.name}"' in page
        specs = grids.doors.line_specs(case.entity, lines)
        heads = "\t".join(spec.label for spec in specs)
        if len(specs) > 1:
            block = grids.read_block(case.entity, again(case.insider), lines.name, "", f"{heads}\n", "page")
            assert block.fields == [spec.name for spec in specs]


for _test in (
    test_the_preview_of_a_record_is_what_is_stored_in_it,
    test_the_headings_of_a_grid_pasted_back_name_its_fields,
):
    _test.only = _only
