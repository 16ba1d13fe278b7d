"""One value on every door: its label, how it is read from what people or programs send, how it is shown.

`Spec` binds a declared field or column to the model's field. Errors are plain Chinese sentences beside the field (FRM-01, API-03).
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.files.base import File
from django.core.validators import validate_email
from django.db import models

from kemai.kit.entity import Column, Field
from kemai.kit.errors import Invalid
from kemai.kit.moments import COMPANY_ZONE, read_date, read_moment
from kemai.kit.sources import EntitySource, Source, source_of, source_of_kind
from kemai.kit.text import clean_line

NONE = "—"
_ROUNDED = re.compile(r"(\d)(?:\.(\d+))?[Ee](\+?)(\d{1,2})")
_WITH_POINT = re.compile(r"(\d{5,15})\.0+")
_NUMBERISH = str.maketrans("", "", ",，￥¥ ")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
YES = {"是", "true", "1", "on", "yes", "y", "√", "有"}
NO = {"否", "false", "0", "off", "no", "n", "", "无", "×"}
LONG_LIMIT = 20_000  # characters of a long text
WORD_LIMIT = 200  # characters of a word that names a record
NUMBER_LIMIT = Decimal(10) ** 15


class BadValue(ValueError):
    """What was sent cannot be this field's value; the message is the sentence to show."""


