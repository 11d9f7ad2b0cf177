"""Saved and hidden articles of a shop that runs already go on under the app that owns them now."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from wishlist.models import HiddenArticle, SavedArticle

BEFORE = [("accounts", "0002_saved_hidden_preferences"), ("wishlist", None)]


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_are_there_after_the_migration() -> None:
    anna = User.objects.create_user("anna")
    SavedArticle.objects.create(user=anna, article_id="0100000001")
    HiddenArticle.objects.create(user=anna, article_id="0100000002")
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    old = MigrationExecutor(connection).loader.project_state([BEFORE[0]]).apps
    assert old.get_model("accounts", "SavedArticle").objects.count() == 1

    MigrationExecutor(connection).migrate(latest)

    assert [saved.article_id for saved in SavedArticle.objects.filter(user=anna)] == ["0100000001"]
    assert [hidden.article_id for hidden in HiddenArticle.objects.filter(user=anna)] == ["0100000002"]
