"""Chinese forms of numbers: unified social credit codes and telephone numbers. They warn or tidy up only (CUS-01)."""

import re
import unicodedata

from kemai.kit.text import clean_line

# --- Unified social credit code (GB 32100-2015) ----------------------------------------------------------------------

_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_USCC_LENGTH = 18


def neat_uscc(code: str) -> str:
    """The code as it is stored: capitals of normal width without blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", clean_line(code))).upper()


def uscc_warning(code: str) -> str | None:
    """What seems wrong with a unified social credit code, as a sentence; None when it is well formed, or empty.

    Only a warning (CUS-01): some codes issued in pilot regions fail the checksum of GB 32100.
    """
    code = neat_uscc(code)
    if not code:
        return None
    if len(code) != _USCC_LENGTH:
        return f"统一社会信用代码应为18位，现在是{len(code)}位，请核对。"
    if strange := "".join(dict.fromkeys(sign for sign in code if sign not in _USCC_SIGNS)):
        return f"统一社会信用代码中不应出现「{strange}」，请核对。"
    total = sum(_USCC_SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:-1]))
    if _USCC_SIGNS[-total % 31] != code[-1]:
        return "统一社会信用代码的校验位不符，请核对。"
    return None


# --- Telephone numbers -----------------------------------------------------------------------------------------------

_PHONE = re.compile(
    r"""(?P<country>(?:\+|00)86-?)?
    (?: (?P<mobile>1[3-9]\d-?\d{4}-?\d{4})
      | (?P<service>[48]00-?\d{3}-?\d{4})
      | (?: (?P<area>(?(country)0?|0)(?:10|2\d|[3-9]\d\d)) -?)? (?P<local>[2-9]\d{2,3}-?\d{4})
    )
    (?:(?:转|分机|ext|x|\#|-)(?P<extension>\d{1,6}))?""",
    re.VERBOSE | re.ASCII,
)
_DASHES = re.compile("[‐‑‒–—−]")
_NO_MEANING = re.compile(r"[\s().:]")


def _phone_parts(number: str) -> re.Match[str] | None:
    plain = unicodedata.normalize("NFKC", _DASHES.sub("-", number)).lower()
    return _PHONE.fullmatch(_NO_MEANING.sub("", plain))


def phone_kind(number: str) -> str | None:
    """What a text is as a Chinese phone number: "mobile", "landline", "service" (400, 800), or None."""
    parts = _phone_parts(number)
    if not parts:
        return None
    return "mobile" if parts["mobile"] else "service" if parts["service"] else "landline"


def neat_phone(number: str) -> str:
    """A phone number as people read it: 138 0013 8000, 0574-8765 0021 转 801; other text as clean_line leaves it."""
    parts = _phone_parts(number)
    if not parts:
        return clean_line(number)
    if parts["mobile"]:
        digits = parts["mobile"].replace("-", "")
        neat = f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    elif parts["service"]:
        digits = parts["service"].replace("-", "")
        neat = f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    else:
        digits = parts["local"].replace("-", "")
        area = f"0{parts['area'].removeprefix('0')}-" if parts["area"] else ""
        neat = f"{area}{digits[:-4]} {digits[-4:]}"
    return f"{neat} 转 {parts['extension']}" if parts["extension"] else neat
