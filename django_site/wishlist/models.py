from django.conf import settings
from django.db import models

from recsys_core.contracts.article_ids import MAX_LENGTH


class SavedArticle(models.Model):
    """An article that a signed-in shopper keeps for later. A guest's lie in the session (``saved.py``)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_articles")
    article_id = models.CharField(max_length=MAX_LENGTH)
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "accounts_savedarticle"
        constraints = (models.UniqueConstraint(fields=["user", "article_id"], name="saved_once"),)
        ordering = ("-saved_at", "-pk")

    def __str__(self) -> str:
        return self.article_id


class HiddenArticle(models.Model):
    """Article marked "not for me": left out of everything that is recommended, never out of the shop."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hidden_articles")
    article_id = models.CharField(max_length=MAX_LENGTH)
    hidden_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "accounts_hiddenarticle"
        constraints = (models.UniqueConstraint(fields=["user", "article_id"], name="hidden_once"),)
        ordering = ("-hidden_at", "-pk")

    def __str__(self) -> str:
        return self.article_id
