import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kemai.kit.index_operations import WithoutItsIndex


class Migration(migrations.Migration):

    dependencies = [
        ('notify', '0002_reminders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        WithoutItsIndex(
            model_name='message',
            name='employee',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='收件人'),
        ),
    ]
