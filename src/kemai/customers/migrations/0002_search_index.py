from django.db import migrations

from kemai.kit.search_operations import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        CreateTextIndex("customer", ("name", "short_name", "number", "phone", "contacts")),
        CreateTextIndex("contact", ("name", "phones")),
    ]
