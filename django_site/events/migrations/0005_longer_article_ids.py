from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_view_experiment_permission"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="article_id",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
