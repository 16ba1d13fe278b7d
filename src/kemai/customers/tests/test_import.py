"""Tables become customers: what is matched, what becomes of each row, who may (IMP-01 to IMP-06)."""

import pytest
from django.db import connection

from kemai.customers import import_writing
from kemai.customers.models import Contact, Customer, OwnershipChange
from kemai.customers.tests.factories import customer
from kemai.customers.tests.import_support import (
    MOBILE,
    NAME,
    PERSON,
    TEL,
    imported,
    in_chunks_of,
    killed_after_a_chunk,
    previewed,
    received,
    sheet,
    verdicts,
)
from kemai.customers.tests.support import counts_are_true, nothing_changes, set_parameter
from kemai.kit import import_reading, import_results, importing, undo
from kemai.kit.errors import Conflict, DomainError, Forbidden, Invalid
from kemai.kit.models import ChangeSet, Import, ImportChunk, ImportRow
from kemai.office.models import DictionaryEntry, NumberCounter
from kemai.people.tests.factories import again, company, employee, team


@pytest.mark.spec("IMP-01", "IMP-06")
def test_a_row_becomes_a_customer_with_a_main_contact_in_the_pool(crew, tmp_path):
    path = sheet(
        tmp_path, ["公司全称", "省份", "城市", "公司电话", PERSON, MOBILE, "职务", "标签"],
        ["宁波海天塑机有限公司", "浙江", "杭州市", "0571-8618 8888", "张伟", 13800138000, "采购经理", "老客户，重点"],
    )  # fmt: skip
    run = imported(path, crew.marketing)
    assert (run.state, run.counts) == ("done", {"new": 1, "in": 1})
    made = Customer.objects.get()
    assert (made.name, made.owner, made.state, made.phone, made.tags, made.region.full_name) == (
        "宁波海天塑机有限公司", None, "unclaimed", "0571-8618 8888", ["老客户", "重点"], "浙江省 杭州市",
    )  # fmt: skip
    assert (made.phone_digits, made.core_name, made.created_by) == ("057186188888", "海天塑机", crew.marketing)
    person = Contact.objects.get()
    assert (person.customer, person.name, person.mobile, person.title, person.is_main) == (
        made,
        "张伟",
        "13800138000",
        "采购经理",
        True,
    )
    counts_are_true()


@pytest.mark.spec("IMP-02")
def test_the_verdict_of_the_preview_is_the_outcome(crew, tmp_path):
    customer("北京云杉科技有限公司", crew.lin)
    rows = [
        ["北京云杉科技有限公司", ""], ["杭州启明星信息技术有限公司", ""], ["杭州启明星信息技术 有限公司", ""], ["云杉科技（集团）有限公司", ""],
        ["", "0571-86188888"], ["苏州恒达贸易有限公司", "0571-86188888"], ["南京恒通物流有限公司", "0571-86188888"],
    ]  # fmt: skip
    path = sheet(tmp_path, [NAME, TEL], *rows)
    with nothing_changes():
        run = previewed(path, crew.marketing)
    expected = [
        (2, "duplicate", "已有同名客户「北京云杉科技有限公司」，由小林负责。"),
        (3, "new", ""),
        (4, "duplicate", "与第 3 行同名，已跳过。"),
        (5, "similar", "与「北京云杉科技有限公司」名称相似，仍导入，原因：批量导入。"),
        (6, "error", "请填写客户名称。"),
        (7, "new", ""),
        (8, "similar", "与第 7 行电话相同，仍导入，原因：批量导入。"),
    ]
    assert verdicts(run) == expected
    assert run.counts == {"duplicate": 2, "new": 2, "similar": 2, "error": 1}
    assert not ImportRow.objects.filter(of=run, verdict="new", record_id__isnull=False).exists()
    done = importing.commit(run)
    assert verdicts(done) == expected
    assert done.counts == {"duplicate": 2, "new": 2, "similar": 2, "error": 1, "in": 4}
    assert Customer.objects.count() == 5
    entry = ChangeSet.objects.get(deed="customer.import")
    assert (entry.door, entry.by, entry.title) == ("import", crew.marketing, "客户.xlsx")
    assert entry.note == "第 2–8 行；2 行与已有的相似，仍导入，原因：批量导入"


