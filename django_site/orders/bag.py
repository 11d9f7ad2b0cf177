"""The bag: of a signed-in shopper in the database, of a guest in the session, the same to whoever uses it."""

from collections.abc import MutableMapping
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.http import HttpRequest

from ops.prepared import OfUser
from orders.models import BagLine

MAX_QUANTITY = 10
MAX_LINES = 50
KEY = "bag"


class BagFullError(ValueError):
    """No further article fits."""


class Bag(Protocol):
    """Quantities by article_id, in the order in which they were put in."""

    def quantities(self) -> dict[str, int]: ...

    def put(self, article_id: str, quantity: int) -> None:
        """Have ``quantity`` of an article, cut to 0 .. MAX_QUANTITY; 0 takes it out."""
        ...

    def clear(self) -> None: ...


class GuestBag:
    def __init__(self, session: SessionBase | MutableMapping[str, Any]) -> None:
        self._session = session

    def quantities(self) -> dict[str, int]:
        return dict(self._session.get(KEY, {}))

    def put(self, article_id: str, quantity: int) -> None:
        held = self.quantities()
        held[article_id] = min(quantity, MAX_QUANTITY)
        self._session[KEY] = {each: n for each, n in held.items() if n > 0}

    def clear(self) -> None:
        self._session.pop(KEY, None)


_held = OfUser(lambda user_id: BagLine.objects.filter(user_id=user_id).values_list("article_id", "quantity"))


class ShopperBag:
    def __init__(self, user: User) -> None:
        self._user_id = user.pk

    @property
    def _lines(self) -> QuerySet[BagLine]:
        return BagLine.objects.filter(user_id=self._user_id)

    def lock(self) -> None:
        """Within a transaction: nobody else changes the lines until it ends."""
        list(self._lines.select_for_update())

    def quantities(self) -> dict[str, int]:
        return dict(_held(self._user_id))

    def put(self, article_id: str, quantity: int) -> None:
        if quantity <= 0:
            self._lines.filter(article_id=article_id).delete()
            return
        held = {"quantity": min(quantity, MAX_QUANTITY)}
        BagLine.objects.update_or_create(user_id=self._user_id, article_id=article_id, defaults=held)

    def clear(self) -> None:
        self._lines.delete()


def bag_of(request: HttpRequest) -> Bag:
    return bag_for(request.user, request.session)


def bag_for(user: User | AnonymousUser, session: SessionBase) -> Bag:
    return ShopperBag(user) if user.is_authenticated else GuestBag(session)


def add(bag: Bag, article_id: str, quantity: int = 1) -> int:
    """Put in so many more of an article; returns how many of it lie there now.

    Raises
    ------
    BagFullError
        If it would be one article too many.
    """
    held = bag.quantities()
    if article_id not in held and len(held) >= MAX_LINES:
        raise BagFullError(f"the bag holds {MAX_LINES} different articles; take one out first")
    bag.put(article_id, held.get(article_id, 0) + quantity)
    return min(held.get(article_id, 0) + quantity, MAX_QUANTITY)


def change(bag: Bag, article_id: str, quantity: int) -> None:
    """Sets the quantity of an article that lies in the bag; 0 takes it out. Any other article stays out."""
    if article_id in bag.quantities():
        bag.put(article_id, quantity)


def move(source: Bag, target: Bag) -> None:
    """Move ``source`` into ``target``, as far as it fits; of an article in both the larger quantity counts."""
    held = target.quantities()
    for article_id, quantity in source.quantities().items():
        if article_id in held or len(held) < MAX_LINES:
            held[article_id] = max(quantity, held.get(article_id, 0))
            target.put(article_id, held[article_id])
    source.clear()
