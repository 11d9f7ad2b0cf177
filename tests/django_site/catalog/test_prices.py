from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from catalog.prices import shop_price, units_at_least, units_at_most, written


@pytest.mark.parametrize(("units", "price"), [(0.016932, "9.99"), (0.050831, "29.99"), (0.0, "0.00")])
def test_scaled_units_read_like_shop_prices(units: float, price: str) -> None:
    assert shop_price(units) == Decimal(price)


def test_factor_and_currency_are_settings(shop: Settings) -> None:
    shop.PRICE_FACTOR, shop.CURRENCY = Decimal(1000), "kr "
    assert written(shop_price(1.2345)) == "kr 1,234.50"


@given(st.floats(0, 1, width=32))
def test_a_bound_at_the_price_shown_includes_the_article(units: float) -> None:
    price = shop_price(units)
    assert units_at_least(price) <= units <= units_at_most(price)
