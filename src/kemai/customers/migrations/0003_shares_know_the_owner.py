import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    customer, share = apps.get_model("customers", "Customer"), apps.get_model("customers", "CustomerShare")
    owner = customer.objects.filter(pk=OuterRef("customer_id")).values("owner_id")
    share.objects.update(owner_id=Subquery(owner))


def owner(**options):
    return models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
        verbose_name="负责人", **options,
    )  # fmt: skip


class Migration(migrations.Migration):
    """A share says whose customer it is, and one index holds all that a page wants to know of a person's shares."""

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("customers", "0002_search_index")]

    operations = [
        migrations.AddField("customershare", "owner", owner(null=True, db_constraint=False)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex("customershare", "share_employee"),
        migrations.RemoveIndex("customershare", "share_department"),
        migrations.AddIndex(
            "customershare",
            models.Index(fields=["employee", "customer", "owner", "created_by", "until"], name="share_with_employee"),
        ),
        migrations.AddIndex(
            "customershare",
            models.Index(
                fields=["department", "customer", "owner", "created_by", "until"], name="share_with_department"
            ),
        ),
        migrations.AlterField("customershare", "owner", owner()),
    ]
