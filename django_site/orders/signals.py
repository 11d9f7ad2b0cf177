"""A guest who signs in takes bag and orders along."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from orders import guests
from orders.bag import GuestBag, ShopperBag, move


@receiver(user_logged_in)
def keep_bag_and_orders(request: HttpRequest | None, user: User, **_: Any) -> None:
    session = getattr(request, "session", None)
    if session is not None:
        move(GuestBag(session), ShopperBag(user))
        guests.move_to(user, session)
