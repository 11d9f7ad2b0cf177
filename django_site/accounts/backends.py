"""Authentication backend that loads the shop customer with the user, in one query."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class ShopperBackend(ModelBackend):
    """Django's own sign-in, with the customer loaded because every page needs it."""

    def get_user(self, user_id: int) -> User | None:
        try:
            user = User.objects.select_related("customer").get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
