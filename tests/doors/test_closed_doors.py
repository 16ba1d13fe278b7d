"""What no door lets in: writes without their token, strangers, ids that are none, methods that are none, ways around (SEC-02, API-03)."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.files.models import Attachment
from kemai.kit.entity import pages, registry
from kemai.people.tests.factories import PASSWORD, Team, browser, company, program, team

pytestmark = pytest.mark.django_db
KINDS = [entity for name, entity in registry.items() if not name.startswith("sample-")]


@pytest.fixture
def crew() -> Team:
    return team()


def page_writes(pk: int) -> list[str]:
    """Every address of the pages that takes a POST."""
    found = ["/login", "/logout", "/me/switch", "/me/password", "/me/reset-layout", "/attachments/upload", "/imports/new",
             f"/imports/{pk}/plan", f"/imports/{pk}/commit", f"/imports/{pk}/undo"]  # fmt: skip
    for entity in KINDS:
        base = f"/{entity.slug}"
        found += [
            base,
            f"{base}/layout",
            f"{base}/filters",
            f"{base}/filters/{pk}/delete",
            f"{base}/{pk}",
            f"{base}/{pk}/delete",
            f"{base}/actions/delete",
        ]
        found += [f"{base}/{pk}/tabs/{tab.name}/{pk}/delete" for tab in entity.tabs]
        found += [f"{base}/{pk}/tabs/{tab.name}/actions/delete" for tab in entity.tabs]
        for action in entity.actions:
            found += [f"{base}/{pk}/{action.verb}", f"{base}/actions/{action.verb}"]
    return found + [f"/{page.path}" for page in pages.values()]


@pytest.mark.spec("SEC-02")
def test_every_write_of_a_page_refuses_a_missing_csrf_token(crew: Team):
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    client = browser(crew.admin, csrf=True)
    answers = {
        path: client.post(path, {"ids": str(mine.pk), "reason": "x"}).status_code for path in page_writes(mine.pk)
    }
    assert {path: status for path, status in answers.items() if status != 403} == {}
    assert Customer.objects.get(pk=mine.pk).owner_id == crew.lin.pk


@pytest.mark.spec("SEC-02")
def test_a_page_write_with_its_csrf_token_goes_through(crew: Team):
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    client = browser(crew.lin, csrf=True)
    token = re.search(
        r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(f"/customers/{mine.pk}/release").content.decode()
    )[1]
    answer = client.post(f"/customers/{mine.pk}/release", {"reason": "项目暂停", "csrfmiddlewaretoken": token})
    assert answer.status_code == 303
    assert Customer.objects.get(pk=mine.pk).owner_id is None


@pytest.mark.spec("SEC-02", "API-02")
def test_the_api_asks_a_session_for_the_csrf_token_and_a_bearer_not(crew: Team):
    body = json.dumps({"name": "苏州恒泰机械有限公司"})
    by_session = browser(crew.lin, csrf=True)
    refused = by_session.post("/api/v1/customers", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    by_bearer = program(crew.lin).post("/api/v1/customers", body, content_type="application/json")
    assert by_bearer.status_code == 201
    assert by_session.get("/api/v1/customers").status_code == 200


@pytest.mark.spec("SEC-02", "ORG-08")
def test_strangers_are_led_to_the_log_in_page():
    company()
    client = Client()
    reads = [
        "/",
        "/me",
        "/help",
        "/rights",
        "/settings",
        "/files/1",
        "/attachments/1/show",
        "/pick/customer",
        "/imports",
        "/nothing",
    ]
    reads += [
        f"/{entity.slug}{end}"
        for entity in KINDS
        for end in (
            "",
            "/new",
            "/1",
            "/1/edit",
            "/export",
            "/filter",
            "/query",
            "/layout",
            "/find",
            "/sums",
            "/1/tabs/x",
        )
    ]
    for path in reads:
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/login"), path
    for path in page_writes(1):
        if path != "/login":
            answer = client.post(path)
            assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/login"), path


@pytest.mark.spec("API-03", "API-02")
def test_the_api_answers_strangers_with_401_as_json():
    company()
    paths = [
        f"/api/v1/{entity.slug}{end}"
        for entity in KINDS
        for end in ("", "/1", "/export", "/1/timeline", "/actions/delete")
    ]
    paths += ["/api/v1/me", "/api/v1/rights", "/api/v1/settings", "/api/v1/imports", "/api/v1/attachments/1/content", "/api/openapi.json",
              "/api/docs", "/api/v1/nothing", "/api/nothing"]  # fmt: skip
    for headers in (
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer "},
    ):
        client = Client(headers=headers)
        for path in paths:
            for answer in (client.get(path), client.post(path, "{}", content_type="application/json")):
                assert answer.status_code == 401, (path, headers)
                assert answer.json()["code"] == "unauthorized", path


@pytest.mark.spec("ORG-08", "API-03")
@pytest.mark.parametrize("pk", ["0", "-1", str(2**63), str(10**30), "abc", "1.5", "1%00", "٣", "1;DROP TABLE"])
def test_ids_that_are_none_are_not_found(crew: Team, pk: str):
    page, api = browser(crew.admin), program(crew.admin)
    for entity in KINDS:
        for path in (
            f"/{entity.slug}/{pk}",
            f"/{entity.slug}/{pk}/edit",
            f"/{entity.slug}/{pk}/delete",
            f"/{entity.slug}/{pk}/tabs/contacts",
        ):
            # 403 where nobody has the right, for the right comes first
            assert page.get(path).status_code in (403, 404), path
        answer = api.get(f"/api/v1/{entity.slug}/{pk}")
        assert answer.status_code in (404, 405), entity.slug
        assert set(answer.json()) >= {"code", "message", "fields"}
    assert page.get(f"/files/{pk}").status_code == 404
    assert api.get(f"/api/v1/attachments/{pk}/content").status_code == 404


@pytest.mark.spec("API-03")
@pytest.mark.parametrize("ids", [[0], [-1], [2**63], ["abc"], [1.5], [True], [None], "1", {}, [], None])
def test_ids_of_a_bulk_deed_that_are_none_are_malformed(crew: Team, ids: object):
    answer = program(crew.admin).post(
        "/api/v1/customers/actions/claim", json.dumps({"ids": ids}), content_type="application/json"
    )
    assert answer.status_code == 400
    assert set(answer.json()) >= {"code", "message", "fields"}


@pytest.mark.spec("API-03")
@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "TRACE", "PROPFIND"])
def test_other_methods_are_405_in_the_one_form_of_errors(crew: Team, method: str):
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    client = program(crew.admin)
    ends = [
        "",
        "/export",
        f"/{mine.pk}",
        f"/{mine.pk}/timeline",
        f"/{mine.pk}/contacts",
        f"/{mine.pk}/claim",
        "/actions/claim",
        f"/{mine.pk}/contacts/1",
    ]
    for path in [
        *(f"/api/v1/customers{end}" for end in ends),
        "/api/v1/me",
        "/api/v1/settings",
        "/api/v1/imports",
        "/api/openapi.json",
    ]:
        answer = client.generic(method, path)
        assert answer.status_code == 405, (method, path)
        assert answer.json()["code"] == "method_not_allowed", path


@pytest.mark.spec("API-03")
def test_head_reads_and_writes_nothing(crew: Team):
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    client = program(crew.lin)
    assert client.head("/api/v1/customers").status_code == 200
    assert client.head(f"/api/v1/customers/{mine.pk}").status_code == 200
    for path in (f"/api/v1/customers/{mine.pk}/release", "/api/v1/customers/actions/release"):
        assert client.head(path).status_code in (404, 405), path
    assert Customer.objects.get(pk=mine.pk).owner_id == crew.lin.pk


@pytest.mark.spec("SEC-02")
@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
                                    "/\t/evil.example", "https:evil.example", "http:///evil.example", " //evil.example"])  # fmt: skip
def test_log_in_and_forms_lead_nowhere_else(crew: Team, target: str):
    answer = Client().post(f"/login?next={target}", {"login": "xiaolin", "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    client = browser(crew.lin)
    assert client.get("/login", {"next": target})["Location"] == "/"
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    back = client.post(f"/customers/{mine.pk}", {"name": mine.name, "back": target})
    assert (back.status_code, back["Location"]) == (303, f"/customers/{mine.pk}")
    layout = client.post("/customers/layout", {"page_size": "20", "back": target})
    assert layout["Location"] == "/customers"


@pytest.mark.spec("SEC-04")
@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "a/../../b.txt",
        "..",
        "a\x00.txt",
        "a\r\nSet-Cookie: x=1.txt",
    ],
)
def test_the_name_of_a_file_leads_nowhere(crew: Team, name: str, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    mine = customer("苏州恒泰机械有限公司", crew.lin)
    sent = SimpleUploadedFile("plain.txt", b"words")
    sent._name = name
    client = program(crew.lin)
    answer = client.post("/api/v1/attachments", {"kind": "customer", "record": mine.pk, "file": sent})
    assert answer.status_code in (201, 422), answer.content
    assert [path for path in tmp_path.rglob("*") if path.is_file() and settings.MEDIA_ROOT not in path.parents] == []
    for stored in Attachment.objects.all():
        assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{30}", stored.stored)
        assert not re.search(r"[/\\\x00-\x1f]", stored.name)
        header = client.get(f"/api/v1/attachments/{stored.pk}/content")["Content-Disposition"]
        assert "\n" not in header
        assert ".." not in header or stored.name.count("..") == 0


@pytest.mark.spec("SEC-04", "ORG-08")
@pytest.mark.parametrize("path", ["/files/../settings", "/files/..%2f..%2fkemai.db", "/files/1/../../kemai.db", "/static/..%2f..%2fsecret_key",
                                  "/static/../kemai/config/settings.py"])  # fmt: skip
def test_addresses_do_not_climb_out_of_their_folder(crew: Team, path: str):
    answer = browser(crew.lin).get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code in (301, 302, 403, 404), path
    assert b"SECRET_KEY" not in body


@pytest.mark.spec("ORG-08", "IMP-02")
def test_an_import_of_another_is_not_found(crew: Team):
    sent = SimpleUploadedFile("客户.csv", "客户名称\n苏州恒泰机械有限公司\n".encode())
    made = program(crew.marketing).post("/api/v1/imports", {"kind": "customer", "file": sent})
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    other = program(crew.manager)
    for method, end in (("GET", ""), ("POST", "/plan"), ("POST", "/commit"), ("POST", "/undo"), ("GET", "/rejected")):
        assert other.generic(method, f"/api/v1/imports/{pk}{end}").status_code == 404, end
    for end in ("", "/rejected"):
        assert browser(crew.manager).get(f"/imports/{pk}{end}").status_code == 404
    refused = program(crew.lin).post(
        "/api/v1/imports", {"kind": "customer", "file": SimpleUploadedFile("a.csv", b"a\n1\n")}
    )
    assert refused.status_code == 403
