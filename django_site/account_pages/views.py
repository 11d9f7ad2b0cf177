from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from account_pages.deletion import delete_everything_of
from accounts import selectors, services
from accounts.forms import EmailForm, PasswordForm, PreferencesForm, SignUpForm
from browsing.next_page import safe_next
from browsing.session import forget
from catalog.categories import collections
from catalog.listing import cards_of
from limits.per_client import SIGN_UPS, limited
from orders.guests import held_customer_id
from recsys_core.workspace import Workspace
from releases.middleware import ShopRequest
from wishlist.hidden import hidden_by


class SignIn(LoginView):
    template_name = "account_pages/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        return {
            **super().get_context_data(**kwargs),
            "demo_customers": selectors.demo_customers(),
            "sends_mail": settings.SENDS_MAIL,
        }


class SignOut(LogoutView):
    """POST only. The browser also forgets the session, and the pages that Back could bring up for the next person."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        response.headers["Clear-Site-Data"] = '"cache"'
        forget(response)
        return response


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Signs in as a demo customer by one click; answers 404 unless ``DEMO_LOGINS`` is on."""
    customer = selectors.demo_customer(request.POST.get("customer", ""))
    if customer is None:
        raise Http404("no such demo customer")
    login(request, customer.user)
    return HttpResponseRedirect(safe_next(request) or reverse(settings.LOGIN_REDIRECT_URL))


@sensitive_post_parameters()
@never_cache
@limited(SIGN_UPS, "POST")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: ShopRequest) -> HttpResponse:
    """Creates a new login and signs in, with what this session ordered; who is signed in goes to the home page."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(reverse(settings.LOGIN_REDIRECT_URL))
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, services.sign_up(form, held_customer_id(request.session)))
        return HttpResponseRedirect(safe_next(request) or reverse(settings.LOGIN_REDIRECT_URL))
    status = 422 if form.errors else 200
    return render(request, "account_pages/sign_up.html", {"form": form, "hide_next": True}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: ShopRequest) -> HttpResponse:
    """Shows and saves the customer's preferences, and lists the articles marked "Not for me"."""
    customer = services.ensure_customer(selectors.signed_in(request))
    names = [category.name for category in collections(request.release)]
    held = {"collections": customer.collections, "age_interval": customer.age_interval}
    form = PreferencesForm(request.POST or None, names=names, initial=held)
    if request.method == "POST" and form.is_valid():
        services.set_preferences(customer, **form.cleaned_data)
        messages.success(request, "Saved. Your selection follows.")
        return HttpResponseRedirect(reverse("accounts:preferences"))
    hidden = cards_of(request.release, hidden_by(customer.user_id))
    context = {"form": form, "hidden": hidden, "sends_mail": settings.SENDS_MAIL}
    return render(request, "account_pages/preferences.html", context)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def email(request: ShopRequest) -> HttpResponse:
    """Shows and saves the address that the link to a new password goes to, after the password was given once more."""
    user = selectors.signed_in(request)
    form = EmailForm(request.POST or None, request=request, initial={"email": user.email})
    if request.method == "POST" and form.is_valid():
        services.set_email(user, form.cleaned_data["email"])
        messages.success(request, "Your e-mail address is saved.")
        return HttpResponseRedirect(reverse("accounts:preferences"))
    status = 422 if form.errors else 200
    context = {"form": form, "sends_mail": settings.SENDS_MAIL}
    return render(request, "account_pages/email.html", context, status=status)


@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ShopRequest) -> HttpResponse:
    """Delete the login and everything that belongs to it, after the password was given once more."""
    user = selectors.signed_in(request)
    form = PasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        logout(request)
        delete_everything_of(user, Workspace(settings.RECSYS_WORKSPACE))
        messages.success(request, "Your account and your data are deleted.")
        response = HttpResponseRedirect(reverse(settings.LOGIN_REDIRECT_URL))
        response.headers["Clear-Site-Data"] = '"cache"'
        forget(response)
        return response
    status = 422 if form.errors else 200
    return render(request, "account_pages/delete.html", {"form": form}, status=status)


@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "account_pages/account.html", {"customer": selectors.customer_of(request.user)})
