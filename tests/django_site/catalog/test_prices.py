import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal

import numpy as np
import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from catalog.listing import Card
from catalog.prices import shop_price, suit, units_at_least, units_at_most, written
from recsys_core.serving import Release


@pytest.mark.parametrize(("units", "price"), [(0.016932, "9.99"), (0.050831, "29.99"), (0.0, "0.00")])
def test_scaled_units_read_like_shop_prices(units: float, price: str) -> None:
    assert shop_price(units) == Decimal(price)


@pytest.mark.parametrize(
    ("values", "shown"),
    [((0.5, 0.9), "590.00"), ((0.5, 1.0), "590.00"), ((0.5, 2_500_000.0), "1.00"), ((1.0, 1.0), "1.00")],
)
def test_without_a_factor_money_is_shown_as_it_is(
    shop: Settings, release: Release, values: tuple[float, float], shown: str
) -> None:
    shop.PRICE_FACTOR = None
    with answering_from(release, values):
        assert shop_price(1.0) == Decimal(shown)


@contextmanager
def answering_from(release: Release, values: tuple[float, ...]) -> Iterator[None]:
    """Within it the thread answers from a release with such prices."""
    other = Release(release.path)
    other.catalogue.price = np.array(values)
    suit(other)
    yield
    suit(release)


def test_a_thread_keeps_the_factor_of_its_release_while_another_answers_from_another_one(
    shop: Settings, release: Release
) -> None:
    """Two threads of a worker, during a switch: one in cents of the later release, one still in scaled units."""
    shop.PRICE_FACTOR = None
    both = threading.Barrier(2, timeout=10)

    def answer(values: tuple[float, ...]) -> Decimal:
        with answering_from(release, values):
            both.wait()
            return shop_price(0.02)

    with ThreadPoolExecutor(2) as threads:
        shown = list(threads.map(answer, [(0.02, 0.5), (0.02, 50.0)]))
    assert shown == [Decimal("11.80"), Decimal("0.02")]


def test_a_card_kept_from_one_release_has_no_price_of_another(shop: Settings, release: Release) -> None:
    """The article is the same to the last attribute, but the other prices of the second release are money."""
    shop.PRICE_FACTOR = None
    macros = engines["jinja2"].env.get_template("catalog/macros.html").module
    article = release.catalogue.article(0)
    card = Card(article, ((article.prod_name, False),))
    cards = []
    for values in ((article.price, 0.5), (article.price, 50.0)):
        with answering_from(release, values):
            cards.append(macros.card_items([card], "grid", frozenset()))
    shown = [re.findall('"price">([^<]*)<', html) for html in cards]
    assert shown == [[f"€{article.price * factor:,.2f}"] for factor in (590, 1)]


def test_factor_and_currency_are_settings(shop: Settings) -> None:
    shop.PRICE_FACTOR, shop.CURRENCY = Decimal(1000), "kr "
    assert written(shop_price(1.2345)) == "kr 1,234.50"


@given(st.floats(0, 1) | st.floats(0, 1e10))
def test_a_bound_at_the_price_shown_includes_the_article(units: float) -> None:
    price = shop_price(units)
    assert units_at_least(price) <= units <= units_at_most(price)
