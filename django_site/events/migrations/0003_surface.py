from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

RENAMED = (("surface", "picture", "image"), ("retriever", "promoted", "boosted"))
"""(column, value of earlier versions, value)."""


def rename_values(apps: Apps, _: BaseDatabaseSchemaEditor) -> None:
    for column, old, new in RENAMED:
        apps.get_model("events", "Event").objects.filter(**{column: old}).update(**{column: new})


class Migration(migrations.Migration):
    dependencies = [("events", "0002_tier_and_retriever")]

    operations = [
        migrations.RemoveIndex("event", "event_kind_place_at"),
        migrations.RenameField("event", "place", "surface"),
        migrations.AddIndex("event", models.Index(fields=["kind", "surface", "at"], name="event_kind_surface_at")),
        migrations.RunPython(rename_values, migrations.RunPython.noop),
    ]
