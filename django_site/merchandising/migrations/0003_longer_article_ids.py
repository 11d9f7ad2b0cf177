from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchandising", "0002_boost"),
    ]

    operations = [
        migrations.AlterField(
            model_name="pin",
            name="article_id",
            field=models.CharField(max_length=64, verbose_name="article number"),
        ),
    ]
