"""Exact sums of money and shares: whole numbers, whose sums do not depend on the order of their terms."""

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
NANO = 1_000_000_000


def whole_part(price: Doubles) -> Longs:
    """The whole units of an amount, of any currency (``schemas.MAX_PRICE`` bounds their sums)."""
    return np.floor(price).astype(np.int64)


def nano(value: Doubles) -> Longs:
    """A small number in billionths."""
    return np.rint(value * NANO).astype(np.int64)


def fraction_in_nano(price: Doubles) -> Longs:
    """The rest of an amount in billionths."""
    return nano(price - np.floor(price))


def from_nano(total: Longs) -> Doubles:
    return total / NANO


def money(whole: Longs, nanos: Longs) -> Doubles:
    """The amount of which these are the sums of whole units and of billionths."""
    return whole + from_nano(nanos)


def share(part: Longs, whole: Longs) -> Doubles:
    """NaN where there is no whole."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
