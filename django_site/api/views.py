"""The shop for other front ends: JSON of the same lists, searches and facets as the pages show."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, NinjaAPI, Query, UploadedFile
from ninja.errors import HttpError, ValidationError

from accounts.selectors import customer_id_of, customer_of
from api.docs import DocsPage
from api.pages import item, page_of_items
from api.renderer import FastJson
from api.schemas import Filters, Item, ItemPage, Problem, Recommended, Relation, SuggestionOut
from browsing.session import BrowsingSession
from catalog.listing import Indices
from catalog.query import ListingQuery
from imagesearch.embedding import embed_upload
from imagesearch.query_vector import from_text
from imagesearch.similar import like_image
from imagesearch.views import BUSY, why_unavailable
from limits.per_client import SEARCHES, UPLOADS, TooManyRequestsError, count_request
from merchandising.boosts_and_pins import apply_boosts_and_pins
from recommendations.diversity import diversified, without
from recommendations.inspired import inspired_by
from recommendations.selectors import feed_for
from recsys_core.contracts.article_ids import decode
from recsys_core.serving.encoder import EncoderBusyError, EncoderUnavailableError
from recsys_core.serving.uploads import UploadRefusedError
from recsys_core.serving.vectors import VectorIndex, VectorsUnavailableError
from releases.middleware import ShopRequest
from releases.own_list import own_order
from search.suggest import suggest
from search.text import find_by_text

api = NinjaAPI(
    title="Shop API",
    version="1",
    description="Recommendations, similar articles and search of the live release. A customer's own feed comes to "
    "whoever is signed in by the session cookie; there is no way to ask for anybody else's. In paths an article id "
    "stands as ASCII letters, digits and hyphens; every other byte of its UTF-8 is ~XX (a/b: a~2Fb). In parameters and "
    "answers it stands as it is.",
    urls_namespace="api",
    docs=DocsPage(),
    renderer=FastJson(),
)


@api.get("/recommendations", response=ItemPage, tags=["recommendations"])
def recommendations(request: ShopRequest, options: Query[Recommended]) -> HttpResponse:
    """The signed-in customer's feed with reasons; for guests what is popular."""
    customer = customer_of(request.user)
    feed = feed_for(request.release, customer)
    order = _chosen(request, feed.article_idx, options)
    merchandised = apply_boosts_and_pins(request.release, customer, order, has_list=feed.tier == "own")
    shown = without(merchandised.article_idx, _excluded(request, options))
    return _page(request, shown, merchandised.reasons_over(feed.reasons), tier=feed.tier)


@api.get("/session", response=ItemPage, tags=["recommendations"])
def session(request: ShopRequest, options: Query[Recommended]) -> HttpResponse:
    """Articles similar to those that this browser just viewed, saved or put into the bag."""
    selection = ListingQuery.read(request.GET).selection
    inspired = inspired_by(request.release, BrowsingSession.read(request), customer_of(request.user), selection)
    return _page(request, _chosen(request, inspired.article_idx, options), tier=inspired.tier)


@api.get("/articles/{article_id}", response={200: Item, 404: Problem}, tags=["catalogue"])
def article(request: ShopRequest, article_id: str) -> HttpResponse:
    """One article."""
    found = item(request.release.catalogue.article(_known(request, article_id)))
    return api.create_response(request, found, status=200)


@api.get("/articles/{article_id}/similar", response={200: ItemPage, 404: Problem}, tags=["recommendations"])
def similar(
    request: ShopRequest, article_id: str, options: Query[Recommended], relation: Relation = "similar"
) -> HttpResponse:
    """Articles in stock that are related to one article, nearest first."""
    related = request.release.related(_known(request, article_id), relation)
    return _page(request, _chosen(request, related, options))


