"""Every kind that can be imported has a template that can be filled in and sent as it is (IMP-05)."""

import re
import zipfile
from io import BytesIO
from xml.sax.saxutils import escape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kemai.customers.models import Customer
from kemai.customers.tests.factories import customer
from kemai.kit.entity import registry
from kemai.kit.import_columns import targets_of
from kemai.kit.import_templates import choices_of
from kemai.people.models import Employee
from kemai.people.tests.factories import browser, program, team
from kemai.teamwork.models import Interaction

pytestmark = [pytest.mark.django_db, pytest.mark.spec("IMP-05")]
KINDS = sorted(entity.name for entity in registry.values() if entity.imports and not entity.name.startswith("sample"))


@pytest.fixture
def crew():
    return team()


def template(client, kind):
    answer = client.get(f"/imports/template/{kind}")
    assert answer.status_code == 200
    assert "xlsx" in answer["Content-Disposition"]
    return b"".join(answer.streaming_content)


def filled(content, **values):
    """The workbook with one more row, as somebody types it below the example: header → text."""
    parts = zipfile.ZipFile(BytesIO(content))
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name in parts.namelist():
            part = parts.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = _with_row(part.decode(), headers(content), values).encode()
            target.writestr(name, part)
    return made.getvalue()


def headers(content):
    """The headers in their order, with their marks."""
    parts = zipfile.ZipFile(BytesIO(content))
    shared = re.findall(r"<si><t[^>]*>(.*?)</t></si>", parts.read("xl/sharedStrings.xml").decode())
    first = re.search(r'<row r="1".*?</row>', parts.read("xl/worksheets/sheet1.xml").decode())[0]
    return [shared[int(at)] for at in re.findall(r"<v>(\d+)</v>", first)]


def _with_row(sheet, heads, values):
    cells = "".join(
        f'<c r="{_letter(heads.index(head))}3" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
        for head, text in sorted(values.items(), key=lambda item: heads.index(item[0]))
    )
    return sheet.replace("</sheetData>", f'<row r="3">{cells}</row></sheetData>')


def _letter(at):
    return (chr(64 + at // 26) if at >= 26 else "") + chr(65 + at % 26)


def sent(client, kind, content):
    return client.post("/api/v1/imports", {"kind": kind, "file": SimpleUploadedFile("模板.xlsx", content)})


@pytest.mark.parametrize("kind", KINDS)
def test_every_header_of_the_template_is_known_and_the_example_is_no_data(crew, kind):
    entity = registry[kind]
    content = template(browser(crew.admin), kind)
    refused = sent(program(crew.admin), kind, content)
    assert (refused.status_code, refused.json()["code"]) == (422, "file_no_rows")
    heads = headers(content)
    needed = [target for target in targets_of(entity).values() if target.spec.required and "." not in target.name]
    assert {f"{target.label}*" for target in needed} == {head for head in heads if head.endswith("*")}
    made = sent(program(crew.admin), kind, filled(content, **dict.fromkeys(heads, "甲"))).json()
    assert made["unmatched"] == []
    assert made["total"] == 1
    wanted = {target.name for target in targets_of(entity).values() if target.declared.template}
    assert {column["field"] for column in made["columns"]} == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_dictionary_fields_have_drop_downs(crew, kind):
    parts = zipfile.ZipFile(BytesIO(template(browser(crew.admin), kind)))
    rules = parts.read("xl/worksheets/sheet1.xml").decode()
    targets = [target for target in targets_of(registry[kind]).values() if target.declared.template]
    offered = [
        target
        for target in targets
        if target.spec.kind not in ("references", "tags") and choices_of(target, crew.admin)
    ]
    assert rules.count('<dataValidation type="list"') == len(offered)
    for target in offered:
        words = choices_of(target, crew.admin)
        assert escape(words[0]) in rules or "可选内容" in rules, target.name


def test_templates_are_for_who_may_import(crew):
    assert browser(crew.lin).get("/imports/template/customer").status_code == 403
    assert program(crew.lin).get("/api/v1/imports/template/customer").status_code == 403
    assert browser(crew.admin).get("/imports/template/role").status_code == 404
    assert program(crew.admin).get("/api/v1/imports/template/employees").status_code == 200


def test_a_template_that_is_filled_in_goes_in_as_it_is(crew):
    customer("杭州三和机械有限公司", crew.lin, contacts=[{"name": "李娜"}])
    client, api = browser(crew.admin), program(crew.admin)
    for kind, values in {
        "customer": {
            "客户名称*": "苏州云图科技有限公司",
            "客户级别": "重要客户",
            "负责人": "小林",
            "联系人": "张伟",
            "手机": "13800138000",
        },
        "employee": {
            "职员编号*": "E9",
            "姓名*": "新人",
            "登录名*": "xinren",
            "部门": "销售部",
            "上级": "王建国",
            "状态": "在职",
        },
        "interaction": {
            "客户": "杭州三和机械有限公司",
            "联系人": "李娜",
            "联系时间": "2026-03-05 14:30",
            "交往内容": "谈了价格",
            "记录人": "小林",
        },
    }.items():
        made = sent(api, kind, filled(template(client, kind), **values)).json()
        assert (kind, made["counts"]) == (kind, {"new": 1})
        assert api.post(f"/api/v1/imports/{made['id']}/commit").json()["counts"]["in"] == 1
    assert Customer.objects.get(name="苏州云图科技有限公司").owner == crew.lin
    assert Employee.objects.get(login="xinren").supervisor == crew.manager
    assert Interaction.objects.get().employee == crew.lin
