"""Limits on guesses of passwords, by django-axes: so many failures of a username from one client, then a pause."""

import datetime as dt
from math import ceil

from axes.models import AccessAttempt
from axes.utils import reset
from django.conf import settings
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from limits.client_address import client_address


def seconds_to_wait(request: HttpRequest, username: str) -> int:
    """Time until this client may try this username again."""
    last = _failures(request, username).aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    until: dt.datetime = last + settings.AXES_COOLOFF_TIME
    return max(1, ceil((until - timezone.now()).total_seconds()))


def forget_failures(username: str) -> None:
    """Ends every pause of a username: after its password was set anew, or it was deleted."""
    reset(username=username)


def forget_failures_from(request: HttpRequest, username: str) -> None:
    """Ends the count of this client's failures, as signing in does; those of others stay."""
    _failures(request, username).delete()


def _failures(request: HttpRequest, username: str) -> QuerySet[AccessAttempt]:
    failures: QuerySet[AccessAttempt] = AccessAttempt.objects.filter(
        username=username, ip_address=client_address(request)
    )
    return failures
