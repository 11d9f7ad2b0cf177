"""Writes: a bag becomes an order."""

import datetime as dt
import logging
import secrets
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.services import ensure_customer
from catalog.prices import shop_price
from orders.bag import Bag, ShopperBag
from orders.guests import Guest
from orders.models import Order, OrderLine
from recsys_core.serving import Article, Release

log = logging.getLogger(__name__)


Buyer = User | Guest


class BagChangedError(ValueError):
    """The bag's content is no longer the one that the shopper saw."""


class PlacedBeforeError(ValueError):
    """The form placed an order already: it was sent twice."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"order {order.number} was placed with this form")
        self.order = order


@dataclass(frozen=True)
class BagContent:
    """The bag with what the live release knows of it."""

    lines: list["ContentLine"]
    gone: list[str]
    """article_ids that the shop no longer has."""

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal("0.00"))

    @property
    def item_count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def is_orderable(self) -> bool:
        return bool(self.lines) and all(line.article.in_stock for line in self.lines)


@dataclass(frozen=True)
class ContentLine:
    article: Article
    quantity: int

    @property
    def price(self) -> Decimal:
        return shop_price(self.article.price)

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity


def content_of(release: Release, bag: Bag) -> BagContent:
    quantities = bag.quantities()
    found = {article_id: release.catalogue.index_of(article_id) for article_id in quantities}
    known = {article_id: idx for article_id, idx in found.items() if idx is not None}
    articles = release.catalogue.articles(known.values())
    lines = [ContentLine(article, quantities[article.article_id]) for article in articles]
    return BagContent(lines, [article_id for article_id, idx in found.items() if idx is None])


@transaction.atomic
def place_order(release: Release, buyer: Buyer, seen_total: Decimal, token: uuid.UUID | None = None) -> Order:
    """Order what lies in the buyer's bag and empty it.

    A second click of a signed-in shopper waits for the lock of the bag. A guest's bag lies in the session, which has
    none: there the unique ``token`` of the form lets one order in. Whoever is too late leaves the session as it is, or
    its copy of the bag would come back.

    Raises
    ------
    BagChangedError
        If the bag is empty, holds what cannot be had, or costs something else than ``seen_total``, or if the ``token``
        is of another buyer's form.
    PlacedBeforeError
        If the buyer has an order with this ``token``.
    """
    bag = _locked_bag(buyer)
    _refuse_second(buyer, token)
    content = content_of(release, bag)
    if not content.is_orderable:
        raise BagChangedError("the bag is empty or holds what is out of stock")
    if content.total != seen_total:
        raise BagChangedError(f"the bag costs {content.total} now, not {seen_total}")
    try:
        with transaction.atomic():
            order = _save(release, buyer, content, token)
    except IntegrityError:
        _refuse_second(buyer, token)
        raise BagChangedError("another order has the token of the form") from None
    bag.clear()
    log.info("order %s: %d pieces", order.number, content.item_count)
    return order


def _locked_bag(buyer: Buyer) -> Bag:
    if isinstance(buyer, Guest):
        return buyer.bag
    bag = ShopperBag(buyer)
    bag.lock()
    return bag


def _refuse_second(buyer: Buyer, token: uuid.UUID | None) -> None:
    before = orders_of(buyer).filter(form_token=token).first() if token else None
    if before:
        raise PlacedBeforeError(before)


def orders_of(buyer: Buyer) -> QuerySet[Order]:
    return buyer.orders if isinstance(buyer, Guest) else Order.objects.filter(user_id=buyer.pk)


def _save(release: Release, buyer: Buyer, content: BagContent, token: uuid.UUID | None) -> Order:
    order = Order.objects.create(
        user_id=None if isinstance(buyer, Guest) else buyer.pk,
        number=secrets.token_hex(5).upper(),
        customer_id=buyer.become_customer() if isinstance(buyer, Guest) else ensure_customer(buyer).customer_id,
        purchase_day=purchase_day(release, timezone.localdate()),
        release_id=release.id,
        total=content.total,
        form_token=token,
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            article_id=line.article.article_id,
            name=line.article.prod_name,
            colour=line.article.colour_group_name,
            quantity=line.quantity,
            price=line.price,
            price_units=line.article.price,
        )
        for line in content.lines
    )
    return order


def purchase_day(release: Release, today: dt.date) -> dt.date:
    """Day of an order in the shop's data: today, or the day after the data's end if that was long ago.

    A shop on data of 2020 would otherwise have its next cut-off years after everything else that it knows.
    """
    first_unseen = dt.date.fromisoformat(release.manifest["cutoff"])
    gap = dt.timedelta(days=settings.HISTORIC_AFTER_DAYS)
    return first_unseen if today - first_unseen > gap else today
