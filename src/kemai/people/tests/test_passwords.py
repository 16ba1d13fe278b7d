"""Own passwords and one-time ones (ORG-01, ORG-13, SEC-02)."""

import pytest

from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet, RowChange
from kemai.people import login_services, rules, services
from kemai.people.middleware import COOKIE
from kemai.people.models import Session
from kemai.people.tests.factories import PASSWORD, Team, again, browser, employee, program, team

pytestmark = pytest.mark.django_db
NEW = "Neu-und-besser-7"


@pytest.fixture
def crew() -> Team:
    return team()


def change(client, old=PASSWORD, new=NEW, again_=NEW):
    return client.post("/me/password", {"old": old, "new": new, "again": again_})


def call(who, path):
    return program(who).post(f"/api/v1/{path}", {}, content_type="application/json")


@pytest.mark.spec("ORG-01")
def test_the_own_password_is_changed_when_the_old_one_is_known(crew):
    assert change(browser(crew.lin)).status_code in (302, 303)
    assert again(crew.lin).check_password(NEW)


@pytest.mark.spec("ORG-01")
@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"old": "Wrong-2026"}, "原密码不正确。"),
        ({"new": "short1", "again_": "short1"}, "密码至少 8 位。"),
        ({"new": "onlyletters", "again_": "onlyletters"}, "两种"),
        ({"new": "xiaolin2026", "again_": "xiaolin2026"}, "太容易被猜到"),
        ({"new": "a1234567", "again_": "a1234567"}, "太容易被猜到"),
        ({"new": PASSWORD, "again_": PASSWORD}, "不能与原密码相同"),
        ({"again_": "Something-else-1"}, "两次输入的新密码不一致。"),
        ({"new": "Aa1-" * 40, "again_": "Aa1-" * 40}, "最多 128 位"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_changed(crew, sent, sentence):
    answer = change(browser(crew.lin), **sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert again(crew.lin).check_password(PASSWORD)


@pytest.mark.spec("SEC-02")
def test_a_new_password_ends_all_other_sessions_and_this_one_goes_on(crew):
    here, there = browser(crew.lin), browser(crew.lin)
    cookie = here.cookies[COOKIE].value
    change(here)
    assert here.get("/customers").status_code == 200
    assert here.cookies[COOKIE].value != cookie
    assert there.get("/customers").status_code == 302
    assert Session.objects.filter(employee=crew.lin).count() == 1


@pytest.mark.spec("ORG-13")
def test_a_one_time_password_is_shown_once_and_must_be_changed(crew):
    shown = browser(crew.admin).post(f"/employees/{crew.lin.pk}/reset_password")
    password = login_services.employee_reset_password(crew.lin, by=crew.admin)["one_time_password"]
    assert "一次性密码" in shown.content.decode()
    client = browser()
    assert client.post("/login", {"login": "xiaolin", "password": password}).status_code == 302
    assert client.get("/customers")["Location"] == "/me/password"
    assert client.get("/customers", headers={"HX-Request": "true"})["HX-Redirect"] == "/me/password"
    assert client.get("/api/v1/customers").status_code == 401
    assert "一次性密码" in client.get("/me/password").content.decode()
    assert change(client, old=password).status_code in (302, 303)
    assert client.get("/customers").status_code == 200


@pytest.mark.spec("ORG-13", "SEC-02")
def test_a_reset_ends_the_sessions_of_the_person(crew):
    client = browser(crew.lin)
    login_services.employee_reset_password(crew.lin, by=crew.admin)
    assert client.get("/customers").status_code == 302
    assert not again(crew.lin).check_password(PASSWORD)


@pytest.mark.spec("SEC-02", "API-02")
def test_a_reset_ends_the_keys_of_the_person_at_once_and_nobody_elses(crew):
    of_lin, another_of_lin, of_zhou = program(crew.lin), program(crew.lin), program(crew.zhou)
    assert of_lin.get("/api/v1/customers").status_code == 200
    answer = call(crew.admin, f"employees/{crew.lin.pk}/reset_password")
    assert answer.json()["message"].endswith("（只显示这一次，登录后须修改）。2 个访问令牌已失效")
    assert [one.get("/api/v1/customers").status_code for one in (of_lin, another_of_lin, of_zhou)] == [401, 401, 200]
    entry = ChangeSet.objects.get(deed="employee.reset_password")
    assert entry.note == "已发放一次性密码，2 个访问令牌失效"
    assert RowChange.objects.filter(change_set=entry, kind="token", op=RowChange.Op.DELETE).count() == 2


@pytest.mark.spec("SEC-02", "API-02")
def test_the_own_new_password_leaves_keys_alone_and_says_so(crew):
    here, there, key = browser(crew.lin), browser(crew.lin), program(crew.lin)
    page = here.get("/me/password").content.decode()
    assert '您在其他设备上的登录会全部退出；<a href="/tokens">访问令牌</a>继续有效。' in page
    change(here)
    assert [here.get("/customers").status_code, there.get("/customers").status_code] == [200, 302]
    assert key.get("/api/v1/customers").status_code == 200


@pytest.mark.spec("SEC-02", "ORG-02")
def test_of_who_has_left_sessions_and_keys_are_dead_at_once_and_stay_so(crew):
    here, key = browser(crew.lin), program(crew.lin)
    assert call(crew.admin, f"employees/{crew.lin.pk}/set_left").status_code == 200
    assert here.get("/customers")["Location"].startswith("/login")
    assert (key.get("/api/v1/customers").status_code, key.get("/api/v1/me/password").status_code) == (401, 401)
    assert call(crew.admin, f"employees/{crew.lin.pk}/set_active").status_code == 200
    assert here.get("/customers").status_code == 302
    assert key.get("/api/v1/customers").status_code == 401
    assert program(again(crew.lin)).get("/api/v1/customers").status_code == 200


@pytest.mark.spec("SEC-02")
@pytest.mark.parametrize("meanwhile", [login_services.employee_reset_password, services.employee_set_left])
def test_a_log_in_that_a_reset_or_a_leaving_overtakes_opens_no_session(crew, monkeypatch, meanwhile):
    checked = login_services._is_password

    def slow(found, password):
        right = checked(found, password)
        meanwhile(again(crew.lin), by=crew.admin)
        return right

    monkeypatch.setattr(login_services, "_is_password", slow)
    client = browser()
    answer = client.post("/login", {"login": "xiaolin", "password": PASSWORD})
    assert (answer.status_code, COOKIE in client.cookies) == (401, False)
    assert Session.objects.filter(employee=crew.lin).count() == 0


@pytest.mark.spec("ORG-13", "SYS-08")
def test_no_password_stands_in_the_log(crew):
    password = login_services.employee_reset_password(crew.lin, by=crew.admin)["one_time_password"]
    login_services.password_change(again(crew.lin), old=password, new=NEW)
    kept = "".join(f"{one.__dict__}" for model in (ChangeSet, RowChange) for one in model.objects.all())
    assert ChangeSet.objects.filter(deed="employee.reset_password", by=crew.admin, record_id=crew.lin.pk).exists()
    assert ChangeSet.objects.filter(deed="employee.change_password", by=crew.lin).exists()
    for secret in (password, NEW, again(crew.lin).password):
        assert secret not in kept


@pytest.mark.spec("ORG-13")
def test_only_who_may_resets_and_never_somebody_with_more_rights(crew):
    with pytest.raises(Forbidden):
        login_services.employee_reset_password(crew.zhou, by=crew.lin)
    helper = employee("helper", "行政", "sales_rep", rights=["employee.reset_password"])
    assert login_services.employee_reset_password(crew.zhou, by=helper)
    with pytest.raises(Forbidden, match="权限比您多"):
        login_services.employee_reset_password(crew.admin, by=helper)


def test_who_has_left_gets_no_password(crew):
    services.employee_set_left(crew.lin, by=crew.admin)
    with pytest.raises(DomainError, match="已经离职"):
        login_services.employee_reset_password(again(crew.lin), by=crew.admin)


@pytest.mark.spec("ORG-13")
def test_one_time_passwords_differ_and_can_be_read_aloud():
    made = {login_services.one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 12 and not set(one) & set("01loiI") for one in made)


@pytest.mark.spec("API-01", "ORG-01")
def test_programs_change_the_own_password_too(crew):
    api = program(crew.lin)
    wrong = api.post("/api/v1/me/password", {"old": "x", "new": NEW}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["old"])
    odd = api.post("/api/v1/me/password", {"old": PASSWORD, "new": 5}, content_type="application/json")
    assert odd.status_code == 422
    assert (
        api.post("/api/v1/me/password", {"old": PASSWORD, "new": NEW}, content_type="application/json").status_code
        == 200
    )
    assert again(crew.lin).check_password(NEW)


def test_a_short_log_in_name_may_be_part_of_a_password():
    assert rules.weak_password("Shangli-2026", "li") is None
    assert rules.weak_password("xiaolin-2026", "xiaolin")


def test_a_change_without_the_old_password_is_refused(crew):
    with pytest.raises(Invalid):
        login_services.password_change(crew.lin, old=None, new=NEW)
