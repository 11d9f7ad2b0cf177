"""One part of the customers: its histories as of each cut-off, counted and written as partial results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts import features as f
from recsys_core.contracts.columns import CUSTOMER_IDX, KEY_ATTRIBUTES
from recsys_core.features.arrays import Purchases
from recsys_core.store.arrays import save_arrays
from spark_jobs.snapshot.articles import MILLI, Sales
from spark_jobs.snapshot.codes import ArticleCodes
from spark_jobs.snapshot.customers import customer_history
from spark_jobs.snapshot.histories import Bought, Doubles, Histories, Longs, sums_by
from spark_jobs.snapshot.items import own_history, preference
from spark_jobs.snapshot.staging import Staged

CUSTOMERS_FILE = "customers.parquet"
SALES = "sales"


@dataclass(frozen=True)
class PartTask:
    """Counts one part after the other; it is sent to the workers."""

    staged: Staged
    codes: Path
    cutoffs: Sequence[int]
    """Days since 1970-01-01."""
    partials: Path

    def __call__(self, part: int) -> None:
        """Write the partial results of a part as of every cut-off, into ``partials/<cutoff>/<part>``."""
        codes = ArticleCodes.load(self.codes)
        first, end = self.staged.customers_of(part)
        profiles = self.staged.profiles_of(part)
        bought = Bought.of(self.staged.purchases_of(part), first, end - first)
        for cutoff in self.cutoffs:
            _write_partial(partial_folder(self.partials, cutoff, part), bought.before(cutoff), profiles, codes)


def partial_folder(partials: Path, cutoff: int, part: int) -> Path:
    return partials / str(cutoff) / f"{part:05d}"


def _write_partial(folder: Path, histories: Histories, profiles: pa.Table, codes: ArticleCodes) -> None:
    known = profiles["has_profile"].to_numpy() | (np.diff(histories.start) > 0)
    histories, profiles = histories.of(known), profiles.filter(pa.array(known))
    folder.mkdir(parents=True, exist_ok=True)
    distinct: dict[str, Longs] = {}
    for name, code, unknown in zip(KEY_ATTRIBUTES, codes.codes, codes.unknown, strict=False):
        counted = preference(histories, code, int(code.max(initial=0)) + 1)
        distinct[name] = np.diff(counted.start) - sums_by(counted.start, counted.value == unknown)
        save_arrays(folder / f"preferences/{name}", **vars(counted))
    articles = own_history(histories, np.arange(codes.n_articles, dtype=np.int32), codes.n_articles)
    save_arrays(folder / "history/article", **vars(articles))
    products = own_history(histories, codes.product, int(codes.product.max(initial=0)) + 1)
    save_arrays(folder / "history/product", **vars(products))
    save_arrays(folder / "purchases", **vars(purchases_of(histories)))
    ages = profiles["age"].to_numpy()
    age = np.where(np.isnan(ages), -1, np.rint(ages * MILLI)).astype(np.int64)
    save_arrays(folder / SALES, **vars(Sales.of(histories, age, articles, codes.n_articles)))
    distinct["articles"] = np.diff(articles.start)
    history = customer_history(histories, codes.children, distinct)
    pq.write_table(_customers(profiles, history), folder / CUSTOMERS_FILE, compression="lz4")


def purchases_of(histories: Histories) -> Purchases:
    return Purchases(
        customer_idx=histories.customer,
        article_idx=histories.article,
        days_ago=histories.days_ago,
        price=histories.price.astype(np.float32),
        basket_share=histories.basket_share.astype(np.float32),
        online=histories.online,
        start=histories.start,
    )


def _customers(profiles: pa.Table, history: Mapping[str, Doubles]) -> pa.Table:
    """CUSTOMER_SNAPSHOT, with row numbers within the part."""
    columns = {CUSTOMER_IDX: pa.array(np.arange(profiles.num_rows, dtype=np.int32))}
    columns |= {name: profiles[name].cast(kind) for name, kind in _kinds(f.CUSTOMER_PROFILE) if name != CUSTOMER_IDX}
    columns |= {name: pa.array(history[name], from_pandas=True).cast(kind) for name, kind in _kinds(f.CUSTOMER_HISTORY)}
    return pa.table(columns)


def _kinds(columns: Mapping[str, str]) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.type_for_alias(kind)) for name, kind in columns.items()]
