"""A guest who signs in takes the bag along."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from orders.bag import GuestBag, ShopperBag, move


@receiver(user_logged_in)
def keep_the_bag(request: HttpRequest | None, user: User, **_: Any) -> None:
    session = getattr(request, "session", None)
    if session is not None:
        move(GuestBag(session), ShopperBag(user))
