"""What is exported holds what the person may see, never a formula, and changes nothing when it is imported again (LST-10, IMP-08)."""

import csv
import io
import zipfile

import pytest

from kemai.customers.models import Contact, Customer
from kemai.customers.services import customer_delete, customer_release
from kemai.customers.tests.factories import customer, share
from kemai.customers.tests.import_support import received, verdicts, whole_database
from kemai.kit import doors, exporting, importing, sheet_writer, sheets
from kemai.kit.entity import registry
from kemai.kit.errors import Forbidden
from kemai.kit.models import ChangeSet
from kemai.office.models import DictionaryEntry, Region


def listing(by, **params):
    return doors.list_of(registry["customer"], by, params)


def exported(folder, by, format="xlsx", every_column=False, **params):
    path = folder / f"导出.{format}"
    exporting.write(listing(by, **params), path, format=format, every_column=every_column)
    return path


def cells(path):
    kept = path.with_suffix(".jsonl")
    sheets.convert(path, kept)
    table = sheets.open_table(kept, lambda header: None)
    return [dict(zip(table.headers, row, strict=False)) for _, row in table.rows()]


def full_customer(owner):
    level = DictionaryEntry.objects.get(name="重要", dictionary__code="customer_level")
    made = customer(
        "+86科技=有限公司", owner, phone="-0571 8618 8888", level=level.pk, tags=["老客户", "重点"], remarks="=1+1\n第二行", website="www.a.cn",
        address="@杭州", region=Region.objects.get(full_name="浙江省 杭州市 西湖区").pk, tax_number="007",
        contacts=[{"name": "张伟", "phone": "0571-8618 8888", "title": "经理"}, {"name": "李娜", "mobile": "13900139000"}],
    )  # fmt: skip
    customer("乙公司", owner, parent=made.pk, contacts=[{"name": "王芳", "mobile": "13700137000"}])
    return made


@pytest.mark.spec("IMP-08")
@pytest.mark.parametrize("format", ["xlsx", "csv"])
@pytest.mark.parametrize("every_column", [False, True])
def test_an_export_that_is_imported_again_changes_nothing(crew, tmp_path, format, every_column):
    full_customer(crew.manager)
    path = exported(tmp_path, crew.manager, format, every_column, view="mine")
    before = whole_database()
    for options in ({}, {"update": True}, {"update": True, "key": "number"}):
        run = importing.commit(received(path, crew.manager, **options))
        assert run.counts == {"duplicate": 2, "in": 0}, verdicts(run)
    assert whole_database() == before


@pytest.mark.spec("IMP-08")
def test_an_export_imported_into_an_empty_system_makes_the_same_customers(crew, tmp_path):
    made = full_customer(crew.manager)
    path = exported(tmp_path, crew.manager, every_column=True, view="mine")
    names = [
        "name",
        "phone",
        "level_id",
        "tags",
        "remarks",
        "website",
        "address",
        "region_id",
        "tax_number",
        "owner_id",
        "state",
    ]
    before = list(Customer.objects.order_by("name").values(*names))
    for one in Customer.objects.order_by("-pk"):
        customer_release(one, reason="测试", by=crew.manager)
        customer_delete(one, by=crew.manager)
    run = importing.commit(received(path, crew.manager))
    assert run.counts["in"] == 2, verdicts(run)
    assert list(Customer.objects.order_by("name").values(*names)) == before
    assert list(Contact.objects.order_by("name").values_list("name", "mobile")) == [
        ("张伟", "0571-8618 8888"),
        ("王芳", "13700137000"),
    ]
    assert made.pk not in Customer.objects.values_list("pk", flat=True)


@pytest.mark.spec("LST-10", "SEC-03")
def test_no_export_holds_a_formula(crew, tmp_path):
    full_customer(crew.manager)
    with zipfile.ZipFile(exported(tmp_path, crew.manager, every_column=True, view="mine")) as archive:
        assert "<f>" not in archive.read("xl/worksheets/sheet1.xml").decode()
    raw = exported(tmp_path, crew.manager, "csv", every_column=True, view="mine").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    row = next(row for row in rows if "科技" in row["客户名称"])
    assert (row["客户名称"], row["电话"], row["备注"], row["地址"]) == (
        "'+86科技=有限公司",
        "'-0571 8618 8888",
        "'=1+1\n第二行",
        "'@杭州",
    )


@pytest.mark.spec("LST-10", "SYS-08")
def test_all_that_match_are_exported_with_the_columns_of_the_list_and_the_log_says_so(crew, tmp_path):
    for number in range(60):
        customer(f"第{number}号公司", crew.manager)
    customer("别人的公司", crew.chen)
    rows = cells(exported(tmp_path, crew.manager, view="mine", q="号公司", page_size="20", sort="name"))
    assert len(rows) == 60
    shown = [column.label for column in listing(crew.manager, view="mine").shown]
    assert list(rows[0]) == shown[: len(rows[0])]
    entry = ChangeSet.objects.get(deed="customer.export")
    assert (entry.by, entry.kind, entry.note) == (crew.manager, "customer", f"我的客户：60 条，{len(shown)} 列，xlsx")


@pytest.mark.spec("LST-10", "CUS-08")
def test_an_export_of_the_pool_holds_public_fields_only(crew, tmp_path):
    customer("甲公司", crew.chen, phone="0571-86188888", address="秘密的地址", contacts=[{"name": "秘密的人"}])
    path = exported(tmp_path, crew.manager, "csv", every_column=True, view="pool")
    text = path.read_text("utf-8-sig")
    assert text.splitlines()[0] == "客户名称,状态,客户级别,负责人,客户类别,客户行业,地区"
    assert "甲公司" in text
    assert "秘密" not in text
    assert "86188888" not in text


@pytest.mark.spec("LST-10", "ORG-08")
def test_exporting_needs_its_right_and_leaves_no_file_when_refused(crew, tmp_path):
    share(customer("甲公司", crew.lin), crew.zhou)
    path = tmp_path / "a.xlsx"
    with pytest.raises(Forbidden):
        exporting.write(listing(crew.zhou, view="shared"), path)
    assert not path.exists()
    assert not ChangeSet.objects.filter(deed="customer.export").exists()


def test_the_file_of_a_page_comes_in_blocks_under_the_name_of_the_list(crew):
    customer("甲公司", crew.manager)
    name, blocks = exporting.export(listing(crew.manager, view="mine"))
    assert name.startswith("我的客户-")
    assert name.endswith(".xlsx")
    assert zipfile.is_zipfile(io.BytesIO(b"".join(blocks)))


@pytest.mark.spec("PRF-07")
def test_a_large_list_is_written_by_a_second_process_and_no_cell_differs(crew, tmp_path, monkeypatch):
    full_customer(crew.manager)
    here = cells(exported(tmp_path, crew.manager, every_column=True, view="mine"))
    monkeypatch.setattr(exporting, "LARGE", 2)
    monkeypatch.setattr(sheet_writer, "write_xlsx", None)  # not in this process
    assert cells(exported(tmp_path, crew.manager, every_column=True, view="mine")) == here
    assert len(here) == 2


@pytest.mark.spec("PRF-07")
def test_a_large_export_whose_second_process_fails_leaves_no_file_and_no_entry_in_the_log(crew, tmp_path, monkeypatch):
    full_customer(crew.manager)
    monkeypatch.setattr(exporting, "LARGE", 2)
    monkeypatch.setattr(sheet_writer.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError):
        exporting.write(listing(crew.manager, view="mine"), tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()
    assert not ChangeSet.objects.filter(deed="customer.export").exists()
