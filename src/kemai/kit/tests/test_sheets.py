"""Tables of strangers: tidy or not, each ends in the right rows or in one plain sentence."""

import warnings
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import xlsxwriter

from kemai.kit import sheet_writer, sheets
from kemai.kit.errors import DomainError
from kemai.kit.tests import hostile

KNOWN = {"客户名称": "name", "省份": "province", "电话": "phone", "联系人": "contact"}


def known(header: str) -> str | None:
    return {sheets.header_key(word): field for word, field in KNOWN.items()}.get(sheets.header_key(header))


def read(path: Path, name: str = "") -> sheets.Table:
    kept = path.with_suffix(".jsonl")
    sheets.convert(path, kept, name)
    return sheets.open_table(kept, known)


def text(folder: Path, content: str | bytes, encoding: str = "utf-8", name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def workbook(folder: Path, rows: list[list[Any]], merged: list[tuple] = (), name: str = "a.xlsx") -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(at, column, value)
    for first_row, first_column, last_row, last_column, value in merged:
        sheet.merge_range(first_row, first_column, last_row, last_column, value)
    book.close()
    return path


def refusal(path: Path, name: str = "") -> str:
    with pytest.raises(DomainError) as caught:
        read(path, name)
    assert list(caught.value.fields) == ["file"]
    return caught.value.message


@pytest.mark.spec("IMP-01")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_encoding_of_a_text_file_is_found_out(tmp_path, encoding):
    table = read(text(tmp_path, "客户名称,电话\n宁波海天塑机有限公司,0574-86188888\n", encoding))
    assert table.headers == ["客户名称", "电话"]
    assert list(table.rows()) == [(2, ["宁波海天塑机有限公司", "0574-86188888"])]


@pytest.mark.spec("IMP-01")
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_delimiter_is_found_out(tmp_path, sign):
    table = read(text(tmp_path, f'客户名称{sign}备注\n甲公司{sign}"有{sign}号"\n乙公司{sign}无\n'))
    assert list(table.rows()) == [(2, ["甲公司", f"有{sign}号"]), (3, ["乙公司", "无"])]


@pytest.mark.spec("IMP-04")
def test_title_rows_above_the_header_and_empty_rows_do_no_harm(tmp_path):
    rows = [
        ["2026 年客户名单"],
        [],
        ["制表：市场部", "", "打印日期"],
        ["序号", "客户名称", "电话"],
        [1, "甲公司", "057486188888"],
        [],
        [2, "乙公司"],
    ]
    table = read(workbook(tmp_path, rows))
    assert (table.headers, table.header_row, table.total) == (["序号", "客户名称", "电话"], 4, 2)
    assert list(table.rows()) == [(5, [1.0, "甲公司", "057486188888"]), (7, [2.0, "乙公司"])]


@pytest.mark.spec("IMP-04")
def test_blanks_and_wide_letters_in_headers_do_not_matter(tmp_path):
    table = read(workbook(tmp_path, [["", "客 户 名 称", "省    份"], [0, "甲公司", "浙江"]]))
    assert [known(header) for header in table.headers] == [None, "name", "province"]
    assert sheets.header_key("Ａ股 简称*") == sheets.header_key("a股简称")


@pytest.mark.spec("IMP-04")
def test_a_cell_merged_over_several_rows_holds_for_all_of_them(tmp_path):
    rows = [["省份", "客户名称"], ["", "甲公司"], ["", "乙公司"], ["江苏", "丙公司"]]
    table = read(workbook(tmp_path, rows, merged=[(1, 0, 2, 0, "浙江")]))
    assert [cells for _, cells in table.rows()] == [["浙江", "甲公司"], ["浙江", "乙公司"], ["江苏", "丙公司"]]


@pytest.mark.spec("IMP-04")
def test_of_a_header_of_two_rows_the_complete_one_counts(tmp_path):
    rows = [["客户名称", "联系", ""], ["", "联系人", "电话"], ["甲公司", "张三", "13800138000"]]
    table = read(workbook(tmp_path, rows, merged=[(0, 0, 1, 0, "客户名称"), (0, 1, 0, 2, "联系方式")]))
    assert table.headers == ["客户名称", "联系人", "电话"]
    assert list(table.rows()) == [(3, ["甲公司", "张三", "13800138000"])]


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    ("upper", "lower", "headers"),
    [
        (["客户名称", "联系人", "", "电话"], ["", "联系人", "省份", ""], ["客户名称", "联系人", "省份", "电话"]),
        (["客户名称", "联系方式", "", "省份"], ["", "联系人", "电话", ""], ["客户名称", "联系人", "电话", "省份"]),
        (["客户名称", "联系人", "电话"], ["甲公司", "", "联系人"], ["客户名称", "联系人", "电话"]),
        (["客户名称登记表"], ["联系人", "", "电话"], ["联系人", "", "电话"]),
    ],
)
def test_a_header_of_two_rows_is_one_although_nothing_is_merged(tmp_path, upper, lower, headers):
    table = read(text(tmp_path, "\n".join(",".join(row) for row in (upper, lower, ["乙公司", "张三", "1", "2"]))))
    assert table.headers == headers
    assert [cells[0] for _, cells in table.rows()][-1] == "乙公司"


