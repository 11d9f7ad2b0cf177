"""Columns of a customer's history: CUSTOMER_HISTORY."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.contracts.features import DIVERSITY_ATTRIBUTES, SPANS, WINDOWS
from spark_jobs.snapshot.histories import Bools, Doubles, Histories, Longs, running_sums
from spark_jobs.snapshot.money import fraction_in_nano, money, share, whole_part

MEDIAN_SPANS = ("7d", "30d", "90d", "last", "all")


def customer_history(histories: Histories, children: Bools, distinct: Mapping[str, Longs]) -> dict[str, Doubles]:
    """CUSTOMER_HISTORY by name, each (n_customers,); NaN is null.

    ``children`` (n_articles,) are children's wear. ``distinct`` are the different articles (``articles``) and the
    different values of each of DIVERSITY_ATTRIBUTES that each customer bought.
    """
    spans = span_counts(histories)
    end = histories.start[1:]
    bought = spans["all"] > 0
    days_ago = histories.days_ago.astype(np.float64)
    last, first = np.full((2, len(end)), np.nan)
    last[bought], first[bought] = days_ago[end[bought] - 1], days_ago[histories.start[:-1][bought]]
    whole, nanos = (running_sums(part(histories.price)) for part in (whole_part, fraction_in_nano))
    online = running_sums(histories.online)

    def total(sums: Longs, span: str) -> Longs:
        of_span: Longs = sums[end] - sums[end - spans[span]]
        return of_span

    prices = price_statistics(histories.start, histories.price, np.column_stack([spans[s] for s in MEDIAN_SPANS]))
    median = dict(zip(MEDIAN_SPANS, prices.T, strict=False))
    columns: dict[str, npt.NDArray[np.generic]] = {
        **{f"articles_{w}d": spans[f"{w}d"] for w in WINDOWS},
        **{f"spend_{w}d": money(total(whole, f"{w}d"), total(nanos, f"{w}d")) for w in WINDOWS},
        "articles_all": spans["all"],
        "spend_all": money(total(whole, "all"), total(nanos, "all")),
        "shopping_days_all": shopping_days(histories),
        "days_since_last": last,
        "days_since_first": first,
        "articles_last": spans["last"],
        **{f"median_price_{span}": median[span] for span in MEDIAN_SPANS},
        "min_price_all": prices[:, -2],
        "max_price_all": prices[:, -1],
        **{f"online_share_{s}": share(total(online, s), spans[s]) for s in ("all", "30d", "last")},
        "children_share_all": share(histories.total(children[histories.article]), spans["all"]),
        "distinct_articles_all": distinct["articles"],
        **{f"distinct_{name}_all": distinct[name] for name in DIVERSITY_ATTRIBUTES},
    }
    return {name: values.astype(np.float64) for name, values in columns.items()}


def span_counts(histories: Histories) -> dict[str, Longs]:
    """Purchases of each customer by span of SPANS, (n_customers,): always the last ones of the history."""
    flags = [*(histories.days_ago <= w for w in WINDOWS), histories.on_last_day]
    counts = [*map(histories.total, flags), np.diff(histories.start)]
    return dict(zip(SPANS, counts, strict=True))


def shopping_days(histories: Histories) -> Longs:
    """Different days on which each customer bought, (n_customers,)."""
    new = np.ones(len(histories.days_ago), bool)
    new[1:] = np.diff(histories.days_ago) != 0
    new[histories.start[:-1][np.diff(histories.start) > 0]] = True
    return histories.total(new)


@compiled
def price_statistics(start: Longs, price: Doubles, counts: Longs) -> Doubles:
    """Median price of the last ``counts`` (n_customers, k) purchases, then the lowest and the highest of all.

    Returns (n_customers, k + 2); NaN without a purchase. The last count is that of all purchases.
    """
    n, spans = counts.shape
    out = np.full((n, spans + 2), np.nan)
    for customer in range(n):
        end = start[customer + 1]
        for span in range(spans):
            count = counts[customer, span]
            if count:
                ordered = np.sort(price[end - count : end])
                out[customer, span] = 0.5 * ordered[(count - 1) // 2] + 0.5 * ordered[count // 2]
                out[customer, spans], out[customer, spans + 1] = ordered[0], ordered[-1]
    return out
