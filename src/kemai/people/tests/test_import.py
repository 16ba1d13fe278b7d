"""Employees from a table: supervisors in any order, updates, undo, one-time passwords to hand out."""

from functools import partial
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kemai.customers.tests import import_support as support
from kemai.customers.tests.import_support import imported_as_foreseen, in_chunks_of, verdicts, whole_database
from kemai.kit import importing, sheets, undo
from kemai.kit.entity import registry
from kemai.kit.errors import Forbidden
from kemai.kit.models import ChangeSet, Import
from kemai.people.models import Employee, EmployeeRole
from kemai.people.tests.factories import again, browser, employee, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("IMP-01")]
HEAD = ["工号", "姓名", "登录名", "部门", "直接上级", "角色", "手机", "入职日期"]


@pytest.fixture
def crew():
    return team()


def sheet(folder, *rows, head=HEAD, name="职员.xlsx"):
    return support.sheet(folder, head, *rows, name=name)


received = partial(support.received, kind="employee")
imported = partial(imported_as_foreseen, kind="employee")


def supervisors(*logins):
    return [Employee.objects.get(login=login).supervisor for login in logins]


@pytest.mark.spec("ORG-02", "ORG-03")
def test_a_supervisor_may_stand_further_down_in_the_same_file(crew, tmp_path):
    run = imported(
        sheet(
            tmp_path,
            ["E1", "丁一", "dingyi", "华东组", "周二", "销售代表", 13800138000, "2024年3月5日"],
            ["E2", "周二", "zhouer", "华东组", "xiaoshou", "销售代表、市场专员", "", ""],
            ["E3", "张三", "zhangsan", "没有的部门", "E2", "", "", ""],
        ),
        crew.admin,
    )
    assert [(number, verdict) for number, verdict, _ in verdicts(run)] == [(2, "new"), (3, "new"), (4, "new")]
    assert verdicts(run)[0][2] == "上级在第 3 行，该行导入后填写。"
    assert "没有的部门" in verdicts(run)[2][2]
    ding, zhou = (Employee.objects.get(login=login) for login in ("dingyi", "zhouer"))
    assert (ding.supervisor, zhou.supervisor, supervisors("zhangsan")) == (zhou, crew.manager, [zhou])
    assert (str(ding.hire_date), ding.phone, ding.department) == ("2024-03-05", "13800138000", crew.east)
    assert sorted(role.name for role in zhou.roles.all()) == ["市场专员", "销售代表"]
    assert ding.path == f"{zhou.path}{ding.pk}/"
    assert {ding.pk, zhou.pk} <= again(crew.manager).access.subordinates


@pytest.mark.spec("ORG-03")
def test_the_lists_of_other_programs_are_understood(crew, tmp_path):
    head = ["员工UserID", "*姓名", "*部门", "直属主管", "工号", "员工状态"]
    run = imported(
        sheet(
            tmp_path,
            ["dingyi", "丁一", "销售部-华东组", "王建国", "E1", "试用"],
            ["zhouer", "周二", "云图科技/销售部/华南组", "小林", "E2", "正式"],
            ["zhangsan", "张三", "市场部/华东组", "", "E3", "已离职"],
            head=head,
        ),
        crew.admin,
    )
    assert [verdict for _, verdict, _ in verdicts(run)] == ["new", "new", "new"]
    ding, zhou, zhang = (Employee.objects.get(login=login) for login in ("dingyi", "zhouer", "zhangsan"))
    assert (ding.department, ding.supervisor, ding.is_active) == (crew.east, crew.manager, True)
    assert (zhou.department, zhou.supervisor, zhang.is_active) == (crew.south, crew.lin, False)


@pytest.mark.spec("ORG-03")
def test_supervisors_are_found_across_chunks_and_after_an_interruption(crew, tmp_path, monkeypatch):
    in_chunks_of(1, monkeypatch)
    path = sheet(
        tmp_path,
        ["E1", "丁一", "dingyi", "", "周二", "", "", ""],
        ["E2", "周二", "zhouer", "", "张三", "", "", ""],
        ["E3", "张三", "zhangsan", "", "", "", "", ""],
    )
    run = received(path, crew.admin)
    write = importing._write_chunk

    def killed(*args):
        if args[-1] == 1:  # row that went in
            raise KeyboardInterrupt
        write(*args)

    monkeypatch.setattr(importing, "_write_chunk", killed)
    with pytest.raises(KeyboardInterrupt):
        importing.commit(run)
    assert Employee.objects.filter(login="dingyi").exists()
    monkeypatch.setattr(importing, "_write_chunk", write)
    importing.commit(again(run))
    assert [one.login for one in supervisors("dingyi", "zhouer")] == ["zhouer", "zhangsan"]


