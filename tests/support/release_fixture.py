"""A small, realistic release in a folder of its own: no Spark, no TensorFlow, a second or two.

The inputs (tables, snapshot, vectors, lists) are made up here in the layout of ``docs/data-contracts.md``; the
catalogue, the text search and the release come from the production code. For the tests of everything that reads
a release.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys_core.config import Config
from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.contracts.features import ARRAYS
from recsys_core.contracts.release import FALLBACKS, LEDGER, SECOND
from recsys_core.features.arrays import Purchases
from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import retriever_spec
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.pointer import ReleaseInfo, go_live
from recsys_core.release.publish import make_release
from recsys_core.store.arrays import save_arrays
from recsys_core.store.artifacts import Artifact, ArtifactSpec
from recsys_core.workspace import Workspace, flip_link
from tests.support.validations import write_validation

CUTOFF = dt.date(2020, 9, 20)
LENGTH = 36
"""Articles a list."""
DIM = 16
BLOCK = 10_000
"""Lists that are made at a time; numpy's texts are wide."""
AGES = ("-19", "20-24", "25-29", "30-34", "35-39", "40-49", "50-59", "60-69", "70+", "unknown")

TYPES = (  # product type, number, group, department, section, index group, garment group, stem of the name
    ("T-shirt", 255, "Garment Upper body", "Jersey Basic", "Womens Everyday Basics", "Ladieswear", "Jersey Basic"),
    ("Shirt", 259, "Garment Upper body", "Shirt", "Contemporary Casual", "Menswear", "Shirts"),
    ("Sweater", 252, "Garment Upper body", "Knitwear", "Womens Tailoring", "Ladieswear", "Knitwear"),
    ("Trousers", 272, "Garment Lower body", "Trouser", "Womens Trend", "Ladieswear", "Trousers"),
    ("Dress", 265, "Garment Full body", "Dress", "Womens Casual", "Ladieswear", "Dresses Ladies"),
    (
        "Leggings/Tights",
        273,
        "Garment Lower body",
        "Kids Girl Jersey Basic",
        "Kids Girl",
        "Baby/Children",
        "Jersey Basic",
    ),
    (
        "Bodysuit",
        256,
        "Garment Full body",
        "Baby basics",
        "Baby Essentials & Complements",
        "Baby/Children",
        "Jersey Basic",
    ),
    ("Hoodie", 308, "Garment Upper body", "Young Boy Jersey Fancy", "Young Boy", "Baby/Children", "Jersey Fancy"),
    ("Jacket", 262, "Garment Upper body", "Outwear", "Divided Collection", "Divided", "Outdoor"),
    ("Sneakers", 94, "Shoes", "Shoes", "Mens Shoes", "Menswear", "Shoes"),
    ("Sports top", 295, "Garment Upper body", "Ladies Sport Bras", "Ladies Sport", "Sport", "Jersey Fancy"),
    ("Bag", 66, "Accessories", "Bags", "Womens Big accessories", "Ladieswear", "Accessories"),
)
COLOURS = (("Black", 9), ("White", 10), ("Blue", 72), ("Dark Blue", 73), ("Red", 42), ("Light Pink", 51), ("Beige", 12))
PATTERNS = (("Solid", 1010016), ("Stripe", 1010017), ("Check", 1010004), ("All over pattern", 1010001))
FABRICS = ("soft cotton jersey", "a linen blend", "fine-knit merino wool", "washed denim", "airy cotton poplin")
DETAILS = ("a round neckline and long sleeves", "a button placket", "a ribbed hem", "side pockets", "a relaxed fit")
NAMES = ("Alma", "Basic", "Cosmo", "Dora", "Ella", "Frank", "Gina", "Hugo", "Iris", "Jade")


@dataclass(frozen=True)
class FixtureRelease:
    """A published release and what it was made from."""

    workspace: Workspace
    plan: BuildPlan
    release: ReleaseInfo
    customer_ids: tuple[str, ...]
    """Ascending; every one has a list. The last ten never bought anything."""


def build_release(
    root: Path,
    articles: int = 300,
    customers: int = 50,
    seed: int = 0,
    catalogue: list[dict[str, str]] | None = None,
    named: tuple[str, ...] = (),
    prices: Sequence[float] = (),
) -> FixtureRelease:
    """Make and publish a release below ``root`` (an empty folder; the workspace). Without a Milvus collection.

    Article 0's id is ``"0100000001"`` unless a ``catalogue`` is given. ``named``: customer_ids beside ``customers``
    made-up ones. ``prices``: of the articles, in their order. Same arguments, same release.
    """
    plan = write_inputs(Workspace(root), articles, customers, seed, catalogue, named, prices)
    release = make_release(plan.workspace, release_parts(plan))
    go_live(plan.workspace, release.id)
    live = replace(release, live=True)
    return FixtureRelease(plan.workspace, plan, live, tuple(sorted((*customer_ids(customers), *named))))


