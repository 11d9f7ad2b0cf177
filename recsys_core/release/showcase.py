"""A dozen customers of different kinds, for the shop's demo logins."""

from pathlib import Path
from typing import Any, Final

import pandas as pd

from recsys_core.release.lists import list_batches

AGES: Final = ("20-24", "25-29", "30-34", "40-49", "50-59", "60-69")


def choose_showcase(lists: Path) -> list[dict[str, Any]]:
    """``{"customer_id", "kind", "age_interval", "purchases"}`` of about a dozen customers, all different.

    Kinds: ``frequent`` (the most purchases), ``regular`` (about the median of the buyers), ``age <interval>``
    (the most purchases of that age), ``new`` (no purchase yet). Equal candidates go by customer_id.
    """
    customers = _customers(lists)
    buyers = customers[customers["purchases"] > 0].sort_values(
        ["purchases", "customer_id"], ascending=[False, True], kind="stable"
    )
    groups = [("frequent", buyers.head(2)), ("regular", _middle(buyers, 2))]
    groups += [(f"age {age}", buyers[buyers["age_interval"] == age].iloc[2:].head(1)) for age in AGES]
    newcomers = customers[customers["purchases"] == 0]
    groups.append(("new", _of_different_ages(newcomers, 3)))
    chosen: dict[str, dict[str, Any]] = {}
    for kind, group in groups:
        for row in group.itertuples(index=False):
            customer = {"age_interval": row.age_interval, "purchases": row.purchases, "kind": kind}
            chosen.setdefault(row.customer_id, {"customer_id": row.customer_id, **customer})
    return list(chosen.values())


def _customers(lists: Path) -> pd.DataFrame:
    batches = list_batches(lists, ["customer_id", "age_interval", "purchases"], batch=262_144)
    frame = pd.concat([batch.to_pandas() for batch in batches], ignore_index=True)
    frame["purchases"] = frame["purchases"].astype(int)
    return frame


def _middle(buyers: pd.DataFrame, n: int) -> pd.DataFrame:
    """``n`` of the middle of the buyers by purchases."""
    start = max(0, len(buyers) // 2 - n // 2)
    return buyers.iloc[start : start + n]


def _of_different_ages(customers: pd.DataFrame, n: int) -> pd.DataFrame:
    """The first customer of each age interval, known ages first, ``n`` in all."""
    first = customers.drop_duplicates("age_interval")
    return first.iloc[(first["age_interval"] == "unknown").argsort(kind="stable")].head(n)