@pytest.mark.spec("IMP-02")
def test_names_that_nobody_can_read_as_chinese_are_similar_too(crew, tmp_path):
    customer("Весна（宁波）有限公司", crew.lin)
    run = previewed(sheet(tmp_path, [NAME], ["ВЕСНА集团"], ["Ромашка有限公司"], ["Ромашка厂"]), crew.marketing)
    assert verdicts(run) == [
        (2, "similar", "与「Весна（宁波）有限公司」名称相似，仍导入，原因：批量导入。"),
        (3, "new", ""),
        (4, "similar", "与第 3 行名称相似，仍导入，原因：批量导入。"),
    ]


def test_similar_rows_stay_out_when_so_chosen(crew, tmp_path):
    customer("北京云杉科技有限公司")
    run = imported(
        sheet(tmp_path, [NAME], ["云杉科技（集团）有限公司"], ["云山科技有限公司"]), crew.marketing, similar="refuse"
    )
    assert verdicts(run) == [
        (2, "similar", "与「北京云杉科技有限公司」名称相似，未导入。"),
        (3, "similar", "与「北京云杉科技有限公司」名称读音相同，未导入。"),
    ]
    assert run.counts == {"similar": 2, "in": 0}
    assert Customer.objects.count() == 1
    assert not ChangeSet.objects.filter(deed="customer.import").exists()


@pytest.mark.spec("IMP-06", "CUS-18")
def test_rows_go_to_the_pool_to_me_to_one_owner_or_to_the_owner_named_in_a_column(crew, tmp_path):
    rows = [["甲公司", "小林"], ["乙公司", ""], ["丙公司", "xiaozhou"]]
    owners = {}
    for into in ("", "pool", "mine", "xiaochen"):
        named = [[f"{into or '列'}{name}", owner] for name, owner in rows]
        imported(sheet(tmp_path, [NAME, "负责人"], *named), crew.marketing, into=into)
        made = Customer.objects.order_by("pk").select_related("owner")
        owners[into] = [one.owner.name if one.owner else None for one in made][-3:]
    assert owners == {
        "": ["小林", None, "小周"],
        "pool": [None] * 3,
        "mine": ["市场专员"] * 3,
        "xiaochen": ["小陈"] * 3,
    }
    changes = OwnershipChange.objects.order_by("pk").values_list("deed", "to_owner__name", "by__name")
    assert list(changes)[:3] == [
        ("assign", "小林", "市场专员"),
        ("assign", "小周", "市场专员"),
        ("create", "市场专员", "市场专员"),
    ]
    assert not Customer.objects.filter(state="claimed", claimed_at__isnull=True).exists()
    counts_are_true()


@pytest.mark.spec("IMP-06")
def test_owners_that_nobody_knows_do_no_harm_where_it_is_settled_who_gets_the_rows(crew, tmp_path):
    rows = [["甲公司", "旧系统的人"], ["乙公司", "小林"]]
    path = sheet(tmp_path, [NAME, "负责人"], *rows)
    assert imported(path, crew.marketing, into="pool").counts == {"new": 2, "in": 2}
    assert not Customer.objects.filter(owner__isnull=False).exists()
    other = sheet(tmp_path, [NAME, "负责人"], *[[f"新{name}", owner] for name, owner in rows])
    assert verdicts(previewed(other, crew.marketing))[0][1] == "error"
    assert imported(other, crew.marketing, into="xiaochen").counts == {"new": 2, "in": 2}
    assert Customer.objects.filter(owner=crew.chen).count() == 2


@pytest.mark.spec("IMP-06", "ORG-08")
def test_into_anothers_name_needs_the_right_to_assign(crew, tmp_path):
    clerk = employee("luru", "录入员", rights=["customer.import", "customer.add"])
    path = sheet(tmp_path, [NAME, "负责人"], ["甲公司", "小林"], ["乙公司", "录入员"])
    with nothing_changes(), pytest.raises(Forbidden, match="导入给别人需要「客户指派」权限。"):
        received(path, clerk, into="xiaolin")
    run = imported(path, clerk)
    assert verdicts(run) == [(2, "error", "导入给别人需要「客户指派」权限。"), (3, "new", "")]
    assert Customer.objects.get().owner == clerk
    with pytest.raises(Invalid, match="没有找到职员「王五」，请用 pool、mine 或登录名。"):
        received(path, crew.marketing, into="王五")


