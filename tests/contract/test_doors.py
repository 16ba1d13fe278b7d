"""Every kind, every door: who is let in, who is not, and that nothing happens to who is not."""

import pytest

from kemai.kit.doors import form_specs
from kemai.kit.entity import registry
from kemai.kit.errors import DomainError, Forbidden
from kemai.kit.models import RecycleBin
from kemai.kit.testing import is_chinese, snapshot
from kemai.people.tests.factories import browser, program
from tests.contract.conftest import KINDS, Case, send, typed
from tests.contract.makers import MAKERS


def only(wanted):
    """Narrows a test to the kinds for which it has a meaning."""

    def decorate(test):
        test.only = wanted
        return test

    return decorate


ranged = only(lambda entity: entity.name not in MAKERS or not MAKERS[entity.name].everybody)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_maker(kind):
    assert kind in MAKERS, f"The kind {kind!r} has no maker: add it to tests/contract/makers.py."


def test_every_maker_is_of_a_kind():
    assert set(MAKERS) <= set(registry)


def page_addresses(entity, pk):
    """All pages of a kind and of one of its records, with the right that each needs beside the view."""
    base = f"/{entity.slug}"
    yield base, entity.right("view")
    yield f"{base}/filter", entity.right("view")
    yield f"{base}/{pk}", entity.right("view")
    yield f"{base}/{pk}/pane", entity.right("view")
    yield f"{base}/{pk}/print", entity.right("print")
    yield f"/help/{entity.name}", entity.right("view")
    for tab in entity.tabs:
        yield f"{base}/{pk}/tabs/{tab.name}", entity.right("view")
    if entity.form and entity.form.create:
        yield f"{base}/new", entity.right("add")
    if entity.form and entity.form.change:
        yield f"{base}/{pk}/edit", entity.right("change")
    if entity.delete:
        yield f"{base}/{pk}/delete", entity.right("delete")
    for action in entity.actions:
        yield f"{base}/{pk}/{action.verb}", action.right
        yield f"{base}/actions/{action.verb}?ids={pk}", action.right


def api_addresses(entity, pk):
    """All that the API gives to read about a kind and one of its records."""
    base = f"/api/v1/{entity.slug}"
    yield base
    yield f"{base}/{pk}"
    yield f"{base}/{pk}/timeline"
    for tab in entity.tabs:
        if tab.kind or tab.rows:
            yield f"{base}/{pk}/{tab.name}"


def writes(entity, pk):
    """All calls of the API that change something: method, path, body."""
    base = f"/api/v1/{entity.slug}"
    yield "POST", base, {}
    yield "PATCH", f"{base}/{pk}", {}
    yield "DELETE", f"{base}/{pk}", {}
    yield "POST", f"{base}/actions/delete", {"ids": [pk]}
    for action in entity.actions:
        yield "POST", f"{base}/{pk}/{action.verb}", {}
        yield "POST", f"{base}/actions/{action.verb}", {"ids": [pk]}


def offered(entity, method, path):
    """Whether the kind has this door at all."""
    if path == f"/api/v1/{entity.slug}":
        return bool(entity.form and entity.form.create and typed(entity))
    if method == "PATCH":
        return bool(entity.form and entity.form.change)
    if method == "DELETE" or path.endswith("/actions/delete"):
        return entity.delete is not None
    return True


def page_writes(entity, pk):
    """The same through the forms of the pages."""
    base = f"/{entity.slug}"
    if entity.form and entity.form.create:
        yield base, {}
    if entity.form and entity.form.change:
        yield f"{base}/{pk}", {}
    if entity.delete:
        yield f"{base}/{pk}/delete", {}
        yield f"{base}/actions/delete", {"ids": str(pk)}
    for action in entity.actions:
        yield f"{base}/{pk}/{action.verb}", {}
        yield f"{base}/actions/{action.verb}", {"ids": str(pk)}


@pytest.mark.spec("API-01")
def test_every_page_and_every_address_of_the_api_opens(case: Case, page):
    pk = case.make().pk
    for address, _ in page_addresses(case.entity, pk):
        assert page.get(address).status_code == 200, address
        assert page.get(address, headers={"HX-Request": "true"}).status_code == 200, address
    client = program(case.insider)
    for address in api_addresses(case.entity, pk):
        assert client.get(address).status_code == 200, address


