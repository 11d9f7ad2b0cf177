from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from accounts.selectors import customer_id_of, signed_in
from browsing.next_page import safe_next
from browsing.session import note
from catalog.listing import cards_of
from events.models import Event
from events.record import record_interaction
from releases.middleware import ShopRequest
from releases.own_list import retriever_of
from wishlist import saved
from wishlist.hidden import hide as hide_article


@require_POST
@login_required
def hide(request: ShopRequest) -> HttpResponse:
    """Button "not for me"; with ``again`` it takes that back."""
    article_id = request.POST.get("article", "")
    if request.release.catalogue.index_of(article_id) is None:
        raise Http404("no such article")
    hide_article(signed_in(request), article_id, hidden="again" not in request.POST)
    if request.htmx:
        return trigger_client_event(HttpResponse(), "hiddenChange", {"article": article_id})
    return HttpResponseRedirect(safe_next(request) or reverse("accounts:preferences"))


@require_safe
def saved_articles(request: ShopRequest) -> HttpResponse:
    return render(request, "wishlist/saved.html", {"cards": cards_of(request.release, saved.saved_by(request))})


@require_POST
def save(request: ShopRequest) -> HttpResponse:
    """Save an article or give it up; for htmx an event, on which every heart of it changes."""
    article_id = request.POST.get("article", "")
    if request.release.catalogue.index_of(article_id) is None:
        raise Http404("no such article")
    is_saved = saved.toggle(request, article_id)
    if request.htmx:
        response = trigger_client_event(
            HttpResponse(status=204), "savedChange", {"article": article_id, "saved": is_saved}
        )
    else:
        response = HttpResponseRedirect(safe_next(request) or reverse("wishlist:saved"))
    if is_saved:
        note(request, response, article_id, "saved")
        retriever = retriever_of(request.release, customer_id_of(request.user), article_id)
        record_interaction(request, Event.Kind.SAVE, "heart", article_id, retriever=retriever)
    return response
