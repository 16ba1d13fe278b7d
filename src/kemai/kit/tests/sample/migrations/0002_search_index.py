from django.db import migrations

from kemai.kit.search_operations import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("sample", "0001_initial")]

    operations = [CreateTextIndex("sample-order", ("number", "subject", "products"))]