def write_inputs(
    workspace: Workspace,
    articles: int = 300,
    customers: int = 50,
    seed: int = 0,
    catalogue: list[dict[str, str]] | None = None,
    named: tuple[str, ...] = (),
    prices: Sequence[float] = (),
) -> BuildPlan:
    """Tables, snapshot, vectors and lists, each a complete artifact of the plan that is returned.

    ``catalogue``: rows in Kaggle's columns, ascending by article_id, instead of ``articles`` made-up ones.
    """
    random = np.random.default_rng(seed)
    catalogue = article_rows(articles) if catalogue is None else catalogue
    articles = len(catalogue)
    ids = tuple(sorted((*customer_ids(customers), *named)))
    tables = _write_tables(workspace, catalogue, ids)
    plan = BuildPlan.of_current_tables(workspace, Config())
    sold = sales(articles, random) | ({"price_last": pa.array(prices)} if prices else {})
    vectors = _vectors(catalogue, random)
    _write_snapshot(plan, catalogue, sold, ids, random)
    _write_vectors(plan, vectors, len(tables))
    _write_lists(plan, catalogue, sold, tables, random)
    write_validation(plan)
    return plan


def release_parts(plan: BuildPlan, index: Artifact | None = None) -> ReleaseParts:
    """The parts of this plan's release; builds the catalogue."""
    return ReleaseParts(
        cutoff=plan.cutoff.isoformat(),
        tables=plan.tables,
        customers=plan.store.require(snapshot_spec(plan)).path / "customers",
        lists=plan.store.require(lists_spec(plan)),
        catalogue=CATALOGUE.make(plan),
        index=index,
        models={"two_tower": plan.store.require(retriever_spec(plan, "two_tower"))},
        stages={"lists": lists_spec(plan).key, "catalogue": catalogue_spec(plan).key},
    )


def customer_ids(customers: int) -> tuple[str, ...]:
    """64 hexadecimal characters each, like H&M's, ascending."""
    return tuple(f"{number:064x}" for number in range(1, customers + 1))


