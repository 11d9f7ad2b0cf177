from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import CustomerProfile
from merchandising.boosts_and_pins import apply_boosts_and_pins
from recommendations.selectors import feed_for
from recsys_core.serving import NoLiveReleaseError, open_live
from recsys_core.workspace import Workspace


@admin.register(CustomerProfile)
class CustomerAdmin(admin.ModelAdmin):
    """Customers with a login, and why each article is on a list."""

    list_display = ("user", "customer_id", "age_interval", "habit", "is_demo", "why")
    list_filter = ("is_demo", "age_interval")
    search_fields = ("user__username", "user__first_name", "customer_id")
    readonly_fields = ("user", "customer_id", "why")
    fields = ("user", "customer_id", "age_interval", "habit", "collections", "why")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="list")
    def why(self, customer: CustomerProfile) -> SafeString:
        return format_html('<a href="{}">Why these articles</a>', reverse("admin:customer-list", args=[customer.pk]))

    def get_urls(self) -> list[URLPattern]:
        mine = path("<int:pk>/list/", self.admin_site.admin_view(self.list_view), name="customer-list")
        return [mine, *super().get_urls()]

    def list_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The customer's list as the shop shows it now: position, article, retriever and the words on the card."""
        customer = get_object_or_404(CustomerProfile.objects.select_related("user"), pk=pk)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "customer": customer,
            "title": str(customer),
        }
        try:
            release = open_live(Workspace(settings.RECSYS_WORKSPACE))
        except NoLiveReleaseError as error:
            return render(request, "staff/customer_list.html", context | {"problem": str(error)})
        feed = feed_for(release, customer)
        merchandised = apply_boosts_and_pins(release, customer, feed.article_idx, has_list=feed.tier == "own")
        codes, reasons = {**feed.codes, **merchandised.codes}, {**feed.reasons, **merchandised.reasons}
        rows = [
            (position, article, codes.get(article.article_idx, feed.tier), reasons.get(article.article_idx, ""))
            for position, article in enumerate(release.catalogue.articles(merchandised.article_idx), start=1)
        ]
        return render(request, "staff/customer_list.html", context | {"rows": rows, "feed": feed, "release": release})
