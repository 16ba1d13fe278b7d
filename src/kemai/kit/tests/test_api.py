"""The REST API: one form of errors, tokens with scopes, a limit of calls, a description that holds."""

import json

import pytest
from django.test import Client
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from kemai.kit import api
from kemai.kit.entity import pages, registry
from kemai.kit.openapi import describe
from kemai.kit.testing import is_chinese
from kemai.kit.tests.sample.factories import applicant, approved, order, parcel
from kemai.people.models import Token
from kemai.people.tests.factories import browser, company, program

pytestmark = [pytest.mark.django_db, pytest.mark.spec("API-01", "API-02", "API-03")]


@pytest.fixture
def lin():
    company()
    return applicant("lin", "小林")


def told(answer) -> tuple[int, str]:
    body = answer.json()
    assert set(body) >= {"code", "message", "fields"}
    assert is_chinese(body["message"])
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, body["code"]


def post(client, path, body, **headers):
    return client.post(
        path, body if isinstance(body, str | bytes) else json.dumps(body), content_type="application/json", **headers
    )


def test_a_record_is_made_read_changed_done_something_with_and_deleted(lin):
    client = program(lin)
    lines = [{"product": "螺栓", "quantity": "3", "price": "0.115", "unit": "个"}]
    made = post(client, "/api/v1/sample-orders", {"subject": "展会", "lines": lines})
    assert made.status_code == 201
    record = made.json()
    assert (record["total"], record["state"], record["state_display"], record["owner"], record["owner_display"], record["version"]) == (
        "0.35", "draft", "草稿", lin.pk, "小林", 1,
    )  # fmt: skip
    path = f"/api/v1/sample-orders/{record['id']}"
    changed = client.patch(
        path, json.dumps({"subject": "新", "version": record["version"]}), content_type="application/json"
    )
    assert (changed.json()["subject"], changed.json()["version"]) == ("新", 2)
    assert post(client, f"{path}/void", {"reason": "不要了"}).json()["state"] == "void"
    assert client.get(path).json()["state"] == "void"
    assert client.delete(path).status_code == 204
    assert told(client.get(path)) == (404, "not_found")


def test_values_go_out_as_programs_need_them(lin):
    order(lin, wanted_on="2026-03-05", is_urgent="是")
    (item,) = browser(lin).get("/api/v1/sample-orders").json()["items"]
    assert (item["total"], item["wanted_on"], item["is_urgent"], item["line_count"]) == ("35.35", "2026-03-05", True, 2)
    assert item["created_at"].endswith("+08:00")


def test_what_cannot_be_read_is_malformed(lin):
    client = program(lin)
    for body in ("{", "[1]", '"x"', "5", "null", "NaN", '{"a": NaN}', '{"a": Infinity}', b"\xff\xfe", "[" * 100_000):
        assert told(post(client, "/api/v1/sample-orders", body))[0] == 400, body[:20]


def test_an_empty_body_is_an_empty_object(lin):
    assert told(post(program(lin), "/api/v1/sample-orders", "")) == (422, "invalid")


