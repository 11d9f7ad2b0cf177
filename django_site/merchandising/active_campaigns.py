"""Pins and boosts that run now. A process reads them at most once in ``CACHE_SECONDS`` seconds, unless they change.

Starts and ends are exact to the moment, because placements that start soon are read ahead. A change by staff counts at
once in the process that took it, in the others after ``CACHE_SECONDS`` seconds at the latest.
"""

import datetime as dt
import logging
import threading
import time
from dataclasses import dataclass
from typing import Final

from django.db import Error
from django.utils import timezone

from accounts.models import CustomerProfile
from merchandising.models import Boost, Pin, State

log = logging.getLogger(__name__)

CACHE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Campaigns:
    """Pins and boosts, for one shopper or for all; falsy without any."""

    pins: tuple[Pin, ...] = ()
    boosts: tuple[Boost, ...] = ()

    def at(self, now: dt.datetime) -> "Campaigns":
        return Campaigns(
            tuple(pin for pin in self.pins if pin.state_at(now) is State.RUNNING),
            tuple(boost for boost in self.boosts if boost.state_at(now) is State.RUNNING),
        )

    def meant_for(self, customer: CustomerProfile | None, has_list: bool) -> "Campaigns":
        return Campaigns(
            tuple(pin for pin in self.pins if pin.is_for(customer, has_list)),
            tuple(boost for boost in self.boosts if boost.is_for(customer, has_list)),
        )

    def __bool__(self) -> bool:
        return bool(self.pins or self.boosts)


@dataclass(frozen=True)
class _Reading:
    campaigns: Campaigns
    edition: int
    """Number of changes of placements when the reading began."""
    until: float
    """End of its life, by the monotonic clock."""


class ActiveCampaigns:
    """Cache of the active campaigns, one in each process."""

    def __init__(self) -> None:
        self._reading: _Reading | None = None
        self._edition = 0
        self._renewing = threading.Lock()

    def now(self) -> Campaigns:
        """Returns the campaigns that run now; none while the tables cannot be read."""
        held = self._reading
        if held is None or not self._is_fresh(held):
            held = self._renew(held)
        return held.campaigns.at(timezone.now()) if held.campaigns else held.campaigns

    def forget(self) -> None:
        """Read again before the next answer, also if a reading is under way: it may be older than the change."""
        self._edition += 1

    def _is_fresh(self, held: _Reading) -> bool:
        return held.edition == self._edition and time.monotonic() < held.until

    def _renew(self, held: _Reading | None) -> _Reading:
        """One thread reads; the others go on with what they have, as far as nothing was changed."""
        if held is not None and held.edition == self._edition and self._renewing.locked():
            return held
        with self._renewing:
            held = self._reading
            if held is None or not self._is_fresh(held):
                edition = self._edition
                held = self._reading = _Reading(_read(), edition, time.monotonic() + CACHE_SECONDS)
            return held


def _read() -> Campaigns:
    now = timezone.now()
    soon = now + dt.timedelta(seconds=2 * CACHE_SECONDS)
    try:
        return Campaigns(tuple(Pin.objects.within(now, soon)), tuple(Boost.objects.within(now, soon)))
    except Error as error:
        log.warning("pins and boosts cannot be read, the feed goes without for %.0f s: %s", CACHE_SECONDS, error)
        return Campaigns()


active_campaigns = ActiveCampaigns()
