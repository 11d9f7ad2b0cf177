import numpy as np
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import customer_of
from catalog.categories import collections, with_pictures
from catalog.listing import ListingContext, build_listing, make_cards
from catalog.query import ListingQuery
from catalog.views import render_listing
from events.experiment import ranked, variant_of
from events.record import note_impression
from events.visitor import visitor_of
from merchandising.arrange import arrange
from recommendations.inspired import inspired_by
from recommendations.middleware import ShopRequest
from recommendations.selectors import ROW_LENGTH, feed_for, rows_for
from recommendations.visit import Visit


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    """A customer's own feed; for guests what is popular, and the collections."""
    customer = customer_of(request.user)
    feed = feed_for(request.release, customer)
    query = ListingQuery.read(request.GET)
    variant = variant_of(customer, visitor_of(request))
    order = ranked(variant, request.release, feed.article_idx)
    arranged = arrange(request.release, customer, order, has_list=feed.rung == "own")
    context = ListingContext(
        path=reverse("recommendations:home"),
        relevance_label="Recommended" if customer else "Most popular",
        reasons={**(feed.reasons if customer else {}), **arranged.reasons},
    )
    listing = build_listing(request.release, arranged.article_idx, query, context)
    note_impression(request, "feed", listing, feed.rung, {**feed.codes, **arranged.codes})
    is_front = not query.is_filtered and listing.page == 1
    tiles = with_pictures(request.release, collections(request.release)) if is_front and not customer else []
    rows = rows_for(request.release, customer, feed) if is_front and customer else None
    extra = {
        "customer": customer,
        "feed": feed,
        "tiles": tiles,
        "everything_url": _everywhere(query),
        "visit": is_front and Visit.read(request),
        "buy_again": make_cards(request.release, rows.buy_again, ListingContext("")) if rows else [],
        "new_for_you": make_cards(request.release, rows.new_for_you, ListingContext("")) if rows else [],
    }
    response = render_listing(request, "recommendations/home.html", listing, "feed", extra)
    response.headers["X-Rung"] = feed.rung
    response.headers["X-Variant"] = variant
    return response


@require_safe
def visit(request: ShopRequest) -> HttpResponse:
    """What is near to this visit, with facets; Milvus is asked again for what they choose."""
    customer, seen = customer_of(request.user), Visit.read(request)
    query = ListingQuery.read(request.GET)
    inspired = inspired_by(request.release, seen, customer)
    candidates = inspired.article_idx
    if query.is_filtered:
        chosen = inspired_by(request.release, seen, customer, query.selection).article_idx
        candidates = np.array(list(dict.fromkeys([*candidates.tolist(), *chosen.tolist()])), np.int32)
    context = ListingContext(path=reverse("recommendations:visit"), relevance_label="Nearest to your visit")
    listing = build_listing(request.release, candidates, query, context)
    extra = {"title": "Inspired by this visit", "everything_url": _everywhere(query)}
    note_impression(request, "visit", listing, inspired.rung)
    response = render_listing(request, "catalog/category.html", listing, "visit", extra)
    response.headers["X-Rung"] = inspired.rung
    return response


@require_safe
def visit_row(request: ShopRequest) -> HttpResponse:
    """The row of the home page, loaded after it: that page never waits for Milvus."""
    inspired = inspired_by(request.release, Visit.read(request), customer_of(request.user))
    cards = make_cards(request.release, inspired.article_idx[:ROW_LENGTH], ListingContext(""))
    response = render(request, "recommendations/_visit_row.html", {"cards": cards})
    response.headers["X-Rung"] = inspired.rung
    return response


def _everywhere(query: ListingQuery) -> str:
    """The same choices on the whole catalogue: a feed is short, the shop is not."""
    return query.at_page(1).address(reverse("catalog:everything"))
