"""The rows of a list as HTML: table rows that the phone's style sheet shows as cards.

Written by hand rather than by a template: fifty rows hold a thousand values, and this is what a server does all day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.functional import cached_property
from markupsafe import Markup, escape

from kemai.kit.columns import BoundColumn
from kemai.kit.entity import Mark
from kemai.kit.jinja import icon
from kemai.kit.listing import Sheet

BETWEEN = "\x1f"  # stands in no text that people enter
NONE = '<span class="km-none">—</span>'


NAMELESS = "（无名称）"


@dataclass(eq=False)
class Head:
    """One column of the table, worked out once for all rows and all pages."""

    column: BoundColumn
    label: str
    sort: str  # address that sorts by it, "" where it does not sort
    sorted: str  # ascending, descending or ""
    width: int = 120
    lock: str = ""  # inner or edge where it stands still while the rest scrolls

    @cached_property
    def css(self) -> str:
        """The classes of its head."""
        return " ".join(self._classes)

    @property
    def _classes(self) -> list[str]:
        classes = {"": [], "inner": ["km-lock"], "edge": ["km-lock", "km-lock-edge"]}[self.lock]
        if self.column.column.title:
            return [*classes, "km-lock-1"]
        return [*classes, "km-num"] if self.column.is_number else classes

    @cached_property
    def start(self) -> str:
        """What begins each of its cells."""
        classes, label = self._classes, ""
        if self.column.column.marks:
            classes.append("km-st")
        if self.column.kind == "phone":
            classes.append("km-cp")
        if self.column.column.phone and not self.column.column.title:
            classes.append("km-ph")
            if self.column.is_number or self.column.kind in ("date", "time"):
                label = Markup(' data-l="{}"').format(self.label)
        return f'<td{label} class="{" ".join(classes)}">' if classes else "<td>"

    @cached_property
    def empty(self) -> str:
        """A cell without a value."""
        return f"{self.start}{NONE}</td>"


def rows_html(heads: Sequence[Head], sheet: Sheet, address: str, ending: str = "") -> Markup:
    """The table's rows; each record's name leads to `address`/id and `ending`."""
    size = len(sheet.ids)
    flat = _escaped([text for strip in sheet.strips for text in strip.texts])
    texts = [flat[start : start + size] for start in range(0, len(flat), size)]
    title_at = next((at for at, head in enumerate(heads) if head.column.column.title), 0)
    names = [name or NAMELESS for name in texts[title_at]]
    columns = [
        _column_html(head, strip.raws, own, sheet.ids, address, ending)
        for head, strip, own in zip(heads, sheet.strips, texts, strict=True)
    ]
    html = []
    for pk, tone, name, cells in zip(sheet.ids, sheet.tones, names, zip(*columns, strict=True), strict=True):
        toned = f' class="km-row--{tone}"' if tone else ""
        html.append(
            f'<tr data-id="{pk}"{toned}><td class="km-lock km-ck"><input class="form-check-input" type="checkbox" '
            f'value="{pk}" aria-label="选择 {name}"></td>{"".join(cells)}</tr>\n'
        )
    return Markup("".join(html))


def _column_html(
    head: Head, raws: Sequence[Any], texts: Sequence[str], ids: Sequence[int], address: str, ending: str
) -> list[str]:
    start, empty, declared = head.start, head.empty, head.column.column
    if declared.title:
        return [
            f'{start}<a class="km-name" href="{address}/{pk}{ending}">{text or NAMELESS}</a></td>'
            for pk, text in zip(ids, texts, strict=True)
        ]
    if declared.marks:
        marks = [mark_start(declared.marks.get(raw)) for raw in raws]
        return [f"{start}{mark}{text}</span></td>" if text else empty for mark, text in zip(marks, texts, strict=True)]
    return [f"{start}{text}</td>" if text else empty for text in texts]


def _escaped(texts: list[str]) -> list[str]:
    """All texts escaped at once: one call instead of a thousand."""
    split = str(escape(BETWEEN.join(texts))).split(BETWEEN)
    return split if len(split) == len(texts) else [str(escape(text)) for text in texts]


@lru_cache(maxsize=500)
def mark_start(mark: Mark | None) -> str:
    """What begins a state: its colour and its icon; the word follows."""
    tone = f" km-state--{mark.tone}" if mark and mark.tone else ""
    if not (mark and mark.icon):
        return f'<span class="km-state{tone}">'
    return f'<span class="km-state{tone}">{icon(mark.icon)}'
