"""Writes: notices are asked for and withdrawn."""

import datetime as dt
from typing import Final

from django.utils import timezone

from stock_notices.models import StockNotice

MAX_OPEN_NOTICES: Final = 50
"""Open notices of one address."""
MAX_AGE: Final = dt.timedelta(days=180)


def ask_for_notice(article_id: str, address: str, origin: str) -> None:
    """Notes who wants to know when an article is back. Whoever has many open notices already gets no more."""
    folded = address.casefold()
    if StockNotice.objects.filter(address=folded).count() < MAX_OPEN_NOTICES:
        StockNotice.objects.get_or_create(article_id=article_id, address=folded, defaults={"origin": origin})


def withdraw_notices(address: str) -> None:
    """Forgets all open notices of an address."""
    StockNotice.objects.filter(address=address.casefold()).delete()


def drop_old_notices() -> None:
    StockNotice.objects.filter(asked_at__lt=timezone.now() - MAX_AGE).delete()
