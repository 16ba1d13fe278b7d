"""What people type stays text on every page, and every answer carries the protecting headers (SEC-03)."""

import html
import re

import pytest

from kemai.customers.tests.factories import contact, customer
from kemai.kit.doors import form_specs
from kemai.kit.entity import pages, registry
from kemai.people.tests.factories import Team, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SEC-03")]
EVIL = "<img src=x onerror=alert(1)>\"'</script><script>alert(2)</script>"
TOKENS = ("<img src=x", "<script>alert", "</script><script", "onerror=alert(1)>\"'<")
PARTS = [
    "",
    "/edit",
    "/pane",
    "/print",
    "/tabs/changes",
    "/tabs/contacts",
    "/tabs/interactions",
    "/tabs/attachments",
    "/share",
    "/release",
]


@pytest.fixture
def crew() -> Team:
    """A company in which somebody types what a browser could run, wherever text may be typed."""
    crew = team()
    texts = {spec.name: EVIL[:60] for spec in form_specs(registry["customer"]) if spec.kind in ("text", "long")}
    checked = {"phone", "email", "website", "tax_number", "number", "post_code", "fax", "bank_account"}
    made = customer(EVIL, crew.lin, **{name: text for name, text in texts.items() if name not in checked | {"name"}})
    contact(EVIL[:40], made)
    api = program(crew.lin)
    sent = {"customer": made.pk, "contact_name": EVIL[:30], "occurred_at": "2026-11-20T10:00:00+08:00", "content": EVIL}
    assert api.post("/api/v1/interactions", sent, content_type="application/json").status_code == 201
    change = {"remarks": f"{EVIL} 二", "short_name": EVIL[:20]}
    assert api.patch(f"/api/v1/customers/{made.pk}", change, content_type="application/json").status_code == 200
    assert api.delete(f"/api/v1/customers/{customer(f'{EVIL}丙', crew.lin).pk}").status_code in (204, 403, 422)
    return crew


def addresses() -> list[str]:
    """Every list and declared page, and the record with all its parts."""
    lists = [
        f"/{entity.slug}{query}" for entity in registry.values() for query in ("", "?q=onerror", "?q=%3Cimg%20src%3Dx")
    ]
    record = registry["customer"].model._base_manager.order_by("pk").first().pk
    record_pages = [f"/customers/{record}{part}" for part in PARTS]
    return [
        *lists,
        *(f"/{page.path}" for page in pages.values()),
        *record_pages,
        "/search?q=onerror",
        "/",
        "/help?q=%3Cimg%20src%3Dx",
        "/nowhere",
    ]


def test_nothing_that_was_typed_runs_on_any_page(crew: Team):
    seen = 0
    for who in (crew.lin, crew.admin):
        page = browser(who)
        for address in addresses():
            for headers in ({}, {"HX-Request": "true"}):
                answer = page.get(address, headers=headers)
                body = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
                assert not [token for token in TOKENS if token in body], address
                seen += html.escape("<img src=x") in body
    assert seen > 20


def test_every_answer_carries_the_headers_that_protect(crew: Team):
    page, api, nobody = browser(crew.admin), program(crew.admin), browser()
    asked = [(page, address) for address in addresses()]
    asked += [(api, f"/api/v1/{entity.slug}") for entity in registry.values()]
    asked += [(nobody, "/login"), (nobody, "/customers"), (api, "/api/v1/nothing"), (page, "/customers/0")]
    for who, address in asked:
        answer = who.get(address)
        policy = answer["Content-Security-Policy"]
        scripts = re.search(r"script-src ([^;]*)", policy) or re.search(r"default-src ([^;]*)", policy)
        assert "unsafe" not in scripts[1], address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert answer["X-Frame-Options"] == "DENY", address
        assert answer["Referrer-Policy"] == "same-origin", address
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", address
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert answer["Cache-Control"] == "private, no-store", address
