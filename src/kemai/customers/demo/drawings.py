"""Small files that look like what a company of engineers attaches: a wiring drawing, a list of points, a curve. Nothing but the standard library."""

import math
import random
import struct
import zlib

_BACK, _GRID, _AXIS, _LINE, _LIMIT = range(5)
_PALETTE = [(255, 255, 255), (226, 231, 238), (71, 85, 105), (37, 99, 235), (220, 38, 38)]
WIDTH, HEIGHT = 720, 360


def curve(chance: random.Random) -> bytes:
    """A PNG with a temperature curve of one week and its limit."""
    rows = [bytearray([_BACK] * WIDTH) for _ in range(HEIGHT)]
    left, right, top, bottom = 40, WIDTH - 20, 20, HEIGHT - 30
    for y in range(top, bottom + 1, (bottom - top) // 6):
        rows[y][left:right] = bytes([_GRID]) * (right - left)
    for x in range(left, right + 1, (right - left) // 7):
        for y in range(top, bottom):
            rows[y][x] = _GRID
    for x in range(left, right, 8):
        rows[top + 60][x : x + 5] = bytes([_LIMIT]) * 5
    level, phase = 170.0, chance.uniform(0, 6)
    last = None
    for x in range(left, right):
        level += chance.uniform(-4, 4) + (180 - level) * 0.05
        y = max(top, min(bottom - 2, round(level + 60 * math.sin(x / 50 + phase))))
        for between in range(min(last or y, y), max(last or y, y) + 2):
            rows[between][x] = _LINE
        last = y
    rows[bottom][left:right] = bytes([_AXIS]) * (right - left)
    for y in range(top, bottom):
        rows[y][left] = _AXIS
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    parts = (
        (b"IHDR", head),
        (b"PLTE", bytes(value for one in _PALETTE for value in one)),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def wiring(chance: random.Random) -> bytes:
    """A PDF of one page: a controller with its inputs, a gateway and the bus between them, labelled as drawings are."""
    inputs = chance.randint(8, 14)
    draw = ["1 w 30 30 782 535 re S 612 30 200 60 re S 612 60 m 812 60 l S", "110 150 150 350 re S 520 330 150 110 re S 520 170 150 90 re S",
            _text(130, 475, 13, "PLC-01"), _text(540, 415, 13, "GW-01"), _text(540, 235, 13, "HMI-01"), 
            _text(622, 70, 11, f"DWG EL-{chance.randint(100, 999)} REV A"),
            _text(622, 40, 10, "SHEET 1 / 1   24 VDC"), "0 0.3 0.8 RG 2 w 260 385 m 520 385 l S 400 385 m 400 215 l 520 215 l S 0 0 0 RG 1 w",
            _text(300, 392, 10, "RS485 A+ / B-"), _text(405, 222, 10, "ETHERNET")]  # fmt: skip
    for number in range(inputs):
        y = 450 - number * 21
        draw += [
            f"70 {y} m 110 {y} l S 62 {y - 4} 8 8 re S",
            _text(
                118, y - 3, 9, f"DI{number:02d}  {chance.choice(['PT100', 'START', 'STOP', 'LEVEL', 'FLOW', 'ALARM'])}"
            ),
        ]
    content = "\n".join(draw).encode("ascii")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 842 595]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    text, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(text))
        text += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(text)
    return text + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, start,
    )  # fmt: skip


def _text(x: int, y: int, size: int, words: str) -> str:
    return f"BT /F1 {size} Tf {x} {y} Td ({words}) Tj ET"


def points(chance: random.Random, thing: str) -> bytes:
    """A list of measuring points as a spreadsheet opens it."""
    rows = ["序号,名称,信号,量程,单位,备注"]
    kinds = [
        ("温度", "PT100", "0-200", "℃"),
        ("压力", "4-20mA", "0-1.6", "MPa"),
        ("液位", "4-20mA", "0-5", "m"),
        ("运行状态", "DI", "", ""),
        ("电流", "RS485", "0-100", "A"),
    ]
    for number in range(1, chance.randint(14, 30)):
        name, signal, span, unit = chance.choice(kinds)
        rows.append(
            f"{number},{thing}{name}{number},{signal},{span},{unit},{chance.choice(['', '', '利旧', '新增', '需防爆'])}"
        )
    return "\n".join(rows).encode("utf-8-sig")
