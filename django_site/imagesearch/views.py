"""Search by a picture, and "more like this" of any card."""

import logging
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import reselect, reswap, retarget

from catalog.categories import popularity_order
from catalog.listing import ListingContext, build_listing
from catalog.query import ListingQuery
from catalog.rows import make_row
from catalog.views import render_listing
from events.record import note_impression
from imagesearch.alike import Alike, like_article, like_picture
from imagesearch.embedding import embed_upload, is_available
from imagesearch.wish import from_text
from recsys_core.serving.encoder import EncoderBusy, EncoderUnavailable
from recsys_core.serving.uploads import MOST_BYTES, TOO_LARGE, PictureRefused
from recsys_core.serving.vectors import VectorIndex, VectorsUnavailable
from releases.middleware import ShopRequest

log = logging.getLogger(__name__)

NOT_NOW = "Searching by picture is not available at the moment. Search by words, or start from an article below."
BUSY = "Many people are searching by picture right now. Try again in a moment."


@require_http_methods(["GET", "HEAD", "POST"])
def search(request: ShopRequest) -> HttpResponse:
    """A form for a picture; what it was embedded as then stands in the address, the picture itself is not kept."""
    if request.method == "POST":
        return _embed(request)
    query = ListingQuery.read(request.GET)
    index = VectorIndex.pictures(request.release.manifest)
    wish = from_text(query.picture, index.dim) if index else None
    if wish is None:
        return _form(request)
    try:
        alike = like_picture(request.release, wish, query)
    except VectorsUnavailable as reason:
        log.warning("no search by picture: %s", reason)
        return _form(request, NOT_NOW)
    return _results(request, alike, query, reverse("imagesearch:search"), "image", "imagesearch/results.html", {})


@require_safe
def like(request: ShopRequest, article_id: str) -> HttpResponse:
    """ "More like this": the neighbours of an article, with facets."""
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise Http404("no such article")
    query = ListingQuery.read(request.GET)
    alike = like_article(request.release, idx, query)
    extra = {"article": request.release.catalogue.article(idx)}
    path = reverse("imagesearch:like", args=[article_id])
    return _results(request, alike, query, path, "like", "imagesearch/like.html", extra)


def _results(
    request: ShopRequest,
    alike: Alike,
    query: ListingQuery,
    path: str,
    place: str,
    template: str,
    extra: dict[str, Any],
) -> HttpResponse:
    context = ListingContext(
        path=path,
        relevance_label="Most alike",
        before_limit=alike.before_limit if alike.rung != "similar" else None,
    )
    listing = build_listing(request.release, alike.article_idx, query, context)
    note_impression(request, place, listing.shown, alike.rung)
    response = render_listing(request, template, listing, place, extra)
    response.headers["X-Rung"] = alike.rung
    return response


def _embed(request: ShopRequest) -> HttpResponse:
    """From an upload to the address of its results."""
    try:
        picture = embed_upload(request, request.release)
    except PictureRefused as refusal:
        return _form(request, str(refusal), 413 if str(refusal) == TOO_LARGE else 422)
    except EncoderBusy:
        return _form(request, BUSY, 429)
    except EncoderUnavailable as reason:
        log.warning("no search by picture: %s", reason)
        return _form(request, NOT_NOW)
    return HttpResponseRedirect(ListingQuery(picture=picture).address(reverse("imagesearch:search")))


def _form(request: ShopRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """The page to choose a picture on; below it articles to start from, so that nobody stands before nothing."""
    available = is_available(request.release)
    row = make_row(request.release, "popular", "Or start from one of these", popularity_order(request.release))
    context = {
        "available": available,
        "problem": problem or ("" if available else NOT_NOW),
        "row": row,
        "megabytes": MOST_BYTES // 2**20,
    }
    response = render(request, "imagesearch/form.html", context, status=status)
    response.headers["X-Rung"] = "none"
    if request.htmx:  # asked for a listing, which there is none of
        response = reselect(reswap(retarget(response, "main"), "outerHTML"), "main")
    return response
