from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0004_longer_ids_and_sums"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderline",
            name="name",
            field=models.TextField(),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="colour",
            field=models.TextField(blank=True),
        ),
    ]
