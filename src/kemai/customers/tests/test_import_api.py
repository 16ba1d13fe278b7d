"""Imports over the API, on the pages and by the command: the same doors, the same sentences (IMP-02, IMP-03)."""

import io
import json
import os
from datetime import timedelta

import pytest
import xlsxwriter
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import sheet, whole_database
from kemai.customers.tests.support import nothing_changes
from kemai.kit import cli, import_runs, importing, jobs, selfcheck, sheets
from kemai.kit.import_reading import path_of
from kemai.kit.models import Import, Job
from kemai.kit.tally import add
from kemai.notify.models import Message
from kemai.people.tests.factories import browser, program


def upload(client, path, **fields):
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post("/api/v1/imports", {"file": file, "kind": "customers", **fields})


def command(capsys, *words):
    """What the command printed, its exit status first."""
    from kemai.config.cli import build_parser

    args = build_parser().parse_args(words)
    status = args.run(args) or 0
    return status, capsys.readouterr().out.splitlines()


@pytest.mark.spec("IMP-02", "IMP-03", "API-01")
def test_upload_preview_commit_undo_over_the_api(crew, tmp_path):
    customer("北京云杉科技有限公司", crew.lin)
    before = whole_database()
    client = program(crew.marketing)
    path = sheet(
        tmp_path, ["公司", "代码", "联系人"], ["北京云杉科技有限公司", 1, ""], ["甲公司", 2, "张伟"], ["", 3, ""]
    )
    answer = upload(client, path, options=json.dumps({"into": "mine"}))
    made = answer.json()
    assert answer.status_code == 201
    assert (made["state"], made["total"], made["counts"]) == ("planned", 3, {"duplicate": 1, "new": 1, "error": 1})
    assert [column["field"] for column in made["columns"]] == ["name", "", "contacts.name"]
    assert (made["unmatched"], made["missing"]) == (["代码"], [])
    assert made["verdicts"][1] == {"row": 3, "verdict": "new", "title": "甲公司", "message": "", "record": None}
    address = f"/api/v1/imports/{made['id']}"
    errors = client.get(address, {"verdict": "error"}).json()
    assert (errors["verdicts_total"], errors["verdicts"][0]["message"]) == (1, "请填写客户名称。")
    done = client.post(f"{address}/commit")
    assert (done.status_code, done.json()["state"], done.json()["counts"]["in"]) == (200, "done", 1)
    assert Customer.objects.get(name="甲公司").owner == crew.marketing
    again = client.post(f"{address}/commit")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert [item["id"] for item in client.get("/api/v1/imports").json()["items"]] == [made["id"]]
    back = client.post(f"{address}/undo")
    assert (back.status_code, back.json()["state"], back.json()["message"], back.json()["left"]) == (
        200, "undone", "已撤销：客户 1，联系人 1。", [],
    )  # fmt: skip
    assert whole_database() == before


@pytest.mark.spec("IMP-03")
def test_refused_rows_come_back_as_a_workbook(crew, tmp_path):
    client = program(crew.marketing)
    made = upload(client, sheet(tmp_path, ["客户名称", "邮箱"], ["甲公司", "x"])).json()
    answer = client.get(f"/api/v1/imports/{made['id']}/rejected")
    back = tmp_path / "back.xlsx"
    back.write_bytes(b"".join(answer.streaming_content))
    sheets.convert(back, tmp_path / "back.jsonl")
    assert list(sheets.open_table(tmp_path / "back.jsonl", lambda header: None).rows()) == [
        (2, ["甲公司", "x", "电子邮箱的格式不对，应像 name@example.com。"])
    ]
    assert "filename" in answer["Content-Disposition"]


@pytest.mark.spec("IMP-02")
def test_columns_can_be_corrected_before_the_import(crew, tmp_path):
    client = program(crew.marketing)
    made = upload(client, sheet(tmp_path, ["全名", "简称"], ["阿里巴巴", "甲"])).json()
    assert (made["missing"], made["counts"]) == (["name"], {"error": 1})
    refused = client.post(f"/api/v1/imports/{made['id']}/commit")
    assert (refused.status_code, refused.json()["message"]) == (422, "没有找到「客户名称」这一列，请指定哪一列是它。")
    planned = client.post(
        f"/api/v1/imports/{made['id']}/plan", {"map": {"全名": "name", "简称": ""}}, content_type="application/json"
    ).json()
    assert (planned["missing"], planned["counts"]) == ([], {"new": 1})
    assert client.post(f"/api/v1/imports/{made['id']}/commit").json()["counts"] == {"new": 1, "in": 1}
    assert Customer.objects.get().short_name == ""
    late = client.post(f"/api/v1/imports/{made['id']}/plan", {}, content_type="application/json")
    assert (late.status_code, late.json()["message"]) == (409, "这次导入已经开始，不能再改对应关系。")