@pytest.mark.spec("IMP-06", "ORG-08")
def test_importing_needs_its_right_and_updating_the_right_to_change(crew, tmp_path):
    path = sheet(tmp_path, [NAME], ["甲公司"])
    with nothing_changes(), pytest.raises(Forbidden):
        received(path, crew.lin)
    clerk = employee("luru", "录入员", rights=["customer.import"])
    with nothing_changes(), pytest.raises(Forbidden):
        received(path, clerk, update=True)
    assert imported(path, clerk).counts == {"new": 1, "in": 1}
    run = received(path, clerk)
    run.by = crew.lin
    with pytest.raises(Forbidden):
        importing.commit(run)


@pytest.mark.spec("IMP-06")
def test_an_update_changes_what_is_filled_in_and_leaves_the_rest(crew, tmp_path):
    present = customer(
        "甲公司",
        crew.manager,
        phone="0571-86188888",
        address="旧地址",
        contacts=[{"name": "张伟", "mobile": "13800138000"}, {"name": "李娜"}],
    )
    path = sheet(
        tmp_path, [NAME, TEL, "地址", PERSON, MOBILE, "职务"],
        ["甲 公司", "", "新地址", "李娜", "13900139000", ""], ["乙公司", "0571-86000000", "", "", "", ""], ["甲公司", "", "再新", "", "", ""],
    )  # fmt: skip
    run = imported(path, crew.manager, update=True, into="mine")
    assert verdicts(run) == [(2, "update", ""), (3, "new", ""), (4, "duplicate", "与第 2 行是同一客户，已跳过。")]
    now = again(present)
    assert (now.name, now.phone, now.address, now.version) == ("甲公司", "0571-86188888", "新地址", 2)
    people = list(Contact.objects.filter(customer=present).order_by("pk").values_list("name", "mobile", "is_main"))
    assert people == [("张伟", "13800138000", True), ("李娜", "13900139000", False)]
    assert run.counts == {"update": 1, "new": 1, "duplicate": 1, "in": 2}


@pytest.mark.spec("IMP-06")
def test_an_update_finds_customers_by_number_or_tax_number(crew, tmp_path):
    first = customer("甲公司", crew.manager, tax_number="91152201078377449P")
    second = customer("乙公司", crew.manager)
    path = sheet(
        tmp_path, ["客户编号", NAME], [second.number, "乙公司（新名）"], [first.number, "乙公司"], ["KH0", "丙公司"]
    )
    run = imported(path, crew.manager, update=True, add=False, key="number")
    assert verdicts(run) == [
        (2, "update", ""),
        (3, "error", "已有同名客户「乙公司」。"),
        (4, "error", "没有找到要更新的客户。"),
    ]
    assert (again(second).name, again(second).core_name, again(second).name_folded) == (
        "乙公司（新名）",
        "乙公司",
        "乙公司新名",
    )
    by_tax = sheet(tmp_path, ["税号", "简称"], ["91152201078377449P", "甲"], name="b.xlsx")
    assert imported(by_tax, crew.manager, update=True, add=False, key="tax_number").counts == {"update": 1, "in": 1}
    assert (again(first).short_name, again(first).name) == ("甲", "甲公司")


@pytest.mark.spec("IMP-06", "ORG-04", "ORG-05")
def test_an_update_obeys_range_and_ownership(crew, tmp_path):
    out_of_range = customer("甲公司", crew.chen)
    unclaimed = customer("乙公司")
    subordinates = customer("丙公司", crew.lin)
    clerk = employee("luru", "录入员", rights=["customer.import", "customer.change"])
    path = sheet(tmp_path, [NAME, "地址"], ["甲公司", "新"], ["乙公司", "新"], ["丙公司", "新"])
    run = imported(path, clerk, update=True)
    assert [message for _, _, message in verdicts(run)] == [
        f"客户「{name}」不在您的数据范围内，未更新。" for name in ("甲公司", "乙公司", "丙公司")
    ]
    run = imported(path, crew.manager, update=True)
    assert verdicts(run) == [
        (2, "duplicate", "客户「甲公司」不在您的数据范围内，未更新。"),
        (3, "update", ""),
        (4, "update", ""),
    ]
    assert [again(one).address for one in (out_of_range, unclaimed, subordinates)] == ["", "新", "新"]
    viewer = employee(
        "zhuli", "助理", rights=["customer.import", "customer.change", "customer.view"], ranges={"customer": "all"}
    )
    set_parameter("supervisors_see_all", True)
    run = imported(sheet(tmp_path, [NAME, "地址"], ["甲公司", "再新"]), viewer, update=True)
    assert verdicts(run) == [(2, "error", "该客户由小陈负责，您不能修改客户资料。")]


