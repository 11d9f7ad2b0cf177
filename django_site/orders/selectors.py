from accounts.models import CustomerProfile
from orders.models import OrderLine

LATEST = 100


def ordered_articles(customer: CustomerProfile) -> list[str]:
    """article_ids of the customer's orders in this shop, the latest first, each once."""
    lines = OrderLine.objects.filter(order__user_id=customer.user_id).order_by("-pk")
    return list(dict.fromkeys(lines.values_list("article_id", flat=True)[:LATEST]))