def test_a_body_that_is_too_large_is_refused(lin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert told(post(program(lin), "/api/v1/sample-orders", {"subject": "长" * 2000})) == (413, "too_large")


def test_a_method_that_an_address_does_not_know_is_refused(lin):
    client, pk = program(lin), order(lin).pk
    for method, path in (
        ("PUT", "/api/v1/sample-orders"), ("DELETE", "/api/v1/sample-orders"), ("POST", f"/api/v1/sample-orders/{pk}"),
        ("PUT", f"/api/v1/sample-orders/{pk}"), ("DELETE", f"/api/v1/sample-orders/{pk}/submit"), ("POST", "/api/v1/sample-orders/export"),
        ("GET", "/api/v1/sample-orders/actions/submit"), ("POST", f"/api/v1/sample-orders/{pk}/timeline"), ("POST", "/api/v1/me"),
    ):  # fmt: skip
        assert told(client.generic(method, path)) == (405, "method_not_allowed"), (method, path)


def test_an_address_that_there_is_not_answers_in_json(lin):
    client, pk = program(lin), order(lin).pk
    for path in (
        "/api/v1/nothing",
        f"/api/v1/sample-orders/{pk}/nothing",
        "/api/v1/sample-orders/x",
        "/api/nothing",
        "/api/",
        "/api/v2/me",
    ):
        assert told(client.get(path)) == (404, "not_found"), path
    assert told(post(client, f"/api/v1/sample-orders/{pk}/nothing", {})) == (404, "not_found")


def test_without_a_valid_token_nothing_is_answered(lin, client):
    path = "/api/v1/sample-orders"
    assert told(client.get(path)) == (401, "unauthorized")
    for header in ("Bearer", "Bearer ", "Bearer wrong", "Basic bGluOng=", "Bearer \x00", "Bearer km_"):
        answer = Client(headers={"Authorization": header}).get(path)
        assert told(answer) == (401, "unauthorized"), header
        assert answer["WWW-Authenticate"] == "Bearer"


def test_scopes_narrow_what_a_token_may_do(lin):
    made = order(lin)
    path = f"/api/v1/sample-orders/{made.pk}"

    def may(*scopes):
        client = program(lin, *scopes)
        return (
            client.get(path).status_code == 200,
            client.patch(path, json.dumps({"subject": "新"}), content_type="application/json").status_code == 200,
            client.get("/api/v1/sample-parcels").status_code == 200,
        )

    assert may() == (True, True, True)
    assert may("read") == (True, False, True)
    assert may("write") == (True, True, True)
    assert may("sample-orders:read") == (True, False, False)
    assert may("sample-orders:write") == (True, True, False)
    assert may("sample-parcels:write") == (False, False, True)
    assert told(program(lin, "sample-parcels:read").get(path)) == (403, "out_of_scope")


def test_a_token_has_no_more_rights_than_its_person(lin):
    zhou = applicant("zhou", "小周", without="sample-order.add")
    assert told(post(program(zhou), "/api/v1/sample-orders", {"subject": "x"})) == (403, "forbidden")
    assert told(program(zhou).get(f"/api/v1/sample-orders/{order(lin).pk}")) == (404, "not_found")


def test_a_token_needs_no_csrf_token_and_a_session_does(lin):
    order(lin)
    assert post(program(lin), "/api/v1/sample-orders", {"subject": "x"}).status_code == 201
    assert told(post(browser(lin, csrf=True), "/api/v1/sample-orders", {"subject": "x"})) == (403, "csrf")


def test_who_calls_too_often_is_told_to_wait_and_the_others_are_not(lin, settings, monkeypatch):
    settings.KEMAI_API_RATE = 3
    monkeypatch.setattr(api, "_calls", {})
    client, other = program(lin), program(applicant("zhou", "小周"))
    assert [client.get("/api/v1/sample-orders").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert told(client.get("/api/v1/me")) == (429, "too_many_requests")
    assert other.get("/api/v1/sample-orders").status_code == 200
    now = api.time.monotonic()
    monkeypatch.setattr(api.time, "monotonic", lambda: now + api.RATE_WINDOW + 1)
    assert client.get("/api/v1/sample-orders").status_code == 200


def test_the_use_of_a_token_is_kept(lin):
    client = program(lin)
    assert Token.objects.get(employee=lin).seen_at is None
    client.get("/api/v1/me")
    assert Token.objects.get(employee=lin).seen_at is not None


def test_who_am_i(lin):
    me = program(lin).get("/api/v1/me").json()
    assert (me["id"], me["login"], me["name"]) == (lin.pk, "lin", "小林")
    assert me["rights"] == sorted(lin.access.rights)


def test_a_deed_on_all_that_a_question_means(lin):
    zhou = applicant("zhou", "小周")
    made = [order(lin, f"甲 {number}") for number in range(3)]
    order(lin, "乙")
    sent = {"all": True, "query": {"q": "甲"}, "approvers": [zhou.pk]}
    answer = post(program(lin), "/api/v1/sample-orders/actions/submit", sent).json()
    assert sorted(result["id"] for result in answer["results"]) == [one.pk for one in made]
    assert all(result["ok"] for result in answer["results"])
    for wrong in ({"all": True, "query": 5}, {"all": True, "query": {"view": 5}}, {"all": True, "query": {"page": []}}):
        assert (
            400
            <= post(program(lin), "/api/v1/sample-orders/actions/submit", wrong | {"approvers": [zhou.pk]}).status_code
            < 500
        )


def test_related_records_are_listed_and_deleted_at_their_record(lin):
    zhao = applicant("zhao", "赵一")
    made = approved(lin, zhao)
    first, second = parcel(made, "SF1"), parcel(made, "SF2")
    client, path = program(lin), f"/api/v1/sample-orders/{made.pk}/parcels"
    assert [item["waybill"] for item in client.get(path, {"sort": "waybill"}).json()["items"]] == ["SF1", "SF2"]
    assert client.delete(f"{path}/{first.pk}").status_code == 204
    assert client.get(path).json()["total"] == 1
    elsewhere = approved(lin, zhao, subject="另一张")
    assert told(client.delete(f"/api/v1/sample-orders/{elsewhere.pk}/parcels/{second.pk}")) == (404, "not_found")
    titles = [entry["title"] for entry in client.get(f"/api/v1/sample-orders/{made.pk}/timeline").json()["items"]]
    assert {"样品单建立", "审批同意", "样品寄出"} <= set(titles)


def test_nothing_that_a_client_sends_is_an_accident(lin):
    client, pk = program(lin), order(lin).pk
    for path in (
        f"/api/v1/sample-orders/{2**70}",
        "/api/v1/sample-orders/0",
        f"/api/v1/sample-orders/{pk}/parcels/{2**70}",
    ):
        assert client.get(path).status_code in (404, 405)
    for body in (
        {"subject": "x", "lines": [{"product": "x", "quantity": "99999999999", "price": "99999999999"}]},
        {"lines": {"0": {}}},
    ):
        assert told(post(client, "/api/v1/sample-orders", body))[0] == 422


# --- the description ---------------------------------------------------------------------------------------------------


def test_the_description_is_valid_openapi(lin):
    answer = browser(lin).get("/api/openapi.json")
    assert answer.status_code == 200
    validate(answer.json())


def test_the_description_names_every_kind_deed_and_page():
    paths = describe()["paths"]
    for entity in registry.values():
        base = f"/api/v1/{entity.slug}"
        assert "get" in paths[base]
        assert ("post" in paths[base]) == bool(entity.form and entity.form.create)
        assert ("patch" in paths[f"{base}/{{id}}"]) == bool(entity.form and entity.form.change)
        assert ("delete" in paths[f"{base}/{{id}}"]) == (entity.delete is not None)
        for action in entity.actions:
            assert "post" in paths[f"{base}/{{id}}/{action.verb}"]
            assert "post" in paths[f"{base}/actions/{action.verb}"]
    for page in pages.values():
        assert "get" in paths[f"/api/v1/{page.path}"]


def test_the_description_says_what_a_line_takes_and_what_it_gives():
    schemas = describe()["components"]["schemas"]
    taken = schemas["SampleOrderInput"]["properties"]["lines"]["items"]
    assert set(taken["properties"]) == {"id", "product", "unit", "quantity", "price"}
    assert taken["required"] == ["product", "quantity"]
    given = schemas["SampleOrder"]["properties"]["lines"]["items"]["properties"]
    assert set(given) == {"id", "product", "unit", "unit_display", "quantity", "price", "amount"}


def test_what_the_api_gives_is_what_the_description_says(lin):
    made = order(lin, lines=[{"product": "纸", "quantity": "2.5", "price": "0.3333", "unit": "箱"}])
    description = describe()
    schema = {"$ref": "#/components/schemas/SampleOrder", "components": description["components"]}
    OAS31Validator(schema).validate(browser(lin).get(f"/api/v1/sample-orders/{made.pk}").json())


def test_the_description_can_be_read_in_the_browser(lin):
    page = browser(lin).get("/api/docs")
    assert page.status_code == 200
    assert "/api/v1/sample-orders" in page.content.decode()


def test_a_character_that_no_database_takes_is_no_accident(lin):
    client = program(lin)
    made = post(
        client,
        "/api/v1/sample-orders",
        {"subject": "a\x00b", "lines": [{"product": "x", "quantity": "1", "unit": "\x00个"}]},
    )
    assert made.json()["subject"] == "ab"
    asked = json.dumps({"rows": [{"field": "subject", "cond": "contains", "value": "a\x00b"}]})
    assert client.get("/api/v1/sample-orders", {"filter": asked}).json()["total"] == 1
    for path, params in (
        ("/api/v1/sample-parcels", {"q": "\x00"}),
        ("/api/v1/sample-orders", {"q": "\x00", "sort": "\x00"}),
    ):
        assert client.get(path, params).status_code in (200, 400)
    assert browser().post("/login", {"login": "\x00", "password": "x"}).status_code in (400, 401)
