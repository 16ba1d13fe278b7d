"""「操作日志」: who did what to which record when, with old and new values; nobody changes it (SYS-08)."""

import pytest

from kemai.customers.services import customer_change, customer_claim
from kemai.customers.tests.factories import customer
from kemai.kit.models import ChangeSet, RowChange
from kemai.office.log_pages import deed_text, title_of_kind
from kemai.people.tests.factories import Team, browser, employee, program, team

pytestmark = [pytest.mark.django_db, pytest.mark.spec("SYS-08")]


@pytest.fixture
def crew() -> Team:
    return team()


def test_an_entry_says_who_what_which_when_and_the_values(crew):
    own = customer("宁波北仑注塑有限公司", crew.lin, phone="0574-1")
    customer_change(own, values={"phone": "0574-2"}, by=crew.lin)
    entry = ChangeSet.objects.get(deed="customer.change")
    assert (entry.by, entry.kind, entry.record_id, entry.title) == (
        crew.lin,
        "customer",
        own.pk,
        "宁波北仑注塑有限公司",
    )
    row = RowChange.objects.get(change_set=entry)
    assert (row.before["phone"], row.after["phone"]) == ("0574-1", "0574-2")
    listed = browser(crew.admin).get("/log").content.decode()
    assert "修改客户" in listed
    values = browser(crew.admin).get(f"/log/{entry.pk}/tabs/values").content.decode()
    assert "电话" in values
    assert "0574-1" in values
    assert "0574-2" in values


def test_references_and_states_stand_there_in_words(crew):
    pool = customer("无人领用的公司")
    customer_claim(pool, by=crew.lin)
    entry = ChangeSet.objects.get(deed="customer.claim")
    rows = program(crew.admin).get(f"/api/v1/log/{entry.pk}/values").json()["items"]
    said = {row["字段"]: (row["原值"], row["新值"]) for row in rows if row["字段"]}
    assert said["负责人"] == ("—", "小林")
    assert said["状态"] == ("未领用", "已领用")
    shown = " ".join(value for row in rows for value in row.values())
    for code in ("claimed", "unclaimed", "ownershipchange", "owner_id"):
        assert code not in shown


def test_the_door_is_known(crew):
    pool = customer("无人领用的公司")
    program(crew.lin).post(f"/api/v1/customers/{pool.pk}/claim", {}, content_type="application/json")
    assert ChangeSet.objects.get(deed="customer.claim").door == "api"


def test_no_door_changes_or_deletes_it(crew):
    customer("宁波北仑注塑有限公司", crew.lin)
    entry = ChangeSet.objects.latest("pk")
    page, api = browser(crew.admin), program(crew.admin)
    before = list(ChangeSet.objects.filter(pk__lte=entry.pk).values().order_by("pk"))
    for answer in (
        page.post(f"/log/{entry.pk}", {"title": "x"}),
        page.post(f"/log/{entry.pk}/delete"),
        page.post("/log/actions/delete", {"ids": entry.pk}),
        page.post("/log", {"title": "x"}),
        page.get(f"/log/{entry.pk}/edit"),
        page.get("/log/new"),
        api.patch(f"/api/v1/log/{entry.pk}", {"title": "x"}, content_type="application/json"),
        api.delete(f"/api/v1/log/{entry.pk}"),
        api.post("/api/v1/log", {"title": "x"}, content_type="application/json"),
        api.post("/api/v1/log/actions/delete", {"ids": [entry.pk]}, content_type="application/json"),
    ):
        assert 400 <= answer.status_code < 500, answer
    assert list(ChangeSet.objects.filter(pk__lte=entry.pk).values().order_by("pk")) == before


@pytest.mark.spec("ORG-08")
def test_only_who_may_reads_it(crew):
    assert browser(crew.lin).get("/log").status_code == 403
    assert program(crew.lin).get("/api/v1/log").status_code == 403
    reader = employee("reader", "审计", rights=["log.view"])
    assert browser(reader).get("/log").status_code == 200


def test_a_deed_that_failed_leaves_no_trace_of_a_change(crew):
    own = customer("宁波北仑注塑有限公司", crew.lin)
    api = program(crew.lin)
    before = ChangeSet.objects.count()
    answer = api.post(f"/api/v1/customers/{own.pk}/claim", {}, content_type="application/json")
    assert answer.status_code == 409
    assert ChangeSet.objects.count() == before


@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("customer.claim", "领用客户"), ("employee.set_left", "设为离职"), ("employee.reset_password", "重置密码"), ("login.failed", "登录失败"),
        ("setting.change", "修改参数"), ("attachment.create", "新增附件"), ("dictionary-entry.delete", "删除字典项"),
    ],
)  # fmt: skip
def test_deeds_have_chinese_words(deed, words):
    assert deed_text(deed) == words


def test_every_deed_that_a_service_names_has_a_chinese_word():
    from kemai.kit.entity import registry

    for entity in registry.values():
        services = [action.run for action in entity.actions] + [entity.delete]
        services += [entity.form.create, entity.form.change] if entity.form else []
        for service in services:
            spec = getattr(service, "spec", None)
            if spec:
                assert not any(sign.isascii() and sign.isalpha() for sign in deed_text(spec.code)), spec.code


def test_a_table_without_a_chinese_name_is_not_shown():
    assert title_of_kind("employeerole") == ""
    assert title_of_kind("setting") == "参数"
