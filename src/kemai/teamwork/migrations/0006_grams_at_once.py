from django.db import migrations

from kemai.kit.search_operations import TuneTextIndex


class Migration(migrations.Migration):
    dependencies = [("teamwork", "0005_no_news_of_the_past")]

    operations = [TuneTextIndex("interaction")]
