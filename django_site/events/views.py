import datetime as dt

from django import forms
from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from events.models import BY_HAND, SURFACES, Event
from events.record import record_interaction
from events.statistics import Difference, by_retriever, by_variant
from recsys_core.contracts.article_ids import MAX_LENGTH
from recsys_core.contracts.release import REASONS
from releases.experiment import CONTROL, SECOND_RANKER, is_running
from releases.middleware import ShopRequest

DAYS = (1, 7, 28, 90)


class ClickForm(forms.Form):
    article = forms.CharField(max_length=MAX_LENGTH)
    position = forms.IntegerField(min_value=1, max_value=100_000)
    surface = forms.ChoiceField(choices=[(surface, surface) for surface in SURFACES])
    retriever = forms.ChoiceField(choices=[(code, code) for code in (*REASONS, *BY_HAND)], required=False)
    release = forms.SlugField(max_length=40, required=False)


@require_POST
def click(request: ShopRequest) -> HttpResponse:
    """A card was opened; the browser says so with ``sendBeacon`` and waits for nothing."""
    form = ClickForm(request.POST)
    if not form.is_valid() or request.release.catalogue.index_of(form.cleaned_data["article"]) is None:
        return HttpResponse(status=400)
    said = form.cleaned_data
    record_interaction(
        request,
        Event.Kind.CLICK,
        said["surface"],
        said["article"],
        said["position"],
        retriever=said["retriever"],
        release_id=said["release"],
    )
    return HttpResponse(status=204)


@require_safe
@staff_member_required
@permission_required("events.view_experiment", raise_exception=True)
def experiment(request: ShopRequest) -> HttpResponse:
    """Click-through and conversion by variant and by retriever, for staff whom it was granted."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else DAYS[1]
    since = timezone.now() - dt.timedelta(days=days)
    variants = by_variant(since)
    control = next((line for line in variants if line.name == CONTROL), None)
    others = [line for line in variants if line.name != CONTROL]
    context = {
        "days": days,
        "choices": DAYS,
        "experiment": settings.EXPERIMENT if is_running(request.release) else "",
        "second_ranker": settings.EXPERIMENT == SECOND_RANKER and request.release.manifest.get("second_ranker"),
        "asked_for": settings.EXPERIMENT,
        "share": settings.EXPERIMENT_SHARE,
        "variants": variants,
        "differences": [
            (
                line.name,
                Difference(control.click_through, line.click_through),
                Difference(control.conversion, line.conversion),
            )
            for line in others
            if control
        ],
        "retrievers": by_retriever(since),
        "counts_unless_refused": settings.STATISTICS == "on",
    }
    return render(request, "events/experiment.html", context)
