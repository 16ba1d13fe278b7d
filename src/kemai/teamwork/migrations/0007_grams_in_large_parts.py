from django.db import migrations

from kemai.kit.search_operations import TuneTextIndex


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0006_grams_at_once")]

    operations = [TuneTextIndex("interaction")]
