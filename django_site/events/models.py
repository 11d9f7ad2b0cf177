from django.conf import settings
from django.db import models

from recsys_core.contracts.article_ids import MAX_LENGTH

PAGES = ("feed", "session", "search", "image", "like", "category", "product", "bag")
ROWS = ("inspired", "buy-again", "new-for-you", "popular", "recently-viewed")
RELATED = ("goes-with", "similar", "also-bought", "same-look", "same-style")
SURFACES = (*PAGES, *ROWS, *RELATED)
"""Surfaces of cards: a page's grid, or a row of that name."""

BY_HAND = ("pinned", "boosted")
"""Codes of articles that staff placed in the feed (``merchandising/boosts_and_pins.py``)."""


class Event(models.Model):
    """Something a shopper saw or did. Written in batches, off the request's path (``recorder.py``)."""

    class Kind(models.TextChoices):
        IMPRESSION = "impression"
        VIEW = "view"
        CLICK = "click"
        SAVE = "save"
        BAG = "bag"
        ORDER = "order"

    at = models.DateTimeField(db_index=True)
    kind = models.CharField(max_length=10, choices=Kind)
    visitor = models.CharField(max_length=32, db_index=True)
    """A random number of this browser; says nothing of who it is."""
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    """User who was signed in; the event is deleted with the account."""
    variant = models.CharField(max_length=20)
    release_id = models.CharField(max_length=40)
    surface = models.CharField(max_length=20)
    """One of SURFACES."""
    tier = models.CharField(max_length=20, blank=True)
    article_id = models.CharField(max_length=MAX_LENGTH, blank=True)
    position = models.PositiveIntegerField(null=True, blank=True)
    """1 is the first."""
    retriever = models.CharField(max_length=24, blank=True)
    """Reason code by which the article stands on the customer's own list, or of BY_HAND."""
    shown = models.JSONField(null=True, blank=True)
    """Cards of an impression: [[article_id, position, retriever], ...]."""

    class Meta:
        ordering = ("-at", "-pk")
        permissions = (("view_experiment", "Can look at the experiment"),)
        indexes = (models.Index(fields=["kind", "surface", "at"], name="event_kind_surface_at"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.article_id}".strip()
