from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from browsing import visitor
from browsing.next_page import safe_next
from browsing.statistics_choice import CHOICES, asks_for_privacy, remember_choice, statistics_allowed
from information.own_text import own_text
from releases.middleware import without_release


@require_safe
@without_release
def page(request: HttpRequest) -> HttpResponse:
    """Explains what is kept of shoppers, in the shop's own words if it has any, and takes the choice."""
    context = {
        "own_text": own_text(settings.PRIVACY_TEXT),
        "mode": settings.STATISTICS,
        "sends_mail": settings.SENDS_MAIL,
        "guest_checkout": settings.GUEST_CHECKOUT,
        "is_allowed": statistics_allowed(request),
        "asks_for_privacy": asks_for_privacy(request),
        "session_days": settings.SESSION_COOKIE_AGE // (24 * 3600),
    }
    return render(request, "privacy/privacy.html", context)


@require_POST
@without_release
def choose(request: HttpRequest) -> HttpResponse:
    """Keeps a choice about statistics; a refusal takes the visitor's number away at once."""
    choice = request.POST.get("statistics", "")
    if choice not in CHOICES:
        return HttpResponseBadRequest(f"statistics: expected {' or '.join(CHOICES)}", content_type="text/plain")
    is_part = bool(request.htmx)  # type: ignore[attr-defined]
    response = HttpResponse() if is_part else HttpResponseRedirect(safe_next(request) or reverse("privacy:page"))
    remember_choice(response, choice)
    if choice == "no":
        visitor.forget(response)
    return response
