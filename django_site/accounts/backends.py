"""Authentication backend that limits guesses, and loads the shop customer with the user, in one query."""

import json
from typing import Any, Final

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest

from accounts.models import CustomerProfile
from ops.prepared import OfUser

USER_FIELDS: Final = (
    "id",
    "password",
    "is_superuser",
    "username",
    "first_name",
    "last_name",
    "email",
    "is_staff",
    "is_active",
)
"""In the model's order; its two dates are read when somebody asks for them."""
CUSTOMER_FIELDS: Final = (
    "id",
    "user_id",
    "customer_id",
    "age_interval",
    "habit",
    "is_demo",
    "position",
    "collections",
)
TRUE_OR_FALSE: Final = frozenset({"is_superuser", "is_staff", "is_active", "is_demo"})
_rows = OfUser(
    lambda user_id: User.objects.filter(pk=user_id, customer__isnull=False).values_list(
        *USER_FIELDS, *(f"customer__{name}" for name in CUSTOMER_FIELDS)
    )
)


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
        user = _shopper(user_id) or User.objects.select_related("customer").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


def _shopper(user_id: int) -> User | None:
    """The user with the customer; None for a login without a customer, as staff have."""
    rows = _rows(user_id)
    if not rows:
        return None
    values = [_value(name, each) for name, each in zip(USER_FIELDS + CUSTOMER_FIELDS, rows[0], strict=True)]
    user = User.from_db(DEFAULT_DB_ALIAS, USER_FIELDS, values[: len(USER_FIELDS)])
    user.customer = CustomerProfile.from_db(DEFAULT_DB_ALIAS, CUSTOMER_FIELDS, values[len(USER_FIELDS) :])
    return user


def _value(field: str, held: Any) -> Any:
    """A value of a field from what the database holds: SQLite has no yes and no, and JSON comes as text."""
    if field in TRUE_OR_FALSE:
        return bool(held)
    return json.loads(held) if field == "collections" else held
