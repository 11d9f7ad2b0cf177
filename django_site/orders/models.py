from decimal import Decimal

from django.conf import settings
from django.db import models

from recsys_core.contracts.article_ids import MAX_LENGTH


class BagLine(models.Model):
    """An article in a signed-in shopper's bag. A guest's bag lies in the session (``bag.py``)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bag_lines")
    article_id = models.CharField(max_length=MAX_LENGTH)
    quantity = models.PositiveSmallIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "article_id"], name="one_line_an_article"),)
        ordering = ("added_at", "pk")

    def __str__(self) -> str:
        return f"{self.quantity} x {self.article_id}"


class Order(models.Model):
    """A shopper's purchase, as it was then. Nothing is paid in this shop."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="orders", null=True, blank=True
    )
    """None for a guest's order, which belongs to the session with its customer_id (``guests.py``)."""
    number = models.CharField(max_length=16, unique=True)
    """Order number shown to the shopper; it does not reveal how many orders there are."""
    customer_id = models.CharField(max_length=64, db_index=True)
    placed_at = models.DateTimeField(auto_now_add=True)
    purchase_day = models.DateField()
    """The day under which the purchase goes into the shop's data (``services.purchase_day``)."""
    release_id = models.CharField(max_length=40)
    total = models.DecimalField(max_digits=18, decimal_places=2)
    form_token = models.UUIDField(null=True, unique=True, editable=False)
    """Token of the form that placed it: the same form places no second order."""
    export_file = models.CharField(max_length=80, blank=True, db_index=True)
    """File among the raw increments that the order was claimed for; empty until then."""
    exported_at = models.DateTimeField(null=True, blank=True)
    """Time at which that file was complete."""
    taken_in_at = models.DateTimeField(null=True, blank=True, db_index=True)
    """Time at which the shop recorded that ingest has the file (``receipts.py``)."""
    problem = models.CharField(max_length=200, blank=True)
    """Reason for which ingest refuses rows of the order; it tries again with every run."""

    class Meta:
        ordering = ("-placed_at", "-pk")

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> str:
        """Progress of the order towards the purchases: waiting, written, refused or taken in."""
        if self.taken_in_at:
            return "taken in"
        if self.problem:
            return f"refused: {self.problem}"
        return "written" if self.exported_at else "waiting"


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    article_id = models.CharField(max_length=MAX_LENGTH)
    name = models.TextField()
    colour = models.TextField(blank=True)
    quantity = models.PositiveSmallIntegerField()
    price = models.DecimalField(max_digits=14, decimal_places=2)
    """Price of one item, in the shop's currency."""
    price_units = models.FloatField()
    """Price of one item, in the scaled units of the transactions."""

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity
