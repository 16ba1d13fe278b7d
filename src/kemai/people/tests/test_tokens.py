"""Personal keys for programs (API-02)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kemai.kit.errors import Invalid
from kemai.people import login_services
from kemai.people.models import Token
from kemai.people.tests.factories import Team, browser, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("API-02")]


@pytest.fixture
def crew() -> Team:
    return team()


def ask(secret: str, path: str = "/api/v1/customers") -> int:
    return Client(headers={"Authorization": f"Bearer {secret}"}).get(path).status_code


def test_a_key_is_shown_once_and_only_its_hash_is_kept(crew):
    answer = browser(crew.lin).post("/tokens", {"name": "报表"})
    kept = Token.objects.get(employee=crew.lin)
    page = answer.content.decode()
    secret = page[page.index("km_") :].split("<")[0].split('"')[0].strip()
    assert ask(secret) == 200
    assert secret not in str(kept.__dict__)
    assert secret not in browser(crew.lin).get(f"/tokens/{kept.pk}").content.decode()


def test_a_key_does_what_its_person_may_and_no_more(crew):
    assert program(crew.lin).get("/api/v1/customers").status_code == 200
    assert program(crew.lin).get("/api/v1/rights").status_code == 403


@pytest.mark.parametrize("secret", ["", "km_wrong", "x", "Bearer", "km_\x00"])
def test_a_wrong_key_opens_nothing(crew, secret):
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/customers")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_key_ends_after_its_last_day(crew):
    today = timezone.localdate()
    token = login_services.token_create({"name": "短期", "expires_on": today}, by=crew.lin)
    assert ask(token.secret) == 200
    Token.objects.filter(pk=token.pk).update(expires_on=today - timedelta(days=1))
    assert ask(token.secret) == 401
    with pytest.raises(Invalid, match="有效期应在今天以后"):
        login_services.token_create({"name": "过期", "expires_on": today - timedelta(days=1)}, by=crew.lin)


def test_a_deleted_key_stops_at_once_and_only_its_person_deletes_it(crew):
    token = login_services.token_create({"name": "报表"}, by=crew.lin)
    assert program(crew.zhou).delete(f"/api/v1/tokens/{token.pk}").status_code == 404
    assert program(crew.admin).get("/api/v1/tokens?q=报表").json()["total"] == 0
    assert program(crew.lin).delete(f"/api/v1/tokens/{token.pk}").status_code == 204
    assert ask(token.secret) == 401


@pytest.mark.parametrize("scope", ["everything", "customers", "customers:delete", "nothing:read", ":read", "read:", ""])
def test_a_scope_that_does_not_exist_is_refused(crew, scope):
    with pytest.raises(Invalid, match="没有「"):
        login_services.token_create({"name": "错", "scopes": [scope]}, by=crew.lin)


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "contacts"),
    [
        ([], 200, 422, 200),
        (["read"], 200, 403, 200),
        (["write"], 200, 422, 200),
        (["customers:read"], 200, 403, 403),
        (["customers:write"], 200, 422, 403),
        (["settings:read"], 403, 403, 403),
    ],
)
def test_scopes_narrow_what_a_key_may_do(crew, scopes, reads, writes, contacts):
    api = program(crew.lin, *scopes)
    assert api.get("/api/v1/customers").status_code == reads
    assert api.post("/api/v1/customers", {}, content_type="application/json").status_code == writes
    assert api.get("/api/v1/contacts").status_code == contacts


def test_two_keys_of_one_person_have_different_names(crew):
    login_services.token_create({"name": "报表"}, by=crew.lin)
    with pytest.raises(Invalid, match="已有令牌「报表」"):
        login_services.token_create({"name": "报表"}, by=crew.lin)
    assert login_services.token_create({"name": "报表"}, by=crew.zhou)
