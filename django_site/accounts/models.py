from django.conf import settings
from django.db import models

from accounts.ages import age_range


class CustomerProfile(models.Model):
    """Links a login to the customer of the shop's data whose lists it may see."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="customer")
    customer_id = models.CharField(max_length=64, unique=True)
    age_interval = models.CharField(max_length=16, default="unknown")
    """Interval of ``recsys_core.contracts.columns.age_interval``; chooses the segment when there is no own list."""
    habit = models.CharField(max_length=40, blank=True)
    """Description of the customer's shopping habits, shown beside the name on the demo cards."""
    is_demo = models.BooleanField(default=False)
    """True for accounts that sign in without a password while ``DEMO_LOGINS`` is on."""
    position = models.PositiveSmallIntegerField(default=0)
    """Position among the demo cards."""
    collections = models.JSONField(default=list, blank=True)
    """Index groups that recommendations are chosen from; empty: all."""

    def __str__(self) -> str:
        return f"{self.user.get_username()} ({self.customer_id[:8]}…)"

    @property
    def about(self) -> str:
        """Age and habit in words: "20–24, buys often"."""
        text = ", ".join(filter(None, (age_range(self.age_interval), self.habit)))
        return text[:1].upper() + text[1:]