def test_the_list_has_the_record_and_the_api_gives_it_alone(case: Case, page):
    record = case.make()
    listed = page.get(case.api, {"page_size": 500}).json()
    assert record.pk in [item["id"] for item in listed["items"]]
    assert (
        listed["total"] == case.entity.all_views[0].reach(case.insider).apply(case.entity.model.objects.all()).count()
    )
    alone = page.get(f"{case.api}/{record.pk}").json()
    named = {column.name for column in case.entity.columns}
    assert named <= set(alone)
    assert alone["id"] == record.pk


@pytest.mark.spec("API-02")
def test_strangers_are_sent_to_log_in_and_programs_away(case: Case, client):
    pk = case.make().pk
    before = snapshot(case.entity)
    for address, _ in page_addresses(case.entity, pk):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login"), address
    for address, sent in page_writes(case.entity, pk):
        assert client.post(address, sent).status_code == 302, address
    for address in api_addresses(case.entity, pk):
        assert client.get(address).status_code == 401, address
    for method, address, sent in writes(case.entity, pk):
        answer = send(client, method, address, sent)
        assert answer.status_code == 401, address
        assert is_chinese(answer.json()["message"])
    assert snapshot(case.entity) == before


@pytest.mark.spec("ORG-08")
def test_without_the_right_to_look_no_door_opens(case: Case, page):
    pk = case.make().pk
    case.without(case.insider, case.entity.right("view"))
    before = snapshot(case.entity)
    for address, _ in page_addresses(case.entity, pk):
        if not address.startswith("/help/"):
            assert page.get(address).status_code == 403, address
    assert page.get(f"{case.base}/export").status_code == 403
    assert page.get(f"{case.api}/export").status_code == 403
    for address in api_addresses(case.entity, pk):
        answer = page.get(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), address
    for method, address, sent in writes(case.entity, pk):
        if offered(case.entity, method, address):
            assert send(page, method, address, sent).status_code == 403, (method, address)
    for address, sent in page_writes(case.entity, pk):
        assert page.post(address, sent).status_code == 403, address
    assert snapshot(case.entity) == before


@pytest.mark.spec("ORG-08")
@ranged
def test_a_record_out_of_range_is_not_there(case: Case):
    record = case.make()
    before = snapshot(case.entity)
    stranger = browser(case.outsider)
    for address in api_addresses(case.entity, record.pk):
        if address != case.api:
            answer = stranger.get(address)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), address
    reaching_further = {action.verb for action in case.entity.actions if action.reach}
    for method, address, sent in writes(case.entity, record.pk):
        if not offered(case.entity, method, address) or address == case.api:
            continue
        answer = send(stranger, method, address, sent)
        if "/actions/" in address:
            assert [result["ok"] for result in answer.json().get("results", [])] in ([], [False]), address
        elif address.rpartition("/")[2] in reaching_further:
            assert 400 <= answer.status_code < 500, address
        else:
            assert answer.status_code == 404, (method, address)
    for address, _ in page_addresses(case.entity, record.pk):
        if f"/{record.pk}" in address and address.rpartition("/")[2] not in reaching_further:
            assert stranger.get(address).status_code == 404, address
    for address, sent in page_writes(case.entity, record.pk):
        if f"/{record.pk}" in address and address.rpartition("/")[2] not in reaching_further:
            assert stranger.post(address, sent).status_code == 404, address
    assert snapshot(case.entity) == before


@pytest.mark.spec("ORG-08")
@ranged
def test_a_record_out_of_range_is_in_no_list_no_count_and_no_search(case: Case):
    record, stranger = case.make(), browser(case.outsider)
    word = str(record)
    for view in case.entity.all_views:
        if view.public:
            continue
        listed = stranger.get(case.api, {"view": view.name, "page_size": 500}).json()
        assert listed["total"] == 0
        assert stranger.get(case.api, {"view": view.name, "q": word}).json()["total"] == 0
        assert word not in stranger.get(case.base, {"view": view.name}).content.decode()
    picked = stranger.get(f"/pick/{case.entity.name}", {"q": word})
    assert record.pk not in [item["id"] for item in picked.json()["items"]]


@pytest.mark.spec("ORG-08", "FRM-03")
@ranged
def test_a_record_out_of_range_cannot_be_chosen_in_another_one(case: Case):
    record, stranger = case.make(), browser(case.outsider)
    for entity in registry.values():
        if not entity.form or not entity.form.create:
            continue
        for spec in form_specs(entity):
            if spec.kind == "reference" and spec.source.kind == case.entity.name:
                answer = send(stranger, "POST", f"/api/v1/{entity.slug}", {spec.name: record.pk})
                assert answer.status_code == 422
                assert spec.name in answer.json()["fields"]


