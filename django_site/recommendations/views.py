from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import customer_of
from catalog.categories import collections, with_pictures
from catalog.listing import ListingContext, build_listing
from catalog.query import ListingQuery
from catalog.views import render_listing
from recommendations.middleware import ShopRequest
from recommendations.selectors import feed_for


@require_safe
def home(request: ShopRequest) -> HttpResponse:
    """A customer's own feed; for guests what is popular, and the collections."""
    customer = customer_of(request.user)
    feed = feed_for(request.release, customer)
    query = ListingQuery.read(request.GET)
    context = ListingContext(
        path=reverse("recommendations:home"),
        relevance_label="Recommended" if customer else "Most popular",
        reasons=feed.reasons if customer else None,
    )
    listing = build_listing(request.release, feed.article_idx, query, context)
    is_front = not query.is_filtered and listing.page == 1
    tiles = with_pictures(request.release, collections(request.release)) if is_front and not customer else []
    extra = {"customer": customer, "feed": feed, "tiles": tiles, "everything_url": _everywhere(query)}
    response = render_listing(request, "recommendations/home.html", listing, extra)
    response.headers["X-Rung"] = feed.rung
    return response


def _everywhere(query: ListingQuery) -> str:
    """The same choices on the whole catalogue: a feed is short, the shop is not."""
    return query.at_page(1).address(reverse("catalog:everything"))