def article_rows(articles: int) -> list[dict[str, str]]:
    """Articles in Kaggle's columns; three colours of a product follow one another."""
    rows = []
    for number in range(articles):
        product, variant = divmod(number, 3)
        kind = TYPES[product % len(TYPES)]
        colour = COLOURS[(product + 2 * variant) % len(COLOURS)]
        pattern = PATTERNS[0] if product % 2 else PATTERNS[product // 2 % len(PATTERNS)]
        fabric, detail = FABRICS[product % len(FABRICS)], DETAILS[product // 2 % len(DETAILS)]
        row = _article(product, variant, kind, f"{kind[0]} in {fabric} with {detail}.")
        row |= {"colour_group_name": colour[0], "colour_group_code": str(colour[1])}
        row |= {"perceived_colour_master_name": colour[0].split()[-1]}
        row |= {"graphical_appearance_name": pattern[0], "graphical_appearance_no": str(pattern[1])}
        rows.append(row)
    return rows


def _article(product: int, variant: int, kind: tuple[Any, ...], text: str) -> dict[str, str]:
    name, number, group, department, section, index_group, garment_group = kind
    code = 100000 + product
    known = {
        "article_id": f"0{code}{variant + 1:03d}",
        "product_code": str(code),
        "prod_name": f"{NAMES[product % len(NAMES)]} {name.lower()}",
        "product_type_no": str(number),
        "product_type_name": name,
        "product_group_name": group,
        "department_name": department,
        "index_name": index_group,
        "index_group_name": index_group,
        "section_name": section,
        "garment_group_name": garment_group,
        "detail_desc": text,
    }
    return {column: known.get(column, "1") for column in ARTICLE_COLUMNS}


def sales(articles: int, random: np.random.Generator) -> dict[str, Any]:
    """Long-tailed sales; every tenth article was never sold, some were sold long ago."""
    sold_30d = random.zipf(1.7, articles).clip(max=400).astype(np.int32)
    never = np.arange(articles) % 10 == 9
    long_ago = np.arange(articles) % 10 == 8
    sold_30d[never | long_ago] = 0
    days_since_first = random.integers(3, 600, articles)
    days_since_last = np.where(long_ago, 200, random.integers(1, 30, articles)).clip(max=days_since_first)
    price = random.integers(5, 80, articles) / 1000
    return {
        "sold_7d": sold_30d // 4,
        "sold_30d": sold_30d,
        "days_since_last_sale": _null_where(never, days_since_last.astype(np.int32)),
        "days_since_first_sale": _null_where(never, days_since_first.astype(np.int32)),
        "price_last": _null_where(never, price),
    }


def _null_where(mask: NDArray[np.bool_], values: NDArray[Any]) -> pa.Array:
    return pa.array(values, mask=mask)


def _vectors(catalogue: list[dict[str, str]], random: np.random.Generator) -> NDArray[np.float32]:
    """Articles of one product type and of one product lie close together."""
    centres: dict[str, Any] = {}
    vectors = np.empty((len(catalogue), DIM), dtype=np.float32)
    for row, article in enumerate(catalogue):
        kind = centres.setdefault(article["product_type_name"], random.normal(size=DIM))
        product = centres.setdefault(article["product_code"], random.normal(size=DIM))
        vectors[row] = kind + 0.4 * product + 0.2 * random.normal(size=DIM)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _write_tables(workspace: Workspace, catalogue: list[dict[str, str]], ids: tuple[str, ...]) -> tuple[str, ...]:
    spec = ArtifactSpec("tables", 1, {}, {"fixture": [len(catalogue), len(ids)]})
    store = BuildPlan(workspace, Config(), CUTOFF).store
    if store.find(spec) is None:
        with store.build(spec) as draft:
            _write_part(draft.path / "articles", pa.Table.from_pylist(catalogue))
            _write_part(draft.path / "customers", pa.table({"customer_id": pa.array(ids)}))
            last_day = (CUTOFF - dt.timedelta(days=1)).isoformat()
            draft.summary |= {"articles": len(catalogue), "customers": len(ids), "transactions": 0}
            draft.summary |= {"last_day": last_day, "rows_per_day": _full_days()}
    flip_link(workspace.root / "tables" / "current", spec.key)
    return ids


def _full_days() -> dict[str, int]:
    return {(CUTOFF - dt.timedelta(days=day)).isoformat(): 1000 for day in range(1, 61)}


def _write_part(folder: Path, table: pa.Table) -> None:
    folder.mkdir(parents=True)
    pq.write_table(table, folder / "part-00000.parquet")


def _write_snapshot(
    plan: BuildPlan,
    catalogue: list[dict[str, str]],
    sold: dict[str, Any],
    ids: tuple[str, ...],
    random: np.random.Generator,
) -> None:
    if plan.store.find(snapshot_spec(plan)) is None:
        table = pa.Table.from_pylist(catalogue)
        table = table.add_column(0, "article_idx", pa.array(np.arange(len(catalogue), dtype=np.int32)))
        for name, values in sold.items():
            table = table.append_column(name, pa.array(values))
        with plan.store.build(snapshot_spec(plan)) as draft:
            _write_part(draft.path / "articles", table)
            _write_part(draft.path / "customers", pa.table({"customer_id": pa.array(ids)}))
            save_arrays(draft.path / ARRAYS / "purchases", **vars(_purchases(len(ids), len(catalogue), random)))


def _purchases(customers: int, articles: int, random: np.random.Generator) -> Purchases:
    """A basket of three a customer, among the first articles, so that some baskets have two in common."""
    basket = np.sort((random.integers(0, min(articles, 24), (customers, 1)) + np.array([0, 5, 12])) % articles, axis=1)
    n = 3 * customers
    return Purchases(
        customer_idx=np.repeat(np.arange(customers, dtype=np.int32), 3),
        article_idx=basket.ravel().astype(np.int32),
        days_ago=np.full(n, 5, np.int32),
        price=np.full(n, 0.02, np.float32),
        basket_share=np.full(n, 1 / 3, np.float32),
        online=np.ones(n, bool),
        start=np.minimum(3 * np.arange(customers + 2), n),
    )


def _write_vectors(plan: BuildPlan, vectors: NDArray[np.float32], customers: int) -> None:
    if plan.store.find(retriever_spec(plan, "two_tower")) is None:
        with plan.store.build(retriever_spec(plan, "two_tower")) as draft:
            np.save(draft.path / "article_vectors.npy", vectors)
            np.save(draft.path / "customer_vectors.npy", np.resize(vectors, (customers + 1, DIM)))


def _write_lists(
    plan: BuildPlan,
    catalogue: list[dict[str, str]],
    sold: dict[str, Any],
    ids: tuple[str, ...],
    random: np.random.Generator,
) -> None:
    """A list for everybody: half popular articles, half of a taste; two parts."""
    if plan.store.find(lists_spec(plan)) is not None:
        return
    article_ids = np.array([article["article_id"] for article in catalogue])
    popular = article_ids[np.argsort(-sold["sold_30d"], kind="stable")]
    with plan.store.build(lists_spec(plan)) as draft:
        table = _lists_table(ids, article_ids, popular, random)
        half = len(ids) // 2
        pq.write_table(table.slice(0, half), draft.path / "part-00000.parquet")
        pq.write_table(table.slice(half), draft.path / "part-00001.parquet")
        (draft.path / SECOND).mkdir()
        pq.write_table(_turned(table), draft.path / SECOND / "part-00000.parquet")
        draft.summary |= {"second_ranker": "dnn"}
        top, newest = popular[:LENGTH].tolist(), article_ids[-LENGTH:].tolist()
        segments = {f"age_interval={age}": np.roll(popular[:60], -i)[:LENGTH].tolist() for i, age in enumerate(AGES)}
        fallbacks = {"global": top, "newest": newest, "segments": segments}
        (draft.path / FALLBACKS).write_text(json.dumps(fallbacks, sort_keys=True))
        (draft.path / LEDGER).write_text(json.dumps(ledger(len(ids)), sort_keys=True))


def _turned(table: pa.Table) -> pa.Table:
    """Every list the other way round, reasons and all."""
    columns = {name: table[name] for name in table.column_names}
    for name in ("article_ids", "reasons", "source_purchases"):
        columns[name] = pa.array([row[::-1] for row in table[name].to_pylist()], table.schema.field(name).type)
    return pa.table(columns)


def ledger(customers: int) -> dict[str, Any]:
    """Ledger of three rules: one dropped candidates, one found nothing, one is off."""
    nothing = {"new": 0, "lapsed": 0, "active": 0}
    everybody = nothing | {"new": 10, "active": customers - 10}
    states = (
        ("availability", True, "without a feed inventory, a sale in the last 60 days tells stock"),
        ("price_range", True, "up to 4 times the highest price paid"),
        ("season", False, "purchases cover 220 days, it needs 365"),
    )
    return {
        "rules": [{"name": name, "on": on, "why": why} for name, on, why in states],
        "customers": everybody,
        "candidates": {segment: 120 * n for segment, n in everybody.items()},
        "dropped": {"availability": nothing | {"new": 12, "active": 1234}, "price_range": nothing},
        "refilled": nothing | {"active": 7},
        "relaxed": nothing,
    }


def _lists_table(ids: tuple[str, ...], articles: Any, popular: Any, random: np.random.Generator) -> pa.Table:
    retrievers = ("similar_purchases", "similar_attributes", "similar_images", "new_articles", "also_bought")
    reasons = (
        ["popular"] * 12
        + ["repurchase"] * 3
        + ["two_tower"] * 6
        + [retriever for retriever in retrievers for _ in range(3)]
    )
    others = np.setdiff1d(articles, popular[:12])
    n, own = len(ids), min(LENGTH - 12, len(others))
    top = popular[:12][np.argsort(random.random((n, 12)), axis=1)]
    step = random.integers(1, len(others) // own + 1, n)  # so none comes twice
    taste = others[(random.integers(0, len(others), n)[:, None] + step[:, None] * np.arange(own)) % len(others)]
    newcomers = min(10, n)
    purchases = np.concatenate([random.zipf(1.6, n - newcomers).clip(max=300), np.zeros(newcomers, int)])
    return pa.table(
        {
            "customer_id": pa.array(ids),
            "age_interval": pa.array([AGES[i % len(AGES)] for i in range(n)]),
            "purchases": pa.array(purchases.astype(np.int32)),
            "article_ids": _lists(np.concatenate([top, taste], axis=1)),
            "scores": _lists(np.tile(np.linspace(0.9, 0.1, LENGTH, dtype=np.float32), (n, 1))),
            "reasons": _lists(np.tile(np.array(reasons), (n, 1))),
            "source_purchases": _lists(_source_purchases(np.tile(np.array(reasons), (n, 1)), articles)),
        }
    )


def _source_purchases(reasons: NDArray[Any], articles: Any) -> NDArray[Any]:
    """Whoever is shown something like a purchase bought the first article."""
    about = np.isin(reasons, ["also_bought", "similar_purchases", "similar_attributes", "similar_images"])
    named: NDArray[Any] = np.where(about, articles[0], np.array(None, object))
    return named


def _lists(values: NDArray[Any]) -> pa.ChunkedArray:
    """A list a row, from (n_rows, length)."""
    return pa.chunked_array([_block_of_lists(values[i : i + BLOCK]) for i in range(0, len(values), BLOCK)])


def _block_of_lists(values: NDArray[Any]) -> pa.Array:
    offsets = np.arange(0, values.size + 1, values.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.ravel()))
