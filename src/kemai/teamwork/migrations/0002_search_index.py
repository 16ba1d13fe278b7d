from django.db import migrations

from kemai.kit.search_operations import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0001_initial")]

    operations = [CreateTextIndex("interaction", ("people", "customer", "content"))]
