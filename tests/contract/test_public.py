"""A public list shows the public fields of every record and nothing else, on every door (CUS-08)."""

import json

import pytest

from kemai.kit import doors
from kemai.kit.columns import columns_for
from kemai.kit.entity import registry
from kemai.people.tests.factories import again, browser
from tests.contract.conftest import Case, send
from tests.contract.test_doors import only

public = only(lambda entity: any(view.public for view in entity.all_views))


def secrets_of(case: Case, record, view):
    """Texts of the record that its public fields do not hold."""
    by = again(case.insider)
    seen = doors.see(case.entity, by, record.pk)
    shown = {column.name for column in columns_for(by, case.entity, view)}
    cells = list(zip(seen.columns, seen.row.cells, strict=True))
    known = " ".join(cell.text for column, cell in cells if column.name in shown)
    found = {
        cell.text for column, cell in cells if column.name not in shown and len(cell.text) >= 4 and not column.is_number
    }
    return {text for text in found if text not in known and not text.startswith("20")}


@pytest.fixture
def world(case: Case):
    """A record of the insider, what of it is secret, the public view, and a stranger who may look at the kind."""
    record = again(case.make())
    view = next(view for view in case.entity.all_views if view.public)
    secrets = secrets_of(case, record, view)
    assert len(secrets) >= 3
    return record, view, secrets


def assert_silent(answer, secrets):
    text = answer.content.decode()
    told = [secret for secret in secrets if secret in text or json.dumps(secret)[1:-1] in text]
    assert not told, (answer.request["PATH_INFO"], told)


@pytest.mark.spec("CUS-08")
@public
def test_no_door_tells_more_than_the_public_fields(case: Case, world):
    record, view, secrets = world
    stranger, params = browser(case.outsider), {"view": view.name}
    answers = [
        stranger.get(case.base, params), stranger.get(case.api, params), stranger.get(f"{case.base}/{record.pk}", params),
        stranger.get(f"{case.base}/{record.pk}/pane", params), stranger.get(f"{case.api}/{record.pk}", params), stranger.get(f"{case.base}/filter", params),
        stranger.get(case.api, {**params, "q": str(record)}), stranger.get(f"/pick/{case.entity.name}", {"q": str(record)}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    for answer in answers:
        assert_silent(answer, secrets)
    for action in case.entity.actions:
        assert_silent(send(stranger, "POST", f"{case.api}/{record.pk}/{action.verb}"), secrets)
        assert_silent(stranger.get(f"{case.base}/{record.pk}/{action.verb}"), secrets)
        assert_silent(stranger.get(f"{case.base}/actions/{action.verb}", {**params, "ids": str(record.pk)}), secrets)
    for tab in case.entity.tabs:
        assert stranger.get(f"{case.base}/{record.pk}/tabs/{tab.name}", params).status_code == 404
        assert stranger.get(f"{case.api}/{record.pk}/{tab.name}", params).status_code == 404
    assert stranger.get(f"{case.api}/{record.pk}/timeline", params).status_code == 404


@pytest.mark.spec("CUS-08")
@public
def test_hidden_fields_neither_sort_nor_filter_nor_are_searched(case: Case, world):
    record, view, secrets = world
    stranger, by = browser(case.outsider), again(case.outsider)
    shown = {column.name for column in columns_for(by, case.entity, view)}
    for column in case.entity.columns:
        if column.name in shown:
            continue
        for sort in (column.name, f"-{column.name}"):
            assert stranger.get(case.api, {"view": view.name, "sort": sort}).status_code == 400, sort
        for cond in ("eq", "contains", "gt"):
            asked = json.dumps({"rows": [{"field": column.name, "cond": cond, "value": "1"}]})
            answer = stranger.get(case.api, {"view": view.name, "filter": asked})
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter"), (column.name, cond)
    for secret in secrets:
        found = stranger.get(case.api, {"view": view.name, "q": secret}).json()
        assert record.pk not in [item["id"] for item in found["items"]], secret


@pytest.mark.spec("CUS-08")
@public
def test_the_public_list_has_every_record_whoever_owns_it(case: Case, world):
    record, view, _ = world
    for who in (case.insider, case.outsider):
        listed = browser(who).get(case.api, {"view": view.name, "page_size": 500}).json()
        assert record.pk in [item["id"] for item in listed["items"]]
        assert listed["total"] == case.entity.model.objects.count()


def test_there_is_a_public_list_to_look_at():
    assert [entity.name for entity in registry.values() if any(view.public for view in entity.all_views)] == [
        "customer"
    ]
