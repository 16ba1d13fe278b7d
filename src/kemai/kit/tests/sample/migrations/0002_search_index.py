from django.db import migrations

from kemai.kit.search import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("sample", "0001_initial")]

    operations = [CreateTextIndex("sample-order", ("number", "subject", "products"))]