@pytest.mark.spec("ORG-05")
def test_looking_is_not_editing(case: Case, page):
    pk = case.make().pk
    case.looker()
    before = snapshot(case.entity)
    allowed = case.entity.right("view")
    assert page.get(f"{case.api}/{pk}").status_code == 200
    for method, address, sent in writes(case.entity, pk):
        if not offered(case.entity, method, address):
            assert 400 <= send(page, method, address, sent).status_code < 500, (method, address)
        elif needed(case.entity, method, address) != allowed:
            assert send(page, method, address, sent).status_code == 403, (method, address)
    for address, right in page_addresses(case.entity, pk):
        if right != allowed:
            assert page.get(address).status_code == 403, address
    for address, sent in page_writes(case.entity, pk):
        if needed(case.entity, "POST", address) != allowed:
            assert page.post(address, sent).status_code == 403, address
    if case.entity.right("export") != allowed:
        assert page.get(f"{case.base}/export").status_code == 403
        assert page.get(f"{case.api}/export").status_code == 403
    assert snapshot(case.entity) == before


def needed(entity, method, address):
    """The right that a write needs."""
    last = address.rpartition("/")[2]
    if action := entity.action(last):
        return action.right
    if method == "DELETE" or last == "delete":
        return entity.right("delete")
    return entity.right("add" if last == entity.slug else "change")


def test_the_page_offers_only_what_the_person_may_do(case: Case, page):
    pk = case.make().pk
    case.looker()
    for address in (case.base, f"{case.base}/{pk}"):
        html = page.get(address).content.decode()
        assert f"{case.base}/new" not in html
        assert f"{case.base}/{pk}/edit" not in html
        assert f"{case.base}/{pk}/delete" not in html


@pytest.mark.spec("ORG-05", "LST-09")
def test_no_deed_without_its_right(case: Case, page, verb):
    action = case.entity.action(verb)
    if action.right == case.entity.right("view"):
        pytest.skip("everybody who sees the record may do this")
    record = case.make()
    insider = case.without(case.insider, action.right, *action.view_rights.values())
    before = snapshot(case.entity)
    answers = [
        send(page, "POST", f"{case.api}/{record.pk}/{verb}"),
        send(page, "POST", f"{case.api}/actions/{verb}", {"ids": [record.pk]}),
        page.get(f"{case.base}/{record.pk}/{verb}"),
        page.post(f"{case.base}/{record.pk}/{verb}"),
        page.get(f"{case.base}/actions/{verb}", {"ids": str(record.pk)}),
        page.post(f"{case.base}/actions/{verb}", {"ids": str(record.pk)}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 6
    if action.run.spec.right == action.right:
        values = {field.name: None for field in action.fields}
        with pytest.raises(Forbidden):
            action.run(record, by=insider, **values)
    assert snapshot(case.entity) == before


def test_a_deed_on_nothing_is_refused_in_one_sentence(case: Case, page, verb):
    for ids in ([], "1", [True], [1.5], [-1], ["x"], [2**70], None):
        answer = send(page, "POST", f"{case.api}/actions/{verb}", {"ids": ids})
        assert answer.status_code == 400, ids
        assert is_chinese(answer.json()["message"])


def test_what_was_deleted_is_gone_and_lies_in_the_recycle_bin_or_a_sentence_says_why_not(case: Case, page):
    if case.entity.delete is None:
        pytest.skip("records of this kind are not deleted")
    record = case.make()
    answer = page.delete(f"{case.api}/{record.pk}")
    if answer.status_code == 204:
        assert not case.entity.model.objects.filter(pk=record.pk).exists()
        assert page.get(f"{case.api}/{record.pk}").status_code == 404
        kept = RecycleBin.objects.filter(kind=case.entity.name, record_id=record.pk)
        assert kept.exists() or case.entity.name in ("token", "customer-share")  # these end at once, for good
    else:
        assert answer.status_code in (403, 409, 422)
        assert is_chinese(answer.json()["message"])
        assert case.entity.model.objects.filter(pk=record.pk).exists()


def test_a_service_refuses_by_itself_whoever_has_no_right(case: Case):
    record = case.make()
    nobody = case.limit(case.outsider, [])
    before = snapshot(case.entity)
    if case.entity.delete:
        with pytest.raises(DomainError):
            case.entity.delete(record, by=nobody)
    if case.entity.form and case.entity.form.change:
        with pytest.raises(Forbidden):
            case.entity.form.change(record, by=nobody, values={}, version=None)
    if case.entity.form and case.entity.form.create:
        with pytest.raises(Forbidden):
            case.entity.form.create({}, by=nobody)
    assert snapshot(case.entity) == before
