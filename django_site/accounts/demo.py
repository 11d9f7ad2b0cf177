"""Choice of the demo customers: the release chooses them, the shop gives them names."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from recsys_core.contracts.release import LISTS
from recsys_core.serving import Release

DEMO_CUSTOMERS: Final = "demo_customers.json"
DEMO_CUSTOMERS_SHOWN: Final = 12
NAMES: Final = (
    "Astrid", "Bruno", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katja", "Liam",
    "Maja", "Nils", "Olivia", "Pavel", "Runa", "Samir", "Tilda", "Victor", "Wilma", "Yara", "Zoe", "Oskar",
)  # fmt: skip
HABITS: Final = {"frequent": "buys often", "family": "buys for the family", "new": "new here"}
"""Descriptions by kind of demo customer; other kinds are described by their number of purchases."""
OFTEN, NOW_AND_THEN = 40, 6


@dataclass(frozen=True)
class DemoCustomer:
    customer_id: str
    name: str
    age_interval: str
    habit: str

    @property
    def username(self) -> str:
        return self.name.lower()


def choose_demo_customers(release: Release) -> list[DemoCustomer]:
    """The release's demo customers; without any, customers spread evenly over its lists."""
    rows = _chosen(release) or _spread(release)
    return [
        DemoCustomer(
            customer_id=row["customer_id"],
            name=name,
            age_interval=row.get("age_interval") or "unknown",
            habit=HABITS.get(row.get("kind", "")) or habit(row.get("purchases")),
        )
        for row, name in zip(rows, NAMES, strict=False)
    ]


def habit(purchases: int | None) -> str:
    """Describes a customer by the number of purchases.

    >>> [habit(n) for n in (0, 3, 12, 200, None)]
    ['new here', 'bought a little', 'buys now and then', 'buys often', '']
    """
    if purchases is None:
        return ""
    if purchases == 0:
        return "new here"
    if purchases < NOW_AND_THEN:
        return "bought a little"
    return "buys now and then" if purchases < OFTEN else "buys often"


def _chosen(release: Release) -> list[dict[str, Any]]:
    try:
        return list(json.loads((release.path / DEMO_CUSTOMERS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []


def _spread(release: Release) -> Iterable[dict[str, Any]]:
    ids = np.load(release.path / LISTS / "customer_ids.npy", mmap_mode="r", allow_pickle=False)
    rows = np.unique(np.linspace(0, len(ids) - 1, num=min(DEMO_CUSTOMERS_SHOWN, len(ids))).astype(int))
    return [{"customer_id": bytes(ids[row]).decode()} for row in rows]