def test_what_cannot_be_is_an_error_and_the_other_rows_go_in(crew, tmp_path):
    before = Employee.objects.count()
    run = imported(
        sheet(
            tmp_path,
            ["E1", "甲", "xiaolin", "", "", "", "", ""],
            ["E2", "乙", "yi yi", "", "", "", "", ""],
            ["E3", "丙", "", "", "", "", "", ""],
            ["E4", "丁", "ding", "", "戊", "", "", ""],
            ["E5", "戊", "wu", "", "丁", "", "", ""],
            ["E6", "己", "ji", "", "查无此人", "", "", ""],
            ["E6", "庚", "geng", "", "", "", "", ""],
            ["E7", "辛", "JI", "", "", "", "", ""],
        ),
        crew.admin,
    )
    assert verdicts(run) == [
        (2, "error", "登录名「xiaolin」已被小林使用。"),
        (3, "error", "登录名只能用文字、数字、点、横线和下划线，不能有空格。"),
        (4, "error", "请填写登录名。"),
        (5, "error", "上级「戊」又在丁之下，汇报关系成环。"),
        (6, "error", "上级「丁」又在戊之下，汇报关系成环。"),
        (7, "new", "上级「查无此人」没有找到，或有同名的几位，未填写。"),
        (8, "duplicate", "与第 7 行相同，已跳过。"),
        (9, "error", "登录名「ji」与第 7 行相同。"),
    ]
    assert Employee.objects.count() == before + 1


@pytest.mark.spec("IMP-06")
def test_an_update_changes_what_is_filled_in_and_an_undo_brings_everything_back(crew, tmp_path):
    before = whole_database()
    path = sheet(
        tmp_path,
        ["", "", "xiaolin", "", "xinren", "", "13911112222", ""],
        ["E1", "新人", "xinren", "", "", "", "", ""],
        ["", "", "xiaozhou", "", "王建国", "", "", ""],
        ["", "", "xiaoshou", "", "xiaolin", "", "", ""],
    )
    run = imported(path, crew.admin, update=True, key="login")
    assert [(number, verdict) for number, verdict, _ in verdicts(run)] == [
        (2, "update"), (3, "new"), (4, "duplicate"), (5, "error"),
    ]  # fmt: skip
    lin = again(crew.lin)
    assert (lin.phone, lin.name, lin.supervisor.login) == ("13911112222", "小林", "xinren")
    outcome = undo.undo_import(run, by=crew.admin)
    assert outcome.left == []
    assert whole_database() == before


@pytest.mark.spec("ORG-13")
def test_imported_employees_get_one_time_passwords_as_a_list_to_hand_out(crew, tmp_path):
    path = sheet(
        tmp_path,
        ["E1", "丁一", "dingyi", "华东组", "", "", "", ""],
        ["E2", "周二", "zhouer", "", "", "", "", ""],
    )
    run = imported(path, crew.admin)
    api = program(crew.admin)
    listed = api.post(f"/api/v1/imports/{run.pk}/hand-out").json()["items"]
    assert [(one["职员编号"], one["姓名"], one["部门"], one["登录名"]) for one in listed] == [
        ("E1", "丁一", "华东组", "dingyi"), ("E2", "周二", "", "zhouer"),
    ]  # fmt: skip
    ding = Employee.objects.get(login="dingyi")
    assert ding.check_password(listed[0]["一次性密码"])
    assert ding.must_change_password
    assert not ChangeSet.objects.filter(note__contains=listed[0]["一次性密码"]).exists()
    Employee.objects.filter(login="dingyi").update(last_login=ding.created_at)
    page = browser(crew.admin).post(f"/imports/{run.pk}/hand-out")
    kept = tmp_path / "密码.xlsx"
    kept.write_bytes(b"".join(page.streaming_content))
    [second] = rows_of(kept, tmp_path)
    assert second[1:4:2] == ["周二", "zhouer"]
    assert Employee.objects.get(login="zhouer").check_password(second[4])
    assert again(ding).check_password(listed[0]["一次性密码"])


