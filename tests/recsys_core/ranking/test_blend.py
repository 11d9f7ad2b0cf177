import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.ranking.blend import WEIGHTS, BlendRanker
from recsys_core.ranking.config import DnnRankerConfig, LightGbmConfig
from recsys_core.ranking.holdout import held_out_rows
from recsys_core.testing.ranker_contract import RankerContract, toy_examples

SMALL = Config(
    dnn_ranker=DnnRankerConfig(hidden=(16, 8), batch_size=64, epochs=8, learning_rate=0.01, positive_weight=3.0),
    lightgbm=LightGbmConfig(trees=60, learning_rate=0.1, leaves=7, min_rows_in_leaf=5, ridge=0.0, categories=True),
)


class TestContract(RankerContract):
    ranker = BlendRanker

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return SMALL


def test_a_part_that_is_noise_gets_the_least_weight() -> None:
    examples = toy_examples()
    blend = BlendRanker.fit(examples, SMALL)
    aside = held_out_rows(examples)
    blend.dnn.held_out = np.random.default_rng(0).normal(size=aside.sum()).astype(np.float32)
    blend.lightgbm.held_out = examples.label[aside]

    assert BlendRanker.of(blend.dnn, blend.lightgbm, examples).weight == min(WEIGHTS)


def test_the_score_is_the_weighted_sum_of_both_in_units_of_their_spread() -> None:
    examples = toy_examples()
    parts = BlendRanker.fit(examples, SMALL)
    blend = BlendRanker(parts.dnn, parts.lightgbm, 0.25, (2.0, 4.0), parts.calibrator)
    rows = examples.numbers[:50], examples.codes[:50]

    expected = 0.25 / 2 * parts.dnn.score(*rows) + 0.75 / 4 * parts.lightgbm.score(*rows)

    np.testing.assert_allclose(blend.score(*rows), expected, rtol=1e-5)


def test_rankers_without_held_out_scores_are_refused() -> None:
    examples = toy_examples()
    blend = BlendRanker.fit(examples, SMALL)
    blend.dnn.held_out = None

    with pytest.raises(ValueError, match="train it again"):
        BlendRanker.of(blend.dnn, blend.lightgbm, examples)