@pytest.mark.spec("API-03", "ORG-08", "SEC-07")
def test_what_cannot_be_imported_is_refused_in_one_form(crew, tmp_path):
    path = sheet(tmp_path, ["客户名称"], ["甲公司"])
    clients = {"lin": program(crew.lin), "clerk": program(crew.marketing)}
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04nothing")
    with nothing_changes():
        for client, file, fields, status, message in [
            ("lin", path, {}, 403, "您没有这项权限，需要时请联系系统管理员。"),
            ("clerk", path, {"kind": "employees"}, 403, "您没有这项权限，需要时请联系系统管理员。"),
            ("clerk", path, {"kind": "departments"}, 404, "没有可以导入的「departments」。"),
            ("clerk", broken, {}, 422, "文件已损坏，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。"),
            ("clerk", path, {"options": "["}, 400, "options 应为一个 JSON 对象。"),
            ("clerk", path, {"similar": "maybe"}, 422, "相似的行只能选择 accept（导入）或 refuse（不导入）。"),
            ("clerk", path, {"key": "phone"}, 422, "只能按 name、number、tax_number 查找已有的客户。"),
        ]:
            answer = upload(clients[client], file, **fields)
            assert (answer.status_code, answer.json()["message"]) == (status, message)
        answer = clients["clerk"].post("/api/v1/imports", {"kind": "customer"})
        assert (answer.status_code, answer.json()["fields"]) == (422, {"file": ["请选择要导入的文件。"]})
    assert not Import.objects.exists()
    made = upload(clients["clerk"], path).json()
    for client, status in (("lin", 404), ("clerk", 200)):
        assert clients[client].get(f"/api/v1/imports/{made['id']}").status_code == status
    assert clients["clerk"].get(f"/api/v1/imports/{made['id']}", {"page": "x"}).status_code == 400
    others = program(crew.boss).post(f"/api/v1/imports/{made['id']}/commit")
    assert (others.status_code, others.json()["code"]) == (403, "not_yours")


@pytest.mark.spec("IMP-03")
def test_many_rows_go_in_and_are_taken_back_by_a_job(crew, tmp_path):
    before = whole_database()
    client = program(crew.marketing)
    made = upload(client, sheet(tmp_path, ["客户名称"], *[[f"第{number}号公司"] for number in range(501)])).json()
    address = f"/api/v1/imports/{made['id']}"
    waiting = client.post(f"{address}/commit")
    assert (waiting.status_code, waiting.json()["state"]) == (202, "waiting")
    assert Customer.objects.count() == 0
    assert client.post(f"{address}/commit").status_code == 409
    assert jobs.run_one() is True
    done = client.get(address).json()
    assert (done["state"], done["done"], done["counts"]) == ("done", 501, {"new": 501, "in": 501})
    going = client.post(f"{address}/undo")
    assert (going.status_code, going.json()["state"]) == (202, "undoing")
    assert jobs.run_one() is True
    assert client.get(address).json()["state"] == "undone"
    assert whole_database() == before
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.spec("IMP-03")
def test_the_page_offers_to_go_on_only_while_no_job_is_at_it(crew, tmp_path):
    path = sheet(tmp_path, ["客户名称"], *[[f"第{number}号公司"] for number in range(501)])
    made = upload(program(crew.marketing), path).json()
    client, address = browser(crew.marketing), f"/imports/{made['id']}"
    client.post(f"{address}/commit")
    running = {Import.State.WAITING: False, Import.State.RUNNING: False, Import.State.FAILED: True}
    for state, offered in running.items():
        Import.objects.filter(pk=made["id"]).update(state=state)
        assert ("继续导入" in client.get(address).content.decode()) is offered, state
    Import.objects.filter(pk=made["id"]).update(state=Import.State.RUNNING)
    Job.objects.update(state=Job.State.FAILED)  # it was killed too often
    assert "继续导入" in client.get(address).content.decode()