def rows_of(path, folder):
    sheets.convert(path, folder / "lines", path.name)
    return [cells for _, cells in list(sheets._lines(folder / "lines"))[1:]]


@pytest.mark.spec("ORG-13", "ORG-05")
def test_passwords_are_handed_out_by_who_may_reset_them_and_not_for_who_may_do_more(crew, tmp_path):
    personnel = employee("renshi", "人事", rights=["employee.view", "employee.add", "employee.import", "token.add"])
    run = imported(sheet(tmp_path, ["E1", "丁一", "dingyi", "", "", "", "", ""]), personnel)
    refused = program(personnel).post(f"/api/v1/imports/{run.pk}/hand-out")
    assert refused.status_code == 403
    assert not Employee.objects.get(login="dingyi").must_change_password


def test_roles_are_given_by_who_manages_rights_alone(crew, tmp_path):
    personnel = employee("renshi", "人事", rights=["employee.view", "employee.add", "employee.import"])
    run = imported(sheet(tmp_path, ["E1", "丁一", "dingyi", "", "", "系统管理员", "", ""]), personnel)
    assert verdicts(run) == [(2, "error", "只有能修改角色权限的人可以给职员分配角色，请去掉「角色」这一列。")]
    assert not Employee.objects.filter(login="dingyi").exists()
    with pytest.raises(Forbidden):
        imported(sheet(tmp_path, ["E1", "丁一", "dingyi", "", "", "", "", ""]), crew.lin)


@pytest.mark.spec("ORG-02")
def test_who_has_left_comes_in_as_left(crew, tmp_path):
    path = sheet(tmp_path, ["E1", "旧人", "jiuren", "离职"], head=["职员编号", "姓名", "登录名", "状态"])
    imported(path, crew.admin)
    assert Employee.objects.get(login="jiuren").state == "left"


@pytest.mark.spec("IMP-08")
def test_the_exported_list_of_employees_goes_in_again_and_changes_nothing(crew, tmp_path):
    answer = browser(crew.admin).get("/employees/export")
    content = b"".join(answer.streaming_content)
    before = whole_database()
    sent = SimpleUploadedFile("职员.xlsx", content)
    made = program(crew.admin).post("/api/v1/imports", {"kind": "employee", "file": sent, "update": "true"}).json()
    assert made["counts"] == {"duplicate": Employee.objects.count()}
    program(crew.admin).post(f"/api/v1/imports/{made['id']}/commit")
    assert Import.objects.get(pk=made["id"]).state == "done"
    assert whole_database() == before
    assert BytesIO(content).read(2) == b"PK"
    assert registry["employee"].imports.hand_out is not None


@pytest.mark.spec("IMP-03")
def test_five_hundred_employees_are_written_in_a_handful_of_statements(crew, tmp_path):
    rows = [
        [f"E{at}", f"丁{at}", f"ding{at}", "华东组", f"E{at // 10}" if at else "xiaoshou", "销售代表", "", ""] for at in range(500)
    ]  # fmt: skip
    run = received(sheet(tmp_path, *rows), crew.admin)
    importing.preview(run)
    with CaptureQueriesContext(connection) as seen:
        importing.commit(run)
    assert len([one for one in seen if not one["sql"].startswith("SELECT")]) < 60
    last = Employee.objects.get(login="ding499")
    line = [Employee.objects.get(login=login).pk for login in ("xiaoshou", "ding0", "ding4", "ding49", "ding499")]
    assert last.path.endswith("/" + "/".join(map(str, line)) + "/")
    assert [role.role.name for role in EmployeeRole.objects.filter(employee=last)] == ["销售代表"]


def test_a_log_in_name_that_was_given_away_since_the_preview_is_refused_alone(crew, tmp_path):
    run = received(
        sheet(tmp_path, ["E1", "丁一", "dingyi", "", "", "", "", ""], ["E2", "周二", "zhouer", "", "E1", "", "", ""]),
        crew.admin,
    )
    importing.preview(run)
    employee("dingyi", "丁老二")
    importing.commit(run)
    assert verdicts(run)[0][:2] == (2, "error")
    assert "「dingyi」已被丁老二使用" in verdicts(run)[0][2]
    assert Employee.objects.get(login="zhouer").supervisor is None
