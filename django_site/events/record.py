"""What the pages note of shoppers."""

from collections.abc import Mapping

from django.utils import timezone

from accounts.selectors import customer_of
from catalog.listing import Listing
from events.experiment import variant_of
from events.models import Event
from events.recorder import recorder
from events.statistics import FEED
from events.visitor import asks_for_privacy, visitor_of
from merchandising.arrange import code_in_feed
from recommendations.middleware import ShopRequest
from recommendations.selectors import lane_of


def note_impression(
    request: ShopRequest, place: str, listing: Listing, rung: str = "", lanes: Mapping[int, str] | None = None
) -> None:
    """The cards of a page, with their positions and lanes."""
    lane = lanes or {}
    shown = [
        [card.article.article_id, listing.first + i, lane.get(card.article.article_idx, "")]
        for i, card in enumerate(listing.cards)
    ]
    if shown:
        _record(request, Event.Kind.IMPRESSION, place, rung=rung, shown=shown)


def note_deed(request: ShopRequest, kind: Event.Kind, place: str, article_id: str, position: int | None = None) -> None:
    """Something done with an article, with the lane that recommends it to this customer, or placed it in the feed."""
    idx = request.release.catalogue.index_of(article_id)
    customer = customer_of(request.user)
    lane = "" if idx is None else lane_of(request.release, customer, idx)
    if place == FEED and idx is not None:
        lane = code_in_feed(request.release, customer, idx) or lane
    _record(request, kind, place, article_id=article_id, position=position, lane=lane)


def _record(request: ShopRequest, kind: Event.Kind, place: str, **rest: object) -> None:
    if not asks_for_privacy(request):
        recorder.record(_event(request, kind, place, **rest))


def _event(request: ShopRequest, kind: Event.Kind, place: str, **rest: object) -> Event:
    customer = customer_of(request.user)
    return Event(
        at=timezone.now(),
        kind=kind,
        visitor=visitor_of(request),
        user_id=request.user.pk,
        variant=variant_of(request.release, customer, visitor_of(request)),
        release_id=request.release.id,
        place=place,
        **rest,
    )
