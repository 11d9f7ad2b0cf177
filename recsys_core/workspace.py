"""Folder of all outputs of runs: ``var/`` unless ``RECSYS_WORKSPACE`` moves it."""

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

from recsys_core.contracts.environment import workspace_folder
from recsys_core.erasure import Erasures, first_erasure_since, last_erasure, mark_erased, read_erasures


@dataclass(frozen=True)
class Workspace:
    """Paths below one workspace folder."""

    root: Path
    tables_key: str = ""
    """Tables that everything is made from; empty: the current ones."""
    embeddings_folder: str = ""
    """Image embeddings that everything is made from: a folder below those of their kind, or a path; empty: the current
    ones."""
    data: Path | None = None
    """Shop's files that are read; None: those that the link ``raw`` points at."""

    @classmethod
    def from_env(cls, root: Path | str | None = None, tables_key: str = "", embeddings_folder: str = "") -> "Workspace":
        """``root``, else ``$RECSYS_WORKSPACE``, else ``var`` in the working directory.

        Raises
        ------
        ValueError
            If only the variable of earlier versions is set.
        """
        return cls(Path(root or workspace_folder(os.environ) or "var").absolute(), tables_key, embeddings_folder)

    @property
    def config(self) -> Path:
        """The workspace's configuration, used if no other is named."""
        return self.root / "config.toml"

    @property
    def shop_config(self) -> Path:
        """Configuration in the shop's own folder, used if the workspace has none."""
        return self.raw / "recsys.toml"

    @property
    def raw(self) -> Path:
        """A link to the shop's raw files (Kaggle layout); ``recsys ingest --data DIR`` points it once that is done."""
        return self.data or self.root / "raw"

    @property
    def mapping(self) -> Path:
        """A link to the column mapping that ``raw`` was last read with; there only if one was named."""
        return self.root / "mapping.toml"

    @property
    def tables(self) -> Path:
        """The pointer: a link to the current tables; a run that holds on to its tables has their folder."""
        return self.root / "tables" / (self.tables_key or "current")

    @property
    def incoming(self) -> Path:
        """Increments made by the shop itself: orders, in the files of ``contracts/orders.py``."""
        return self.root / "incoming"

    @property
    def ingest_report(self) -> Path:
        """Page about what the last ingest read; the same as JSON beside it."""
        return self.root / "receipts" / "ingest.html"

    @property
    def order_receipt(self) -> Path:
        """Receipt of the order files that ingest has read (``contracts/orders.py``)."""
        return self.root / "receipts" / "orders.json"

    @property
    def erased(self) -> Path:
        """Customers who had their data deleted; ingest leaves them out.

        An empty file each, named by a keyed digest of the customer_id (``erasure.py``).
        """
        return self.root / "erased"

    def erasures(self) -> Erasures:
        return read_erasures(self.erased)

    def first_erasure_since(self, moment: dt.datetime) -> dt.datetime | None:
        return first_erasure_since(self.erased, moment)

    def last_erasure(self) -> dt.datetime | None:
        """Time of the last erasure of a customer; None if there was none."""
        return last_erasure(self.erased)

    def erase(self, customer_id: str) -> None:
        """Mark a customer, so that every later run leaves the customer out."""
        mark_erased(self.erased, customer_id)

    @property
    def demo_shop(self) -> Path:
        return self.root / "demo-shop"

    @property
    def images(self) -> Path:
        return self.raw / "images"

    @property
    def image_encoder(self) -> Path:
        """The pointer: a link to the encoder that was trained on the catalogue's own images."""
        return self.root / "image_encoders" / "current"

    @property
    def image_embeddings(self) -> Path:
        """The pointer: a link to the current image embeddings; a run that holds on to some has their folder."""
        return self.root / "image_embeddings" / (self.embeddings_folder or "current")

    @property
    def releases(self) -> Path:
        return self.root / "releases"

    @property
    def live(self) -> Path:
        """The pointer: a link to the live release's folder."""
        return self.releases / "live"

    @property
    def history(self) -> Path:
        """Moves of that pointer, a line each (``release/history.py``)."""
        return self.releases / "history.jsonl"

    @property
    def hold(self) -> Path:
        """Releases that a rollback keeps off the shop (``serving/hold.py``); absent where no hold stands."""
        return self.releases / "hold.json"

    @property
    def fetch_record(self) -> Path:
        """Last try to fetch a release (``store/release_fetch.py``); absent where none are fetched."""
        return self.releases / "fetch.json"

    @property
    def challenger(self) -> Path:
        """A link to the models that the gate has not decided about; absent if there are none."""
        return self.root / "models" / "challenger"

    @property
    def alerts(self) -> Path:
        """Alerts of Airflow's runs, a line each."""
        return self.root / "alerts" / "alerts.jsonl"

    @property
    def milvus(self) -> Path:
        return self.root / "milvus"

    @property
    def mlflow(self) -> Path:
        return self.root / "mlflow"

    @property
    def promotion(self) -> Path:
        """Folder of the promotion decisions: measurements of each configuration, and when each became champion."""
        return self.root / "promotion"

    @property
    def decisions(self) -> Path:
        """Decisions about releases, a line each (``promotion/evaluation_records.py``)."""
        return self.promotion / "decisions.jsonl"

    @property
    def aliases(self) -> Path:
        """History of the models' aliases, a line each (``promotion/aliases.py``)."""
        return self.promotion / "aliases.jsonl"

    @property
    def approvals(self) -> Path:
        """Questions whether new models may serve, and their answers, a line each (``promotion/approvals.py``)."""
        return self.promotion / "approvals.jsonl"

    @property
    def what_if(self) -> Path:
        """Folder of the effects of other rule sets: one JSON file each, named by who asked."""
        return self.root / "what_if"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def point_raw_at(self, data: Path, mapped: bool = False) -> None:
        """Make ``raw`` a link to ``data``, atomically. ``mapped``: a column mapping says what its files are called.

        Raises
        ------
        ValueError
            As ``check_shop_folder``.
        """
        self.check_shop_folder(data, mapped)
        flip_link(self.raw, data.resolve())
        if not mapped:
            self.mapping.unlink(missing_ok=True)

    def check_shop_folder(self, data: Path, mapped: bool = False) -> None:
        """Raises ValueError if ``data`` holds no ``transactions*`` (nor is ``mapped``), or ``raw`` is a real folder."""
        if not mapped and not any(data.glob("transactions*")):
            raise ValueError(
                f"no transactions file in {data}: expected Kaggle's layout (articles.csv, customers.csv, "
                "transactions_train.csv, plain, .gz or .parquet)"
            )
        if self.raw.exists() and not self.raw.is_symlink():
            raise ValueError(f"{self.raw} is a folder, not a link: move it elsewhere and name it with --data")


def link_target(link: Path) -> str | None:
    """Name of the folder that a link points at, whether that is there or not; None without a link."""
    try:
        return link.readlink().name
    except FileNotFoundError:
        return None


def flip_link(link: Path, target: Path | str) -> None:
    """Point ``link`` at ``target`` in one atomic step (a reader sees the old or the new, never none)."""
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
