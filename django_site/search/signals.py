"""Signals that apply staff's changes at once in the process that took them; the others see them within seconds."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from search.active_synonyms import active_synonyms
from search.models import SynonymList


@receiver([post_save, post_delete], sender=SynonymList)
def read_again(**_: Any) -> None:
    """Drop the cached list, once more after the commit: until then other threads read the old row."""
    active_synonyms.forget()
    transaction.on_commit(active_synonyms.forget)
