from django.db import migrations

from kemai.kit.search_operations import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [CreateTextIndex("employee", ("name", "login", "phone"))]
