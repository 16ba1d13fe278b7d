"""「用户及权限设置」 (ORG-05, ORG-07, ORG-08)."""

import pytest

from kemai.kit.entity import rights
from kemai.kit.errors import DomainError
from kemai.kit.models import ChangeSet
from kemai.people import services
from kemai.people.ready import ROLES, make_roles
from kemai.people.start import make_ready
from kemai.people.tests.factories import Team, again, browser, employee, program, role_of, team

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew() -> Team:
    return team()


@pytest.mark.spec("ORG-05")
def test_the_page_groups_rights_as_users_know_them(crew):
    page = browser(crew.admin).get("/rights").content.decode()
    for word in (
        "用户及权限设置",
        "其他权限",
        "CRM相关权限",
        "客户管理删除及修改",
        "客户收回",
        "客户指派",
        "联系人修改删除",
        "数据范围",
    ):
        assert word in page
    groups = {group["title"]: group["rights"] for group in program(crew.admin).get("/api/v1/rights").json()["groups"]}
    assert [right["label"] for right in groups["CRM相关权限"]][:4] == [
        "客户管理删除及修改",
        "客户收回",
        "客户指派",
        "联系人修改删除",
    ]
    assert next(iter(groups)) == "CRM相关权限"


@pytest.mark.spec("ORG-05")
def test_export_and_print_are_rights_of_their_own():
    assert {"customer.export", "customer.print", "contact.export", "contact.print"} <= set(rights)


@pytest.mark.spec("ORG-05", "ORG-04")
def test_what_is_ticked_is_stored_and_holds_at_once(crew):
    role = role_of("sales_rep")
    client = browser(crew.lin)
    assert client.get("/customers").status_code == 200
    sent = {
        "role": role.pk,
        "rights[]": ["", "contact.view"],
        "range.customer": "department",
        "back": f"/rights?role={role.pk}",
    }
    answer = browser(crew.admin).post("/rights", sent)
    assert (answer.status_code, answer["Location"]) == (303, f"/rights?role={role.pk}")
    assert again(role).rights == ["contact.view"]
    assert again(role).ranges == {"customer": "department"}
    assert client.get("/customers").status_code == 403
    assert client.get("/contacts").status_code == 200


@pytest.mark.spec("ORG-05")
def test_unticking_everything_takes_everything(crew):
    role = role_of("sales_rep")
    browser(crew.admin).post("/rights", {"role": role.pk, "rights[]": [""], "range.customer": "own"})
    assert again(role).rights == []


@pytest.mark.spec("ORG-05", "API-01")
def test_a_program_changes_only_what_it_sends(crew):
    role = role_of("sales_rep")
    api = program(crew.admin)
    answer = api.post(
        "/api/v1/rights", {"role": role.pk, "ranges": {"customer": "all"}}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    assert (again(role).rights, again(role).ranges) == (role.rights, {"customer": "all"})
    api.post("/api/v1/rights", {"role": role.pk, "rights": ["contact.view"]}, content_type="application/json")
    assert (again(role).rights, again(role).ranges) == (["contact.view"], {"customer": "all"})


@pytest.mark.spec("ORG-05")
@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"rights": ["no.such"]}, 422),
        ({"rights": "customer"}, 422),
        ({"rights": {"a": 1}}, 422),
        ({"rights": [1]}, 422),
        ({"ranges": {"customer": "everywhere"}}, 422),
        ({"ranges": {"nothing": "all"}}, 422),
        ({"ranges": {"region": "all"}}, 422),
        ({"ranges": {"customer": ["all"]}}, 422),
        ({"ranges": "all"}, 422),
        ({"version": "x"}, 422),
        ({"role": 999_999}, 404),
        ({"role": "x"}, 404),
        ({"role": None}, 404),
        ({"role": 10**30}, 404),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_changed(crew, sent, status):
    role = role_of("sales_rep")
    answer = program(crew.admin).post("/api/v1/rights", {"role": role.pk, **sent}, content_type="application/json")
    assert answer.status_code == status, answer.content
    assert again(role).version == role.version


