import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def article_of_a_user(name: str, at: str, related_name: str, constraint: str) -> migrations.CreateModel:
    user = models.ForeignKey(
        on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=settings.AUTH_USER_MODEL
    )
    return migrations.CreateModel(
        name=name,
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("article_id", models.CharField(max_length=20)),
            (at, models.DateTimeField(auto_now_add=True)),
            ("user", user),
        ],
        options={
            "db_table": f"accounts_{name.lower()}",
            "ordering": (f"-{at}", "-pk"),
            "constraints": [models.UniqueConstraint(fields=("user", "article_id"), name=constraint)],
        },
    )


class Migration(migrations.Migration):
    """Takes over two tables that the app ``accounts`` made, under the names that they have."""

    initial = True
    dependencies = [
        ("accounts", "0002_saved_hidden_preferences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                article_of_a_user("HiddenArticle", "hidden_at", "hidden_articles", "hidden_once"),
                article_of_a_user("SavedArticle", "saved_at", "saved_articles", "saved_once"),
            ]
        )
    ]