@pytest.mark.spec("IMP-04")
def test_days_and_times_become_text_as_people_write_them(tmp_path):
    rows = [["客户名称", "日期", "时间"], ["甲公司", date(2024, 3, 5), datetime(2024, 3, 5, 14, 30)]]  # noqa: DTZ001
    table = read(workbook(tmp_path, rows))
    assert list(table.rows()) == [(2, ["甲公司", "2024-03-05", "2024-03-05 14:30:00"])]


@pytest.mark.spec("IMP-04")
def test_digits_that_a_program_wrote_as_a_formula_are_text(tmp_path):
    table = read(text(tmp_path, '客户名称,手机\n甲公司,="13800138000"\n乙公司,"=""13800138001"""\n'))
    assert [cells[1] for _, cells in table.rows()] == ["13800138000", "13800138001"]


@pytest.mark.spec("IMP-01")
def test_a_cell_may_hold_several_lines_and_rows_keep_their_numbers(tmp_path):
    table = read(text(tmp_path, '客户名称,备注\n甲公司,"第一行\n第二行"\n乙公司,\n'))
    assert list(table.rows()) == [(2, ["甲公司", "第一行\n第二行"]), (3, ["乙公司"])]


@pytest.mark.spec("SEC-07")
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("客户.pdf", b"%PDF-1.7", "只能导入 .xlsx、.xls、.csv 文件，请另存为其中一种后再导入。"),
        ("客户.csv", b"", "文件是空的，请检查后重新选择。"),
        ("客户.csv", "客户名称,电话\n".encode(), "文件里只有表头，没有数据行。"),
        ("客户.xlsx", b"PK\x03\x04 broken", "文件已损坏，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。"),
        ("客户.xls", b"<html><table><tr><td>1</td></tr></table>", "文件内容不是表格，请用 Excel 打开并另存为 .xlsx 后再导入。"),
        ("客户.xls", b"\n<div><table><tr><td>1</td></tr></table></div>", "文件内容不是表格，请用 Excel 打开并另存为 .xlsx 后再导入。"),
        ("客户.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "文件内容不是表格，请用 Excel 打开并另存为 .xlsx 后再导入。"),
        ("客户.csv", b"a,b\n\x00\x01\x02,\xff\n", "无法识别文件的文字编码，请另存为 UTF-8 或 GBK 的 CSV，或 .xlsx 后再导入。"),
        ("客户.csv", b"\x1f\x8b\x08\x00", "文件是压缩包，请解压后再导入。"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path, name, content, sentence):
    assert refusal(text(tmp_path, content, name="x"), name) == sentence


@pytest.mark.spec("SEC-07")
def test_a_workbook_that_would_be_huge_when_unpacked_is_refused_at_once(tmp_path):
    path = tmp_path / "a.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(720):
            part.write(b"0" * 1024 * 1024)
    assert path.stat().st_size < 2 * 1024 * 1024
    assert refusal(path) == "文件太大，最大 50 MB，请分成几个文件导入。"


@pytest.mark.spec("SEC-07")
def test_a_sheet_with_two_far_cells_does_not_take_all_memory(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write(0, 0, "客户名称")
    sheet.write(1_048_575, 16_383, "远")
    book.close()
    assert refusal(path) == HEAVY


HEAVY = "文件里的行列太多，或在很远的地方还有格式，请把有数据的部分复制到新的工作簿后再导入。"
ODD = "文件内容不是表格，请用 Excel 打开并另存为 .xlsx 后再导入。"


@pytest.mark.spec("SEC-07", "IMP-04")
@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (hostile.many_strings, HEAVY),
        (hostile.one_long_string, HEAVY),
        (hostile.many_rows, HEAVY),
        (hostile.entities, ODD),
        (hostile.truncated, "文件已损坏，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。"),
        (hostile.encrypted, "文件设有打开密码，请去掉密码另存后再导入。"),
    ],
)
def test_a_file_that_is_made_to_harm_is_refused_within_the_limits_of_a_small_one(tmp_path, made, sentence):
    assert refusal(made(tmp_path / "客户.xlsx")) == sentence


