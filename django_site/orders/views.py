import logging
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.selectors import customer_id_of, signed_in
from browsing.session import note
from events.models import Event
from events.record import record_interaction
from limits.per_client import GUEST_ORDERS, limited
from orders.bag import MAX_QUANTITY, BagFullError, add, bag_of, change
from orders.export import export_orders
from orders.forms import AddForm, ChangeForm, OrderForm
from orders.guests import Guest
from orders.models import Order
from orders.pipeline import announce_orders
from orders.services import BagChangedError, Buyer, PlacedBeforeError, content_of, orders_of, place_order
from recsys_core.workspace import Workspace
from releases.middleware import ShopRequest
from releases.own_list import own_list, retriever_of

log = logging.getLogger(__name__)

NOTHING = Decimal(-1)
"""Total that no bag has."""
SESSION_DAYS = settings.SESSION_COOKIE_AGE // (24 * 3600)


@require_safe
def bag(request: ShopRequest) -> HttpResponse:
    """The bag, and below a guest's what was ordered in this session."""
    content = content_of(request.release, bag_of(request))
    ordered = [] if request.user.is_authenticated else Guest(request.session).orders
    context = {"content": content, "numbers": range(1, MAX_QUANTITY + 1), "ordered": ordered}
    return render(request, "orders/bag.html", context)


@require_POST
def add_to_bag(request: ShopRequest) -> HttpResponse:
    """Put an article in; back to where the shopper was, or for htmx the button and the count in the header."""
    form = AddForm(request.POST)
    if not form.is_valid() or request.release.catalogue.index_of(form.cleaned_data["article"]) is None:
        raise Http404("no such article")
    article_id, problem = form.cleaned_data["article"], ""
    try:
        add(bag_of(request), article_id, form.cleaned_data["quantity"] or 1)
    except BagFullError as full:
        problem = str(full)
    if request.htmx:
        response = render(request, "orders/_added.html", {"problem": problem})
    else:
        response = HttpResponseRedirect(reverse("orders:bag"))
        if problem:
            messages.error(request, problem.capitalize())
    if not problem:
        note(request, response, article_id, "bagged")
        retriever = retriever_of(request.release, customer_id_of(request.user), article_id)
        record_interaction(request, Event.Kind.BAG, "product", article_id, retriever=retriever)
    return response


@require_POST
def change_bag(request: ShopRequest) -> HttpResponse:
    form = ChangeForm(request.POST)
    if not form.is_valid():
        raise Http404("no such line")
    change(bag_of(request), form.cleaned_data["article"], form.cleaned_data["quantity"])
    return HttpResponseRedirect(reverse("orders:bag"))


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: ShopRequest) -> HttpResponse:
    """Shows the bag once more, then places the order. Nothing is paid here."""
    if request.user.is_authenticated:
        return _checkout(request, request.user)
    return _guest_checkout(request) if settings.GUEST_CHECKOUT else redirect_to_login(request.get_full_path())


@limited(GUEST_ORDERS, "POST")
def _guest_checkout(request: ShopRequest) -> HttpResponse:
    return _checkout(request, Guest(request.session))


def _checkout(request: ShopRequest, buyer: Buyer) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        form = OrderForm(request.POST)
        sent: dict[str, Any] = form.cleaned_data if form.is_valid() else {"total": NOTHING, "token": None}
        try:
            order = _place(request, buyer, sent["total"], sent["token"])
        except BagChangedError:
            problem = "Your bag has changed since you last saw it. Please look once more."
        except PlacedBeforeError as before:
            return _thanks_for(before.order)
        else:
            _record(request, order)
            return _thanks_for(order)
    content = content_of(request.release, bag_of(request))
    if not content.is_orderable:
        return HttpResponseRedirect(reverse("orders:bag"))
    if isinstance(buyer, Guest):
        buyer.become_customer()
    context = {"content": content, "problem": problem, "token": uuid.uuid4(), "session_days": SESSION_DAYS}
    return render(request, "orders/checkout.html", context)


@transaction.atomic
def _place(request: ShopRequest, buyer: Buyer, seen_total: Decimal, token: uuid.UUID | None) -> Order:
    """The order. A guest's emptied bag is saved with it: Django saves no session with the page of an error."""
    order = place_order(request.release, buyer, seen_total, token)
    if isinstance(buyer, Guest):
        request.session.save()
    transaction.on_commit(hand_over)
    return order


def _record(request: ShopRequest, order: Order) -> None:
    """The order as events. It stands whatever becomes of them."""
    try:
        own = own_list(request.release, customer_id_of(request.user))
        for line in order.lines.all():
            idx = request.release.catalogue.index_of(line.article_id)
            retriever = own.codes.get(idx, "") if own and idx is not None else ""
            record_interaction(request, Event.Kind.ORDER, "bag", line.article_id, retriever=retriever)
    except Exception:
        log.exception("order %s is not among the events", order.number)


def _thanks_for(order: Order) -> HttpResponse:
    view = "orders:order" if order.user_id else "orders:guest-order"
    return HttpResponseRedirect(reverse(view, args=[order.number]) + "?thanks=1")


def hand_over() -> None:
    """Orders to the raw area at once, where the shop is set up so; else ``export_orders`` does it.

    The order stands whatever becomes of the file: what could not be written goes out with the next order. Receipts of
    ingest are not read here, for that takes longer the more orders there are.
    """
    if settings.EXPORT_ORDERS_AT_ONCE:
        try:
            announce_orders(len(export_orders(Workspace(settings.RECSYS_WORKSPACE).incoming)))
        except Exception:
            log.exception("orders are not in the raw area yet: the next order, or manage.py export_orders, writes them")


@login_required
@require_safe
def orders(request: ShopRequest) -> HttpResponse:
    mine = Order.objects.filter(user=signed_in(request)).prefetch_related("lines")
    return render(request, "orders/orders.html", {"orders": mine})


@login_required
@require_safe
def order(request: ShopRequest, number: str) -> HttpResponse:
    """One of the shopper's own orders; anybody else's does not exist."""
    return _order_page(request, signed_in(request), number)


@require_safe
def guest_order(request: ShopRequest, number: str) -> HttpResponse:
    """An order of this session; anybody else's does not exist. Who has signed in since has it in the account."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse("orders:order", args=[number]))
    return _order_page(request, Guest(request.session), number)


def _order_page(request: ShopRequest, buyer: Buyer, number: str) -> HttpResponse:
    mine = get_object_or_404(orders_of(buyer).prefetch_related("lines"), number=number)
    known = {line.article_id: request.release.catalogue.index_of(line.article_id) for line in mine.lines.all()}
    articles = {i: request.release.catalogue.article(idx) for i, idx in known.items() if idx is not None}
    lines = [(line, articles.get(line.article_id)) for line in mine.lines.all()]
    thanks = request.GET.get("thanks") == "1"
    context = {"order": mine, "lines": lines, "thanks": thanks, "session_days": SESSION_DAYS}
    return render(request, "orders/order.html", context)
