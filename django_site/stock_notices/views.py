from django.conf import settings
from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from limits.per_client import STOCK_NOTICES, limited
from releases.middleware import ShopRequest, without_release
from stock_notices.forms import NoticeForm
from stock_notices.services import ask_for_notice, withdraw_notices
from stock_notices.withdrawal import PARAMETER, address_of


@require_POST
@limited(STOCK_NOTICES)
def ask(request: ShopRequest, article_id: str) -> HttpResponse:
    """Notes the address; the answer is the same whether it was known."""
    idx = request.release.catalogue.index_of(article_id)
    if idx is None or not settings.SENDS_MAIL:
        raise Http404("no such article, or no mail")
    form = NoticeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "That is not an e-mail address.")
    elif request.release.catalogue.in_stock[idx]:
        messages.success(request, "It is back already.")
    else:
        ask_for_notice(article_id, form.cleaned_data["email"], request.build_absolute_uri("/").rstrip("/"))
        messages.success(request, "We will write to you when it is back.")
    return HttpResponseRedirect(reverse("catalog:product", args=[article_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@without_release
def withdraw(request: HttpRequest) -> HttpResponse:
    """Asks, then withdraws all open notices of the link's address. Programs that read mails open links, so GET asks."""
    text = (request.POST if request.method == "POST" else request.GET).get(PARAMETER, "")
    try:
        address = address_of(text)
    except BadSignature:
        raise Http404("no link of this shop") from None
    is_done = request.method == "POST"
    if is_done:
        withdraw_notices(address)
    context = {"address": address, "text": text, "parameter": PARAMETER, "is_done": is_done, "hide_next": True}
    return render(request, "stock_notices/withdraw.html", context)