@dataclass(eq=False)
class Spec:
    """A declared field bound to its model field. `kind` is one of text, long, int, number, money, date, time, bool, choice, reference,
    references, tags, phone, email, url, password, file."""

    field: Field
    model_field: models.Field | None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def label(self) -> str:
        """The words before the input; a dictionary's title may be changed by an administrator at any time (SYS-02)."""
        if self.field.label:
            return self.field.label
        title = getattr(self.source, "title", None)
        if title:
            return title()
        return str(self.model_field.verbose_name) if self.model_field is not None else self.name

    @cached_property
    def kind(self) -> str:
        return self.field.kind or kind_of_field(self.model_field, self.field)

    @cached_property
    def source(self) -> Source | None:
        if self.field.refers:
            return source_of_kind(self.field.refers)
        return source_of(self.model_field) if self.model_field is not None and self.model_field.is_relation else None

    @property
    def required(self) -> bool:
        if self.field.required is not None:
            return self.field.required
        return False

    @property
    def max_length(self) -> int:
        least = LONG_LIMIT if self.kind == "long" else 500
        return self.field.max_length or getattr(self.model_field, "max_length", None) or least

    def choices(self) -> Sequence[tuple[Any, str]]:
        """The fixed choices of a `choice` field."""
        declared = self.field.choices
        if callable(declared):
            return declared()
        return declared or [(value, label) for value, label in (getattr(self.model_field, "flatchoices", None) or [])]

    def options(self, by: Any) -> Sequence[tuple[Any, str]] | None:
        """The choices of a reference as a drop-down list; None where people choose by typing."""
        if self.field.options_for:
            return self.field.options_for(by)
        return self.source.options(by) if self.source else None

    def read(self, raw: Any, by: Any, door: str) -> Any:
        """The value behind what was sent; None or "" when empty. Raises BadValue with the sentence to show."""
        if isinstance(raw, str) and self.kind != "password":
            raw = readable(raw) if self.kind == "long" else readable(raw).strip()
        if raw is None or raw == "" or raw == []:
            if self.required:
                raise BadValue(f"请填写{self.label}。")
            return self.empty()
        value = getattr(self, f"_read_{self.kind}")(raw, by, door)
        if self.required and (value is None or value == ""):
            raise BadValue(f"请填写{self.label}。")
        return value

    def empty(self) -> Any:
        """What an input left empty means."""
        if self.kind in ("references", "tags", "weights"):
            return []
        if self.kind == "bool":
            return False
        if self.model_field is not None and not self.model_field.null and self.kind in ("int", "number", "money"):
            return self.model_field.get_default()
        textual = isinstance(self.model_field, models.CharField | models.TextField)
        return "" if self.kind in ("text", "long", "phone", "email", "url", "password") or textual else None

    def _read_text(self, raw: Any, by: Any, door: str) -> str:
        if door == "import":
            raw = self._from_cell(raw)
        if not isinstance(raw, str):
            raise BadValue(f"{self.label}应为文字。")
        text = clean_line(raw)
        if self.max_length and len(text) > self.max_length:
            raise BadValue(f"{self.label}最多 {self.max_length} 个字，现在是 {len(text)} 个。")
        return text

    def _from_cell(self, raw: Any) -> Any:
        """What a spreadsheet made of a text, as it was typed: a number, 是 or 否, an apostrophe before digits."""
        if isinstance(raw, bool):
            return raw if self.required or self.kind in ("phone", "email", "url") else "是" if raw else "否"
        if isinstance(raw, int | float):
            return plain_number(raw, self.label)
        if not isinstance(raw, str):
            return raw
        if raw.startswith("'") and raw[1:2].isdigit():
            return raw[1:]
        return whole_number(raw, self.label) if self.kind != "long" else raw

    def _read_long(self, raw: Any, by: Any, door: str) -> str:
        if door == "import":
            raw = self._from_cell(raw)
        if not isinstance(raw, str):
            raise BadValue(f"{self.label}应为文字。")
        text = raw.replace("\r\n", "\n").strip()
        if len(text) > self.max_length:
            raise BadValue(f"{self.label}最多 {self.max_length} 个字，现在是 {len(text)} 个。")
        return text

    def _read_password(self, raw: Any, by: Any, door: str) -> str:
        if not isinstance(raw, str) or len(raw) > 128:
            raise BadValue(f"{self.label}应为文字，最多 128 个字。")
        return raw

    def _read_phone(self, raw: Any, by: Any, door: str) -> str:
        """Several numbers, one a line, as one line."""
        if isinstance(raw, str):
            raw = "/".join(line.strip() for line in raw.splitlines() if line.strip())
        return self._read_text(raw, by, door)

    def _read_email(self, raw: Any, by: Any, door: str) -> str:
        if isinstance(raw, str):
            raw = re.sub(r"^\s*mailto:", "", raw, flags=re.IGNORECASE)
        text = self._read_text(unicodedata.normalize("NFKC", raw) if isinstance(raw, str) else raw, by, door)
        try:
            validate_email(text)
        except ValidationError:
            raise BadValue(f"{self.label}的格式不对，应像 name@example.com。") from None
        return text

    def _read_url(self, raw: Any, by: Any, door: str) -> str:
        text = self._read_text(raw, by, door)
        if re.match(r"^\s*(javascript|data|vbscript)\s*:", text, re.IGNORECASE):
            raise BadValue(f"{self.label}的格式不对，应像 www.example.com。")
        return text

    def _read_int(self, raw: Any, by: Any, door: str) -> int:
        number = self._decimal(raw)
        if number != number.to_integral_value():
            raise BadValue(f"{self.label}应为整数。")
        least, most = _BOUNDS.get(type(self.model_field), (1 - 2**31, 2**31 - 1))
        if number < least == 0:
            raise BadValue(f"{self.label}不能小于 0。")
        if not least <= number <= most:
            raise BadValue(f"{self.label}太大了。")
        return int(number)

    def _read_number(self, raw: Any, by: Any, door: str) -> Decimal:
        number = self._decimal(raw)
        places = getattr(self.model_field, "decimal_places", None) or 4
        digits = getattr(self.model_field, "max_digits", None)
        if abs(number) >= (Decimal(10) ** (digits - places) if digits else NUMBER_LIMIT):
            raise BadValue(f"{self.label}太大了。")
        if number != round(number, places):
            raise BadValue(f"{self.label}最多 {places} 位小数。")
        return round(number, places)

    _read_money = _read_number

    def _decimal(self, raw: Any) -> Decimal:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
            raise BadValue(f"{self.label}应为数字。")
        text = unicodedata.normalize("NFKC", str(raw)).translate(_NUMBERISH).replace("−", "-")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise BadValue(f"{self.label}应为数字。") from None
        if not number.is_finite():
            raise BadValue(f"{self.label}应为数字。")
        return number

    def _read_date(self, raw: Any, by: Any, door: str) -> date:
        found = read_date(raw, serial=door == "import")
        if found is None and door == "import" and (moment := read_moment(raw, serial=True)):
            found = moment.astimezone(COMPANY_ZONE).date()
        if found is None:
            raise BadValue(f"{self.label}应为日期，例如 2026-03-05。")
        return found

    def _read_time(self, raw: Any, by: Any, door: str) -> datetime:
        found = read_moment(raw, serial=door == "import")
        if found is None:
            raise BadValue(f"{self.label}应为日期和时间，例如 2026-03-05 14:30。")
        return found

    def _read_bool(self, raw: Any, by: Any, door: str) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if not isinstance(raw, str | int | float) or word not in YES | NO:
            raise BadValue(f"{self.label}应为“是”或“否”。")
        return word in YES

    def _read_choice(self, raw: Any, by: Any, door: str) -> Any:
        for value, label in self.choices():
            if raw == value or (isinstance(raw, str) and raw in (str(value), label)):
                return value
        words = "、".join(label for _, label in self.choices()[:12])
        raise BadValue(f"{self.label}只能是：{words}。")

    def _read_reference(self, raw: Any, by: Any, door: str) -> int:
        if door == "import":
            return self._read_word(self._from_cell(raw), by)
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)
        if isinstance(raw, bool) or not isinstance(raw, str | int) or (isinstance(raw, int) and not 0 < raw < 2**63):
            raise BadValue(f"{self.label}应从列表中选择。")
        if isinstance(raw, str) and len(raw) > WORD_LIMIT:
            raise BadValue(f"{self.label}应从列表中选择。")
        pk = self.source.find(by, readable(raw) if isinstance(raw, str) else raw)
        if pk is not None and self.field.options_for and pk not in dict(self.field.options_for(by)):
            pk = None
        if (
            pk is None
            and isinstance(raw, str)
            and isinstance(self.source, EntitySource)
            and self.source.is_ambiguous(by, raw)
        ):
            raise BadValue(f"{self.label}「{raw[:40]}」有同名的几条，请从列表中选择。")
        if pk is None:
            shown = f"「{str(raw)[:40]}」" if isinstance(raw, str) and not raw.isdigit() else ""
            raise BadValue(f"{self.label}{shown}不存在，或不在您的数据范围内，请从列表中选择。")
        return pk

    def _read_word(self, word: Any, by: Any) -> int:
        """What a table calls a record: its name, or a number that people know, never an id."""
        if not isinstance(word, str) or len(word) > WORD_LIMIT:
            raise BadValue(f"{self.label}应是名称。")
        pk = self.source.find_word(by, word)
        if pk is None and isinstance(self.source, EntitySource) and self.source.is_ambiguous(by, word):
            raise BadValue(f"{self.label}「{word[:40]}」有同名的几条，请改用编号等不重复的写法。")
        if pk is None or (self.field.options_for and pk not in dict(self.field.options_for(by))):
            raise BadValue(f"{self.label}「{word[:40]}」不存在，或不在您的数据范围内，请从列表中选择。")
        return pk

    def _read_references(self, raw: Any, by: Any, door: str) -> list[int]:
        items = re.split(r"[,，、;；\s]+", raw) if isinstance(raw, str) else raw
        if not isinstance(items, Sequence):
            raise BadValue(f"{self.label}应是一组选择。")
        return list(dict.fromkeys(self._read_reference(item, by, door) for item in items if item != ""))

    def _read_weights(self, raw: Any, by: Any, door: str) -> list[int]:
        items = [part for part in re.split(r"[,，、:：\s]+", raw) if part] if isinstance(raw, str) else raw
        if not isinstance(items, Sequence):
            raise BadValue(f"{self.label}应是一组整数，例如 3,2,1。")
        return [self._read_int(item, by, door) for item in items]

    def _read_tags(self, raw: Any, by: Any, door: str) -> list[str]:
        items = re.split(r"[,，、;；]+", raw) if isinstance(raw, str) else raw
        if not isinstance(items, Sequence) or not all(isinstance(item, str) for item in items):
            raise BadValue(f"{self.label}应是一组词。")
        words = list(dict.fromkeys(clean_line(readable(item)) for item in items))
        if len(words) > 30 or any(len(word) > 30 for word in words):
            raise BadValue(f"{self.label}最多 30 个，每个最多 30 个字。")
        return [word for word in words if word]

    def _read_file(self, raw: Any, by: Any, door: str) -> File:
        if not isinstance(raw, File):
            raise BadValue(f"{self.label}应为上传的文件。")
        return raw

    def as_input(self, value: Any) -> Any:
        """The value as an input of a page carries it."""
        if value is None:
            return ""
        if isinstance(value, datetime):
            return value.astimezone(COMPANY_ZONE).strftime("%Y-%m-%dT%H:%M")
        if isinstance(value, bool):
            return value
        if isinstance(value, Decimal):
            return _short(value, 2 if self.kind == "money" else 0)
        if self.kind == "tags":
            return "，".join(value)
        return value


