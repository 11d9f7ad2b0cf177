from collections.abc import Mapping

import lightgbm
import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.contracts.features import Group
from recsys_core.features.pairs import ARTICLE_ID, IDS, Pairs
from recsys_core.features.snapshot import FloatArray, Snapshot
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.dnn.forward import IMAGE
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.ranking.pair_scorer import PairScorer
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.testing.retriever_contract import SHOP, everybody

UNITS = (16, 8)
SIZE_OF_VECTORS = 2


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return SHOP.snapshot(tmp_path_factory.mktemp("pairs"))


def context_of(snapshot: Snapshot, leave_out: tuple[Group, ...] = ()) -> RetrievalContext:
    retrievers = (PopularRetriever, RepurchaseRetriever)
    return RetrievalContext(snapshot, {r.name: r.fit(snapshot, Config()) for r in retrievers}, leave_out)


def pairs_of(context: RetrievalContext) -> Pairs:
    customers = np.append(everybody(context.snapshot), context.snapshot.n_customers).astype(np.int32)
    return context.pairs(customers, context.candidates(customers))


def network(context: RetrievalContext, silent: int = 0, categories_that_count: int = 99) -> DnnRanker:
    """A network of random weights.

    Every third number has a null flag, the first ``silent`` do not count, and neither do categories after so many.
    """
    rng, n = np.random.default_rng(4), len(context.features.numeric)
    vocabulary: Mapping[str, Mapping[str, int]] = {
        name: {value: i + 1 for i, value in enumerate(values)}
        for name, values in context.features.category_values.items()
    } | {name: {} for name in ("customer_id", ARTICLE_ID) if name in context.features.category_names}
    if ARTICLE_ID in vocabulary:
        vocabulary |= {ARTICLE_ID: {id_: i + 1 for i, id_ in enumerate(context.snapshot.article_ids.tolist())}}
    vocabulary = {name: vocabulary[name] for name in context.features.category_names}
    scale = np.where(np.arange(n) < silent, np.inf, 2.0)
    weights: dict[str, FloatArray] = {
        "mean": rng.normal(size=n),
        "scale": scale,
        "missing": (np.arange(n) % 3 == 0).astype(np.float32),
    }
    width = n + int(weights["missing"].sum())
    for name in list(vocabulary)[:categories_that_count]:
        weights[f"embedding_{name}"] = rng.normal(size=(len(vocabulary[name]) + 1, SIZE_OF_VECTORS))
        width += SIZE_OF_VECTORS
    if ARTICLE_ID in vocabulary:
        weights[IMAGE] = rng.normal(size=(len(vocabulary[ARTICLE_ID]) + 1, SIZE_OF_VECTORS))
        width += SIZE_OF_VECTORS
    for i, (before, after) in enumerate(zip((width, *UNITS), (*UNITS, 1), strict=True)):
        weights |= {f"kernel_{i}": rng.normal(size=(before, after)) / before**0.5, f"bias_{i}": rng.normal(size=after)}
    as_trained = {name: values.astype(np.float32) for name, values in weights.items()}
    return DnnRanker(as_trained, context.features.numeric_names, vocabulary)


def by_the_whole_matrix(ranker: DnnRanker, context: RetrievalContext, pairs: Pairs) -> FloatArray:
    codes = context.features.category_codes(pairs, ranker.vocabulary)
    return ranker.score(context.features.numbers(pairs), codes)


@pytest.mark.parametrize("leave_out", [(), ("customer",), ("demand", "article"), ("preference", "own_history")])
def test_parts_of_the_first_layer_add_up_to_the_network(snapshot: Snapshot, leave_out: tuple[Group, ...]) -> None:
    context = context_of(snapshot, leave_out)
    pairs, ranker = pairs_of(context), network(context)

    found = PairScorer([ranker], context).scores(pairs)

    assert found.shape == (1, len(pairs))
    np.testing.assert_allclose(found[0], by_the_whole_matrix(ranker, context, pairs), atol=1e-5)
    assert np.ptp(found) > 0.1  # it tells pairs apart


@pytest.mark.parametrize("weights", [{"silent": 60}, {"categories_that_count": 0}, {"categories_that_count": 8}])
def test_of_inputs_that_do_not_count_nothing_is_added(snapshot: Snapshot, weights: dict[str, int]) -> None:
    context = context_of(snapshot)
    pairs, ranker = pairs_of(context), network(context, **weights)

    found = PairScorer([ranker], context).scores(pairs)

    np.testing.assert_allclose(found[0], by_the_whole_matrix(ranker, context, pairs), atol=1e-5)


def test_without_pairs_there_are_no_scores(snapshot: Snapshot) -> None:
    context = context_of(snapshot)
    assert PairScorer([network(context)], context).scores(pairs_of(context).take(slice(0, 0))).shape == (1, 0)


@pytest.mark.parametrize("leave_out", [(), ("customer",), ("demand", "article"), ("preference", "own_history")])
def test_trees_score_as_the_booster_does(snapshot: Snapshot, leave_out: tuple[Group, ...]) -> None:
    context = context_of(snapshot, leave_out)
    pairs = pairs_of(context)
    ranker = trees(context, pairs)

    found = PairScorer([ranker], context).scores(pairs)

    codes = context.features.category_codes(pairs, ranker.vocabulary)
    np.testing.assert_array_equal(found[0], ranker.score(context.features.numbers(pairs), codes))
    assert np.ptp(found) > 0.1


def test_trees_that_have_no_masks_are_scored_by_the_booster(snapshot: Snapshot) -> None:
    context = context_of(snapshot)
    pairs = pairs_of(context)
    ranker = trees(context, pairs, zero_as_missing=True)

    found = PairScorer([ranker], context).scores(pairs)

    codes = context.features.category_codes(pairs, ranker.vocabulary)
    np.testing.assert_array_equal(found[0], ranker.score(context.features.numbers(pairs), codes))


def trees(context: RetrievalContext, pairs: Pairs, **parameters: object) -> LightGbmRanker:
    """A booster that splits by many columns and by every category but the ids."""
    features = context.features
    vocabulary = {name: {value: i + 1 for i, value in enumerate(v)} for name, v in features.category_values.items()}
    vocabulary = {name: vocabulary.get(name, {}) for name in features.category_names}
    names = [name for name in vocabulary if name not in IDS]
    codes = features.category_codes(pairs, vocabulary)
    taken = [features.category_names.index(name) for name in names]
    given = np.column_stack([features.numbers(pairs), codes[:, taken]])
    label = np.random.default_rng(2).normal(size=len(pairs)) + pairs.article % 5
    data = lightgbm.Dataset(
        given, label, feature_name=[*features.numeric_names, *names], categorical_feature=names, free_raw_data=False
    )
    options = {"verbosity": -1, "min_data_in_leaf": 2, "min_data_per_group": 2, "feature_fraction": 0.3}
    booster = lightgbm.train(options | {"cat_smooth": 1.0, "num_threads": 1} | parameters, data, 40)
    return LightGbmRanker(booster, features.numeric_names, vocabulary)
