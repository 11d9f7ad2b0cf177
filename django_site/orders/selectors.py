from django.contrib.auth.models import User

from accounts.models import CustomerProfile
from ops.prepared import OfUser
from orders.models import Order, OrderLine

MAX_ORDERS_SHOWN = 100
_lines = OfUser(
    lambda user_id: (
        OrderLine.objects.filter(order__user_id=user_id).order_by("-pk").values_list("article_id")[:MAX_ORDERS_SHOWN]
    )
)


def ordered_articles(customer: CustomerProfile) -> list[str]:
    """article_ids of the customer's orders in this shop, the latest first, each once."""
    return list(dict.fromkeys(article_id for (article_id,) in _lines(customer.user_id)))


def customer_ids_of(user: User) -> set[str]:
    """Customers that the user's orders are purchases of: a guest's, too, if some were placed before signing in."""
    return set(Order.objects.filter(user_id=user.pk).order_by().values_list("customer_id", flat=True).distinct())
