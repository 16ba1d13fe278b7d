from django.db import migrations

from kemai.kit.search import WriteGramsAtOnce


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0005_no_news_of_the_past")]

    operations = [WriteGramsAtOnce("interaction")]
