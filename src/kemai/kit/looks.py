"""What a column is by its content, where its header does not tell (IMP-02)."""

import re

_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_BETWEEN = re.compile(r"[\s()（）-]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z0-9-]{2,}")


def looks_like_mobile(text: str) -> bool:
    """Whether a cell holds a Chinese mobile number, in groups or not."""
    return bool(_MOBILE.fullmatch(_BETWEEN.sub("", text)))


def looks_like_email(text: str) -> bool:
    """Whether a cell holds an e-mail address."""
    return bool(_EMAIL.fullmatch(text.strip()))