@pytest.mark.spec("SEC-07")
def test_of_a_million_columns_the_first_thousand_are_read(tmp_path):
    table = read(hostile.many_columns(tmp_path / "客户.xlsx"))
    assert (len(table.headers), table.total) == (1000, 2)
    assert read(hostile.many_merged(tmp_path / "b.xlsx")).total == 1


@pytest.mark.spec("SEC-07", "IMP-04")
def test_days_that_count_from_1904_are_the_right_days(tmp_path):
    assert list(read(hostile.dates_of_1904(tmp_path / "a.xlsx")).rows()) == [(2, ["甲公司", "2026-03-05"])]


@pytest.mark.spec("SEC-07", "IMP-04")
@pytest.mark.parametrize(
    "content",
    [
        "客户名称,电话\r甲公司,1\r乙公司,2\r".encode(),
        "客户名称\t电话\n甲公司\t1\n乙公司\t2\n".encode("utf-16"),
        "客户名称,电话\n甲公司,1\n乙公司,2".encode("gb18030"),
    ],
)
def test_a_text_with_lone_returns_or_of_another_encoding_is_read(tmp_path, content):
    table = read(text(tmp_path, content, name="客户.csv"))
    assert [cells for _, cells in table.rows()] == [["甲公司", "1"], ["乙公司", "2"]]


@pytest.mark.spec("SEC-07")
def test_a_text_with_zero_bytes_is_no_table(tmp_path):
    assert refusal(text(tmp_path, "客户名称,电话\n甲\x00公司,1\n".encode(), name="客户.csv"), "客户.csv") == ODD


def here(path, *table):
    return sheet_writer.write_xlsx(str(path), *table)


def apart(path, *table):
    with path.open("wb") as file:
        return sheet_writer.write_apart(file, *table, [])


@pytest.mark.spec("SEC-03")
@pytest.mark.parametrize("write", [here, apart])
def test_text_is_written_as_text_and_numbers_as_numbers(tmp_path, write):
    path = tmp_path / "a.xlsx"
    row = ["=1+1", "http://example.com", 12.5, date(2026, 3, 5), datetime(2026, 3, 5, 9, 30), True, None, "007"]  # noqa: DTZ001
    assert write(path, "名单/一", [f"列{at}" for at in range(len(row))], [row]) == 1
    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    table = read(path)
    assert list(table.rows()) == [
        (2, ["=1+1", "http://example.com", 12.5, "2026-03-05", "2026-03-05 09:30:00", "是", "", "007"])
    ]


@pytest.mark.parametrize("rows", [3, 20_000])
def test_what_goes_wrong_with_the_rows_is_told_although_another_process_writes_them(tmp_path, rows):
    def failing():
        yield from ([f"第{number}号机械有限公司"] for number in range(rows))
        raise DomainError("gone", "没有了。")

    with pytest.raises(DomainError, match="没有了"):
        apart(tmp_path / "a.xlsx", "名单", ["名称"], failing())


@pytest.mark.parametrize("rows", [3, 20_000])
def test_a_writer_that_dies_is_told(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(sheet_writer.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match="ended with 1"):
        apart(tmp_path / "a.xlsx", "名单", ["名称"], ([f"第{number}号机械有限公司"] for number in range(rows)))


@pytest.mark.spec("IMP-04")
@pytest.mark.spec("SEC-03")
def test_text_that_looks_like_markup_stays_text(tmp_path):
    path = tmp_path / "名单.xlsx"
    names = ["<r><t>甲</t></r>", "<r>乙</r> 公司", "丙 & <丁>"]
    sheet_writer.write_xlsx(str(path), "名单", ["名称"], [[name] for name in names])
    table = read(path)
    assert [str(cells[0]).strip() for _, cells in table.rows()] == names


@pytest.mark.spec("SEC-03", "PRF-07")
def test_rows_are_written_as_xlsxwriter_would_write_them(tmp_path):
    texts = [
        "宁波海天",
        " 两头有空 ",
        "第一行\n第二行",
        "_x0041_",
        "a\x01b",
        "5 > 3 & 2 < 4",
        "结尾\t",
        "😀" * 20_000,
        "",
        "丙",
    ]
    numbers = [0, -7, 12.5, 1234567890123456, Decimal("199.90"), date(1999, 12, 31), datetime(2026, 3, 5, 23, 59, 59)]  # noqa: DTZ001
    sheet_writer.write_xlsx(str(tmp_path / "ours.xlsx"), "名单", ["列"], [texts, ["短"], [], numbers, [None, *numbers]])
    book = xlsxwriter.Workbook(
        str(tmp_path / "theirs.xlsx"), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}
    )
    sheet, bold = book.add_worksheet("名单"), book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.freeze_panes(1, 0)
    sheet.write_string(0, 0, "列", bold)
    for line, row in enumerate([texts, ["短"], [], numbers, [None, *numbers]], 1):
        for at, value in enumerate(row):
            if isinstance(value, str):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of the long one
                    sheet.write_string(line, at, value) if value else None
            elif isinstance(value, datetime):
                sheet.write_datetime(line, at, value, moment)
            elif value is not None:
                (sheet.write_datetime if isinstance(value, date) else sheet.write_number)(line, at, value)
    book.close()
    ours, theirs = (_cells(tmp_path / name) for name in ("ours.xlsx", "theirs.xlsx"))
    assert ours == theirs
    assert len(ours) == 26


