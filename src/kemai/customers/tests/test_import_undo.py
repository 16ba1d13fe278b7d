"""An import is one unit for undo: afterwards the database is as it was before, but for what was changed since (IMP-03)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from kemai.customers.contact_services import contact_change, contact_create
from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_change, customer_claim, customer_delete
from kemai.customers.share_services import customer_share
from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import imported, in_chunks_of, received, sheet, verdicts, whole_database
from kemai.customers.tests.support import counts_are_true, nothing_changes
from kemai.files.models import Attachment
from kemai.kit import importing, undo
from kemai.kit.errors import Conflict, DomainError, NotFound
from kemai.kit.models import ChangeSet, Import
from kemai.office.models import DictionaryEntry
from kemai.people.tests.factories import again

NAME, TEL, PERSON, MOBILE = "客户名称", "电话", "联系人", "手机"


def back(run: Import, by) -> undo.Undone:
    return undo.undo_import(undo.import_to_undo(run.pk, by), by=by)


@pytest.mark.spec("IMP-03")
def test_after_the_undo_every_table_and_the_search_index_are_as_before(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    present = customer(
        "甲公司", crew.lin, address="旧", contacts=[{"name": "张伟", "mobile": "13800138000"}, {"name": "李娜"}]
    )
    customer_change(present, values={"address": "更旧"}, by=crew.lin)
    before = whole_database()
    rows = [
        [f"第{number}号公司", "航天", "小林" if number % 2 else "", f"人{number}", f"138{number:08d}", "新地址"]
        for number in range(1100)
    ]
    rows.insert(3, ["甲公司", "制药", "", "李娜", "13900139000", "新地址"])
    rows.insert(4, ["甲 公司", "", "", "", "", ""])
    rows.append(["", "", "", "", "", ""])
    path = sheet(tmp_path, [NAME, "行业", "负责人", PERSON, MOBILE, "地址"], *rows)
    run = imported(path, crew.admin, update=True)
    assert run.counts == {"new": 1100, "update": 1, "duplicate": 1, "in": 1101}
    assert (again(present).version, again(present).address) == (3, "新地址")
    outcome = back(run, crew.admin)
    assert outcome.left == []
    assert outcome.counts["customer"] == 1101
    assert outcome.sentence == "已撤销：客户 1,101，提醒 1，联系人 1,101，字典项 2。"
    after = whole_database()
    assert {name for name in before if before[name] != after[name]} == set()
    run.refresh_from_db()
    assert (run.state, run.counts["undone"], run.counts["left"]) == ("undone", 1101, 0)
    assert (
        list(ChangeSet.objects.filter(deed="customer.undo").values_list("undoes__deed", flat=True))
        == ["customer.import"] * 3
    )
    counts_are_true()
    assert imported(path, crew.admin, update=True).counts == {"new": 1100, "update": 1, "duplicate": 1, "in": 1101}


@pytest.mark.spec("IMP-03", "IMP-06")
def test_customers_whose_contacts_came_in_a_later_chunk_go_with_the_undo(crew, tmp_path, monkeypatch):
    in_chunks_of(2, monkeypatch)
    customer("乙公司", crew.lin, contacts=[{"name": "孙七"}])
    before = whole_database()
    rows = [
        ["甲公司", "张三"],
        ["甲公司", "李四"],
        ["甲公司", "王五"],
        ["乙公司", "周八"],
        ["乙公司", "吴九"],
        ["丙公司", "郑十"],
    ]
    run = imported(sheet(tmp_path, [NAME, PERSON], *rows), crew.admin, update=True)
    outcome = back(run, crew.admin)
    assert (outcome.sentence, outcome.left) == ("已撤销：客户 2，联系人 6。", [])
    assert whole_database() == before


@pytest.mark.spec("IMP-03")
def test_what_was_changed_since_is_named_and_left(crew, tmp_path):
    path = sheet(tmp_path, [NAME, "行业", PERSON], *[[f"{name}公司", "航天", f"{name}某"] for name in "甲乙丙丁戊己庚"])
    run = imported(path, crew.admin)
    made = {one.name[0]: one for one in Customer.objects.all()}
    customer_change(made["甲"], values={"address": "后来"}, by=crew.admin)
    customer_claim(made["乙"], by=crew.lin)
    contact_create({"name": "后来的人", "customer": made["丙"].pk}, by=crew.admin)
    customer_delete(made["丁"], by=crew.admin)
    now = timezone.now()
    Attachment.objects.create(
        kind="customer", record_id=made["戊"].pk, name="合同.pdf", size=1, content_type="application/pdf", sha256="0", stored="x",
        created_at=now, updated_at=now,
    )  # fmt: skip
    person = Contact.objects.get(customer=made["己"])
    contact_change(person, values={"mobile": "1"}, by=crew.admin)
    outcome = back(run, crew.admin)
    left = {(item.kind, item.title): item.reason for item in outcome.left}
    assert left == {
        ("customer", "甲公司"): "后来被修改过", ("contact", "甲某"): "所属的记录保留",
        ("customer", "乙公司"): "后来被修改过", ("contact", "乙某"): "所属的记录保留",
        ("customer", "丙公司"): "后来被修改过", ("contact", "丙某"): "所属的记录保留",
        ("customer", "丁公司"): "已经删除", ("contact", "丁某"): "已经删除",
        ("customer", "戊公司"): "后来有了附件", ("contact", "戊某"): "所属的记录保留",
        ("contact", "己某"): "后来被修改过", ("customer", "己公司"): "后来被修改过",
        ("dictionary-entry", "航天"): "它的客户保留",
    }  # fmt: skip
    assert sorted(Customer.objects.values_list("name", flat=True)) == sorted(f"{name}公司" for name in "甲乙丙戊己")
    assert DictionaryEntry.objects.filter(name="航天").exists()
    run.refresh_from_db()
    assert (run.state, run.counts["undone"], run.counts["left"]) == ("undone", 1, 13)
    assert verdicts(run)[0] == (2, "new", "「航天」加入客户行业。 撤销时保留：后来被修改过。")
    counts_are_true()


@pytest.mark.spec("IMP-03")
def test_an_update_is_taken_back_only_where_its_values_still_stand(crew, tmp_path):
    rows = [["甲公司", "新", "0571-1111111"], ["乙公司", "新", "0571-2222222"], ["丙公司", "新", "0571-3333333"]]
    present = [customer(f"{name}公司", crew.lin, address="旧", phone="") for name in "甲乙丙"]
    run = imported(sheet(tmp_path, [NAME, "地址", TEL], *rows), crew.admin, update=True)
    customer_change(again(present[0]), values={"address": "更新"}, by=crew.lin)
    customer_change(again(present[1]), values={"remarks": "不相干的字段"}, by=crew.lin)
    customer_share(again(present[2]), employees=[crew.zhou.pk], by=crew.lin)
    outcome = back(run, crew.admin)
    assert [(item.title, item.reason) for item in outcome.left] == [("甲公司", "后来被修改过")]
    stored = [again(one) for one in present]
    assert [(one.address, one.phone) for one in stored] == [("更新", "0571-1111111"), ("旧", ""), ("旧", "")]
    assert [one.version for one in stored] == [3, 4, 1]
    assert stored[1].remarks == "不相干的字段"


@pytest.mark.spec("IMP-03")
def test_a_killed_import_can_be_taken_back(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    before = whole_database()

    class Killed(BaseException):
        pass

    def die(at, total):
        raise Killed

    run = received(sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1100)]), crew.marketing)
    with pytest.raises(Killed):
        importing.commit(run, die)
    assert Customer.objects.count() == 1000
    assert back(run, crew.marketing).counts["customer"] == 1000
    assert whole_database() == before
    with pytest.raises(Conflict):
        importing.commit(run)
    assert Customer.objects.count() == 0


@pytest.mark.spec("IMP-03")
def test_a_killed_undo_can_be_repeated(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    before = whole_database()
    run = imported(sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1500)]), crew.marketing)

    class Killed(BaseException):
        pass

    def die(at, total):
        raise Killed

    with pytest.raises(Killed):
        undo.undo_import(run, by=crew.marketing, progress=die)
    assert Customer.objects.count() == 1000
    back(run, crew.marketing)
    assert whole_database() == before


@pytest.mark.spec("IMP-03")
def test_an_import_can_be_taken_back_for_a_day_by_who_made_it_or_manages_customers(crew, tmp_path):
    run = imported(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    with nothing_changes():
        with pytest.raises(NotFound):
            back(run, crew.lin)
        Import.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(hours=24, minutes=1))
        with pytest.raises(DomainError, match="导入超过 24 小时后不能再撤销。"):
            back(run, crew.marketing)
    Import.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert back(run, crew.boss).sentence == "已撤销：客户 1。"
    with nothing_changes(), pytest.raises(Conflict, match="这次导入已经撤销过了。"):
        back(run, crew.marketing)
    waiting = received(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    with pytest.raises(Conflict, match="这次导入还没有写入任何记录，不需要撤销。"):
        back(importing.preview(waiting), crew.marketing)


@pytest.mark.spec("IMP-03")
def test_the_later_of_two_imports_is_taken_back_first(crew, tmp_path):
    first = imported(sheet(tmp_path, [NAME, "地址"], ["甲公司", "一"]), crew.boss)
    second = imported(sheet(tmp_path, [NAME, "地址"], ["甲公司", "二"], name="b.xlsx"), crew.boss, update=True)
    assert [item.title for item in back(first, crew.boss).left] == ["甲公司"]
    Import.objects.filter(pk=first.pk).update(state="done")
    assert back(second, crew.boss).left == []
    assert Customer.objects.get().address == "一"
    assert Customer.objects.get().version == 1


def test_what_an_undo_between_has_left_still_counts_as_a_change(crew, tmp_path):
    made = imported(sheet(tmp_path, [NAME], ["甲公司"], ["乙公司"]), crew.boss)
    one = sheet(tmp_path, [NAME, "地址"], ["甲公司", "一"], ["乙公司", "一"], name="b.xlsx")
    two = sheet(tmp_path, [NAME, "地址"], ["甲公司", "二"], name="c.xlsx")
    first, second = imported(one, crew.boss, update=True), imported(two, crew.boss, update=True)
    assert [item.title for item in back(first, crew.boss).left] == ["甲公司"]
    assert back(second, crew.boss).left == []
    assert [item.title for item in back(made, crew.boss).left] == ["甲公司"]
    assert [(one.name, one.address) for one in Customer.objects.all()] == [("甲公司", "一")]


def test_a_deed_is_taken_back_by_its_entry_in_the_log(crew):
    made = customer("甲公司", contacts=[{"name": "张伟"}])
    before = whole_database()
    customer_delete(made, by=crew.admin)
    entry = ChangeSet.objects.get(deed="customer.delete")
    outcome = undo.undo_change_set(entry, by=crew.admin)
    assert dict(outcome.counts) == {"customer": 1, "contact": 1}
    after = whole_database()
    assert {name for name in before if before[name] != after[name]} == set()
