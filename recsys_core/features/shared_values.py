"""Customer attributes in values that many customers share, so that something can be learned of each value."""

import numpy as np

from recsys_core.features.snapshot import UNKNOWN, Codes, Snapshot

MIN_CUSTOMERS = 20
"""A postal code with fewer customers is no value of its own: what it bought would be what its few customers bought."""
MAX_POSTAL_CODES = 1_000
"""Largest number of postal codes, those with most customers; bounds embedding tables and segments."""
OTHER = "other"
CHANNELS = ("unknown", "store", "both", "online")
STORE_UP_TO, ONLINE_FROM = 0.1, 0.9


def postal_codes(snapshot: Snapshot, at_most: int = MAX_POSTAL_CODES) -> Codes:
    """Postal code of each customer, (n_customers + 1,): the ``at_most`` most frequent ones, else ``other``.

    Unknown postal codes and the unknown customer keep the value ``unknown``.
    """
    given = snapshot.customer_codes("postal_code")
    counts = np.bincount(given.codes, minlength=given.size)
    order = [i for i in np.argsort(-counts, kind="stable").tolist() if given.values[i] != UNKNOWN]
    kept = {i for i in order[:at_most] if counts[i] >= MIN_CUSTOMERS}
    names = [value if i in kept or value == UNKNOWN else OTHER for i, value in enumerate(given.values)]
    values, new_code = np.unique(names, return_inverse=True)
    return Codes(new_code.astype(np.int32)[given.codes], tuple(map(str, values)))


def usual_channels(snapshot: Snapshot) -> Codes:
    """Returns each customer's usual sales channel before the cut-off, (n_customers + 1,)."""
    share = snapshot.customer("online_share_all")
    codes = np.select([np.isnan(share), share <= STORE_UP_TO, share < ONLINE_FROM], [0, 1, 2], 3)
    return Codes(codes.astype(np.int32), CHANNELS)
