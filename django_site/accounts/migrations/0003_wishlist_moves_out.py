from django.db import migrations


class Migration(migrations.Migration):
    """The tables stay: the app ``wishlist`` goes on with them under their names."""

    dependencies = [("accounts", "0002_saved_hidden_preferences"), ("wishlist", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("HiddenArticle"), migrations.DeleteModel("SavedArticle")]
        )
    ]
