"""A release folder with nothing but what list figures are computed from: lists, prices, departments, stock, ledger."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.release import CATALOGUE, LEDGER, LISTS, REASONS, RECOMMENDATIONS
from recsys_core.promotion.list_health import DEPARTMENT
from recsys_core.release.pointer import ReleaseInfo


@dataclass
class Lists:
    """Lists of a tiny shop by customer, as article ids; articles by id, with department and price."""

    lists: dict[str, list[str]]
    departments: dict[str, str]
    prices: dict[str, float] = field(default_factory=dict)
    sold_out: tuple[str, ...] = ()
    candidates: dict[str, int] = field(default_factory=dict)
    """Candidates by segment."""
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """Dropped candidates by rule and segment."""
    customers: dict[str, int] = field(default_factory=dict)
    """Customers by segment."""
    refilled: dict[str, int] = field(default_factory=dict)
    """Refilled places by segment."""
    scores: tuple[float, ...] = ()
    """Scores of every list, by place."""
    reasons: tuple[str, ...] = ()
    """Recommendation sources of every list, by place; all ``popular`` if none are given."""
    rules: tuple[dict[str, Any], ...] = ()
    """States of the rules."""

    def write(self, folder: Path) -> ReleaseInfo:
        ids, places = sorted(self.departments), max(map(len, self.lists.values()))
        at = {article: i for i, article in enumerate(ids)}
        rows = [
            [at[article] for article in self.lists[customer]] + [-1] * (places - len(self.lists[customer]))
            for customer in sorted(self.lists)
        ]
        (folder / LISTS).mkdir(parents=True)
        (folder / CATALOGUE).mkdir()
        np.save(folder / LISTS / "article_idx.npy", np.array(rows, np.int32))
        np.save(folder / LISTS / "customer_ids.npy", np.array(sorted(self.lists), np.bytes_))
        np.save(folder / CATALOGUE / "article_ids.npy", np.array(ids, np.bytes_))
        self._write_sources(folder, len(rows), places)
        names = sorted(set(self.departments.values()))
        codes = [names.index(self.departments[article]) for article in ids]
        np.save(folder / CATALOGUE / f"facet_{DEPARTMENT}.npy", np.array(codes, np.int16))
        (folder / CATALOGUE / f"facet_{DEPARTMENT}.json").write_text(json.dumps(names))
        columns = {
            "price": [self.prices.get(article) for article in ids],
            "in_stock": [article not in self.sold_out for article in ids],
        }
        table = pa.table(columns, pa.schema({"price": pa.float64(), "in_stock": pa.bool_()}))
        with (
            pa.OSFile(str(folder / CATALOGUE / "articles.arrow"), "wb") as file,
            pa.ipc.new_file(file, table.schema) as out,
        ):
            out.write_table(table)
        ledger = {"customers": self.customers, "candidates": self.candidates, "dropped": self.dropped}
        ledger |= {"refilled": self.refilled, "rules": list(self.rules)}
        (folder / LEDGER).write_text(json.dumps(ledger))
        return ReleaseInfo(folder.name, folder, False, {"id": folder.name, "rows": {"articles": len(ids)}})

    def _write_sources(self, folder: Path, customers: int, places: int) -> None:
        codes = [REASONS.index(reason) for reason in self.reasons or ("popular",) * places]
        np.save(folder / LISTS / "reasons.npy", np.tile(np.array(codes, np.uint8), (customers, 1)))
        (folder / LISTS / "reasons.json").write_text(json.dumps(REASONS))
        scores = pa.array([self.scores or (0.5,) * places] * customers, pa.list_(pa.float32()))
        pq.write_table(pa.table({"scores": scores}), folder / RECOMMENDATIONS)
