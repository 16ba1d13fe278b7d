"""What migrations do with the indexes of foreign keys."""

from typing import Any

from django.db.migrations.operations import AlterField


class WithoutItsIndex(AlterField):
    """Migration operation: a foreign key that is `db_index=False` from now on loses the index that Django has made for it.

    AlterField would do the same, but write the whole table anew on SQLite: minutes at a million records.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        column = model._meta.get_field(self.name).column
        name = schema_editor._create_index_name(model._meta.db_table, [column])
        schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")

    def describe(self) -> str:
        return f"Drop the index of {self.model_name}.{self.name}"
