from django.db import migrations

# What was overdue before there were reminders is on the list of to-dos and no news.
SAID = "UPDATE teamwork_todo SET reminded_at = due_at WHERE done_at IS NULL AND due_at < CURRENT_TIMESTAMP"


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0004_todos_from_records")]

    operations = [migrations.RunSQL(SAID, migrations.RunSQL.noop)]
