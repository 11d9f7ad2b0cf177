"""Records what shoppers see and do, if they allow it."""

from collections.abc import Iterable

from django.utils import timezone

from accounts.selectors import customer_id_of
from browsing.statistics_choice import statistics_allowed
from browsing.visitor import visitor_of
from events.models import Event
from events.recorder import recorder
from releases.experiment import variant_of
from releases.middleware import ShopRequest

Shown = tuple[str, int, str]
"""article_id, position (1 is the first) and retriever of a card."""


def record_impression(request: ShopRequest, surface: str, shown: Iterable[Shown], tier: str = "") -> None:
    """Records the cards shown on a page."""
    cards = [list(card) for card in shown]
    if cards:
        _record(request, Event.Kind.IMPRESSION, surface, tier=tier, shown=cards)


def record_interaction(
    request: ShopRequest,
    kind: Event.Kind,
    surface: str,
    article_id: str,
    position: int | None = None,
    retriever: str = "",
    release_id: str = "",
) -> None:
    """Records an interaction with an article.

    ``retriever`` and ``release_id`` are those of the card that it was done with, or of the customer's own list now.
    """
    about = {"article_id": article_id, "position": position, "retriever": retriever}
    _record(request, kind, surface, release_id=release_id or request.release.id, **about)


def _record(request: ShopRequest, kind: Event.Kind, surface: str, **rest: object) -> None:
    if statistics_allowed(request):
        recorder.record(_event(request, kind, surface, **rest))


def _event(request: ShopRequest, kind: Event.Kind, surface: str, **rest: object) -> Event:
    about = {"release_id": request.release.id, **rest}
    return Event(
        at=timezone.now(),
        kind=kind,
        visitor=visitor_of(request),
        user_id=request.user.pk,
        variant=variant_of(request.release, customer_id_of(request.user), visitor_of(request)),
        surface=surface,
        **about,
    )
