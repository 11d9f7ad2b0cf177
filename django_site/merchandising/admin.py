from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from merchandising.forms import WHO_AND_WHEN, PinForm, PromotionForm, live_release
from merchandising.models import Boost, Pin, Placement, State


class StateFilter(admin.SimpleListFilter):
    title = "when"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return State.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Placement]:
        asked = self.value()
        shown: QuerySet[Placement] = (
            queryset.in_state(State(asked), timezone.now()) if asked and asked in State else queryset
        )
        return shown


class PlacementAdmin(admin.ModelAdmin):
    list_filter = (StateFilter, "audience", "age_interval")
    date_hierarchy = "starts"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Names both fields of a point in time, which the admin gives one label that belongs to neither."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.SplitDateTimeField):
            for part, widget in zip(("date", "time"), field.widget.widgets, strict=True):
                widget.attrs["aria-label"] = f"{capfirst(field.label)}: {part}"
        return field

    @admin.display(description="now")
    def now(self, placement: Placement) -> str:
        return placement.state.label


@admin.register(Pin)
class PinAdmin(PlacementAdmin):
    """Articles at a position of the home feed."""

    form = PinForm
    list_display = ("article_id", "image", "name", "position", "audience", "age_interval", "starts", "ends", "now")
    search_fields = ("article_id", "note")
    fieldsets = ((None, {"fields": ("article_id", "position")}), *WHO_AND_WHEN)

    @admin.display(description="image")
    def image(self, pin: Pin) -> SafeString:
        address = reverse("catalog:image", args=[pin.article_id])
        return format_html('<img src="{}?w=240" alt="" width="40" height="60" loading="lazy">', address)

    @admin.display(description="article")
    def name(self, pin: Pin) -> str:
        release = live_release()
        idx = release.catalogue.index_of(pin.article_id) if release else None
        if release is None or idx is None:
            return "not in the live release, not shown"
        article = release.catalogue.article(idx)
        name = f"{article.prod_name}, {article.colour_group_name}"
        return name if article.in_stock else f"{name}: out of stock, not shown"


@admin.register(Boost)
class PromotionAdmin(PlacementAdmin):
    """Kinds of articles, or named ones, moved up within the home feed."""

    form = PromotionForm
    list_display = ("label", "chosen_by", "positions", "audience", "age_interval", "starts", "ends", "now")
    search_fields = ("label", "value", "article_ids", "note")
    fieldsets = (
        (None, {"fields": ("label", "positions")}),
        ("Which articles", {"fields": ("facet", "value", "article_ids")}),
        *WHO_AND_WHEN,
    )
