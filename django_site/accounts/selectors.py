from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from accounts.models import CustomerProfile, HiddenArticle


def customer_of(user: AbstractBaseUser | AnonymousUser) -> CustomerProfile | None:
    """The customer a request acts for: the signed-in user's own, never one named by the request."""
    if not user.is_authenticated:
        return None
    if not hasattr(user, "_shop_customer"):  # asked for several times a request
        user._shop_customer = CustomerProfile.objects.filter(user_id=user.pk).first()  # type: ignore[union-attr]
    found: CustomerProfile | None = user._shop_customer  # type: ignore[union-attr]
    return found


def hidden_by(user_id: int) -> list[str]:
    """article_ids that are not for this shopper, the latest first."""
    return list(HiddenArticle.objects.filter(user_id=user_id).values_list("article_id", flat=True))


def demo_customers() -> list[CustomerProfile]:
    """Who may be signed in by one click; nobody unless ``DEMO_LOGINS`` is on."""
    if not settings.DEMO_LOGINS:
        return []
    demo = CustomerProfile.objects.filter(is_demo=True, user__is_active=True)
    return list(demo.select_related("user").order_by("position"))


def demo_customer(number: int) -> CustomerProfile | None:
    return next((customer for customer in demo_customers() if customer.pk == number), None)
