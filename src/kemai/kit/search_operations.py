"""What migrations do with the tables of a search index (kit/search.py)."""

from typing import Any

from django.db.migrations.operations.base import Operation

from kemai.kit.search import TextIndex


class CreateTextIndex(Operation):
    """Migration operation: makes the tables of a TextIndex. The state of models is not touched.

    operations = [CreateTextIndex("customer", ("name", "contacts", "phones"))]
    """

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str, columns: tuple[str, ...]):
        self.name = name
        self.columns = columns

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        TextIndex(self.name, self.columns).create(schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        TextIndex(self.name, self.columns).drop(schema_editor)

    def describe(self) -> str:
        return f"Create text index {self.name}"


class TuneTextIndex(Operation):
    """Migration operation: an index that an earlier CreateTextIndex made gets the settings of today. There is nothing to take back."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, name: str):
        self.name = name

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        TextIndex(self.name, ()).tune(schema_editor)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        pass

    def describe(self) -> str:
        return f"Tune text index {self.name}"
