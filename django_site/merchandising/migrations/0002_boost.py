import django.core.validators
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F, Q

ACTIONS = ("add", "change", "delete", "view")


def rename_permissions(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    """Staff who could edit promotions can edit boosts."""
    held = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="merchandising")
    for action in ACTIONS:
        held.filter(codename=f"{action}_promotion").update(codename=f"{action}_boost", name=f"Can {action} boost")


class Migration(migrations.Migration):
    dependencies = [("merchandising", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RemoveConstraint("promotion", "promotion_ends_after_its_start"),
        migrations.RenameModel("Promotion", "Boost"),
        migrations.RenameField("boost", "places", "positions"),
        migrations.AlterField(
            "boost",
            "positions",
            models.PositiveSmallIntegerField(
                default=12,
                help_text="How many articles that are not boosted it passes.",
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(60),
                ],
            ),
        ),
        migrations.AddConstraint(
            "boost",
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gt=F("starts")), name="boost_ends_after_its_start"),
        ),
        migrations.RunPython(rename_permissions, migrations.RunPython.noop),
    ]