def _cells(path):
    """Reference → style, kind and text of each cell of a workbook, and how wide and long it says to be."""
    with zipfile.ZipFile(path) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    found = {cell.get("r"): (cell.get("s"), cell.get("t"), "".join(cell.itertext())) for cell in sheet.iter(f"{name}c")}
    return found | {"all": sheet.find(f"{name}dimension").get("ref")}


def test_a_header_that_is_repeated_on_every_printed_page_costs_no_row(tmp_path):
    header = ["客户名称", "电话"]
    table = read(workbook(tmp_path, [header, ["甲公司", "1"], ["乙公司", "2"], header, ["丙公司", "3"]]))
    assert table.header_row == 1
    assert [cells[0] for _, cells in table.rows()] == ["甲公司", "乙公司", "丙公司"]
    assert table.total == 3


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("word", ["合计", "合 计", "总计：", "小计", "本页合计", "【累计】"])
def test_a_row_of_sums_is_no_data(tmp_path, word):
    rows = [["序号", "客户名称", "电话"], [1, "甲公司", "1"], [word, "", "300"], ["", word, "300"]]
    assert [cells[1] for _, cells in read(workbook(tmp_path, rows)).rows()] == ["甲公司"]


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize(
    "row",
    [
        ["合计：2 家"], ["总计（家）", "2"], ["制表人：王芳", "", "审核人：李娜"], ["填表日期：2026年3月5日"], ["", "注：以上数据截止 2025 年"],
        ["备注:", "请勿外传"], ["共 2 条"], ["第 1 页 共 2 页"], ["以下空白"],
    ],
)  # fmt: skip
def test_what_stands_below_a_table_is_no_data(tmp_path, row):
    table = read(
        workbook(tmp_path, [["客户名称", "联系人", "电话"], ["甲公司", "张三", "1"], ["乙公司", "李四", "2"], row])
    )
    assert [cells[0] for _, cells in table.rows()] == ["甲公司", "乙公司"]


@pytest.mark.spec("IMP-04")
def test_a_record_that_begins_like_a_footnote_is_data(tmp_path):
    rows = [
        ["说明：客户要求报价", "甲公司", "2026-03-05"],
        ["第一机床厂", "", ""],
        ["注塑机械公司", "", ""],
        ["以下楼层公司", "", ""],
    ]
    table = read(workbook(tmp_path, [["跟进内容", "客户名称", "跟进时间"], *rows]))
    assert [cells[0] for _, cells in table.rows()] == [
        "说明：客户要求报价",
        "第一机床厂",
        "注塑机械公司",
        "以下楼层公司",
    ]


@pytest.mark.spec("IMP-04")
def test_a_customer_whose_name_begins_like_a_sum_is_data(tmp_path):
    table = read(workbook(tmp_path, [["客户名称", "电话"], ["合计时科技有限公司", "1"], ["总计", "2"]]))
    assert [cells[0] for _, cells in table.rows()] == ["合计时科技有限公司"]


@pytest.mark.spec("IMP-04")
def test_a_list_without_a_header_loses_no_row_and_its_columns_are_numbered(tmp_path):
    path = text(tmp_path, "宁波海天塑机有限公司,张三,13800138000\n杭州云图科技有限公司,李四,13900139000\n")
    kept = path.with_suffix(".jsonl")
    sheets.convert(path, kept)
    table = sheets.open_table(kept, known, lambda cell: cell.isdigit() and len(cell) == 11)
    assert (table.headers, table.header_row, table.total) == (["第 1 列", "第 2 列", "第 3 列"], 0, 2)


