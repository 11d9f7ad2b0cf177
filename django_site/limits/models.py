from django.db import models


class RequestCount(models.Model):
    """Requests of a client in a window of time. In the database, so that all replicas count together."""

    limit = models.CharField(max_length=20)
    client = models.CharField(max_length=64)
    """A keyed digest of the address."""
    window = models.PositiveBigIntegerField()
    """Number of the window since 1970."""
    requests = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("limit", "client", "window"), name="counted_once"),)

    def __str__(self) -> str:
        return f"{self.requests} {self.limit}"
