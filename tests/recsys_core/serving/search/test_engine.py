from pathlib import Path

import numpy as np
import pytest

from recsys_core.serving import Matches, SearchEngine, Understanding, open_live
from recsys_core.serving.search.engine import EXACT_VALUE_WEIGHT, KIND_WEIGHT, MAX_PARTIAL, WIDER_VALUE_WEIGHT
from tests.support.release_fixture import build_release


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """Of more articles than are found with some of the words."""
    workspace = build_release(Path(tmp_path_factory.mktemp("large")), articles=1500, customers=12).workspace
    return open_live(workspace).search_engine()


def all_scored(engine: SearchEngine, understood: Understanding) -> Matches:
    """All that has one of the concepts, scored one by one, with no bound on the number."""
    spoken = [token for concept in understood.concepts for token in concept.meaning.spoken]
    scores = engine._postings.cosine(spoken)
    total = sum(KIND_WEIGHT if each is understood.kind else 1.0 for each in understood.concepts)
    held = np.zeros(len(scores))
    n_held = np.zeros(len(scores), int)
    for concept in understood.concepts:
        mask = concept.held.mask()
        n_held += mask
        held += mask * (KIND_WEIGHT if concept is understood.kind else 1.0)
        for column, values in concept.meaning.values.items():
            scores[engine._catalogue.has_value(column, values.wider - values.exact)] *= WIDER_VALUE_WEIGHT
            scores[engine._catalogue.has_value(column, values.exact)] *= EXACT_VALUE_WEIGHT
    full = np.flatnonzero(n_held == len(understood.concepts)).astype(np.int32)
    some = np.flatnonzero((n_held > 0) & (n_held < len(understood.concepts))).astype(np.int32)
    worth = (scores[some] * (held[some] / total) ** 2).astype(np.float32)
    return Matches(full, scores[full].astype(np.float32), some, worth)


@pytest.mark.parametrize(
    "query",
    [
        "blue dress",
        "blue cotton shirt",
        "navy trousers with pockets",
        "dress with belt red",
        "black white red shirt",
        "striped linen sweater basic",
        "cotton",
        "merino sneakers bodysuit",
    ],
)
def test_the_best_are_found_without_scoring_all(engine: SearchEngine, query: str) -> None:
    understood = engine.understand(query)
    found, expected = engine.find(understood), all_scored(engine, understood)
    assert found.all_words.tolist() == expected.all_words.tolist()
    assert found.all_scores.tolist() == pytest.approx(expected.all_scores.tolist())
    assert sorted(found.some_scores, reverse=True) == pytest.approx(
        sorted(expected.some_scores, reverse=True)[:MAX_PARTIAL]
    )
    worth = dict(zip(expected.some_words.tolist(), expected.some_scores.tolist(), strict=True))
    assert found.some_scores.tolist() == pytest.approx([worth[idx] for idx in found.some_words.tolist()])


def test_more_is_found_than_is_kept(engine: SearchEngine) -> None:
    """Or the test above would show nothing."""
    understood = engine.understand("blue dress")
    assert len(all_scored(engine, understood).some_words) > MAX_PARTIAL
    assert len(engine.find(understood).some_words) == MAX_PARTIAL
