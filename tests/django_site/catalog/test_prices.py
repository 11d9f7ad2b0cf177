from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from catalog import prices
from catalog.prices import shop_price, units_at_least, units_at_most, written
from recsys_core.serving import Release


@pytest.mark.parametrize(("units", "price"), [(0.016932, "9.99"), (0.050831, "29.99"), (0.0, "0.00")])
def test_scaled_units_read_like_shop_prices(units: float, price: str) -> None:
    assert shop_price(units) == Decimal(price)


@pytest.mark.parametrize(
    ("values", "shown"),
    [((0.5, 0.9), "590.00"), ((0.5, 1.0), "590.00"), ((0.5, 2_500_000.0), "1.00"), ((1.0, 1.0), "1.00")],
)
def test_without_a_factor_money_is_shown_as_it_is(
    shop: Settings, release: Release, monkeypatch: pytest.MonkeyPatch, values: tuple[float, float], shown: str
) -> None:
    shop.PRICE_FACTOR = None
    monkeypatch.setattr(release.catalogue, "price", np.array(values))
    monkeypatch.setattr(prices._Factor, "value", None)
    prices.suit(release)
    assert shop_price(1.0) == Decimal(shown)


def test_factor_and_currency_are_settings(shop: Settings) -> None:
    shop.PRICE_FACTOR, shop.CURRENCY = Decimal(1000), "kr "
    assert written(shop_price(1.2345)) == "kr 1,234.50"


@given(st.floats(0, 1) | st.floats(0, 1e10))
def test_a_bound_at_the_price_shown_includes_the_article(units: float) -> None:
    price = shop_price(units)
    assert units_at_least(price) <= units <= units_at_most(price)
