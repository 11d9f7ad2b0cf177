"""A dozen customers of different kinds, for the shop's demo logins."""

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow.dataset as ds
from numpy.typing import NDArray

from recsys_core.contracts.release import CATALOGUE, LISTS
from recsys_core.release.lists import list_parts
from recsys_core.serving.catalogue import Catalogue

AGES: Final = ("20-24", "25-29", "30-34", "40-49", "60-69")
CHILDREN: Final = "Baby/Children"
FIRST_PAGE_ARTICLES: Final = 24
FAMILY_SHARE: Final = 0.15
"""A family's first page holds at least this share of children's wear."""


def choose_demo_customers(lists: Path, release: Path) -> list[dict[str, Any]]:
    """``{"customer_id", "kind", "age_interval", "purchases"}`` of about a dozen customers, all different.

    Kinds: ``frequent`` (the most purchases), ``regular`` (the median buyer), ``family`` (the most purchases of
    those whose list is rich in children's wear), ``age <interval>`` (the most purchases of that age), ``new``
    (no purchase yet). Equal candidates go by customer_id.

    Parameters
    ----------
    lists
        The list parts, for age and purchases.
    release
        The release in the making, with its lists and catalogue.
    """
    customers = _customers(lists)
    customers["children_share"] = children_share(release)
    buyers = customers[customers["purchases"] > 0].sort_values(
        ["purchases", "customer_id"], ascending=[False, True], kind="stable"
    )
    chosen: dict[str, str] = {}
    for kind, group, n in _groups(customers, buyers):
        fresh = [one for one in group["customer_id"].head(n + len(chosen)) if one not in chosen]
        chosen |= dict.fromkeys(fresh[:n], kind)
    facts = customers.set_index("customer_id").loc[list(chosen)]
    columns = zip(chosen.items(), facts["age_interval"], facts["purchases"].tolist(), strict=True)
    return [
        {"customer_id": one, "kind": kind, "age_interval": str(age), "purchases": int(purchases)}
        for (one, kind), age, purchases in columns
    ]


def _groups(customers: pd.DataFrame, buyers: pd.DataFrame) -> list[tuple[str, pd.DataFrame, int]]:
    """Kind, its customers best first, and how many of them to show."""
    of_age = [(f"age {age}", buyers[buyers["age_interval"] == age], 1) for age in AGES]
    return [
        ("frequent", buyers, 2),
        ("family", buyers[buyers["children_share"] >= FAMILY_SHARE], 2),
        *of_age,
        ("regular", buyers.iloc[len(buyers) // 2 :], 1),
        ("new", _of_different_ages(customers[customers["purchases"] == 0]), 3),
    ]


def children_share(release: Path) -> NDArray[np.float64]:
    """Share of children's wear on the first page of each customer's list, (n_customers,)."""
    catalogue = Catalogue(release / CATALOGUE)
    values = np.array([value == CHILDREN for value in catalogue.facet_values("index_group_name")], dtype=bool)
    is_for_children = values[catalogue.facet_codes("index_group_name")]
    article_idx = np.load(release / LISTS / "article_idx.npy", mmap_mode="r")
    shares = np.empty(len(article_idx))
    for start in range(0, len(article_idx), 65_536):
        rows = slice(start, start + 65_536)
        shares[rows] = is_for_children[article_idx[rows, :FIRST_PAGE_ARTICLES]].mean(axis=1)
    return shares


def _customers(lists: Path) -> pd.DataFrame:
    parts = ds.dataset(list_parts(lists), format="parquet")
    frame: pd.DataFrame = parts.to_table(columns=["customer_id", "age_interval", "purchases"]).to_pandas()
    frame["purchases"] = frame["purchases"].astype("int64")
    return frame


def _of_different_ages(customers: pd.DataFrame) -> pd.DataFrame:
    """The first customer of each age interval, known ages first."""
    first = customers.drop_duplicates("age_interval")
    known = first["age_interval"] != "unknown"
    return first.assign(unknown=~known).sort_values("unknown", kind="stable")
