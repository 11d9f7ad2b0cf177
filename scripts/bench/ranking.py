"""Measures how fast the rankers score the candidates of customers: ``make bench``.

Some hundred thousand pairs of customers and candidates of a made-up shop with 105,542 articles. Our trees and our
network (``ranking/trees_of_snapshot.py``, ``ranking/dnn/of_snapshot.py``) score the same rows as ``Booster.predict``
and the Keras model that they were made from, in turns. All have their inputs ready: ours the columns of the pairs, the
others the whole matrix, which for Keras is standardised already. ``with_features`` is the time from the pairs on. Ours
use one core, as in a worker of Spark's. LightGBM is measured with one and with all, Keras with all.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from recsys_core.config import Config
from recsys_core.features.pairs import ARTICLE_ID, CUSTOMER_ID, Pairs
from recsys_core.features.snapshot import FloatArray, Snapshot
from recsys_core.ranking.base import Examples
from recsys_core.ranking.config import DnnRankerConfig
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.dnn.forward import dense_input
from recsys_core.ranking.dnn.of_snapshot import NetworkOfSnapshot
from recsys_core.ranking.lightgbm import LightGbmRanker, train_booster
from recsys_core.ranking.trees_of_snapshot import TreesOfSnapshot
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.retrieval.similar_purchases import SimilarPurchasesRetriever
from recsys_core.training import Monitor
from scripts.bench.made_up_shop import make_shop
from scripts.bench.turns import in_turns, run_alone, show, times

if TYPE_CHECKING:
    import tf_keras as keras

SIZE, SMALL_SIZE = (20_000, 105_542, 400_000), (300, 400, 4000)
"""Customers, articles and purchases."""
SCORED, SMALL_SCORED = 256, 20
"""Customers whose candidates are scored."""
LEARNED = 40
"""Customers whose candidates the rankers learn from; only that there are trees and weights matters here."""
TREES, SMALL_TREES = 200, 20
ROUNDS = 7
KERAS_BATCH = 16_384
RETRIEVERS = (PopularRetriever, RepurchaseRetriever, AlsoBoughtRetriever, SimilarPurchasesRetriever)
TREES_OURS, LIGHTGBM, LIGHTGBM_ALL = "trees", "lightgbm", "lightgbm_all_cores"
DNN_OURS, PREDICT, CALL = "dnn", "keras_predict", "keras_call"
WITH_FEATURES = "_with_features"

Score = Callable[[], npt.NDArray[Any]]


def measure(small: bool = False) -> dict[str, Any]:
    """Rows a second of each, how many times as long the others take as ours, and the largest differences of scores."""
    with tempfile.TemporaryDirectory(prefix="bench-ranking-") as folder:
        snapshot = make_shop(Path(folder), *(SMALL_SIZE if small else SIZE), for_ranking=True).snapshot
        case = Case.of(snapshot, SMALL_SCORED if small else SCORED, SMALL_TREES if small else TREES)
        ours = {**of_trees(case), **of_network(case)}
        scored = {name: score() for name, score in ours.items()}
        seconds = in_turns(ours, 1 if small else ROUNDS, "scoring")
    n = len(case.pairs)
    result: dict[str, Any] = {"rows": n, "columns": case.numbers.shape[1] + case.codes.shape[1]}
    result |= {f"{name}_rows_per_s": round(n / statistics.median(taken)) for name, taken in seconds.items()}
    for mine, others in ((TREES_OURS, (LIGHTGBM, LIGHTGBM_ALL)), (DNN_OURS, (PREDICT, CALL))):
        result |= {f"times_{name}": times(seconds[name], seconds[mine]) for name in others}
        result[f"{mine}_difference"] = max(difference(scored[mine], scored[name]) for name in others)
    for mine, other in ((TREES_OURS, LIGHTGBM), (DNN_OURS, CALL)):
        result[f"times_{other}{WITH_FEATURES}"] = times(seconds[other + WITH_FEATURES], seconds[mine + WITH_FEATURES])
    show(f"scores of {n:,} pairs", result)
    return result


@dataclass(frozen=True)
class Case:
    """Pairs to be scored with all inputs, and rankers that learned from other customers' pairs."""

    context: RetrievalContext
    pairs: Pairs
    numbers: FloatArray
    codes: npt.NDArray[np.int32]
    trees: LightGbmRanker
    network: DnnRanker
    keras: "keras.Model"

    @classmethod
    def of(cls, snapshot: Snapshot, scored: int, trees: int) -> "Case":
        import lightgbm  # noqa: F401  its threads can be limited once it is there

        config = Config(dnn_ranker=DnnRankerConfig(epochs=1))
        context = RetrievalContext(snapshot, {one.name: one.fit(snapshot, config) for one in RETRIEVERS})
        print("training rankers of the made-up shop", file=sys.stderr)
        examples = examples_of(context, np.arange(LEARNED, dtype=np.int32))
        pairs = pairs_of(context, np.arange(LEARNED, LEARNED + scored, dtype=np.int32))
        with threadpool_limits(1, "openmp"):  # two threads wait for each other where other work has the cores
            booster = train_booster(examples, config.lightgbm, trees)
        kept: list[Any] = []
        network = DnnRanker.fit(examples, config, Monitor(model=lambda model, example, part="": kept.append(model)))
        numbers = context.features.numbers(pairs)
        codes = context.features.category_codes(pairs, examples.vocabulary)
        ranker = LightGbmRanker(booster, examples.numeric_names, examples.vocabulary)
        return cls(context, pairs, numbers, codes, ranker, network, with_weights_of(network, kept[0]))


