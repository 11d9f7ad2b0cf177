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
        migrations.AlterField(
            model_name="orderline",
            name="price",
            field=models.DecimalField(decimal_places=2, max_digits=14),
        ),
        migrations.AlterField(
            model_name="order",
            name="total",
            field=models.DecimalField(decimal_places=2, max_digits=18),
        ),
    ]
