"""The yardsticks on the demo's own scale: taste must be worth more than popularity, and repurchase not everything."""

from collections import defaultdict

import numpy as np
import pytest

from tests.demo_shop.conftest import DAYS

LABEL_FROM = DAYS - 7


def average_precision(ranked, truth):
    hits, total = 0, 0.0
    for rank, article in enumerate(ranked[:12], 1):
        if article in truth:
            hits += 1
            total += hits / rank
    return total / min(len(truth), 12)


@pytest.fixture(scope="module")
def week(shop):
    """History and label by customer, and the articles by last week's sales."""
    history, truth = defaultdict(list), defaultdict(set)
    for day, customer, article in zip(shop.day, shop.customer, shop.article, strict=True):
        if day < LABEL_FROM:
            history[customer].append(article)
        else:
            truth[customer].add(article)
    recent = (shop.day >= LABEL_FROM - 7) & (shop.day < LABEL_FROM)
    sold = np.bincount(shop.article[recent], minlength=shop.catalogue.size)
    return history, truth, sold


def by_section_type_and_colour(shop, bought, sold):
    """Last week's sales, tilted by the shares of section, type and colour in what the customer bought."""
    lines = shop.catalogue.lines
    score = np.log(sold + 0.3)
    kinds = np.unique([line.section + line.type.name for line in lines], return_inverse=True)[1]
    style = shop.catalogue.products.style[shop.catalogue.product]
    for values, strength in ((kinds, 0.9), (shop.catalogue.colour, 0.5), (style, 0.7)):
        overall = np.bincount(values[shop.article[shop.day < LABEL_FROM]], minlength=values.max() + 1) + 1.0
        overall /= overall.sum()
        own = (np.bincount(values[bought], minlength=len(overall)) + 5 * overall) / (len(bought) + 5)
        score = score + strength * np.log(own / overall)[values]
    return np.argsort(-score, kind="stable")


def test_own_taste_recalls_far_more_than_popularity(shop, week):
    history, truth, sold = week
    top = set(np.argsort(-sold, kind="stable")[:100])
    popular, personal = [], []
    for customer, bought in list(truth.items())[:400]:
        mine = set(by_section_type_and_colour(shop, np.array(history[customer], dtype=int), sold)[:100])
        popular.append(len(bought & top) / len(bought))
        personal.append(len(bought & mine) / len(bought))
    assert np.mean(personal) > 1.35 * np.mean(popular)


def test_repurchase_is_worth_something_but_not_everything(shop, week):
    history, truth, sold = week
    top = np.argsort(-sold, kind="stable")[:12].tolist()
    popular = np.mean([average_precision(top, bought) for bought in truth.values()])
    again = []
    for customer, bought in truth.items():
        own = list(dict.fromkeys(reversed(history[customer])))
        again.append(average_precision(own + [a for a in top if a not in own], bought))
    assert 0.005 < popular < 0.05
    assert 0.02 < np.mean(again) < 0.08
