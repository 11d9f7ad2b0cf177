"""A small demo shop in memory, made once."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from demo_shop.catalogue import Catalogue, draw_catalogue
from demo_shop.customers import Customers, draw_customers
from demo_shop.purchases import simulate

DAYS = 180
FIRST_DAY = dt.date(2020, 3, 1)


@dataclass(frozen=True)
class Shop:
    """A catalogue, its customers, and one entry a purchase."""

    catalogue: Catalogue
    customers: Customers
    day: npt.NDArray[np.int64]
    customer: npt.NDArray[np.int64]
    article: npt.NDArray[np.int64]
    price: npt.NDArray[np.float64]
    channel: npt.NDArray[np.int64]


@pytest.fixture(scope="session")
def shop() -> Shop:
    rng = np.random.default_rng(5)
    catalogue = draw_catalogue(2000, FIRST_DAY, DAYS, rng)
    customers = draw_customers(5000, DAYS, 5, rng)
    days = list(simulate(catalogue, customers, FIRST_DAY, DAYS, rng))
    return Shop(
        catalogue,
        customers,
        np.concatenate([np.full(d.size, d.day) for d in days]),
        np.concatenate([d.customer for d in days]),
        np.concatenate([d.article for d in days]),
        np.concatenate([d.price for d in days]),
        np.concatenate([d.channel for d in days]),
    )