@pytest.mark.spec("IMP-04")
def test_columns_of_one_name_are_told_apart(tmp_path):
    table = read(workbook(tmp_path, [["客户名称", "电话", "电话", "", "电话"], ["甲公司", "1", "2", "x", "3"]]))
    assert table.headers == ["客户名称", "电话", "电话 (2)", "", "电话 (3)"]


@pytest.mark.spec("IMP-04")
def test_headers_in_traditional_characters_are_the_same_headers():
    assert sheets.header_key("客戶名稱") == "客户名称"
    assert sheets.header_key("聯絡人電話") == "联络人电话"


def book_of(folder: Path, **of: list[list[Any]]) -> Path:
    path = folder / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    for name, rows in of.items():
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    book.close()
    return path


@pytest.mark.spec("IMP-04")
def test_of_several_sheets_the_one_with_the_headers_is_read_and_others_like_it_are_named(tmp_path):
    path = book_of(
        tmp_path,
        说明=[["填写说明", "请先看"], ["1", "不要改表头"], ["2", "日期写成 2026-3-5"]],
        华东=[["客户名称", "电话"], ["甲公司", "1"]],
        空=[],
        华南=[["客户名称（全称）", "电 话"], ["乙公司", "2"]],
        汇总=[["地区", "家数"], ["华东", 1]],
    )
    kept, words = tmp_path / "a.jsonl", [*map(sheets.header_key, KNOWN)]
    assert sheets.convert(path, kept, words=words) == ["华东", "华南"]
    assert [cells for _, cells in sheets.open_table(kept, known).rows()] == [["甲公司", "1"]]
    assert sheets.convert(path, kept, words=words, sheet="华南") == ["华南", "华东"]
    assert [cells for _, cells in sheets.open_table(kept, known).rows()] == [["乙公司", "2"]]
    assert sheets.convert(path, kept, words=words, sheet="汇总") == ["汇总", "华东", "华南"]


@pytest.mark.spec("IMP-04")
@pytest.mark.parametrize("kind", ["workbook", "text"])
def test_a_sheet_that_is_not_there_is_refused(tmp_path, kind):
    book = book_of(tmp_path, 华东=[["客户名称"], ["甲公司"]])
    path = book if kind == "workbook" else text(tmp_path, "客户名称\n甲公司\n")
    with pytest.raises(DomainError) as refused:
        sheets.convert(path, tmp_path / "a.jsonl", sheet="华北")
    assert refused.value.message == "文件里没有这个工作表，请检查它的名称。"


@pytest.mark.spec("IMP-01")
def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(tmp_path):
    path = text(tmp_path, '客户名称,联系人\n甲公司,"张三\n乙公司,李四\n丙公司,王五\n')
    assert refusal(path) == "文件中的引号不成对或单元格太长，无法读取，请用 Excel 打开并另存为 .xlsx 后再导入。"
    fine = read(text(tmp_path, '客户名称,联系人\n甲公司,"张""三"\n乙公司,李"四', name="b.csv"))
    assert list(fine.rows()) == [(2, ["甲公司", '张"三']), (3, ["乙公司", '李"四'])]


@pytest.mark.spec("IMP-01", "SEC-07")
def test_what_a_file_is_shows_in_its_content_and_not_in_its_name(tmp_path):
    rows = workbook(tmp_path, [["客户名称", "电话"], ["甲公司", "1"]])
    for name in ("客户.xls", "客户.csv", "客户.ods"):
        path = tmp_path / name
        path.write_bytes(rows.read_bytes())
        assert [cells for _, cells in read(path).rows()] == [["甲公司", "1"]]
    assert refusal(text(tmp_path, b"%PDF-1.7\nabc", name="b.xlsx")) == ODD


@pytest.mark.spec("IMP-01")
def test_a_text_file_may_separate_its_columns_by_bars(tmp_path):
    assert read(text(tmp_path, "客户名称|电话\n甲公司|1\n")).headers == ["客户名称", "电话"]


@pytest.mark.spec("IMP-04", "SEC-07")
def test_a_stray_blank_far_below_costs_neither_rows_nor_the_ones_above(tmp_path):
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["客户名称", "电话"])
    sheet.write_row(1, 0, ["甲公司", 0])
    sheet.write_row(5, 0, [0, 0])
    sheet.write(200_000, 1, " ")
    book.close()
    assert [cells for _, cells in read(path).rows()][:2] == [["甲公司", 0.0], [0.0, 0.0]]
