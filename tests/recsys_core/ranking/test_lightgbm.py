import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.ranking.config import LightGbmConfig
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.testing.ranker_contract import VOCABULARY, RankerContract, toy_examples

SMALL = LightGbmConfig(trees=60, learning_rate=0.1, leaves=7, min_rows_in_leaf=5, ridge=0.0, categories=True)


class TestContract(RankerContract):
    ranker = LightGbmRanker

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return Config(ranker="lightgbm", lightgbm=SMALL)


def test_two_trainings_write_the_same_file(tmp_path: Path) -> None:
    config = Config(ranker="lightgbm", lightgbm=SMALL)
    digests = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        LightGbmRanker.fit(toy_examples(), config).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name / "booster.txt").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_booster_is_the_same_by_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = set()
    for threads in ("1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        texts.add(LightGbmRanker.fit(toy_examples(), Config(lightgbm=SMALL)).booster.model_to_string())

    assert len(texts) == 1


@pytest.mark.parametrize(
    ("part", "changed", "said"),
    [
        ("numeric_names", ["a", "other", "c"], "input 1 is b there and other here"),
        ("numeric_names", ["a", "b", "c", "d"], "input 3 is colour there and d here"),
        ("vocabulary", {"size": VOCABULARY["size"]}, "input 3 is colour there and size here"),
    ],
)
def test_a_vocabulary_or_a_feature_list_of_another_booster_is_named(
    tmp_path: Path, part: str, changed: object, said: str
) -> None:
    LightGbmRanker.fit(toy_examples(), Config(lightgbm=SMALL)).save(tmp_path)
    about = json.loads((tmp_path / "ranker.json").read_text())
    (tmp_path / "ranker.json").write_text(json.dumps(about | {part: changed}))
    with pytest.raises(ValueError, match=rf"booster\.txt does not fit .*ranker\.json: {said}"):
        LightGbmRanker.load(tmp_path)


def test_importance_is_the_gain_of_each_feature() -> None:
    gain = LightGbmRanker.fit(toy_examples(), Config(lightgbm=SMALL)).importance()

    assert list(gain) == ["a", "b", "c", "colour", "size"]
    assert min(gain["a"], gain["colour"]) > 10 * max(gain["b"], gain["c"], gain["size"])


def test_a_score_never_falls_with_demand() -> None:
    examples = toy_examples()
    against = replace(examples, numeric_names=("demand_7d", "b", "c"), numbers=-examples.numbers)
    probe = np.tile(against.numbers[:1], (5, 1))
    probe[:, 0] = np.linspace(against.numbers[:, 0].min(), against.numbers[:, 0].max(), 5)
    codes = np.tile(against.codes[:1], (5, 1))

    def scores(rising: bool) -> list[float]:
        settings = SMALL.model_copy(update={"rising_demand": rising, "categories": False})
        return LightGbmRanker.fit(against, Config(lightgbm=settings)).score(probe, codes).tolist()

    assert scores(rising=False)[0] > scores(rising=False)[-1] + 0.1
    assert (np.diff(scores(rising=True)) >= 0).all()


def test_without_categories_codes_do_not_matter() -> None:
    examples = toy_examples()
    ranker = LightGbmRanker.fit(examples, Config(lightgbm=SMALL.model_copy(update={"categories": False})))

    other = ranker.score(examples.numbers, np.zeros_like(examples.codes))

    np.testing.assert_array_equal(ranker.score(examples.numbers, examples.codes), other)
    assert "colour" not in ranker.importance()