def kind_of_field(model_field: models.Field | None, declared: Field | Column) -> str:
    """The kind of a value, from the model's field."""
    if getattr(declared, "refers", ""):
        return "references" if declared.many else "reference"
    if getattr(declared, "choices", None):
        return "choice"
    if model_field is None:
        return "text"
    own = getattr(model_field, "value_kind", "")
    if own:
        return own
    if model_field.choices:
        return "choice"
    for kind, types in _KINDS:
        if isinstance(model_field, types):
            return kind
    return "text"


_BOUNDS: Mapping[Any, tuple[int, int]] = {
    models.PositiveSmallIntegerField: (0, 2**15 - 1),
    models.PositiveIntegerField: (0, 2**31 - 1),
    models.SmallIntegerField: (-(2**15), 2**15 - 1),
}
_KINDS: Sequence[tuple[str, Any]] = (
    ("references", models.ManyToManyField),
    ("reference", models.ForeignKey),
    ("email", models.EmailField),
    ("bool", models.BooleanField),
    ("time", models.DateTimeField),
    ("date", models.DateField),
    ("number", models.DecimalField),
    ("int", models.IntegerField),
    ("long", models.TextField),
    ("tags", models.JSONField),
)


def bind(model: type[models.Model] | None, item: Field | Column) -> Spec:
    """A declared field or column with the model's field of its name or path."""
    as_declared = item if isinstance(item, Field) else Field(item.name, label=item.label, kind=item.kind)
    path = (item.path if isinstance(item, Column) and item.path else item.name).replace(".", "__")
    return Spec(as_declared, model_field_at(model, path) if model else None)


