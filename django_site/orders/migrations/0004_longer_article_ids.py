from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_guest_orders"),
    ]

    operations = [
        migrations.AlterField(
            model_name="bagline",
            name="article_id",
            field=models.CharField(max_length=64),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="article_id",
            field=models.CharField(max_length=64),
        ),
    ]
