"""Kaggle's submission file from the live release."""

import csv
import logging
from pathlib import Path

import pyarrow.parquet as pq

from recsys_core.contracts.article_ids import encode
from recsys_core.contracts.release import RECOMMENDATIONS
from recsys_core.serving import NoLiveReleaseError
from recsys_core.store.artifacts import atomic_path
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

PREDICTION_LENGTH = 12


def write_submission(workspace: Workspace, out: Path) -> int:
    """Write ``customer_id,prediction`` (12 article_ids, blanks between) for all customers; returns the rows.

    Ids stand as in addresses (``contracts/article_ids.py``), so none holds a blank; H&M's stay as they are.

    Raises
    ------
    NoLiveReleaseError
        If nothing was published yet.
    """
    source = workspace.live / RECOMMENDATIONS
    if not source.exists():
        raise NoLiveReleaseError(f"no live release in {workspace.root}: run `recsys run` first")
    rows = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with (
        atomic_path(out) as fresh,
        fresh.open("w", encoding="utf-8", newline="") as file,
        pq.ParquetFile(source) as parquet,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("customer_id", "prediction"))
        for batch in parquet.iter_batches(16_384, columns=["customer_id", "article_ids"]):
            ids, lists = batch.column(0).to_pylist(), batch.column(1).to_pylist()
            predictions = (" ".join(map(encode, articles[:PREDICTION_LENGTH])) for articles in lists)
            writer.writerows(zip(ids, predictions, strict=True))
            rows += batch.num_rows
    log.info("%s: predictions for %d customers", out, rows)
    return rows
