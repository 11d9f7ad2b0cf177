import numpy as np
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import CustomerProfile
from accounts.selectors import customer_id_of, customer_of
from browsing.session import BrowsingSession
from browsing.visitor import visitor_of
from catalog.categories import collections, popular_rows, with_images
from catalog.listing import ListingContext, build_listing
from catalog.query import ListingQuery
from catalog.rows import Row, make_row, recently_viewed
from catalog.views import render_listing
from events.record import record_impression
from merchandising.boosts_and_pins import apply_boosts_and_pins
from recommendations.inspired import inspired_by
from recommendations.selectors import Feed, feed_for, rows_for
from releases.experiment import ranked, variant_of
from releases.middleware import ShopRequest


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    """A customer's own feed; for guests what is popular, and the collections."""
    customer = customer_of(request.user)
    feed = feed_for(request.release, customer)
    query = ListingQuery.asked(request)
    variant = variant_of(request.release, customer_id_of(request.user), visitor_of(request))
    order = ranked(variant, request.release, feed.article_idx)
    merchandised = apply_boosts_and_pins(request.release, customer, order, has_list=feed.tier == "own")
    context = ListingContext(
        path=reverse("recommendations:home"),
        relevance_label="Recommended" if customer else "Most popular",
        reasons=merchandised.reasons_over(feed.reasons if customer else {}),
        retrievers={**feed.codes, **merchandised.codes},
    )
    listing = build_listing(request.release, merchandised.article_idx, query, context)
    record_impression(request, "feed", listing.shown, feed.tier)
    is_front = not query.is_filtered and listing.since == 1
    tiles = with_images(request.release, collections(request.release)) if is_front and not customer else []
    extra = {
        "customer": customer,
        "feed": feed,
        "feed_title": "From the catalogue" if feed.tier == "newest" else "Popular right now",
        "tiles": tiles,
        "everything_url": _everywhere(query),
        "session": is_front and BrowsingSession.read(request),
        "rows": _rows(request, customer, feed) if is_front else [],
        "dismissable": customer is not None,
    }
    response = render_listing(request, "recommendations/home.html", listing, "feed", extra)
    response.headers["X-Fallback-Tier"] = feed.tier
    response.headers["X-Variant"] = variant
    return response


@require_safe
def session(request: ShopRequest) -> HttpResponse:
    """Articles similar to this session, with facets; choosing a facet asks Milvus again."""
    customer, seen = customer_of(request.user), BrowsingSession.read(request)
    query = ListingQuery.asked(request)
    inspired = inspired_by(request.release, seen, customer)
    candidates = inspired.article_idx
    if query.is_filtered:
        chosen = inspired_by(request.release, seen, customer, query.selection).article_idx
        candidates = np.array(list(dict.fromkeys([*candidates.tolist(), *chosen.tolist()])), np.int32)
    context = ListingContext(path=reverse("recommendations:session"), relevance_label="Nearest to your visit")
    listing = build_listing(request.release, candidates, query, context)
    extra = {"title": "Inspired by this visit", "everything_url": _everywhere(query)}
    record_impression(request, "session", listing.shown, inspired.tier)
    response = render_listing(request, "catalog/category.html", listing, "session", extra)
    response.headers["X-Fallback-Tier"] = inspired.tier
    return response


@require_safe
def session_row(request: ShopRequest) -> HttpResponse:
    """The row of the home page, loaded after it: that page never waits for Milvus."""
    inspired = inspired_by(request.release, BrowsingSession.read(request), customer_of(request.user))
    more_url = reverse("recommendations:session")
    row = make_row(request.release, "inspired", "Inspired by this visit", inspired.article_idx, more_url)
    response = render(request, "recommendations/_session_row.html", {"row": row})
    response.headers["X-Fallback-Tier"] = inspired.tier
    return response


def _rows(request: ShopRequest, customer: CustomerProfile | None, feed: Feed) -> list[Row]:
    """Rows above the feed: a customer's past purchases and new articles, or popular ones; then those viewed."""
    release = request.release
    viewed = recently_viewed(release, BrowsingSession.read(request))
    if customer is None:
        return [*popular_rows(release), *viewed]
    found = rows_for(release, customer, feed)
    rows = (
        make_row(release, "buy-again", "Buy again", found.buy_again, retrievers=feed.codes),
        make_row(release, "new-for-you", "New for you", found.new_for_you, retrievers=feed.codes),
    )
    return [*(row for row in rows if row), *viewed]


def _everywhere(query: ListingQuery) -> str:
    """The same choices on the whole catalogue: a feed is short, the shop is not."""
    return query.at_page(1).address(reverse("catalog:everything"))
