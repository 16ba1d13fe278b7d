"""Logging in and out, and what keeps sessions safe (ORG-01, ORG-12, SEC-02)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kemai.kit.models import ChangeSet
from kemai.people import login_services, services
from kemai.people.middleware import COOKIE
from kemai.people.models import LoginFailure, Session
from kemai.people.tests.factories import PASSWORD, Team, again, browser, company, employee, team

pytestmark = pytest.mark.django_db
WRONG = "登录名或密码不正确"


@pytest.fixture
def crew() -> Team:
    return team()


def log_in(client, login="xiaolin", password=PASSWORD, **more):
    return client.post("/login", {"login": login, "password": password, **more})


@pytest.mark.spec("ORG-01")
def test_name_and_password_open_the_system(crew):
    client = browser()
    assert client.get("/customers").status_code == 302
    answer = log_in(client, next="/customers?view=pool")
    assert (answer.status_code, answer["Location"]) == (302, "/customers?view=pool")
    assert client.get("/customers").status_code == 200
    assert again(crew.lin).last_login is not None


@pytest.mark.spec("ORG-01")
def test_the_log_in_name_is_the_same_in_capitals_and_with_blanks(crew):
    assert log_in(browser(), login=" XiaoLin ").status_code == 302


@pytest.mark.spec("ORG-01")
@pytest.mark.parametrize("way", ["/logout", "/me/switch"])
def test_logging_out_and_changing_the_user_end_the_session(crew, way):
    client = browser(crew.lin)
    assert client.get("/customers").status_code == 200
    answer = client.post(way)
    assert (answer.status_code, answer["Location"]) == (302, "/login")
    assert not Session.objects.filter(employee=crew.lin).exists()
    assert client.get("/customers").status_code == 302


@pytest.mark.spec("ORG-01")
def test_logging_out_is_a_deed_and_no_link(crew):
    client = browser(crew.lin)
    assert client.get("/logout").status_code == 405
    assert client.get("/customers").status_code == 200


@pytest.mark.spec("ORG-12")
@pytest.mark.parametrize(
    ("login", "password"),
    [("xiaolin", "Wrong-2026"), ("nobody", PASSWORD), ("", ""), ("a\x00b", "x\x00"), ("xiaolin", "长" * 5000)],
)
def test_wrong_name_and_wrong_password_get_the_same_answer(crew, login, password):
    answer = log_in(browser(), login=login, password=password)
    assert answer.status_code == 401
    assert WRONG in answer.content.decode()
    assert COOKIE not in answer.cookies


@pytest.mark.spec("ORG-02")
def test_who_has_left_cannot_log_in_and_is_told_nothing_else(crew):
    services.employee_set_left(crew.lin, by=crew.admin)
    answer = log_in(browser())
    assert answer.status_code == 401
    assert WRONG in answer.content.decode()


def test_a_new_employee_cannot_log_in_before_there_is_a_password(crew):
    services.employee_create({"number": "9", "login": "new", "name": "新人"}, by=crew.admin)
    for password in ("", "!", PASSWORD):
        assert log_in(browser(), login="new", password=password).status_code == 401


@pytest.mark.spec("SEC-02")
def test_after_ten_failures_a_name_waits_even_with_the_right_password(crew):
    client = browser()
    for _ in range(login_services.FAILURES_BY_LOGIN):
        assert log_in(client, password="Wrong-2026").status_code == 401
    answer = log_in(client)
    assert answer.status_code == 429
    assert "15 分钟" in answer.content.decode()
    assert log_in(browser(), login="xiaozhou").status_code == 302
    LoginFailure.objects.update(at=timezone.now() - login_services.FAILURE_WINDOW - timedelta(seconds=1))
    assert log_in(client).status_code == 302
    assert not LoginFailure.objects.exists()


@pytest.mark.spec("SEC-02")
def test_one_address_that_tries_many_names_waits(crew):
    for number in range(login_services.FAILURES_BY_ADDRESS):
        log_in(browser(), login=f"guess{number}", password="Wrong-2026")
    assert log_in(browser()).status_code == 429
    assert (
        browser().post("/login", {"login": "xiaolin", "password": PASSWORD}, REMOTE_ADDR="10.9.9.9").status_code == 302
    )


@pytest.mark.spec("SEC-02")
def test_behind_a_server_that_ends_tls_the_visitor_counts_and_not_the_server(crew, settings):
    settings.HTTPS = True
    log_in(browser(), password="Wrong-2026")
    browser().post("/login", {"login": "xiaolin", "password": "x"}, headers={"X-Forwarded-For": "6.6.6.6, 10.1.2.3"})
    assert set(LoginFailure.objects.values_list("address", flat=True)) == {"127.0.0.1", "10.1.2.3"}


@pytest.mark.spec("SEC-02")
def test_a_log_in_starts_a_new_session_and_ends_the_old_one(crew):
    client = browser(crew.zhou)
    old = client.cookies[COOKIE].value
    log_in(client)
    assert client.cookies[COOKIE].value != old
    assert not Session.objects.filter(token_hash=login_services.hash_of(old)).exists()
    assert client.get("/me").content.decode().count("小林")


@pytest.mark.spec("SEC-02")
def test_the_token_against_forged_forms_is_renewed_at_log_in(crew):
    client = browser()
    client.get("/login")
    before = client.cookies["csrftoken"].value
    log_in(client)
    assert client.cookies["csrftoken"].value != before


@pytest.mark.spec("SEC-02")
@pytest.mark.parametrize("https", [True, False])
def test_the_session_cookie_is_kept_from_scripts_and_other_sites(crew, settings, https):
    settings.SESSION_COOKIE_SECURE = https
    cookie = log_in(browser()).cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert bool(cookie["secure"]) is https
    assert not cookie["max-age"]
    assert log_in(browser(), remember="1").cookies[COOKIE]["max-age"] == 30 * 86400


@pytest.mark.spec("SEC-02")
def test_the_database_knows_no_session_that_could_be_used(crew):
    token = login_services.session_begin(crew.lin)
    kept = Session.objects.get(employee=crew.lin)
    assert token not in (kept.token_hash, str(kept.__dict__))


@pytest.mark.spec("SEC-02")
def test_a_session_ends_by_itself(crew):
    client = browser(crew.lin)
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/customers").status_code == 302


@pytest.mark.spec("SEC-02")
@pytest.mark.parametrize(
    "path",
    ["/login", "/logout", "/me/switch", "/me/password", "/me/reset-layout", "/customers", "/customers/1", "/customers/1/claim",
     "/customers/1/delete", "/customers/actions/claim", "/rights", "/settings", "/attachments/upload", "/roles", "/tokens"],
)  # fmt: skip
def test_a_form_without_its_token_is_refused(crew, path):
    client = browser(crew.admin, csrf=True)
    answer = client.post(path, {"name": "x"})
    assert answer.status_code == 403
    assert "刷新页面" in answer.content.decode()


@pytest.mark.spec("SEC-02")
def test_the_api_with_the_page_session_asks_for_the_token_too(crew):
    answer = browser(crew.admin, csrf=True).post("/api/v1/customers", {"name": "甲"}, content_type="application/json")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_log_in_leads_to_pages_of_this_system_only(crew, target):
    assert log_in(browser(), next=target)["Location"] == "/"


def test_a_stranger_is_led_to_the_log_in_page_and_back(crew):
    answer = browser().get("/customers?view=pool&q=宁波")
    assert answer["Location"].startswith("/login?next=/customers%3Fview%3Dpool")
    part = browser().get("/customers", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, "/login?next=/customers")


@pytest.mark.parametrize("path", ["/loginx", "/setup/x", "/healthz/x", "/login/new"])
def test_only_the_named_pages_are_open_to_strangers(crew, path):
    assert browser().get(path)["Location"].startswith("/login")


@pytest.mark.spec("SEC-04")
def test_a_stranger_cannot_send_much(crew):
    answer = browser().post("/login", {"login": "x" * 70_000, "password": "x"})
    assert answer.status_code == 413


@pytest.mark.spec("SYS-08")
def test_the_log_knows_log_ins_failures_and_log_outs(crew):
    client = browser()
    log_in(client, password="Wrong-2026")
    log_in(client)
    client.post("/logout")
    deeds = ChangeSet.objects.filter(deed__startswith="login.").order_by("pk")
    assert [(entry.deed, entry.by) for entry in deeds] == [
        ("login.failed", None), ("login.succeeded", crew.lin), ("login.ended", crew.lin),
    ]  # fmt: skip
    assert "xiaolin" in deeds[0].note
    assert "Wrong-2026" not in "".join(str(entry.__dict__) for entry in deeds)


def test_the_page_of_log_in_does_not_come_again_when_one_is_in(crew):
    assert browser(crew.lin).get("/login")["Location"] == "/"


def test_looking_at_pages_writes_the_last_use_at_most_every_five_minutes(crew):
    client = browser(crew.lin)
    seen = Session.objects.get(employee=crew.lin).seen_at
    client.get("/customers")
    assert Session.objects.get(employee=crew.lin).seen_at == seen
    Session.objects.update(seen_at=seen - timedelta(minutes=6))
    client.get("/customers")
    assert Session.objects.get(employee=crew.lin).seen_at > seen - timedelta(minutes=1)


def test_a_log_in_name_is_one_word():
    admin = company()
    for login in ("two words", "a/b", "", "<b>"):
        with pytest.raises(Exception, match="登录名"):
            services.employee_create({"number": "7", "login": login, "name": "某人"}, by=admin)
    assert employee("li.wei_2-a").login == "li.wei_2-a"
