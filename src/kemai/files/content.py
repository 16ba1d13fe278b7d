"""What a file is, judged by its content and not by its name, and a name that is safe to store and to send back (SEC-04)."""

import codecs
import re
import unicodedata
from pathlib import PurePosixPath

import filetype

SAMPLE = 8192  # bytes from the start that tell the type
NAME_LIMIT = 150
NAMELESS = "未命名"
UNKNOWN = "application/octet-stream"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
SOUNDS = frozenset(
    {"audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/webm", "audio/amr", "audio/x-wav"}
)  # played in a page
SHOWN_INLINE = PICTURES | {"application/pdf"}  # what a browser may show in a page; everything else is only saved

_PROGRAMS = frozenset(
    {"application/x-msdownload", "application/x-executable", "application/x-google-chrome-extension", "application/x-rpm",
     "application/x-deb", "application/wasm", "application/x-shockwave-flash"}
)  # fmt: skip
_PROGRAM_ENDINGS = frozenset(
    "exe com scr pif bat cmd ps1 vbs vbe js jse wsf wsh hta msi msp cpl lnk reg jar apk app dll sys scf inf chm".split(
        " "
    )
)
_ENDING_OF = {  # what a name promises that browsers and people take on trust
    "png": {"image/png"}, "jpg": {"image/jpeg"}, "jpeg": {"image/jpeg"}, "gif": {"image/gif"}, "webp": {"image/webp"},
    "bmp": {"image/bmp"}, "pdf": {"application/pdf"}, "mp3": {"audio/mpeg"}, "m4a": {"audio/mp4"}, "aac": {"audio/aac"}, "amr": {"audio/amr"},
    "wav": {"audio/x-wav"}, "ogg": {"audio/ogg"}, "weba": {"audio/webm"},
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_ENDING = {  # containers look alike from outside: the name says which one it is
    "application/zip": {
        "docx": f"{_OFFICE}wordprocessingml.document", "xlsx": f"{_OFFICE}spreadsheetml.sheet", "pptx": f"{_OFFICE}presentationml.presentation",
    },
    "text/plain": {"csv": "text/csv"},
    "video/webm": {"weba": "audio/webm"},
    "video/mp4": {"m4a": "audio/mp4"},
}  # fmt: skip
_OLD_OFFICE = {"doc": "application/msword", "xls": "application/vnd.ms-excel", "ppt": "application/vnd.ms-powerpoint"}
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MARKUP = re.compile(rb"<(!doctype\s+html|html|head|body|script|iframe|svg|\?xml|!--)", re.IGNORECASE)


def type_of(sample: bytes, name: str) -> str:
    """The media type of a file that begins with these bytes. The name only tells containers of one content apart."""
    ending = ending_of(name)
    if sample.startswith(_OLE):
        return _OLD_OFFICE.get(ending, UNKNOWN)
    guessed = filetype.guess(sample)
    found = guessed.mime if guessed else _type_of_text(sample)
    return _BY_ENDING.get(found, {}).get(ending, found)


def _type_of_text(sample: bytes) -> str:
    if not is_text(sample):
        return UNKNOWN
    if _MARKUP.search(sample):
        return "image/svg+xml" if re.search(rb"<svg[\s>]", sample, re.IGNORECASE) else "text/html"
    return "text/plain"


def is_text(sample: bytes) -> bool:
    """Whether the bytes are text in UTF-8 or GB18030, a last character cut in two excepted."""
    if b"\x00" in sample:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(sample)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f\x1a\x1b" for sign in text)
    return False


def why_not_take(content_type: str, name: str, *, picture: bool) -> str | None:
    """Why a file of this content under this name is not taken; None when it is."""
    ending = ending_of(name)
    if content_type in _PROGRAMS or ending in _PROGRAM_ENDINGS:
        return f"「{name}」是程序文件，为安全起见不能上传。"
    if picture and content_type not in PICTURES:
        return f"「{name}」不是图片，照片应为 PNG、JPG、GIF、WebP 或 BMP。"
    if ending in _ENDING_OF and content_type not in _ENDING_OF[ending]:
        return f"「{name}」的内容与扩展名 .{ending} 不符，请检查文件。"
    return None


def ending_of(name: str) -> str:
    """The extension in small letters, without the dot."""
    return PurePosixPath(name).suffix.removeprefix(".").lower()


def clean_name(name: str) -> str:
    """A file's name without folders, control and invisible characters and signs that other systems forbid; never empty or too long."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    plain = "".join(
        " " if unicodedata.category(sign) == "Zs" else sign for sign in last if unicodedata.category(sign)[0] != "C"
    )
    plain = re.sub(r'[<>:"|?*]', "_", plain)
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    if not plain:
        return NAMELESS
    if len(plain) <= NAME_LIMIT:
        return plain
    suffix = PurePosixPath(plain).suffix[:20]
    return plain[: NAME_LIMIT - len(suffix)].rstrip(" .") + suffix


def size_text(size: int) -> str:
    """1536 as 1.5 KB."""
    if size < 1024:
        return f"{size} B"
    shown = float(size)
    for unit in ("KB", "MB", "GB"):
        shown /= 1024
        if shown < 1024 or unit == "GB":
            break
    return f"{shown:.1f} {unit}" if shown < 100 else f"{shown:.0f} {unit}"
