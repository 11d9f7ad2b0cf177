"""Who is signed in, with the customer that they are: one query for both."""

from typing import cast

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser


class ShopperBackend(ModelBackend):
    """Django's own sign-in; every page asks for the customer next."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        users = get_user_model()
        try:
            user = cast(AbstractBaseUser, users._default_manager.select_related("customer").get(pk=user_id))
        except users.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
