from django.db import migrations

from kemai.kit.search_operations import TuneTextIndex


class Migration(migrations.Migration):
    dependencies = [("customers", "0007_grams_at_once")]

    operations = [TuneTextIndex("customer"), TuneTextIndex("contact")]