@pytest.mark.spec("IMP-02", "IMP-06")
@pytest.mark.django_db(transaction=True)
def test_a_preview_of_updates_needs_no_transaction_around_it(tmp_path):
    admin = company()
    customer("甲公司", admin)
    run = previewed(sheet(tmp_path, [NAME, "地址"], ["甲公司", "新地址"]), admin, update=True)
    assert run.counts == {"update": 1}
    assert importing.commit(run).counts == {"update": 1, "in": 1}
    assert undo.undo_import(undo.import_to_undo(run.pk, admin), by=admin).left == []


@pytest.mark.spec("IMP-02")
def test_the_same_file_again_changes_nothing(crew, tmp_path):
    path = sheet(tmp_path, [NAME, PERSON, MOBILE], ["甲公司", "张伟", "13800138000"], ["乙公司", "", ""])
    imported(path, crew.marketing)
    with nothing_changes():
        run = imported(path, crew.marketing)
        assert run.counts == {"duplicate": 2, "in": 0}
    with nothing_changes():
        assert imported(path, crew.boss, update=True).counts == {"duplicate": 2, "in": 0}


@pytest.mark.spec("IMP-03", "SYS-06")
def test_rows_go_in_in_chunks_of_which_each_is_one_entry_and_numbers_have_no_gap(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 2103)])
    seen = []
    run = received(path, crew.marketing)
    done = importing.commit(run, lambda at, total: seen.append((at, total)))
    assert seen == [(1000, 2102), (2000, 2102), (2102, 2102)]
    assert (done.total, done.done, done.counts) == (2102, 2102, {"new": 2102, "in": 2102})
    assert list(ImportChunk.objects.order_by("pk").values_list("first", "last")) == [
        (2, 1001),
        (1002, 2001),
        (2002, 2103),
    ]
    assert ChangeSet.objects.filter(deed="customer.import").count() == 3
    numbers = sorted(Customer.objects.values_list("number", flat=True))
    assert [int(number[-4:]) for number in numbers] == list(range(1, 2103))
    assert NumberCounter.objects.get(kind="customer").last == 2102
    counts_are_true()


@pytest.mark.spec("IMP-03")
def test_a_killed_import_goes_on_exactly_where_it_stopped(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    names = [f"第{number}号公司" for number in range(1, 1251)]
    rows = [[name, f"0571-8{number:07d}"] for number, name in enumerate(names)]
    rows += [["第3号 公司", ""], ["新公司", "0571-80000004"], ["", "1"]]
    path = sheet(tmp_path, [NAME, TEL], *rows)
    expected = verdicts(previewed(path, crew.marketing))
    run = killed_after_a_chunk(received(path, crew.marketing))
    assert (run.state, run.done, Customer.objects.count()) == ("running", 1000, 1000)
    done = importing.commit(run)
    assert (done.state, Customer.objects.count()) == ("done", 1251)
    assert verdicts(done) == expected
    assert expected[-3:] == [
        (1252, "duplicate", "与第 4 行同名，已跳过。"), (1253, "similar", "与第 6 行电话相同，仍导入，原因：批量导入。"), (1254, "error", "请填写客户名称。"),
    ]  # fmt: skip
    with pytest.raises(Conflict, match="这次导入已完成，不能再导入。"):
        importing.commit(done)


@pytest.mark.spec("IMP-03", "SYS-15")
def test_an_import_that_an_earlier_version_began_goes_on_with_larger_chunks(crew, tmp_path, monkeypatch):
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 8)], ["第3号公司"])
    in_chunks_of(2, monkeypatch)
    run = killed_after_a_chunk(received(path, crew.marketing))
    assert (run.done, Customer.objects.count()) == (2, 2)
    in_chunks_of(5, monkeypatch)
    done = importing.commit(run)
    assert (done.done, done.counts) == (8, {"new": 7, "duplicate": 1, "in": 7})
    assert Customer.objects.count() == 7
    assert [*ImportChunk.objects.order_by("pk").values_list("first", "last")] == [(2, 3), (4, 6), (7, 9)]