@api.get("/search", response={200: ItemPage, 429: Problem}, tags=["search"])
def search(request: ShopRequest, q: str, filters: Query[Filters], as_typed: int = 0) -> HttpResponse:
    """Text search. Spelling mistakes are corrected unless ``as_typed`` is 1; ``query`` is the text that was used."""
    count_request(request, SEARCHES)
    text = ListingQuery.read(request.GET).text
    hits = find_by_text(request.release, text, bool(as_typed), own_order(request.release, customer_id_of(request.user)))
    return _page(request, hits.article_idx, query=hits.text)


@api.post("/search/image", response={200: ItemPage, 422: Problem, 424: Problem, 429: Problem}, tags=["search"])
def search_by_image(
    request: ShopRequest,
    filters: Query[Filters],
    image: File[UploadedFile | None] = None,
    similarity: int = 0,
) -> HttpResponse:
    """Articles that look like an image (JPEG, PNG or WebP, up to 10 MB), most similar first.

    ``similarity`` is the least similarity in per cent. 424 where the shop has no image encoder now, 429
    where it is busy, or where one client sends too many.
    """
    count_request(request, UPLOADS)
    index = VectorIndex.images(request.release.manifest)
    query = ListingQuery.read(request.GET)
    try:
        query_vector = from_text(embed_upload(request, request.release), index.dim if index else 0)
        if query_vector is None:
            raise EncoderUnavailableError("the encoder's vectors have another length than the release's")
        found = like_image(request.release, query_vector, query)
    except UploadRefusedError as refusal:
        raise HttpError(422, str(refusal)) from None
    except EncoderBusyError:
        raise HttpError(429, BUSY) from None
    except (EncoderUnavailableError, VectorsUnavailableError):
        raise HttpError(424, why_unavailable(request.release)) from None
    return _page(request, found.article_idx, tier=found.tier)


@api.get("/suggestions", response=list[SuggestionOut], tags=["search"])
def suggestions(request: ShopRequest, q: str) -> list[SuggestionOut]:
    """Suggestions for the beginning of a query: kinds of articles first, then products."""
    options = suggest(request.release, ListingQuery.read(request.GET).text)
    return [SuggestionOut(text=o.text, count=o.count, url=o.url, is_product=o.is_product) for o in options]


def _known(request: ShopRequest, written: str) -> int:
    """Row of the article whose id stands so in an address."""
    try:
        article_id = decode(written)
    except ValueError as error:
        raise HttpError(404, str(error)) from None
    idx = request.release.catalogue.index_of(article_id)
    if idx is None:
        raise HttpError(404, f"no article {article_id!r}: leading zeros are part of an id")
    return idx


def _excluded(request: ShopRequest, options: Recommended) -> frozenset[int]:
    """Rows of the articles to leave out; ids that the release does not know are ignored."""
    found = map(request.release.catalogue.index_of, options.exclude)
    return frozenset(idx for idx in found if idx is not None)


def _chosen(request: ShopRequest, article_idx: Indices, options: Recommended) -> Indices:
    """``article_idx`` without what is excluded, as diverse as asked for."""
    return diversified(request.release, without(article_idx, _excluded(request, options)), options.diversity)


def _page(
    request: ShopRequest, candidates: Indices, reasons: Mapping[int, str] | None = None, **said: str
) -> HttpResponse:
    """Answer with a page of ``candidates``; a ``tier`` among ``said`` stands in a header too."""
    answer = api.create_response(request, page_of_items(request, candidates, reasons, **said), status=200)
    if "tier" in said:
        answer.headers["X-Fallback-Tier"] = said["tier"]
    return answer


@api.exception_handler(ValidationError)
def _odd(request: HttpRequest, error: Any) -> HttpResponse:
    said = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors)
    return api.create_response(request, Problem(detail=said), status=422)


@api.exception_handler(TooManyRequestsError)
def _too_many(request: HttpRequest, error: Any) -> HttpResponse:
    response = api.create_response(request, Problem(detail=str(error)), status=429)
    response.headers["Retry-After"] = str(error.seconds)
    return response


@api.exception_handler(HttpError)
def _problem(request: HttpRequest, error: Any) -> HttpResponse:
    return api.create_response(request, Problem(detail=str(error)), status=error.status_code)
