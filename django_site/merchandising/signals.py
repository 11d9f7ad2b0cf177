"""Signals that apply staff's changes at once in the process that took them; the others see them within seconds."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from merchandising.models import Pin, Promotion
from merchandising.running import board


@receiver([post_save, post_delete], sender=Pin)
@receiver([post_save, post_delete], sender=Promotion)
def read_again(**_: Any) -> None:
    """Also after the commit: what another thread reads in between is as it was."""
    board.forget()
    transaction.on_commit(board.forget)
