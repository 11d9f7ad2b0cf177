from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from orders.models import Order, OrderLine
from orders.receipts import settle
from recsys_core.workspace import Workspace


class Lines(admin.TabularInline):
    model = OrderLine
    extra = 0
    can_delete = False
    readonly_fields = ("article_id", "name", "colour", "quantity", "price")
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """To look at: an order is what a shopper bought. The state says whether its purchases are in the shop's data.

    Orders of guests have no user.
    """

    list_display = ("number", "user", "placed_at", "total", "state", "exported_at", "taken_in_at")
    list_filter = ("placed_at", *((name, admin.EmptyFieldListFilter) for name in ("user", "taken_in_at", "problem")))
    search_fields = ("number", "user__username", "customer_id", "lines__article_id")
    date_hierarchy = "placed_at"
    inlines = (Lines,)
    list_select_related = ("user",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lists the orders after settling the receipts of the last ingest."""
        settle(Workspace(settings.RECSYS_WORKSPACE))
        return super().changelist_view(request, extra_context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
