"""Signals that apply staff's changes at once in the process that took them; the others see them within seconds."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from merchandising.active_campaigns import active_campaigns
from merchandising.models import Boost, Pin


@receiver([post_save, post_delete], sender=Pin)
@receiver([post_save, post_delete], sender=Boost)
def read_again(**_: Any) -> None:
    """Drop the cached campaigns, once more after the commit: until then other threads read the old rows."""
    active_campaigns.forget()
    transaction.on_commit(active_campaigns.forget)
