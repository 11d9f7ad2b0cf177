"""Orders without an account: one customer a session, until somebody signs in or joins there."""

import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import QuerySet

from accounts.services import ensure_customer
from orders.bag import GuestBag
from orders.models import Order

KEY: Final = "guest_customer"
Session = SessionBase | MutableMapping[str, Any]


@dataclass(frozen=True)
class Guest:
    """A shopper who is not signed in, by the session."""

    session: Session

    @property
    def bag(self) -> GuestBag:
        return GuestBag(self.session)

    def become_customer(self) -> str:
        """Returns the customer_id of all orders of this session; a new one where it has none yet.

        The check-out page calls it before there is an order: two clicks at once must not make two customers.
        """
        if KEY not in self.session:
            self.session[KEY] = secrets.token_hex(32)
        return str(self.session[KEY])

    @property
    def orders(self) -> QuerySet[Order]:
        """The session's own orders, the latest first."""
        customer_id = held_customer_id(self.session)
        return Order.objects.filter(user=None, customer_id=customer_id) if customer_id else Order.objects.none()


def held_customer_id(session: Session) -> str:
    """The customer of the session's orders; empty if nothing was ordered in it."""
    return str(session.get(KEY, ""))


@transaction.atomic
def move_to(user: User, session: Session) -> None:
    """Makes the session's orders the user's.

    Those that no file is claimed for yet become purchases of the user's customer. The others are in the data under the
    guest's customer already, and a file must keep its bytes; a login without a customer takes over the guest's.
    """
    orders = Guest(session).orders
    if orders.exists():
        customer = ensure_customer(user, held_customer_id(session))
        orders.filter(export_file="").update(user=user, customer_id=customer.customer_id)
        orders.update(user=user)
    session.pop(KEY, None)
