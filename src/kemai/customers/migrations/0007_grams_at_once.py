from django.db import migrations

from kemai.kit.search_operations import TuneTextIndex


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_birthdays_and_silence")]

    operations = [TuneTextIndex("customer"), TuneTextIndex("contact")]
