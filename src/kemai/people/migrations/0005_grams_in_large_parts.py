from django.db import migrations

from kemai.kit.search_operations import TuneTextIndex


class Migration(migrations.Migration):
    dependencies = [("people", "0004_grams_at_once")]

    operations = [TuneTextIndex("employee")]
