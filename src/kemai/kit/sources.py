"""Where references get their words from: names to show, choices to offer, a written word to find a record by."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db import models
from django.db.models import QuerySet

from kemai.kit.entity import Entity, entity_of, registry


class Source(Protocol):
    """What a reference needs. A model's foreign key may carry its own as `source` (a dictionary list, for instance)."""

    kind: str

    def names(self) -> Mapping[int, str] | None: ...
    def options(self, by: Any) -> Sequence[tuple[int, str]] | None: ...
    def find(self, by: Any, word: Any) -> int | None: ...
    def find_word(self, by: Any, word: str) -> int | None: ...


class EntitySource:
    """References to a declared kind: within the range of the person who asks."""

    def __init__(self, entity: Entity) -> None:
        self.entity, self.kind = entity, entity.name

    def names(self) -> Mapping[int, str] | None:
        """All names, where the kind is small enough to be remembered; None where they are looked up by join."""
        return self.entity.names() if self.entity.names else None

    def options(self, by: Any) -> Sequence[tuple[int, str]] | None:
        """The choices of a drop-down list; None where people choose by typing."""
        return self.entity.options(by) if self.entity.options else None

    def find(self, by: Any, word: Any) -> int | None:
        """The id behind an id, a name, or another word that people write for the record; None when out of range or unknown, or when
        several have the name: nobody may be taken for somebody else."""
        if isinstance(word, int) or (isinstance(word, str) and word.isascii() and word.isdigit() and len(word) < 19):
            found = self.entity.seen(by, int(word))
            if found is not None:
                return found.pk
        return self.find_word(by, word) if isinstance(word, str) else None

    def find_word(self, by: Any, word: str) -> int | None:
        """The same without ids: what people write into a table is a name or a number of theirs."""
        if self.entity.lookup:
            return self.entity.lookup(by, word)
        named = self._named(self.entity.visible(by), word)
        return named[0] if len(named) == 1 else None

    def is_ambiguous(self, by: Any, word: str) -> bool:
        """Whether several records within the person's range have this name."""
        return len(self._named(self.entity.visible(by), word)) > 1

    def _named(self, records: QuerySet, word: str) -> list[int]:
        return list(records.filter(**{self.entity.title_field: word.strip()}).values_list("pk", flat=True)[:2])


def source_of(model_field: models.Field) -> Source | None:
    """The source of a foreign key."""
    own = getattr(model_field, "source", None)
    if own is not None:
        return own
    entity = entity_of(model_field.related_model) if model_field.related_model else None
    return EntitySource(entity) if entity else None


def source_of_kind(kind: str) -> Source:
    """The source of references to a declared kind."""
    return EntitySource(registry[kind])
