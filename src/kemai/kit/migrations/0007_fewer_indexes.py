import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kemai.kit.index_operations import WithoutItsIndex


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0006_indexed_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        WithoutItsIndex(
            model_name='bulkeditrow',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='kit.bulkedit'),
        ),
        WithoutItsIndex(
            model_name='changeset',
            name='by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='操作人'),
        ),
        WithoutItsIndex(
            model_name='importrow',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='kit.import'),
        ),
    ]
