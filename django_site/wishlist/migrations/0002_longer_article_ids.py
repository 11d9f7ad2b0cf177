from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("wishlist", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="hiddenarticle",
            name="article_id",
            field=models.CharField(max_length=64),
        ),
        migrations.AlterField(
            model_name="savedarticle",
            name="article_id",
            field=models.CharField(max_length=64),
        ),
    ]
