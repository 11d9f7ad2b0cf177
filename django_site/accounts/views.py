from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors
from recommendations.visit import forget


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return {**super().get_context_data(**kwargs), "demo_customers": selectors.demo_customers()}


class SignOut(LogoutView):
    """POST only. The browser also forgets the visit, and the pages that Back could bring up for the next person."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        forget(response)
        return response


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a demo customer by one click; as if it did not exist unless ``DEMO_LOGINS`` is on."""
    number = request.POST.get("customer", "")
    customer = selectors.demo_customer(int(number)) if number.isascii() and number.isdigit() else None
    if customer is None:
        raise Http404("no such demo customer")
    login(request, customer.user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(_safe_next(request) or reverse(settings.LOGIN_REDIRECT_URL))


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html", {"customer": selectors.customer_of(request.user)})


def _safe_next(request: HttpRequest) -> str:
    """Where the shopper was going, if that is on this site."""
    url = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if allowed else ""
