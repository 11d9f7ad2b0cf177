"""Search by an image, and "more like this" of any card."""

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
from events.record import record_impression
from imagesearch.embedding import embed_upload, is_available
from imagesearch.query_vector import from_text
from imagesearch.similar import SimilarArticles, like_article, like_image
from limits.per_client import SEARCHES, UPLOADS, limited
from recsys_core.serving import Release
from recsys_core.serving.encoder import EncoderBusyError, EncoderUnavailableError
from recsys_core.serving.uploads import MAX_UPLOAD_BYTES, TOO_LARGE, UploadRefusedError
from recsys_core.serving.vectors import VectorIndex, VectorsUnavailableError
from releases.middleware import ShopRequest

log = logging.getLogger(__name__)

NOT_NOW = "Searching by picture is not available at the moment. Search by words, or start from an article below."
NOT_YET = "Searching by picture is not ready yet, as the shop has just opened. Search by words, or start from these."
BUSY = "Many people are searching by picture right now. Try again in a moment."


@require_http_methods(["GET", "HEAD", "POST"])
@limited(SEARCHES, "GET", "HEAD")
@limited(UPLOADS, "POST")
def search(request: ShopRequest) -> HttpResponse:
    """Search by an image. The address holds the query vector of the image; the image itself is not kept."""
    if request.method == "POST":
        return _embed(request)
    query = ListingQuery.asked(request)
    index = VectorIndex.images(request.release.manifest)
    query_vector = from_text(query.image, index.dim) if index else None
    if query_vector is None:
        return _form(request)
    try:
        similar = like_image(request.release, query_vector, query)
    except VectorsUnavailableError as reason:
        log.warning("no image search: %s", reason)
        return _form(request, why_unavailable(request.release))
    return _results(request, similar, query, reverse("imagesearch:search"), "image", "imagesearch/results.html", {})


@require_safe
def like(request: ShopRequest, article_id: str) -> HttpResponse:
    """Page "more like this": the neighbours of an article, with facets."""
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise Http404("no such article")
    query = ListingQuery.asked(request)
    similar = like_article(request.release, idx, query)
    extra = {"article": request.release.catalogue.article(idx)}
    path = reverse("imagesearch:like", args=[article_id])
    return _results(request, similar, query, path, "like", "imagesearch/like.html", extra)


def _results(
    request: ShopRequest,
    similar: SimilarArticles,
    query: ListingQuery,
    path: str,
    surface: str,
    template: str,
    extra: dict[str, Any],
) -> HttpResponse:
    context = ListingContext(
        path=path,
        relevance_label="Most alike",
        before_limit=similar.before_limit if similar.tier != "similar" else None,
    )
    listing = build_listing(request.release, similar.article_idx, query, context)
    record_impression(request, surface, listing.shown, similar.tier)
    response = render_listing(request, template, listing, surface, extra)
    response.headers["X-Fallback-Tier"] = similar.tier
    return response


def _embed(request: ShopRequest) -> HttpResponse:
    """Embeds an upload and redirects to the address of its results."""
    try:
        image = embed_upload(request, request.release)
    except UploadRefusedError as refusal:
        return _form(request, str(refusal), 413 if str(refusal) == TOO_LARGE else 422)
    except EncoderBusyError:
        return _form(request, BUSY, 429)
    except EncoderUnavailableError as reason:
        log.warning("no image search: %s", reason)
        return _form(request, why_unavailable(request.release))
    return HttpResponseRedirect(ListingQuery(image=image).address(reverse("imagesearch:search")))


def why_unavailable(release: Release) -> str:
    """Words to a shopper: a first release has no vectors of images, any other should have them."""
    return NOT_YET if release.is_first else NOT_NOW


def _form(request: ShopRequest, problem: str = "", status: int = 200) -> HttpResponse:
    """Page with the form for an image, and with popular articles to start from instead."""
    release = request.release
    available = is_available(release)
    row = make_row(release, "popular", "Or start from one of these", popularity_order(release))
    context = {
        "available": available,
        "problem": problem or ("" if available else why_unavailable(release)),
        "is_problem": not release.is_first,
        "row": row,
        "megabytes": MAX_UPLOAD_BYTES // 2**20,
    }
    response = render(request, "imagesearch/form.html", context, status=status)
    response.headers["X-Fallback-Tier"] = "none"
    if request.htmx:  # asked for a listing, which there is none of
        response = reselect(reswap(retarget(response, "main"), "outerHTML"), "main")
    return response
