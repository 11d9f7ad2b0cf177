from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RenameField("event", "rung", "tier"),
        migrations.RenameField("event", "lane", "retriever"),
    ]
