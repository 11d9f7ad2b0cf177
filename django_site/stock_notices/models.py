from django.db import models

from recsys_core.contracts.article_ids import MAX_LENGTH


class StockNotice(models.Model):
    """A request to be told when an article is back. It goes when its mail is sent, or when it is too old."""

    article_id = models.CharField(max_length=MAX_LENGTH)
    address = models.CharField(max_length=254, db_index=True)
    """E-mail address, case-folded."""
    origin = models.CharField(max_length=300)
    """Scheme and host under which it was asked, such as https://shop.example: the mail's links begin with it."""
    asked_at = models.DateTimeField(auto_now_add=True, db_index=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    """Time at which a process took it, to send its mail."""

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article_id", "address"], name="asked_once"),)
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.article_id