def pairs_of(context: RetrievalContext, customers: npt.NDArray[np.int32]) -> Pairs:
    return context.pairs(customers, context.candidates(customers))


def examples_of(context: RetrievalContext, customers: npt.NDArray[np.int32]) -> Examples:
    """Candidates of some customers; what several retrievers agree on is bought more often."""
    pairs, features = pairs_of(context, customers), context.features
    values: Mapping[str, Iterable[str]] = features.category_values | {
        CUSTOMER_ID: context.snapshot.customer_ids.tolist(),
        ARTICLE_ID: context.snapshot.article_ids.tolist(),
    }
    vocabulary = {name: {one: i + 1 for i, one in enumerate(values[name])} for name in features.category_names}
    chance = 0.1 * (pairs.retriever_rank > 0).mean(axis=1)
    return Examples(
        numbers=features.numbers(pairs),
        codes=features.category_codes(pairs, vocabulary),
        label=(np.random.default_rng(1).random(len(pairs)) < chance).astype(np.float32),
        group=pairs.customer,
        window=(pairs.customer % 3).astype(np.int8),
        numeric_names=features.numeric_names,
        category_names=features.category_names,
        vocabulary=vocabulary,
        keep_rate=1.0,
        is_simulated=np.zeros(len(pairs), bool),
    )


def with_weights_of(ranker: DnnRanker, model: "keras.Model") -> "keras.Model":
    """The model with the embeddings that the ranker keeps, in which rare ids share one."""
    for layer in model.layers:
        if layer.name in ranker.weights:
            layer.set_weights([ranker.weights[layer.name]])
    return model


def of_trees(case: Case) -> dict[str, Score]:
    features, ranker, booster = case.context.features, case.trees, case.trees.booster
    columns, trees = features.pair_columns(case.pairs), TreesOfSnapshot(booster, ranker.vocabulary, features)
    taken = [list(ranker.vocabulary).index(name) for name in booster.feature_name()[case.numbers.shape[1] :]]

    def matrix(numbers: FloatArray, codes: npt.NDArray[np.int32]) -> FloatArray:
        return np.concatenate([numbers, codes[:, taken].astype(np.float32)], axis=1)

    def from_pairs() -> npt.NDArray[Any]:
        numbers, codes = features.numbers(case.pairs), features.category_codes(case.pairs, ranker.vocabulary)
        return np.asarray(booster.predict(matrix(numbers, codes), num_threads=1))

    given = matrix(case.numbers, case.codes)
    return {
        TREES_OURS: lambda: trees.scores(case.pairs, columns),
        LIGHTGBM: lambda: np.asarray(booster.predict(given, num_threads=1)),
        LIGHTGBM_ALL: lambda: np.asarray(booster.predict(given, num_threads=0)),
        TREES_OURS + WITH_FEATURES: lambda: trees.scores(case.pairs, features.pair_columns(case.pairs)),
        LIGHTGBM + WITH_FEATURES: from_pairs,
    }


def of_network(case: Case) -> dict[str, Score]:
    features, ranker, model = case.context.features, case.network, case.keras
    columns = features.pair_columns(case.pairs)
    network = NetworkOfSnapshot(ranker.weights, ranker.vocabulary, features)
    dense, n = dense_input(ranker.weights, case.numbers), len(case.pairs)
    blocks = [slice(first, first + KERAS_BATCH) for first in range(0, n, KERAS_BATCH)]

    def from_pairs() -> npt.NDArray[Any]:
        numbers, codes = features.numbers(case.pairs), features.category_codes(case.pairs, ranker.vocabulary)
        parts = [model([dense_input(ranker.weights, numbers[rows]), codes[rows]])[:, 0] for rows in blocks]
        return np.concatenate(parts)

    return {
        DNN_OURS: lambda: network.scores(case.pairs, columns),
        PREDICT: lambda: model.predict([dense, case.codes], batch_size=KERAS_BATCH, verbose=0)[:, 0],
        CALL: lambda: np.concatenate([model([dense[rows], case.codes[rows]])[:, 0] for rows in blocks]),
        DNN_OURS + WITH_FEATURES: lambda: network.scores(case.pairs, features.pair_columns(case.pairs)),
        CALL + WITH_FEATURES: from_pairs,
    }


def difference(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    """Largest absolute difference, in single precision."""
    return float(np.abs(ours.astype(np.float32) - theirs.astype(np.float32)).max())


if __name__ == "__main__":
    raise SystemExit(run_alone(__doc__, measure))
