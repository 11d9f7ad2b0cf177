"""Who is signed in, with the customer that they are: one query for both."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User


class ShopperBackend(ModelBackend):
    """Django's own sign-in; every page asks for the customer next."""

    def get_user(self, user_id: int) -> User | None:
        try:
            user = User.objects.select_related("customer").get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None