@pytest.mark.spec("IMP-02")
def test_the_pages_lead_from_upload_to_undo(crew, tmp_path):
    client = browser(crew.marketing)
    path = sheet(tmp_path, ["全名", "联系人"], ["阿里巴巴", "张伟"])
    assert "导入" in client.get("/imports/new?kind=customer").content.decode()
    empty = client.post("/imports/new", {"kind": "customer"})
    assert (empty.status_code, "请选择要导入的文件。" in empty.content.decode()) == (422, True)
    sent = client.post("/imports/new", {"kind": "customer", "file": SimpleUploadedFile(path.name, path.read_bytes())})
    address = sent["Location"]
    page = client.get(address).content.decode()
    assert "撤销导入" not in page
    assert "阿里巴巴" in page  # what stands in a column
    assert "没有找到客户名称这一列" in page
    assert client.post(f"{address}/commit").status_code == 422
    planned = client.post(
        f"{address}/plan",
        {"map.全名": "name", "map.联系人": "contacts.name", "into": "mine", "update": "", "key": "name"},
    )
    assert planned.status_code == 303
    assert "导入 1 行" in client.get(address).content.decode()
    assert client.post(f"{address}/commit").status_code == 303
    assert Customer.objects.get().owner == crew.marketing
    assert "撤销导入" in client.get(f"{address}?verdict=new").content.decode()
    assert path.name in client.get("/imports").content.decode()
    assert client.post(f"{address}/undo").status_code == 303
    assert Customer.objects.count() == 0
    assert browser(crew.lin).get(address).status_code == 404
    assert browser(crew.lin).get("/imports/new?kind=customer").status_code == 403


@pytest.mark.spec("IMP-01", "IMP-03")
def test_the_command_imports_says_what_became_of_the_rows_and_takes_back(crew, tmp_path, capsys):
    path = sheet(tmp_path, ["股票名称", "行业"], ["平安银行", "银行"], ["", "银行"])
    status, said = command(
        capsys, "import", "customers", str(path), "--as", "admin", "--map", "股票名称=name", "--dry-run"
    )
    pk = Import.objects.get().pk
    assert (status, said) == (0, [
        f"导入编号: {pk} (只检查，没有导入)", "列: 股票名称→客户名称，行业→客户行业",
        "共 2 行: 新增 1，更新 0，重复 0，相似 0，有误 1", "  第 3 行: 请填写客户名称。",
    ])  # fmt: skip
    assert Customer.objects.count() == 0
    back = tmp_path / "未导入.xlsx"
    status, said = command(
        capsys,
        "import",
        "customer",
        str(path),
        "--as",
        "admin",
        "--map",
        "股票名称=name",
        "--into",
        "xiaolin",
        "--rejected",
        str(back),
    )
    pk = Import.objects.latest("pk").pk
    assert said[0] == f"导入编号: {pk}"
    assert said[2:] == [
        "共 2 行: 新增 1，更新 0，重复 0，相似 0，有误 1；进入系统 1 行", "  第 3 行: 请填写客户名称。", f"1 行未导入，已写入 {back}",
    ]  # fmt: skip
    assert Customer.objects.get().owner == crew.lin
    assert command(capsys, "import", "--undo", str(pk), "--as", "admin") == (0, ["已撤销：客户 1，提醒 1，字典项 1。"])
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["import", "customers", "FILE", "--as", "nobody"], "没有登录名为「nobody」的在职职员。"),
        (["import", "customers", "FILE", "--as", "xiaolin"], "您没有这项权限，需要时请联系系统管理员。"),
        (["import", "customers", "--as", "admin"], "请给出要导入的种类和文件，例如: kemai import customers 客户.xlsx --as admin"),
        (["import", "tables", "FILE", "--as", "admin"], "没有可以导入的「tables」。"),
        (["import", "customers", "FILE", "--as", "admin", "--map", "x"], "--map 应写成 表头=字段，例如 --map 股票名称=name，而不是「x」。"),
        (["import", "customers", "FILE", "--as", "admin"], "没有找到「客户名称」这一列，请指定哪一列是它。"),
        (["import", "--undo", "7", "--as", "admin"], "没有找到这次导入。"),
        (["export", "tables", "a.xlsx", "--as", "admin"], "没有可以导出的「tables」。"),
        (["export", "customers", "a.pdf", "--as", "admin"], "只能导出为 .xlsx 或 .csv 文件。"),
        (["export", "customers", "a.csv", "--as", "xiaolin"], "您没有这项权限，需要时请联系系统管理员。"),
    ],
)  # fmt: skip
def test_the_command_refuses_in_one_sentence(crew, tmp_path, capsys, words, sentence):
    path = sheet(tmp_path, ["股票名称"], ["平安银行"])
    with nothing_changes(), pytest.raises(Exception) as caught:  # noqa: PT011
        command(capsys, *[str(path) if word == "FILE" else word for word in words])
    assert str(caught.value) == sentence
    assert not Import.objects.exists()


