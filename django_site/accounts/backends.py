"""Authentication backend that limits guesses, and loads the shop customer with the user, in one query."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest


class ShopperBackend(AxesStandaloneBackend, ModelBackend):  # type: ignore[misc]
    """Django's own sign-in, with the customer loaded because every page needs it."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:  # type: ignore[override]
        """Returns the user whose password this is.

        Raises
        ------
        PermissionDenied
            If this client guessed too often at this username (``settings.AXES_*``); the password is not looked at.
        """
        AxesStandaloneBackend.authenticate(self, request, **credentials)
        user: User | None = ModelBackend.authenticate(self, request, **credentials)
        return user

    def get_user(self, user_id: int) -> User | None:
        try:
            user = User.objects.select_related("customer").get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