def model_field_at(model: type[models.Model], path: str) -> models.Field | None:
    """The model field at the end of an ORM path, or None when there is none (an annotation, a worked-out column)."""
    found: Any = None
    holder: type[models.Model] | None = model
    for step in path.split("__"):
        if holder is None:
            return None
        try:
            found = holder._meta.get_field("id" if step == "pk" else step)
        except FieldDoesNotExist:
            return None
        holder = found.related_model if found.is_relation else None
    return found


def _short(number: Decimal, places: int) -> str:
    """A number without the zeros that nobody typed, but with so many decimals."""
    whole, dot, decimals = f"{number:f}".partition(".")
    decimals = decimals.rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole


def read_all(
    specs: Sequence[Spec], raw: Mapping[str, Any], by: Any, door: str, *, partial: bool = False
) -> dict[str, Any]:
    """All values that were sent; with `partial` those that were not sent are left out. Raises Invalid with a sentence per field."""
    values, errors = {}, {}
    for spec in specs:
        if partial and spec.name not in raw:
            continue
        sent = raw.get(spec.name)
        if spec.name not in raw and spec.field.default is not None:
            sent = spec.field.default() if callable(spec.field.default) else spec.field.default
        try:
            values[spec.name] = spec.read(sent, by, door)
        except BadValue as error:
            errors[spec.name] = [str(error)]
    if errors:
        raise Invalid(errors)
    return values


def means_yes(raw: Any) -> bool:
    """Whether a switch that pages and programs send is on."""
    return raw is True or (isinstance(raw, str) and raw.strip().lower() in YES)


def readable(text: str) -> str:
    """The text without control characters and halves of characters, which no database keeps."""
    return _UNREADABLE.sub("", text)


def whole_number(text: str, label: str = "") -> str:
    """A number that a program wrote into a text file in its own way: 1.3800138001E+10 and 13800138001.0 are 13800138001; other text as it is.
    Raises BadValue where digits are lost."""
    if found := _WITH_POINT.fullmatch(text):
        return found.group(1)
    found = _ROUNDED.fullmatch(text.strip())
    if not found:
        return text
    whole, decimals, plus, zeros = found.group(1), found.group(2) or "", found.group(3), int(found.group(4))
    if not plus and (not decimals or zeros < 7):
        return text  # 3E2 is a word
    if not plus:  # Java writes large numbers so, and leaves out only zeros
        decimals = decimals.ljust(zeros, "0")
    if zeros >= 15 or len(decimals) < zeros:
        raise BadValue(f"{label}「{text.strip()}」是表格缩写的号码，已失真，请把该列设为文本后重新填写。")
    return text if decimals[zeros:].strip("0") else whole + decimals[:zeros]


def plain_number(number: int | float, label: str = "") -> str:
    """A number cell as people typed it: 13800138000.0 is 13800138000. Raises BadValue beyond 15 digits, where spreadsheets lose digits."""
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    text = f"{number:f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
    if len(text.lstrip("-").replace(".", "")) > 15:
        raise BadValue(f"{label}超过 15 位，在表格里按数字保存时已失真，请把该列设为文本后重新填写。")
    return text
