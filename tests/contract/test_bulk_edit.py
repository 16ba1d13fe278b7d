"""「批量修改」 on every kind with a form: by the right to change, within range, each record by its own rules, and back again."""

import pytest

from kemai.kit import bulk_edit
from kemai.kit.entity import Entity
from kemai.kit.testing import snapshot
from kemai.people.tests.factories import again, browser
from tests.contract.conftest import Case
from tests.contract.test_doors import only

pytestmark = pytest.mark.spec("LST-15")


class Everything:
    """Somebody with every right: for asking what is offered."""

    class access:  # noqa: N801
        @staticmethod
        def has(right: str) -> bool:
            return True


def plain_text(entity: Entity) -> str:
    """A field of free text that can be set in bulk, "" where the kind has none."""
    if not entity.form or not entity.form.change:
        return ""
    specs = bulk_edit.specs_of(entity, Everything())
    return next((spec.name for spec in specs if spec.kind in ("text", "long") and not spec.required), "")


edited = only(lambda entity: bool(plain_text(entity)))


def edit(case: Case, who, ids, **more):
    sent = {"ids": ids, "values": {plain_text(case.entity): "批量"}, **more}
    return browser(who).post(f"{case.api}/actions/bulk-edit", sent, content_type="application/json")


@edited
def test_the_chosen_records_get_the_value_and_lose_it_again(case: Case):
    one, other = case.records(2)
    before = snapshot(case.entity)
    done = edit(case, case.insider, [one.pk, other.pk])
    assert done.status_code == 200, done.content
    assert [result["ok"] for result in done.json()["results"]] == [True, True], done.json()
    assert {getattr(again(record), plain_text(case.entity)) for record in (one, other)} == {"批量"}
    browser(case.insider).post(f"/api/v1/bulk-edits/{done.json()['id']}/undo", content_type="application/json")
    after = snapshot(case.entity)
    assert [{**row, "updated_at": None} for row in after] == [{**row, "updated_at": None} for row in before]


@edited
@pytest.mark.spec("ORG-08")
def test_out_of_range_it_is_not_found_and_without_the_right_it_is_refused(case: Case):
    record = case.make()
    if not case.everybody:
        assert edit(case, case.outsider, [record.pk]).json()["results"][0]["code"] == "not_found"
        assert getattr(again(record), plain_text(case.entity)) != "批量"
        seen = edit(case, case.outsider, [record.pk], preview=True).json()
        assert (seen["change"], seen["same"], len(seen["refused"])) == (0, 0, 1)
    looker = case.looker()
    before = snapshot(case.entity)
    assert edit(case, looker, [record.pk]).status_code == 403
    assert snapshot(case.entity) == before


@edited
def test_names_and_what_must_be_unique_are_not_offered(case: Case):
    offered = {spec.name for spec in bulk_edit.specs_of(case.entity, Everything())}
    unique = {field.name for field in case.entity.model._meta.concrete_fields if field.unique}
    assert not offered & (unique | {case.entity.title_field})
