from django.db import migrations

from kemai.kit.search import WriteGramsAtOnce


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_birthdays_and_silence")]

    operations = [WriteGramsAtOnce("customer"), WriteGramsAtOnce("contact")]