@pytest.mark.spec("LST-10")
def test_the_command_exports_what_a_list_shows(crew, tmp_path, capsys):
    customer("甲公司", crew.manager)
    customer("乙公司")
    path = tmp_path / "a.csv"
    assert command(capsys, "export", "customers", str(path), "--as", "xiaoshou", "--view", "mine") == (
        0,
        [f"已导出 1 行到 {path}"],
    )
    assert "甲公司" in path.read_text("utf-8-sig")
    _, said = command(
        capsys, "export", "customers", str(path), "--as", "admin", "--view", "pool", "--q", "乙", "--sort=-name"
    )
    assert said == [f"已导出 1 行到 {path}"]
    assert "乙公司" in path.read_text("utf-8-sig")


def test_the_self_check_finds_what_is_wrong(crew, capsys):
    customer("甲公司", crew.lin, contacts=[{"name": "张伟"}])
    status, said = command(capsys, "check")
    assert status == 0, said
    assert {line[:2] for line in said} == {"正常"}
    one = Customer.objects.get()
    one.contacts.update(is_main=False)
    add({("customer", crew.lin.pk): 3})
    Customer.objects.filter(pk=one.pk).update(name="乙公司", number="KH203001010001")
    type(crew.lin).objects.filter(pk=crew.lin.pk).update(path="/9/")
    status, said = command(capsys, "check")
    assert status == 1
    wrong = [title for title, problems in selfcheck.run_checks() if problems]
    assert wrong == [
        "按负责人的计数与实际一致", "查找索引完整并与记录一致", "职员的上下级路径正确", "自动编号的流水号不小于已有编号",
        "有联系人的客户恰好有一个主联系人", "客户名称、电话的查重键正确",
    ]  # fmt: skip
    assert f"      客户，负责人 {crew.lin.pk}：实际 1，计数 4" in said


def test_a_terminal_shows_the_progress(monkeypatch):
    shown = io.StringIO()
    shown.isatty = lambda: True
    monkeypatch.setattr("sys.stderr", shown)
    show = cli._progress("导入")
    show(500, 1000)
    show(1000, 1000)
    assert shown.getvalue() == "\r导入 500/1,000\r导入 1,000/1,000\n"


def test_the_file_name_of_an_import_is_cleaned():
    assert importing.clean_file_name("C:\\客户\\2026\u202e.xlsx") == "2026.xlsx"
    assert importing.clean_file_name("../../etc/passwd") == "passwd"
    assert importing.clean_file_name("") == "文件"


@pytest.mark.spec("IMP-03")
def test_uploaded_files_are_kept_for_a_month_and_imports_that_never_began_go_whole(crew, tmp_path):
    path = sheet(tmp_path, ["客户名称", "电话"], ["甲公司", ""], ["", "0571-1"])
    api = program(crew.marketing)
    done, waiting, fresh = (upload(api, path).json()["id"] for _ in range(3))
    api.post(f"/api/v1/imports/{done}/commit")
    stray = path_of(Import.objects.get(pk=fresh)).with_name("stray.jsonl")
    stray.write_text("[1,[1]]\n")
    os.utime(stray, (0, 0))
    kept = path_of(Import.objects.get(pk=done))
    Import.objects.filter(pk__in=[done, waiting]).update(at=timezone.now() - timedelta(days=31))
    import_runs.clean()
    assert [run.pk for run in Import.objects.order_by("pk")] == [done, fresh]
    assert not kept.exists()
    assert not stray.exists()
    assert path_of(Import.objects.get(pk=fresh)).exists()
    refused = api.get(f"/api/v1/imports/{done}/rejected")
    assert (refused.status_code, refused.json()["message"]) == (409, "上传的文件已过保留期，不能再下载未导入的行。")
    assert browser(crew.marketing).get(f"/imports/{done}").status_code == 200


@pytest.mark.spec("IMP-06")
def test_each_new_owner_is_told_once_and_not_who_imports(crew, tmp_path):
    rows = [[f"第{at}号公司", "小林" if at < 3 else "市场专员" if at < 5 else ""] for at in range(6)]
    path = sheet(tmp_path, ["客户名称", "负责人"], *rows)
    api = program(crew.marketing)
    made = upload(api, path).json()["id"]
    assert not Message.objects.exists()
    api.post(f"/api/v1/imports/{made}/commit")
    message = Message.objects.get()
    assert (message.employee, message.link) == (crew.lin, "/customers?view=mine")
    assert message.text == f"市场专员导入了 3 个客户到您名下（{path.name}）"
    api.post(f"/api/v1/imports/{made}/undo")
    assert not Message.objects.exists()


