from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import CustomerProfile


def signed_in(request: HttpRequest) -> User:
    """The user of a view behind ``login_required``."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    return request.user


def customer_of(user: User | AnonymousUser) -> CustomerProfile | None:
    """The customer a request acts for: the signed-in user's own, never one named by the request."""
    return getattr(user, "customer", None)  # Django keeps it


def customer_id_of(user: User | AnonymousUser) -> str | None:
    """Returns the id of the request's customer; None for a guest."""
    customer = customer_of(user)
    return customer.customer_id if customer else None


def demo_customers() -> list[CustomerProfile]:
    """Returns the customers that may be signed in by one click; none unless ``DEMO_LOGINS`` is on."""
    if not settings.DEMO_LOGINS:
        return []
    demo = CustomerProfile.objects.filter(is_demo=True, user__is_active=True)
    return list(demo.select_related("user").order_by("position"))


def demo_customer(number: str) -> CustomerProfile | None:
    return next((customer for customer in demo_customers() if str(customer.pk) == number), None)
