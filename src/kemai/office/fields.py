"""Model fields that draw on what the company sets up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from kemai.office import queries


class DictionarySource:
    """Names, choices and words of one dictionary list."""

    kind = "dictionary-entry"

    def __init__(self, code: str) -> None:
        self.code = code

    def title(self) -> str:
        """The list's present title (SYS-02)."""
        return queries.dictionary_title(self.code)

    def names(self) -> Mapping[int, str]:
        return queries.entry_names(self.code)

    def options(self, by: Any) -> Sequence[tuple[int, str]]:
        return queries.entry_options(self.code)

    def find(self, by: Any, word: Any) -> int | None:
        return queries.find_entry(self.code, word)


class DictionaryField(models.ForeignKey):
    """A choice from one dictionary list: `DictionaryField("customer_level")`."""

    def __init__(self, dictionary: str = "", **options: Any) -> None:
        self.dictionary = dictionary
        options.setdefault("to", "office.DictionaryEntry")
        options.setdefault("on_delete", models.PROTECT)
        options.setdefault("null", True)
        options.setdefault("blank", True)
        options.setdefault("related_name", "+")
        options.setdefault("db_index", False)
        super().__init__(**options)
        self.source = DictionarySource(dictionary)

    def deconstruct(self) -> tuple:
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "dictionary": self.dictionary}