@pytest.fixture
def two_sheets(tmp_path):
    """One workbook, a sheet for each region; the second one names a column otherwise."""
    path = tmp_path / "各地客户.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, rows in {
        "华东": [["客户名称", "电话"], ["甲公司", "0571-1"], ["乙公司", ""]],
        "华南": [["客户名称", "公司电话", "代码"], ["丙公司", "020-2", "x"]],
    }.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return path


def kept_files():
    return sorted(file.suffix for file in (settings.MEDIA_ROOT / "imports").glob("*"))


@pytest.mark.spec("IMP-02", "IMP-04")
def test_another_sheet_of_the_workbook_can_be_chosen_over_the_api(crew, two_sheets):
    client = program(crew.marketing)
    made = upload(client, two_sheets, map=json.dumps({"电话": "phone"})).json()
    assert (made["sheet"], made["other_sheets"], made["total"]) == ("华东", ["华南"], 2)
    address = f"/api/v1/imports/{made['id']}"
    wrong = client.post(f"{address}/plan", json.dumps({"sheet": "华北"}), content_type="application/json")
    assert (wrong.status_code, wrong.json()["fields"]) == (422, {"sheet": ["文件里没有这个工作表，请检查它的名称。"]})
    assert client.get(address).json()["sheet"] == "华东"
    other = client.post(f"{address}/plan", json.dumps({"sheet": "华南"}), content_type="application/json").json()
    assert (other["sheet"], other["other_sheets"], other["total"]) == ("华南", ["华东"], 1)
    assert [column["field"] for column in other["columns"]] == ["name", "phone", ""]
    same = client.post(f"{address}/plan", json.dumps({"map": {"代码": "fax"}}), content_type="application/json").json()
    assert (same["sheet"], [column["field"] for column in same["columns"]]) == ("华南", ["name", "phone", "fax"])
    assert client.post(f"{address}/commit").json()["counts"]["in"] == 1
    assert list(Customer.objects.values_list("name", "phone", "fax")) == [("丙公司", "020-2", "x")]
    late = client.post(f"{address}/plan", json.dumps({"sheet": "华东"}), content_type="application/json")
    assert (late.status_code, late.json()["code"]) == (409, "wrong_state")
    first = upload(client, two_sheets, sheet="华东").json()
    assert client.post(f"/api/v1/imports/{first['id']}/commit").json()["counts"]["in"] == 2


@pytest.mark.spec("IMP-02", "IMP-04")
def test_another_sheet_can_be_chosen_on_the_page_and_by_the_command(crew, two_sheets, capsys):
    client = browser(crew.marketing)
    file = SimpleUploadedFile(two_sheets.name, two_sheets.read_bytes())
    page = client.post("/imports/new", {"file": file, "kind": "customer"}).headers["Location"]
    shown = client.get(page).content.decode()
    assert "读取的是工作表「华东」，文件里还有「华南」没有读取。" in shown
    assert (
        client.post(f"{page}/plan", {"sheet": "华南", "map.客户名称": "name", "map.电话": "phone"}).status_code == 303
    )
    shown = client.get(page).content.decode()
    assert "读取的是工作表「华南」" in shown
    assert "丙公司" in shown
    words = ("import", "customers", str(two_sheets), "--as", crew.marketing.login)
    _, said = command(capsys, *words, "--dry-run")
    assert "读取的是工作表「华东」，文件里还有「华南」没有读取。用 --sheet 选择另一个。" in said
    _, said = command(capsys, *words, "--sheet", "华南")
    assert Customer.objects.get().name == "丙公司"


@pytest.mark.spec("IMP-03")
def test_a_workbook_is_kept_as_long_as_another_sheet_may_be_wanted(crew, two_sheets, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    client = program(crew.marketing)
    made = upload(client, two_sheets).json()
    assert kept_files() == [".book", ".jsonl"]
    client.post(f"/api/v1/imports/{made['id']}/plan", json.dumps({"sheet": "华南"}), content_type="application/json")
    assert kept_files() == [".book", ".jsonl"], "what was read of the first sheet is gone"
    for file in (settings.MEDIA_ROOT / "imports").glob("*"):
        os.utime(file, (0, 0))
    import_runs.clean()
    assert kept_files() == [".book", ".jsonl"]
    Import.objects.update(at=timezone.now() - timedelta(days=import_runs.KEPT_DAYS + 1))
    import_runs.clean()
    assert kept_files() == []
    upload(client, two_sheets, sheet="华北")
    assert kept_files() == [], "nothing remains of a file that was refused"
