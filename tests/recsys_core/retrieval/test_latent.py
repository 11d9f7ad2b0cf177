from pathlib import Path

import numpy as np
import pytest

from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.latent import latent_article_vectors
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

KINDS = {"shirt": {"section_name": "Tops"}, "skirt": {"section_name": "Bottoms"}, "jeans": {"section_name": "Bottoms"}}
TWO_TASTES = [
    Purchase(f"{taste}{i}", article, 3)
    for taste, articles in {"a": ("red", "blue"), "b": ("green", "white")}.items()
    for i in range(4)
    for article in articles
]


def test_articles_of_the_same_buyers_are_near_and_of_others_far(tmp_path: Path) -> None:
    snapshot = FixtureShop(TWO_TASTES).snapshot(tmp_path)

    vectors = latent_article_vectors(snapshot, dim=2)

    blue, green, red, white = vectors
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1] * 4)
    assert (blue @ red, green @ white) == pytest.approx((1, 1))
    assert (blue @ green, red @ white) == pytest.approx((0, 0), abs=1e-6)


def test_an_article_that_nobody_bought_is_near_to_those_of_its_attributes(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "jeans", 2), Purchase("bert", "shirt", 2)], KINDS).snapshot(tmp_path)

    jeans, shirt, skirt = latent_article_vectors(snapshot)

    assert skirt @ jeans > skirt @ shirt


def test_without_purchases_of_late_and_attributes_there_are_none(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 400), Purchase("anna", "b", 400)], _of_one_kind()).snapshot(tmp_path)

    with pytest.raises(RetrieverUnavailableError, match="neither purchases nor attributes"):
        latent_article_vectors(snapshot)


def _of_one_kind() -> dict[str, dict[str, str]]:
    return {"a": {"product_code": "one"}, "b": {"product_code": "one"}}


def test_the_same_snapshot_gives_the_same_bytes(tmp_path: Path) -> None:
    snapshot = FixtureShop(TWO_TASTES, KINDS).snapshot(tmp_path)
    assert latent_article_vectors(snapshot).tobytes() == latent_article_vectors(snapshot).tobytes()
