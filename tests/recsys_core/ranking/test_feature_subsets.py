"""Whether the articles' past is listened to is decided on the label window held out."""

from dataclasses import replace

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.ranking import feature_subsets as subsets_module
from recsys_core.ranking.base import Examples, Ranker
from recsys_core.ranking.config import DnnRankerConfig, LightGbmConfig
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.feature_subsets import feature_subsets
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.training import Monitor

CONFIG = Config(
    dnn_ranker=DnnRankerConfig(hidden=(16,), batch_size=256, epochs=12, learning_rate=0.01),
    lightgbm=LightGbmConfig(trees=40, learning_rate=0.1, leaves=7, min_rows_in_leaf=5, ridge=0.0),
)
NAMES = ("demand_7d", "article_price_last")
CUSTOMERS, CANDIDATES = 60, 8


def examples(price_turns: bool) -> Examples:
    """Every customer takes the dearest of 8 candidates; in the latest window the cheapest if ``price_turns``.

    What is wanted is a weaker hint, the same in both windows.
    """
    rng = np.random.default_rng(3)
    numbers, labels = [], []
    for window in (0, 1):
        price = rng.normal(size=(CUSTOMERS, CANDIDATES))
        towards = -1 if price_turns and window == 0 else 1
        label = price == (towards * price).max(axis=1, keepdims=True) * towards
        numbers.append(np.stack([label + rng.normal(size=price.shape), price], axis=2).reshape(-1, 2))
        labels.append(label.ravel())
    n = 2 * CUSTOMERS * CANDIDATES
    return Examples(
        np.concatenate(numbers).astype(np.float32),
        np.zeros((n, 1), np.int32),
        np.concatenate(labels).astype(np.float32),
        np.repeat(np.arange(2 * CUSTOMERS), CANDIDATES).astype(np.int32),
        np.repeat([0, 1], n // 2).astype(np.int8),
        NAMES,
        ("colour_group_name",),
        {"colour_group_name": {"Red": 1}},
        1.0,
        np.zeros(n, bool),
    )


def hears_the_price(ranker: Ranker, given: Examples) -> bool:
    other = given.numbers.copy()
    other[:, 1] += 2 * np.random.default_rng(0).normal(size=len(other)).astype(np.float32)
    return not np.array_equal(ranker.score(given.numbers, given.codes), ranker.score(other, given.codes))


@pytest.mark.parametrize("ranker", [DnnRanker, LightGbmRanker])
@pytest.mark.parametrize("price_turns", [True, False])
def test_an_articles_past_is_an_input_if_it_helps_on_the_held_out_window(
    ranker: type[Ranker], price_turns: bool
) -> None:
    given = examples(price_turns)

    assert hears_the_price(ranker.fit(given, CONFIG), given) == (not price_turns)


def test_a_category_that_is_not_heard_does_not_count() -> None:
    given = examples(price_turns=True)
    fitted = DnnRanker.fit(given, CONFIG)

    red = fitted.score(given.numbers, np.ones_like(given.codes))

    np.testing.assert_array_equal(red, fitted.score(given.numbers, given.codes))


def test_there_is_one_view_where_no_article_s_past_is_among_the_columns() -> None:
    given = replace(examples(price_turns=False), numeric_names=("demand_7d", "customer_age"), category_names=())

    assert [subset.name for subset in feature_subsets(given)] == ["demand_alone"]
    assert [subset.name for subset in feature_subsets(examples(price_turns=False))] == ["demand_alone", "everything"]


def told(given: Examples, column: str, values: np.ndarray) -> Examples:
    """The examples with ``values`` (n,), from 1 on, of one more category."""
    vocabulary = {**given.vocabulary, column: {f"{i}": i for i in range(1, 1 + int(values.max()))}}
    codes = np.concatenate([given.codes, values.astype(np.int32)[:, None]], axis=1)
    return replace(given, codes=codes, category_names=(*given.category_names, column), vocabulary=vocabulary)


@pytest.mark.parametrize("helps", [True, False])
def test_attribute_values_are_heard_by_the_booster_if_they_help_on_the_window_held_out(helps: bool) -> None:
    """The bought article is of section 2 and all others of 1; in the latest window it is the other way round."""
    given = examples(price_turns=True)
    turned = (given.window == 0) & (not helps)
    section = np.where((given.label > 0) ^ turned, 2, 1)

    ranker = LightGbmRanker.fit(told(given, "section_name", section), CONFIG)

    assert ("section_name" in ranker.importance()) == helps
    assert ("categories" in ranker.feature_subset) == helps


def test_every_subset_tried_is_reported() -> None:
    reported: dict[str, float] = {}
    monitor = Monitor(metrics=lambda metrics, step: reported.update(metrics))
    given = told(examples(price_turns=False), "article_id", np.arange(2 * CUSTOMERS * CANDIDATES) % 3 + 1)

    assert "article_id" not in LightGbmRanker.fit(given, CONFIG, monitor).importance()
    booster = {name for name in reported if name.startswith("best_")}
    reported.clear()
    DnnRanker.fit(given, CONFIG, monitor)

    found = "best_held_out_map_at_12_"
    assert booster == {f"{found}{name}" for name in ("demand_alone", "everything", "everything_with_categories")}
    network = {f"{found}{name}" for name in ("demand_alone", "everything", "everything_with_ids")}
    assert {name for name in reported if name.startswith("best_")} == network


@pytest.mark.parametrize("ranker", [DnnRanker, LightGbmRanker])
def test_the_view_that_is_best_on_a_sample_learns_from_all_but_the_held_out_window(
    ranker: type[Ranker], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = examples(price_turns=True)
    on_all = ranker.fit(given, CONFIG)
    monkeypatch.setattr(subsets_module, "SAMPLED_EXAMPLES", CUSTOMERS * CANDIDATES // 2)
    on_a_sample = ranker.fit(given, CONFIG)

    assert not hears_the_price(on_a_sample, given)
    assert on_a_sample.held_out is not None
    assert on_all.held_out is not None
    np.testing.assert_array_equal(on_a_sample.held_out, on_all.held_out)
