"""Tests that every retriever must pass. A retriever's test subclasses ``RetrieverContract`` and inherits them."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.base import Retriever
from recsys_core.retrieval.candidates import PAD, RetrieverCandidates
from recsys_core.retrieval.registry import load_retriever
from recsys_core.store.artifacts import ArtifactSpec, ArtifactStore
from recsys_core.testing.damage import assert_damage_is_refused
from recsys_core.testing.hostile import assert_nothing_is_unpickled
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.workspace import Workspace

COLOURS = ("Black", "Blue", "Black", "Red")
SHOP = FixtureShop(
    [
        *(Purchase(f"her{i}", f"dress{j}", 1 + (i + j) % 6) for i in range(6) for j in range(4) if (i + j) % 3),
        *(Purchase(f"his{i}", f"shirt{j}", 1 + (i + j) % 6) for i in range(6) for j in range(4) if (i + j) % 3),
        Purchase("her0", "coat", 40),
        Purchase("long_gone", "coat", 55),
    ],
    articles={
        "never_sold": {},
        **{
            f"{kind}{j}": {"product_type_name": kind, "colour_group_name": COLOURS[j]}
            for kind in ("dress", "shirt")
            for j in range(4)
        },
    },
    customers={"newcomer": {"age": 30.0}},
)
LATER = FixtureShop(
    [*SHOP.purchases, *(Purchase("newcomer", "coat", -day) for day in range(9)), Purchase("her0", "shirt0", 0)],
    articles=SHOP.articles,
    customers=SHOP.customers,
)
"""The same shop with purchases on and after the cut-off."""


class RetrieverContract:
    """Set ``retriever``; override ``config`` for one whose defaults are too big for a dozen articles."""

    retriever: ClassVar[type[Retriever]]
    serves_cold_start: ClassVar[bool] = False

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return Config()

    @pytest.fixture(scope="class")
    def snapshot(self, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
        return SHOP.snapshot(tmp_path_factory.mktemp("snapshot"))

    @pytest.fixture(scope="class")
    def fitted(self, snapshot: Snapshot, config: Config) -> Retriever:
        return self.fit(snapshot, config)

    def fit(self, snapshot: Snapshot, config: Config) -> Retriever:
        """Override it for a retriever made from more than the snapshot."""
        return self.retriever.fit(snapshot, config)

    @pytest.fixture(scope="class")
    def found(self, fitted: Retriever, snapshot: Snapshot) -> RetrieverCandidates:
        """Candidates of everybody, the unknown customer too."""
        return fitted.retrieve(everybody(snapshot))

    def test_config_survives_json(self, config: Config) -> None:
        assert Config.model_validate_json(config.model_dump_json()) == config

    def test_every_customer_has_a_row(self, found: RetrieverCandidates, snapshot: Snapshot) -> None:
        assert len(found.article_idx) == len(found.score) == snapshot.n_customers + 1
        assert found.article_idx.shape == found.score.shape
        assert found.article_idx.dtype == np.int32
        assert (found.article_idx != PAD).any()

    def test_articles_exist_and_none_comes_twice(self, found: RetrieverCandidates, snapshot: Snapshot) -> None:
        for row in found.article_idx:
            real = row[row != PAD]
            assert len(set(real)) == len(real)
            assert ((real >= 0) & (real < snapshot.n_articles)).all()

    def test_pads_stand_at_the_end_and_score_nothing(self, found: RetrieverCandidates) -> None:
        pad = found.article_idx == PAD
        assert (np.diff(pad.astype(int), axis=1) >= 0).all()
        assert (found.score[pad] == 0).all()

    def test_scores_descend(self, found: RetrieverCandidates) -> None:
        for row, score in zip(found.article_idx, found.score, strict=True):
            assert (np.diff(score[row != PAD]) <= 0).all()

    def test_unknown_customer_is_answered(self, found: RetrieverCandidates) -> None:
        assert (found.article_idx[-1] != PAD).any() == self.serves_cold_start

    def test_no_customers_give_no_rows(self, fitted: Retriever, found: RetrieverCandidates) -> None:
        nobody = fitted.retrieve(np.empty(0, np.int32))
        assert nobody.article_idx.shape == nobody.score.shape == (0, found.article_idx.shape[1])

    def test_a_customers_candidates_do_not_depend_on_the_block(
        self, fitted: Retriever, found: RetrieverCandidates, snapshot: Snapshot
    ) -> None:
        order = everybody(snapshot)[::-1].copy()
        backwards = fitted.retrieve(order)
        np.testing.assert_array_equal(backwards.article_idx, found.article_idx[order])
        np.testing.assert_allclose(backwards.score, found.score[order], rtol=1e-5)

    def test_saved_and_loaded_is_the_same(
        self, fitted: Retriever, found: RetrieverCandidates, snapshot: Snapshot, config: Config, tmp_path: Path
    ) -> None:
        fitted.save(tmp_path)
        same(self.retriever.load(tmp_path, snapshot, config).retrieve(everybody(snapshot)), found)
        assert not list(tmp_path.rglob("*.pkl"))

    def test_a_changed_byte_of_any_file_is_refused(
        self, fitted: Retriever, snapshot: Snapshot, config: Config, tmp_path: Path
    ) -> None:
        name = self.retriever.name
        store, spec = ArtifactStore(Workspace(tmp_path)), ArtifactSpec(f"retrievers/{name}", 1)
        with store.build(spec) as draft:
            fitted.save(draft.path)
        made = store.find(spec)
        assert made
        assert_damage_is_refused(made, lambda fitted: load_retriever(name, fitted, snapshot, config))

    def test_a_hostile_file_is_refused_and_never_run(
        self, fitted: Retriever, snapshot: Snapshot, config: Config, tmp_path: Path
    ) -> None:
        folder = tmp_path / "retriever"
        folder.mkdir()
        fitted.save(folder)
        assert_nothing_is_unpickled(folder, lambda: self.load_all(folder, snapshot, config))

    def load_all(self, folder: Path, snapshot: Snapshot, config: Config) -> None:
        """Read every file that the retriever saved; override it for one whose ``load`` leaves some to others."""
        self.retriever.load(folder, snapshot, config)

    def test_fitting_again_gives_the_same(self, found: RetrieverCandidates, snapshot: Snapshot, config: Config) -> None:
        same(self.fit(snapshot, config).retrieve(everybody(snapshot)), found)

    def test_purchases_from_the_cutoff_on_change_nothing(
        self, found: RetrieverCandidates, config: Config, tmp_path: Path
    ) -> None:
        later = LATER.snapshot(tmp_path)
        same(self.fit(later, config).retrieve(everybody(later)), found)


def everybody(snapshot: Snapshot) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Rows of all customers and of the unknown one."""
    return np.arange(snapshot.n_customers + 1, dtype=np.int32)


def same(left: RetrieverCandidates, right: RetrieverCandidates) -> None:
    """Assert that two results hold the same candidates with the same scores."""
    np.testing.assert_array_equal(left.article_idx, right.article_idx)
    np.testing.assert_array_equal(left.score, right.score)