def test_the_role_of_the_administrator_stays_as_it_is(crew):
    admin_role = role_of("sysadmin")
    page = browser(crew.admin).get(f"/rights?role={admin_role.pk}").content.decode()
    assert "系统管理员角色不能修改" in page
    answer = browser(crew.admin).post("/rights", {"role": admin_role.pk, "rights[]": [""]})
    assert answer.status_code == 422
    for deed, values in ((services.role_change, {"values": {"name": "甲"}}), (services.role_delete, {})):
        with pytest.raises(DomainError, match="系统管理员角色不能修改"):
            deed(admin_role, by=crew.admin, **values)


@pytest.mark.spec("FRM-02")
def test_two_who_tick_rights_of_one_role_do_not_overwrite_each_other(crew):
    role = role_of("sales_rep")
    services.role_set_rights(role, codes=["contact.view"], ranges={}, by=crew.admin)
    sent = {"role": role.pk, "version": role.version, "rights[]": ["", "customer.view"], "range.customer": "own"}
    answer = browser(crew.admin).post("/rights", sent)
    assert answer.status_code == 409
    assert "刚刚被别人修改过" in answer.content.decode()
    assert again(role).rights == ["contact.view"]


@pytest.mark.spec("ORG-08")
def test_without_the_right_the_page_is_not_to_be_had(crew):
    assert browser(crew.boss).get("/rights").status_code == 403
    assert browser(crew.boss).post("/rights", {"role": role_of("sales_rep").pk}).status_code == 403
    assert program(crew.boss).get("/api/v1/rights").status_code == 403
    assert 'href="/rights"' not in browser(crew.boss).get("/customers").content.decode()


@pytest.mark.spec("SYS-08")
def test_the_log_keeps_the_rights_before_and_after_in_words(crew):
    role = role_of("sales_rep")
    services.role_set_rights(role, codes=["contact.view"], ranges={"customer": "all"}, by=crew.admin)
    entry = ChangeSet.objects.get(deed="role.set_rights", record_id=role.pk)
    page = browser(crew.admin).get(f"/log/{entry.pk}/tabs/values").content.decode()
    assert "联系人查看" in page
    assert "客户：全部" in page
    assert "contact.view" not in page


@pytest.mark.spec("ORG-07")
def test_the_ready_roles_may_what_the_requirements_say(crew):
    may = {role: set(role_of(role).rights) for role in ROLES}
    assert {role for role in may if "customer.assign" in may[role]} == {"general_manager", "sales_manager", "marketing"}
    assert {role for role in may if "customer.recall" in may[role]} == {"general_manager", "sales_manager"}
    assert {role for role in may if "customer.manage" in may[role]} == {"general_manager", "sales_manager"}
    assert {name for name, *_ in ROLES.values()} == {
        "总经理", "销售经理", "销售代表", "市场专员", "客服专员", "技术部经理", "服务工程师", "采购员", "采购部经理", "仓库管理员", "财务",
        "财务部经理",
    }  # fmt: skip


@pytest.mark.spec("ORG-07")
def test_making_ready_again_keeps_what_an_administrator_changed(crew):
    role = role_of("sales_rep")
    services.role_set_rights(role, codes=["contact.view"], ranges={"customer": "all"}, by=crew.admin)
    make_ready()
    assert again(role).rights == ["contact.view"]
    make_roles("")
    assert role_of("sysadmin").rights == sorted(rights)


def test_roles_have_one_name_each_and_stay_while_somebody_has_them(crew):
    with pytest.raises(DomainError, match="已有角色「销售代表」"):
        services.role_create({"name": "销售代表"}, by=crew.admin)
    with pytest.raises(DomainError, match="还有 3 位职员"):
        services.role_delete(role_of("sales_rep"), by=crew.admin)
    own = services.role_create({"name": "区域经理", "remarks": "大区"}, by=crew.admin)
    assert services.role_change(own, values={"name": "大区经理"}, by=crew.admin).name == "大区经理"
    services.role_delete(again(own), by=crew.admin)


def test_who_has_a_role_is_named_beside_it_unless_they_left(crew):
    employee("left", "离职者", "sales_rep")
    services.employee_set_left(again(crew.chen), by=crew.admin)
    roles = {role["code"]: role for role in program(crew.admin).get("/api/v1/rights").json()["roles"]}
    assert "小陈" not in roles["sales_rep"]["people"]
    assert {"小林", "小周"} <= set(roles["sales_rep"]["people"])
