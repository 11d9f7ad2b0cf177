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
    most = np.argsort(-counts, kind="stable")[: at_most + 1]  # the unknown one may be among them
    known = [i for i in most.tolist() if given.values[i] != UNKNOWN and counts[i] >= MIN_CUSTOMERS][:at_most]
    kept = [*known, given.values.index(UNKNOWN)]
    names = {given.values[i] for i in kept} | ({OTHER} if len(kept) < given.size else set())
    values = tuple(sorted(names))
    code_of = {value: code for code, value in enumerate(values)}
    new_code = np.full(given.size, code_of.get(OTHER, 0), np.int32)
    new_code[kept] = [code_of[given.values[i]] for i in kept]
    return Codes(new_code[given.codes], values)


def usual_channels(snapshot: Snapshot) -> Codes:
    """Returns each customer's usual sales channel before the cut-off, (n_customers + 1,)."""
    share = snapshot.customer("online_share_all")
    codes = np.select([np.isnan(share), share <= STORE_UP_TO, share < ONLINE_FROM], [0, 1, 2], 3)
    return Codes(codes.astype(np.int32), CHANNELS)
