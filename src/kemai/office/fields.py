"""Model fields that draw on what the company sets up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models

from kemai.kit.text import fold
from kemai.office import queries

WORD_LENGTH = 60  # characters of a dictionary entry


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

    def find_word(self, by: Any, word: str) -> int | None:
        return queries.find_entry_named(self.code, word)

    def why_not_add(self, word: str, by: Any) -> str | None:
        """Why an import cannot make the word an entry of the list, or None (IMP-02)."""
        if not by.access.has("dictionary.change"):
            return "不在数据字典中"
        return None if fold(word) and len(word) <= WORD_LENGTH else "不能作为字典项"

    def add(self, word: str, by: Any) -> int:
        """A new entry of the list, in the caller's journal."""
        from kemai.office.models import Dictionary
        from kemai.office.services import entry_create

        dictionary = Dictionary.objects.get(code=self.code)
        return entry_create({"dictionary": dictionary.pk, "name": word}, by=by).pk


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
