from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import customer_id_of
from browsing.session import BrowsingSession, note
from catalog import categories
from catalog.categories import Category, articles_in, popularity_order
from catalog.images.photos import image_folder
from catalog.images.product_images import product_images
from catalog.listing import Listing, ListingContext, build_listing
from catalog.products import product_page
from catalog.query import GRID_TARGET, ListingQuery
from catalog.rows import recently_viewed
from events.models import Event
from events.record import record_impression, record_interaction
from releases.middleware import ShopRequest
from releases.own_list import own_list

LISTING_TARGET = "listing"
DEFAULTS: Final[Mapping[str, Any]] = {"everything_url": "", "dismissable": False, "meanings": ()}
"""Values of a listing whose page says nothing of them."""


def render_listing(
    request: ShopRequest, template: str, listing: Listing, surface: str, extra: dict[str, Any] | None = None
) -> HttpResponse:
    """The whole page; for htmx the listing alone, or only the further cards. Clicks are recorded with ``surface``."""
    context = {"listing": listing, "surface": surface, **DEFAULTS, **(extra or {})}
    target = request.htmx.target if request.htmx else None
    if target == GRID_TARGET:
        template = "catalog/_more.html"
    elif target == LISTING_TARGET:
        template = "catalog/_listing_update.html"
    response = render(request, template, context)
    if target == LISTING_TARGET:
        response.headers["HX-Push-Url"] = listing.url
    elif target == GRID_TARGET:
        response.headers["HX-Replace-Url"] = listing.url
    return response


@require_safe
def everything(request: ShopRequest) -> HttpResponse:
    """The whole catalogue."""
    context = ListingContext(path=reverse("catalog:everything"))
    query = ListingQuery.asked(request)
    listing = build_listing(request.release, popularity_order(request.release), query, context)
    title = "New in" if query.sort == "newest" and not query.is_filtered else "Everything"
    record_impression(request, "category", listing.shown)
    return render_listing(request, "catalog/category.html", listing, "category", {"title": title})


@require_safe
def collection(request: ShopRequest, slug: str) -> HttpResponse:
    category = categories.find_collection(request.release, slug)
    return _category_page(request, category)


@require_safe
def department(request: ShopRequest, group_slug: str, slug: str) -> HttpResponse:
    group = categories.find_collection(request.release, group_slug)
    category = group and categories.find_department(request.release, group, slug)
    return _category_page(request, category)


def _category_page(request: ShopRequest, category: Category | None) -> HttpResponse:
    if category is None:
        raise Http404("no such category")
    context = ListingContext(path=category.url, hidden_columns=frozenset(category.fixed))
    query = ListingQuery.asked(request)
    listing = build_listing(request.release, articles_in(request.release, category), query, context)
    extra = {"title": category.name, "category": category}
    record_impression(request, "category", listing.shown)
    return render_listing(request, "catalog/category.html", listing, "category", extra)


@require_safe
def product(request: ShopRequest, article_id: str) -> HttpResponse:
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise Http404("no such article")
    own = own_list(request.release, customer_id_of(request.user))
    reason, retriever = (own.reasons.get(idx, ""), own.codes.get(idx, "")) if own else ("", "")
    page = product_page(request.release, idx)
    images = product_images(image_folder(request.release), page.article)
    viewed = recently_viewed(request.release, BrowsingSession.read(request), but_for=article_id)
    context = {"page": page, "images": images, "reason": reason, "viewed": viewed, "sends_mail": settings.SENDS_MAIL}
    response = render(request, "catalog/product.html", context)
    note(request, response, article_id, "viewed")
    record_interaction(request, Event.Kind.VIEW, "product", article_id, retriever=retriever)
    return response
