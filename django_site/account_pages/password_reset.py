"""A new password by e-mail: Django's own views, with the shop's pages. No answer says whether an address is known."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import forms, views
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator

from accounts.sign_in_limits import forget_failures
from limits.per_client import PASSWORD_RESETS, limited
from ops.background import in_background

MINUTES: Final = settings.PASSWORD_RESET_TIMEOUT // 60
MAX_ACCOUNTS: Final = 3
"""Accounts with one address that a request sends mails for."""


class PasswordResetForm(forms.PasswordResetForm):
    """Sends beside the request: an address that is known takes no longer to answer than one that is not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        self._mails: list[Callable[[], None]] = []

    def get_users(self, email: str) -> Iterator[User]:
        """Anybody may give an address to any number of accounts; the oldest get a mail, so nobody crowds them out."""
        yield from heapq.nsmallest(MAX_ACCOUNTS, super().get_users(email), key=lambda user: user.date_joined)

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        in_background(self._send_all)

    def _send_all(self) -> None:
        for send in self._mails:
            send()

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        path = reverse("accounts:password-choose", args=[context["uid"], context["token"]])
        context |= {
            "link": f"{context['protocol']}://{context['domain']}{path}",
            "shop_name": settings.SHOP_NAME,
            "minutes": MINUTES,
        }
        templates = (subject_template_name, email_template_name)
        send = super().send_mail
        self._mails.append(lambda: send(*templates, context, from_email, to_email, html_email_template_name))


@method_decorator(limited(PASSWORD_RESETS, "POST"), name="dispatch")
class AskForLink(views.PasswordResetView):
    template_name = "account_pages/password_reset.html"
    form_class = PasswordResetForm
    email_template_name = "account_pages/password_reset_email.txt"
    subject_template_name = "account_pages/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password-reset-sent")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.SENDS_MAIL:
            return render(request, "account_pages/password_not_available.html", status=404)
        return super().dispatch(request, *args, **kwargs)


class LinkSent(views.PasswordResetDoneView):
    template_name = "account_pages/password_reset_sent.html"
    extra_context: Mapping[str, Any] = MappingProxyType({"minutes": MINUTES})


class ChoosePassword(views.PasswordResetConfirmView):
    """The page that the link leads to. Afterwards the username may be tried again, whoever guessed at it."""

    template_name = "account_pages/password_choose.html"
    success_url = reverse_lazy("accounts:password-changed")

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        forget_failures(form.user.get_username())
        return response


class PasswordChanged(views.PasswordResetCompleteView):
    template_name = "account_pages/password_changed.html"
