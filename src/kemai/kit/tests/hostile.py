"""Files that somebody might send to harm: made here, never kept (SEC-07)."""

import zipfile
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter

MEGABYTE = 1024 * 1024
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path: Path, sheet: Iterable[str], strings: Iterable[str] = ("<sst/>",)) -> Path:
    """A workbook whose only sheet, and whose shared strings, are these pieces of XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            _RELATIONS.format(f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'),
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            _RELATIONS.format(
                f'<Relationship Id="r1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="r2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
            ),
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        for name, pieces in (("xl/worksheets/sheet1.xml", sheet), ("xl/sharedStrings.xml", strings)):
            with archive.open(name, "w", force_zip64=True) as part:
                for piece in pieces:
                    part.write(piece.encode())
    return path


def many_strings(path: Path) -> Path:
    """Six hundred megabytes of shared strings behind a small file."""
    piece = "<si><t>甲</t></si>" * 50_000
    return workbook(
        path,
        [
            f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>'
        ],
        [f'<sst xmlns="{_MAIN}">', *[piece] * 600, "</sst>"],
    )


def one_long_string(path: Path) -> Path:
    """One string of six hundred megabytes."""
    return workbook(
        path,
        [
            f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>'
        ],
        [f'<sst xmlns="{_MAIN}"><si><t>', *["A" * MEGABYTE] * 600, "</t></si></sst>"],
    )


def entities(path: Path) -> Path:
    """A billion laughs: entities that would become ten thousand million letters."""
    declared = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
    )
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="inlineStr"><is><t>&j;</t></is></c><c r="B{at}" t="inlineStr"><is><t>x</t></is></c></row>'
        for at in (1, 2)
    )
    return workbook(
        path, [f'<!DOCTYPE w [{declared}]><worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>']
    )


def many_columns(path: Path) -> Path:
    """A million cells in each of three rows, without their places."""
    row = '<row r="{}">' + "<c><v>1</v></c>" * 1_000_000 + "</row>"
    rows = [row.format(at) for at in (1, 2, 3)]
    return workbook(path, [f'<worksheet xmlns="{_MAIN}"><sheetData>', *rows, "</sheetData></worksheet>"])


def many_rows(path: Path) -> Path:
    """A sheet that says nothing in a million rows of thirty cells."""
    row = "<row>" + "<c><v>1</v></c>" * 30 + "</row>"
    return workbook(path, [f'<worksheet xmlns="{_MAIN}"><sheetData>', *[row * 1000] * 1000, "</sheetData></worksheet>"])


def many_merged(path: Path) -> Path:
    """A header, a row, and half a million merged cells."""
    merged = "".join(f'<mergeCell ref="A{at}:A{at + 1}"/>' for at in range(2, 500_000, 2))
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    return workbook(
        path,
        [
            f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData><mergeCells count="250000">{merged}</mergeCells></worksheet>'
        ],
    )


def dates_of_1904(path: Path) -> Path:
    """A workbook of a Mac, which counts its days from 1904."""
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["客户名称", "日期"])
    sheet.write(1, 0, "甲公司")
    sheet.write_number(1, 1, 44_624, day)  # 2026-03-05 since 1904
    book.close()
    return path


def truncated(path: Path) -> Path:
    """The first two thirds of a good workbook."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for at in range(2000):
        sheet.write_row(at, 0, [f"公司{at}", at])
    book.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def encrypted(path: Path) -> Path:
    """What Excel writes when a password is set: a container with the encrypted package inside."""
    sector = 512
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16)
    head += (0x3E).to_bytes(2, "little") + (3).to_bytes(2, "little") + (0xFFFE).to_bytes(2, "little")
    head += (9).to_bytes(2, "little") + (6).to_bytes(2, "little") + b"\x00" * 10
    head += (1).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\x00" * 4 + (4096).to_bytes(4, "little")
    head += (0xFFFFFFFE).to_bytes(4, "little") + b"\x00" * 4 + (0xFFFFFFFE).to_bytes(4, "little") + b"\x00" * 4
    head += (0).to_bytes(4, "little") + b"\xff" * (109 - 1) * 4
    table = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    fat = b"".join(one.to_bytes(4, "little") for one in table) + b"\xff" * (sector - 4 * len(table))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        words = name.encode("utf-16-le") + b"\x00\x00"
        return (
            words.ljust(64, b"\x00") + len(words).to_bytes(2, "little") + bytes([kind, 1]) + b"\xff" * 8 + child.to_bytes(4, "little")
            + b"\x00" * 36 + start.to_bytes(4, "little") + size.to_bytes(8, "little")
        )  # fmt: skip

    none = 0xFFFFFFFF
    folder = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("EncryptedPackage", 2, none, 2, 4096) + b"\x00" * 256
    path.write_bytes(bytes(head[:sector]).ljust(sector, b"\x00") + fat + folder + b"\x55" * 8 * sector)
    return path
