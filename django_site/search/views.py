from dataclasses import replace

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.selectors import customer_id_of
from catalog import categories
from catalog.listing import Chip, ListingContext, build_listing
from catalog.query import BY_COLUMN, ListingQuery
from catalog.views import render_listing
from events.record import record_impression
from limits.per_client import SEARCHES, limited
from recsys_core.serving import Concept
from releases.middleware import ShopRequest
from releases.own_list import own_order
from search.article_numbers import article_of_number
from search.suggest import suggest
from search.text import TextHits, example_queries, find_by_text, highlighter
from search.unanswered import count_unanswered


@require_safe
@limited(SEARCHES)
def results(request: ShopRequest) -> HttpResponse:
    """Text search over the whole catalogue; an article number leads straight to its page."""
    query = ListingQuery.asked(request)
    if article_id := article_of_number(request.release, request.GET.get("q", "")):
        return HttpResponseRedirect(reverse("catalog:product", args=[article_id]))
    personal = own_order(request.release, customer_id_of(request.user))
    hits = find_by_text(request.release, query.text, query.as_typed, personal)
    path = reverse("search:results")
    spoken = (each for concept in hits.understood.concepts for each in (concept.written, concept.value))
    context = ListingContext(path, "Best match", name_of=highlighter(hits.text, *spoken), lesser=hits.some_words)
    listing = build_listing(request.release, hits.all_words, query, context)
    if request.method == "GET" and not request.htmx and query.page == 1 and not query.is_filtered:
        count_unanswered(hits)
    extra = {
        "found": len(hits.all_words) + len(hits.some_words),
        "hits": hits,
        "meanings": meanings(hits, query, path),
        "as_typed_url": replace(query.at_page(1), as_typed=True).address(path),
        "proposal_url": replace(query.at_page(1), text=hits.proposal).address(path) if hits.proposal else "",
        "collections": categories.collections(request.release),
        "examples": example_queries(request.release),
    }
    record_impression(request, "search", listing.shown)
    return render_listing(request, "search/results.html", listing, "search", extra)


@require_safe
def suggestions(request: ShopRequest) -> HttpResponse:
    """Suggestions for the beginning of a query, as the options of a listbox."""
    typed = ListingQuery.read(request.GET).text
    return render(request, "search/_suggestions.html", {"options": suggest(request.release, typed)})


def meanings(hits: TextHits, query: ListingQuery, path: str) -> list[Chip]:
    """A chip for each word that acts as a filter, linking to the search without it; none if nothing else was said."""
    understood = hits.understood
    named = [each for each in understood.concepts if each.meaning.column in BY_COLUMN]
    if len(understood.concepts) + bool(hits.price) < 2:
        return []

    def without(text: str) -> str:
        return replace(query.at_page(1), text=text).address(path)

    chips = [
        Chip(
            BY_COLUMN[each.meaning.column].title,
            _label(each),
            without(" ".join(filter(None, (understood.without(each), hits.price.said)))),
        )
        for each in named
    ]
    if hits.price:
        chips.append(Chip("Price", hits.price.label, without(understood.text)))
    return chips


def _label(concept: Concept) -> str:
    return concept.value[:1].upper() + concept.value[1:]
