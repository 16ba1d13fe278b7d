from django.db import migrations

from kemai.kit.search import WriteGramsAtOnce


class Migration(migrations.Migration):
    dependencies = [("people", "0003_classification")]

    operations = [WriteGramsAtOnce("employee")]
