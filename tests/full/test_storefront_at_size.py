"""Facets and spelling on the real catalogue: 105,542 articles."""

import os
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys_core.contracts.columns import FACETS
from recsys_core.serving import FacetSelection, Release, open_live
from scripts.bench.web import read_articles
from search.text import find_by_text
from tests.support.release_fixture import build_release

SLICE = Path(os.environ.get("RECSYS_SLICE") or Path(__file__).parents[3] / "shared" / "data" / "hm")
pytestmark = [
    pytest.mark.full,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not SLICE.exists(), reason=f"no H&M files in {SLICE}: name their folder in RECSYS_SLICE"),
]
COMBINATIONS = 10_000
TYPOS = 1_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return open_live(build_release(tmp_path_factory.mktemp("real"), catalogue=read_articles(SLICE)).workspace)


def test_facets_count_as_brute_force_does(release: Release) -> None:
    rows = pd.DataFrame(read_articles(SLICE))[list(FACETS)].replace("", "Unknown")
    columns = {name: rows[name].astype("category") for name in FACETS}
    codes = {name: column.cat.codes.to_numpy() for name, column in columns.items()}
    names = {name: np.array(column.cat.categories) for name, column in columns.items()}
    price, in_stock = release.catalogue.price, release.catalogue.in_stock
    draw = random.Random(7)
    for _ in range(COMBINATIONS):
        chosen = _choose(draw, codes)
        low, high = sorted(draw.choice(price.tolist()) for _ in range(2))
        priced, stocked = draw.random() < 0.4, draw.random() < 0.3
        masks = {name: np.isin(codes[name], list(values)) for name, values in chosen.items()}
        if priced:
            masks["price"] = (price >= low) & (price <= high)
        if stocked:
            masks["in_stock"] = in_stock

        page = release.catalogue.facet(
            release.catalogue.all_idx,
            FacetSelection(
                {name: frozenset(names[name][list(values)]) for name, values in chosen.items()},
                price_min=low if priced else None,
                price_max=high if priced else None,
                in_stock=stocked,
            ),
        )

        whole = np.ones(len(rows), bool)
        assert page.article_idx.tolist() == np.flatnonzero(np.logical_and.reduce([whole, *masks.values()])).tolist()
        for name in FACETS:
            others = np.logical_and.reduce([whole, *(mask for key, mask in masks.items() if key != name)])
            counts = np.bincount(codes[name][others], minlength=len(names[name]))
            expected = {names[name][i]: int(counts[i]) for i in np.flatnonzero(counts)}
            assert {value: n for value, n in page.counts[name] if n} == expected


def _choose(draw: random.Random, codes: dict[str, np.ndarray]) -> dict[str, set[int]]:
    """Up to three facets with up to three values each, as articles have them."""
    return {
        name: {int(codes[name][draw.randrange(len(codes[name]))]) for _ in range(draw.randint(1, 3))}
        for name in draw.sample(list(FACETS), draw.randint(0, 3))
    }


@pytest.mark.django_db
def test_one_letter_slips_keep_the_product_type(release: Release) -> None:
    """Real types and colours, one letter wrong: the type stands among the first ten in at least 90 of 100."""
    articles = release.catalogue.articles(release.catalogue.all_idx)
    types = np.array([article.product_type_name for article in articles])
    pairs = sorted({(a.colour_group_name, a.product_type_name) for a in articles})
    named = [pair for pair in pairs if not {"Unknown", "Other"} & set(pair)]
    alone = sorted({kind for _, kind in named})
    draw = random.Random(7)
    kept = 0
    for number in range(TYPOS):
        colour, kind = draw.choice(named) if number % 2 else ("", draw.choice(alone))
        words = [colour, kind] if colour else [kind]
        at = draw.randrange(len(words))
        words[at] = slip(draw, words[at])
        kept += kind in types[find_by_text(release, " ".join(words)).article_idx[:10]]
    assert kept / TYPOS >= 0.9


def slip(draw: random.Random, word: str) -> str:
    """A letter wrong, left out, one too many, or swapped with its neighbour."""
    while True:
        at = draw.choice([i for i, letter in enumerate(word) if letter.isalpha()])
        made = draw.choice(
            (
                word[:at] + draw.choice(LETTERS) + word[at + 1 :],
                word[:at] + word[at + 1 :],
                word[:at] + draw.choice(LETTERS) + word[at:],
                word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
            )
        )
        if made.lower() != word.lower():
            return made
