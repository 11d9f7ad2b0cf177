"""Tables and examples that stages load hold no pickle, and a planted one never runs."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import ARRAYS
from recsys_core.features.images import EMBEDDING_LENGTH, ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.examples import ABOUT, read_examples
from recsys_core.ranking.scored import Scored
from recsys_core.store.arrays import save_arrays
from recsys_core.store.artifacts import write_json
from recsys_core.testing.hostile import TRIGGERED, Trap, assert_nothing_is_unpickled, hostile_contents
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

REPOSITORY = Path(__file__).parents[3]
PACKAGES = ("recsys_core", "django_site", "plugins", "spark_jobs", "dags", "scripts")
UNPICKLERS = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {"read_pickle", "load_model", "load_learner"}
HOSTILE = "recsys_core/testing/hostile.py"
"""Writes what others must refuse."""


def test_a_trap_is_triggered_by_whoever_unpickles_it(tmp_path: Path) -> None:
    """Else the tests below would show nothing."""
    kinds = dict(hostile_contents(".npz", tmp_path / TRIGGERED))
    (tmp_path / "planted.npz").write_bytes(kinds["arrays of objects"])
    np.load(tmp_path / "planted.npz", allow_pickle=True)["mean"]
    assert (tmp_path / TRIGGERED).exists()
    (tmp_path / TRIGGERED).unlink()
    pd.to_pickle(Trap(tmp_path / TRIGGERED), tmp_path / "planted.pkl")
    pd.read_pickle(tmp_path / "planted.pkl")  # noqa: S301
    assert (tmp_path / TRIGGERED).exists()


def unpicklers(file: Path) -> Iterator[str]:
    """Imports and calls in a file that may run what a file says."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in UNPICKLERS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNPICKLERS:
            yield node.module or ""
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            whose = getattr(getattr(node.func, "value", None), "id", "")
            allows = any(each.arg == "allow_pickle" and ast.unparse(each.value) != "False" for each in node.keywords)
            if name in CALLS or allows or (name == "load" and whose == "torch"):
                yield ast.unparse(node)


def test_no_code_unpickles() -> None:
    files = [file for package in PACKAGES for file in sorted((REPOSITORY / package).rglob("*.py"))]
    found = {(str(file.relative_to(REPOSITORY)), what) for file in files for what in unpicklers(file)}
    assert {(file, what) for file, what in found if file != HOSTILE} == set()
    assert len(files) > 300


def test_arrays_of_snapshots(tmp_path: Path) -> None:
    made = FixtureShop([Purchase("ann", "dress", 1), Purchase("ben", "coat", 2)]).snapshot(tmp_path)

    def read_all() -> None:
        fresh = Snapshot(made.path, made.key, made.cutoff)
        assert len(fresh.purchases.price) == 2
        assert all(len(fresh.preference(attribute).units) == 2 for attribute in KEY_ATTRIBUTES)
        assert all(len(fresh.history(item).item) == 2 for item in ("article", "product"))

    assert_nothing_is_unpickled(made.path / ARRAYS, read_all)


def test_tables_of_snapshots(tmp_path: Path) -> None:
    made = FixtureShop([Purchase("ann", "dress", 1), Purchase("ben", "coat", 2)]).snapshot(tmp_path / "made")

    def read_all() -> None:
        fresh = Snapshot(made.path, made.key, made.cutoff)
        assert (len(fresh.article_ids), len(fresh.customer_ids)) == (2, 2)
        assert fresh.customer("articles_all").tolist() == [1, 1, 0]

    for table in ("customers", "articles"):
        assert_nothing_is_unpickled(made.path / table, read_all)


def test_embeddings_of_images(tmp_path: Path) -> None:
    folder = tmp_path / "embeddings"
    folder.mkdir()
    embedding = pa.array([[0.5] * EMBEDDING_LENGTH], pa.list_(pa.float32(), EMBEDDING_LENGTH))
    pq.write_table(pa.table({"article_id": ["a"], "embedding": embedding}), folder / "part-00000.parquet")
    assert_nothing_is_unpickled(folder, lambda: ImageEmbeddings.open(folder, ["a"]))


def test_scored_candidates(tmp_path: Path) -> None:
    folder = tmp_path / "scored"
    folder.mkdir()
    article = np.array([[3, 1]], np.int32)
    Scored(np.array([0], np.int32), article, article.astype(np.float32), article.astype(np.int8)).write(
        folder / "part-00000.parquet"
    )
    assert_nothing_is_unpickled(folder, lambda: Scored.read(folder / "part-00000.parquet"))


def test_examples_of_rankers(tmp_path: Path) -> None:
    folder = tmp_path / "examples"
    folder.mkdir()
    ones = np.ones(2, np.float32)
    save_arrays(folder, numbers=ones[:, None], codes=ones[:, None], label=ones, group=ones, window=ones)
    save_arrays(folder, is_simulated=ones > 0)
    about = {"numeric_names": ["a"], "category_names": ["b"], "vocabulary": {"b": {"x": 1}}, "keep_rate": 1.0}
    write_json(folder / ABOUT, about)
    assert_nothing_is_unpickled(folder, lambda: read_examples(folder))
