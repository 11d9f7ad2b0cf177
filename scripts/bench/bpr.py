"""Measures factors of articles without two towers, beside matrix factorisations by ``implicit``: ``make bench``.

Two million made-up purchases of 30,000 articles by 100,000 customers, 64 factors. Ours is the truncated SVD
(``retrieval/latent.py``) that finds similar articles in a first release; there is no BPR in this repository. It stands
beside BPR of ``implicit`` with 30 iterations and its ALS with 15. Of ours a customer is the sum of the
articles bought, the others learn a vector for each. Recall@12 is that of three articles a customer that were held out,
of those that were not bought before.
"""

import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from threadpoolctl import threadpool_limits

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.retrieval.also_bought import capped_bought_matrix
from recsys_core.retrieval.exact_search import ExactSearch
from recsys_core.retrieval.latent import DIM, latent_article_vectors
from scripts.bench.co_purchase import SIZE, SMALL_SIZE, as_implicit_counts, measured_customers
from scripts.bench.made_up_shop import DAYS, make_shop
from scripts.bench.turns import K, in_turns, recall, run_alone, show, times, without

OURS, BPR, ALS = "ours", "implicit_bpr", "implicit_als"
ROUNDS = 2
SMALL_DIM = 8
ITERATIONS = {BPR: 30, ALS: 15}
"""Of ALS its default; BPR's default of 100 takes minutes."""


def measure(small: bool = False) -> dict[str, Any]:
    """Seconds and recall of each, and how many times as long the others take as ours."""
    from implicit.als import AlternatingLeastSquares
    from implicit.bpr import BayesianPersonalizedRanking

    dim = SMALL_DIM if small else DIM
    with tempfile.TemporaryDirectory(prefix="bench-bpr-") as folder, threadpool_limits(1, "blas"):
        shop = make_shop(Path(folder), *(SMALL_SIZE if small else SIZE))
        bought = capped_bought_matrix(shop.snapshot, DAYS)
        theirs = as_implicit_counts(bought).astype(np.float32)
        peers = {BPR: BayesianPersonalizedRanking, ALS: AlternatingLeastSquares}
        models = {name: peer(factors=dim, iterations=ITERATIONS[name], random_state=0) for name, peer in peers.items()}
        vectors: list[FloatArray] = []
        work = {OURS: lambda: vectors.append(latent_article_vectors(shop.snapshot, dim))} | {
            name: lambda model=model: model.fit(theirs, show_progress=False) for name, model in models.items()
        }
        seconds = in_turns(work, 1 if small else ROUNDS, "factorising")
        customers, own = measured_customers(shop)
        found = {OURS: without(nearest(vectors[-1], bought[customers]), own)} | {
            name: model.recommend(customers, theirs[customers], N=K)[0] for name, model in models.items()
        }
        result: dict[str, Any] = {"factors": dim}
        result |= {f"{name}_seconds": round(statistics.median(taken), 2) for name, taken in seconds.items()}
        result |= {f"times_{name}": times(seconds[name], seconds[OURS]) for name in peers}
        result |= {f"{name}_recall": recall(best, shop.held_out[customers], own) for name, best in found.items()}
    show(f"factors of {len(bought.data):,} customers and articles", result)
    return result


def nearest(articles: FloatArray, bought: sparse.csr_array) -> IntArray:
    """(n, k) the articles nearest to the sum of those in each row of ``bought`` (n, n_articles)."""
    most = int(np.diff(bought.indptr).max(initial=0))
    customers = np.asarray(bought @ articles, np.float32)
    return ExactSearch(articles).top_k(customers, min(K + most, len(articles))).article_idx


if __name__ == "__main__":
    raise SystemExit(run_alone(__doc__, measure))
