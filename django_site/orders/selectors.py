from accounts.models import CustomerProfile
from ops.prepared import OfUser
from orders.models import OrderLine

MAX_ORDERS_SHOWN = 100
_lines = OfUser(
    lambda user_id: (
        OrderLine.objects.filter(order__user_id=user_id).order_by("-pk").values_list("article_id")[:MAX_ORDERS_SHOWN]
    )
)


def ordered_articles(customer: CustomerProfile) -> list[str]:
    """article_ids of the customer's orders in this shop, the latest first, each once."""
    return list(dict.fromkeys(article_id for (article_id,) in _lines(customer.user_id)))
