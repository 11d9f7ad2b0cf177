"""A guest who signs in takes along what was saved."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from wishlist import saved


@receiver(user_logged_in)
def keep_what_was_saved(request: HttpRequest | None, user: User, **_: Any) -> None:
    session = getattr(request, "session", None)
    if session is not None:
        saved.move_to(user, session)
