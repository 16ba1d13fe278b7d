import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kemai.kit.index_operations import WithoutItsIndex


# A core name that cannot be read sounds like itself: so both are found by one index.
UNREADABLE = "UPDATE customers_customer SET core_pinyin = substr(core_name, 1, 200) WHERE core_pinyin = '' AND core_name <> ''"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0008_grams_in_large_parts'),
        ('kit', '0007_fewer_indexes'),
        ('office', '0002_entries_in_order'),
        ('people', '0005_grams_in_large_parts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(UNREADABLE, migrations.RunSQL.noop),
        migrations.RemoveIndex(
            model_name='customer',
            name='customer_core_name',
        ),
        WithoutItsIndex(
            model_name='customer',
            name='parent',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='customers.customer', verbose_name='上级客户'),
        ),
        WithoutItsIndex(
            model_name='customershare',
            name='department',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.department', verbose_name='部门'),
        ),
        WithoutItsIndex(
            model_name='customershare',
            name='employee',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='同事'),
        ),
        WithoutItsIndex(
            model_name='ownershipchange',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='操作人'),
        ),
        WithoutItsIndex(
            model_name='ownershipchange',
            name='customer',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ownership_changes', to='customers.customer', verbose_name='客户'),
        ),
        WithoutItsIndex(
            model_name='ownershipchange',
            name='from_owner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='原负责人'),
        ),
        WithoutItsIndex(
            model_name='ownershipchange',
            name='to_owner',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='新负责人'),
        ),
        migrations.AddIndex(
            model_name='customer',
            index=models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='customer_parent'),
        ),
    ]
