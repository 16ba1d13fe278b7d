"""「参数设置」 (SYS-05): in force at once, in every process."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from kemai.kit.errors import DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet
from kemai.office.models import Setting
from kemai.office.parameters import Parameter, declare, parameters
from kemai.office.queries import setting, settings_version
from kemai.office.services import settings_save
from kemai.people.tests.factories import Team, browser, employee, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-05")]


@pytest.fixture
def crew() -> Team:
    return team()


def test_every_parameter_stands_on_the_page_in_its_group_with_what_it_does(crew):
    page = browser(crew.admin).get("/settings").content.decode()
    for parameter in parameters.values():
        assert parameter.help
        for word in (parameter.group, parameter.label, parameter.help):
            assert word in page


def test_a_code_is_declared_once():
    with pytest.raises(ValueError, match="declared twice"):
        declare(Parameter("company_name", "x", "x", "x", "text", ""))


def test_a_parameter_has_its_default_until_it_is_set(crew):
    assert setting("attachment_max_mb") == 20
    assert settings_save({"attachment_max_mb": "30"}, by=crew.admin) == ["attachment_max_mb"]
    assert setting("attachment_max_mb") == 30
    assert settings_save({"attachment_max_mb": 30}, by=crew.admin) == []
    assert Setting.objects.filter(code="attachment_max_mb").count() == 1
    with pytest.raises(KeyError):
        setting("no_such_parameter")


def test_the_page_saves_switches_numbers_words_and_choices(crew):
    sent = {
        "version": settings_version(), "company_phone": " 0574-8765 ", "attachment_max_mb": "25", "supervisors_see_all": "",
        "customer_public_fields[]": ["", "name", "region"],
    }  # fmt: skip
    answer = browser(crew.admin).post("/settings", sent)
    assert answer.status_code == 303, answer.content.decode()
    assert setting("company_phone") == "0574-8765"
    assert setting("attachment_max_mb") == 25
    assert setting("supervisors_see_all") is False
    assert setting("customer_public_fields") == ["name", "region"]
    browser(crew.admin).post("/settings", {"customer_public_fields[]": [""]})
    assert setting("customer_public_fields") == []


@pytest.mark.parametrize(
    ("code", "value", "sentence"),
    [
        ("attachment_max_mb", "viel", "应为整数"),
        ("attachment_max_mb", "0", "应在 1 到 500 之间"),
        ("attachment_max_mb", "9" * 5000, "应为整数"),
        ("attachment_max_mb", None, "应为整数"),
        ("attachment_max_mb", 2.5, "应为整数"),
        ("supervisors_see_all", "perhaps", "应为是或否"),
        ("supervisors_see_all", {"a": 1}, "应为是或否"),
        ("customer_public_fields", ["name", "secret"], "没有「secret」这个选项"),
        ("customer_public_fields", [["name"]], "这个选项"),
        ("company_name", "长" * 201, "最多 200 个字"),
        ("company_name", 5, "应为文字"),
        ("nothing", "1", "没有这个参数"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_changed(crew, code, value, sentence):
    before = settings_version()
    with pytest.raises(Invalid, match=sentence):
        settings_save({"company_phone": "1", code: value}, by=crew.admin)
    assert settings_version() == before
    answer = program(crew.admin).post("/api/v1/settings", {code: value}, content_type="application/json")
    assert answer.status_code == 422
    assert code in answer.json()["fields"]


def test_a_mistake_keeps_what_was_typed_on_the_page(crew):
    answer = browser(crew.admin).post("/settings", {"company_phone": "0574-1", "attachment_max_mb": "viel"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "附件大小上限（MB）应为整数。" in page
    assert 'value="0574-1"' in page
    assert 'value="viel"' in page


@pytest.mark.spec("ORG-08")
def test_to_look_and_to_change_are_two_rights(crew):
    assert browser(crew.lin).get("/settings").status_code == 403
    looker = employee("looker", "只看", rights=["setting.view", "token.add"])
    page = browser(looker).get("/settings")
    assert page.status_code == 200
    assert "修改需要「参数修改」权限" in page.content.decode()
    assert browser(looker).post("/settings", {"company_phone": "1"}).status_code == 403
    assert (
        program(looker).post("/api/v1/settings", {"company_phone": "1"}, content_type="application/json").status_code
        == 403
    )
    with pytest.raises(Forbidden):
        settings_save({"company_phone": "1"}, by=looker)


@pytest.mark.spec("FRM-02")
def test_two_who_save_the_page_do_not_overwrite_each_other(crew):
    seen = settings_version()
    settings_save({"company_phone": "1"}, by=crew.admin, version=seen)
    with pytest.raises(DomainError, match="刚刚被别人修改过") as caught:
        settings_save({"company_phone": "2"}, by=crew.admin, version=seen)
    assert caught.value.status == 409
    assert browser(crew.admin).post("/settings", {"version": seen, "company_phone": "2"}).status_code == 409
    assert setting("company_phone") == "1"


@pytest.mark.spec("SYS-08")
def test_the_log_says_what_was_and_what_is(crew):
    settings_save({"supervisors_see_all": False, "company_phone": "0574"}, by=crew.admin)
    entry = ChangeSet.objects.get(deed="setting.change")
    assert entry.by == crew.admin
    assert "上下级强制共享：是 → 否" in entry.note
    assert "公司电话：无 → 0574" in entry.note
    assert "修改参数" in browser(crew.admin).get("/log").content.decode()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_many_who_save_at_once_leave_one_value(together):
    crew = team()
    results = together(6, lambda number: settings_save({"attachment_max_mb": 30 + number}, by=crew.admin))
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Setting.objects.filter(code="attachment_max_mb").count() == 1


OTHER_PROCESS = """
import kemai, django
django.setup()
from kemai.office.queries import setting
from kemai.office.services import settings_save
from kemai.people.models import Employee
assert setting("supervisors_see_all") is True
settings_save({"supervisors_see_all": False}, by=Employee.objects.get(login="admin"))
assert setting("supervisors_see_all") is False
"""


def database_url() -> str:
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    return f"{os.environ['DATABASE_URL'].partition('?')[0].rpartition('/')[0]}/{known['NAME']}?{os.environ['DATABASE_URL'].partition('?')[2]}"


@pytest.mark.spec("ORG-06")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_another_process_saves_holds_here_at_once():
    crew = team()
    assert setting("supervisors_see_all") is True
    assert crew.manager.access.subordinates
    environment = {**os.environ, "DATABASE_URL": database_url(), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert setting("supervisors_see_all") is False
