"""Measures how fast articles that are bought by the same customers are counted: ``make bench``.

Two million made-up purchases of 30,000 articles by 100,000 customers. Our counts (``retrieval/also_bought.py``) stand
beside those of ``implicit``: the same counts, and its cosine. Each keeps 60 related articles for an article. All cores
work, and they take turns. Recall@12 is that of three articles a customer that were held out, of those that were not
bought before.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from recsys_core.config import Config
from recsys_core.features.snapshot import IntArray
from recsys_core.retrieval.also_bought import (
    MAX_RELATED_ARTICLES,
    AlsoBoughtRetriever,
    capped_bought_matrix,
    related_articles,
)
from recsys_core.retrieval.base import eligible_articles
from scripts.bench.made_up_shop import Shop, make_shop
from scripts.bench.turns import K, in_turns, recall, run_alone, show, times, without

SIZE, SMALL_SIZE = (100_000, 30_000, 2_000_000), (400, 300, 6000)
"""Customers, articles and purchases."""
ROUNDS = 5
MEASURED_CUSTOMERS = 5000
OURS, COUNTS, COSINE = "ours", "implicit_counts", "implicit_cosine"


def measure(small: bool = False) -> dict[str, Any]:
    """Seconds and recall of each, and how many times as long the others take as ours."""
    from implicit.nearest_neighbours import CosineRecommender, ItemItemRecommender

    with tempfile.TemporaryDirectory(prefix="bench-co-purchase-") as folder:
        shop = make_shop(Path(folder), *(SMALL_SIZE if small else SIZE))
        config = Config()
        bought = capped_bought_matrix(shop.snapshot, config.retrieval.also_bought_days)
        wanted = np.zeros(shop.snapshot.n_articles, np.float32)
        wanted[eligible_articles(shop.snapshot, config)] = 1
        related_articles(bought[:10], wanted)  # compiled before it is measured
        theirs = as_implicit_counts(bought)
        peers = {COUNTS: ItemItemRecommender, COSINE: CosineRecommender}
        models = {name: peer(K=MAX_RELATED_ARTICLES + 1) for name, peer in peers.items()}  # the article itself is one
        work = {OURS: lambda: related_articles(bought, wanted)} | {
            name: lambda model=model: model.fit(theirs, show_progress=False) for name, model in models.items()
        }
        seconds = in_turns(work, 1 if small else ROUNDS, "counting co-purchases")
        customers, own = measured_customers(shop)
        found = {OURS: ours_of(shop, config, customers, own)} | {
            name: model.recommend(customers, theirs[customers], N=K)[0] for name, model in models.items()
        }
        result = {f"{name}_seconds": round(statistics.median(taken), 2) for name, taken in seconds.items()}
        result |= {f"times_{name}": times(seconds[name], seconds[OURS]) for name in peers}
        result |= {f"{name}_recall": recall(best, shop.held_out[customers], own) for name, best in found.items()}
    show(f"co-purchases of {len(bought.data):,} customers and articles", result)
    return result


def as_implicit_counts(bought: sparse.csr_array) -> sparse.csr_matrix:
    """The same purchases in the types that ``implicit`` counts."""
    arrays = bought.data.astype(np.float64), bought.indices.astype(np.int32), bought.indptr.astype(np.int32)
    return sparse.csr_matrix(arrays, shape=bought.shape)


def measured_customers(shop: Shop) -> tuple[IntArray, list[set[int]]]:
    """Customers whose lists are measured, and what each of them bought."""
    n = shop.snapshot.n_customers
    customers = np.arange(0, n, max(1, n // MEASURED_CUSTOMERS), dtype=np.int32)
    start, article = shop.snapshot.purchases.start, shop.snapshot.purchases.article_idx
    return customers, [set(article[start[one] : start[one + 1]].tolist()) for one in customers.tolist()]


def ours_of(shop: Shop, config: Config, customers: IntArray, own: list[set[int]]) -> IntArray:
    """(n, K) what the retriever finds besides the customer's own articles."""
    return without(AlsoBoughtRetriever.fit(shop.snapshot, config).retrieve(customers).article_idx, own)


if __name__ == "__main__":
    raise SystemExit(run_alone(__doc__, measure))