@pytest.mark.spec("IMP-03")
@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite keeps what is written")
def test_after_an_import_sqlite_copies_what_is_written_as_often_as_before(crew, tmp_path):
    imported(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA wal_autocheckpoint").fetchone() == (1000,)


@pytest.mark.spec("IMP-03")
def test_a_chunk_that_fails_leaves_nothing_of_itself(crew, tmp_path, monkeypatch):
    in_chunks_of(1000, monkeypatch)
    path = sheet(tmp_path, [NAME, "行业"], *[[f"第{number}号公司", "新行业"] for number in range(1, 1201)])
    run = received(path, crew.admin)
    make = import_writing.make_ready
    monkeypatch.setattr(
        import_writing, "make_ready", lambda row: 1 / 0 if row.values["name"] == "第1100号公司" else make(row)
    )
    with pytest.raises(ZeroDivisionError):
        importing.commit(run)
    run.refresh_from_db()
    assert (run.state, run.done, Customer.objects.count()) == ("failed", 1000, 1000)
    assert run.error == "导入意外中断，已导入的部分保留，可以继续或撤销。"
    counts_are_true()
    monkeypatch.undo()
    assert importing.commit(run).counts == {"new": 1200, "in": 1200}
    assert DictionaryEntry.objects.filter(name="新行业").count() == 1


@pytest.mark.spec("IMP-03")
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_write_one_import_at_once_write_each_row_once(together, tmp_path):
    crew = team()
    path = sheet(tmp_path, [NAME], *[[f"第{number}号公司"] for number in range(1, 1101)])
    run = received(path, crew.marketing)
    results = together(2, lambda number: importing.commit(Import.objects.get(pk=run.pk)))
    assert sum(isinstance(result, Import) for result in results) >= 1
    assert all(isinstance(result, Import | DomainError) for result in results), results
    run.refresh_from_db()
    assert (run.state, run.counts, Customer.objects.count()) == ("done", {"new": 1100, "in": 1100}, 1100)


@pytest.mark.spec("IMP-03", "CUS-05")
@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_names_at_once_make_each_customer_once(together, tmp_path):
    crew = team()
    rows = [[f"第{number}号公司"] for number in range(1, 601)]
    runs = [received(sheet(tmp_path, [NAME], *rows, name=f"{at}.xlsx"), crew.marketing) for at in range(2)]
    results = together(2, lambda number: importing.commit(Import.objects.get(pk=runs[number].pk)))
    assert all(isinstance(result, Import) for result in results), results
    assert Customer.objects.count() == 600
    assert sum(result.counts["in"] for result in results) == 600
    counts_are_true()


@pytest.mark.spec("IMP-03")
def test_refused_rows_come_back_with_their_reason_and_go_in_once_mended(crew, tmp_path):
    path = sheet(
        tmp_path,
        [NAME, "电子邮箱", "备忘"],
        ["甲公司", "a@b.cn", "一"],
        ["乙公司", "不是邮箱", "二"],
        ["", "", "三"],
        ["甲公司", "", "四"],
    )
    run = imported(path, crew.marketing)
    back = tmp_path / "未导入.xlsx"
    assert import_results.write_rejected(run, str(back)) == 2
    mended = received(back, crew.marketing)
    headers, rows = mended.columns["headers"], [cells for _, cells in import_reading.Reading(mended).table.rows()]
    assert headers == [NAME, "电子邮箱", "备忘", "未导入原因"]
    assert rows == [
        ["乙公司", "不是邮箱", "二", "电子邮箱的格式不对，应像 name@example.com。"],
        ["", "", "三", "请填写客户名称。"],
    ]
    again_ = sheet(tmp_path, headers, ["乙公司", "b@b.cn", "二", rows[0][3]], name="b.xlsx")
    assert imported(again_, crew.marketing).counts == {"new": 1, "in": 1}


@pytest.mark.spec("IMP-03")
def test_an_import_is_seen_by_its_author_and_by_who_manages_customers(crew, tmp_path):
    run = imported(sheet(tmp_path, [NAME], ["甲公司"]), crew.marketing)
    assert importing.import_of(run.pk, crew.marketing) == run
    assert importing.import_of(run.pk, crew.boss) == run
    for stranger in (crew.lin, crew.service):
        with pytest.raises(DomainError, match="没有找到这次导入。"):
            importing.import_of(run.pk, stranger)
        with pytest.raises(DomainError, match="没有找到这次导入。"):
            undo.import_to_undo(run.pk, stranger)
