from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy import sparse

from recsys_core.config import Config
from recsys_core.contracts.release import REASONS, SECOND
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.explanations import Explanations
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.rules.config import ListsConfig
from recsys_core.rules.list_maker import ListMaker
from recsys_core.rules.list_writer import ListWriter
from recsys_core.rules.shard_finisher import ShardFinisher
from recsys_core.testing.retriever_contract import SHOP

CONFIG = Config(lists=ListsConfig(length=12))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return SHOP.snapshot(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def finisher(snapshot: Snapshot) -> ShardFinisher:
    maker = ListMaker(snapshot, PopularRetriever.fit(snapshot, CONFIG), CONFIG)
    return ShardFinisher(maker, ListWriter(snapshot, Explanations(snapshot.purchases, {})))


def write_shards(folder: Path, snapshot: Snapshot, prefix: str = "part") -> list[Path]:
    """Two candidates of every customer, in two shards."""
    everybody = np.arange(snapshot.n_customers, dtype=np.int32)
    article = np.tile(np.array([0, 1], np.int32), (len(everybody), 1))
    reason = np.full(article.shape, REASONS.index("two_tower"), np.uint8)
    whole = Scored(everybody, article, np.full(article.shape, 0.5, np.float32), reason)
    halves = np.array_split(np.arange(len(everybody)), 2)
    files = [folder / f"{prefix}-{shard:05d}.parquet" for shard in range(2)]
    for file, half in zip(files, halves, strict=True):
        whole.take(half).write(file)
    return files


def test_a_part_that_is_there_is_kept_and_counted(finisher: ShardFinisher, snapshot: Snapshot, tmp_path: Path) -> None:
    scored, folder = write_shards(tmp_path, snapshot), tmp_path / "lists"
    folder.mkdir()
    finisher.finish(scored[0], folder)
    first = (folder / scored[0].name).stat()

    for shard in scored:  # the run after a kill
        finisher.finish(shard, folder)

    assert (folder / scored[0].name).stat() == first
    ledger = finisher.ledger(folder)
    assert sum(ledger.customers.values()) == snapshot.n_customers
    assert sum(ledger.candidates.values()) == 2 * snapshot.n_customers
    assert ledger.states == finisher.maker.ledger.states
    finisher.maker.finish(Scored.concatenated([Scored.read(shard) for shard in scored]))
    assert ledger.counts() == finisher.maker.ledger.counts()


def test_what_a_kill_left_half_written_is_written_again(
    finisher: ShardFinisher, snapshot: Snapshot, tmp_path: Path
) -> None:
    scored, folder = write_shards(tmp_path, snapshot), tmp_path / "lists"
    folder.mkdir()
    (folder / f".{scored[0].name}.part").write_bytes(b"PAR1 half of it")

    finisher.finish(scored[0], folder)

    assert [file.name for file in folder.iterdir()] == [scored[0].name]
    assert pq.read_table(folder / scored[0].name).num_rows == len(Scored.read(scored[0]).customer)


def test_the_experiments_lists_stand_beside_and_have_a_ledger_of_their_own(
    finisher: ShardFinisher, snapshot: Snapshot, tmp_path: Path
) -> None:
    scored, folder = write_shards(tmp_path, snapshot), tmp_path / "lists"
    write_shards(tmp_path, snapshot, SECOND)
    folder.mkdir()

    for shard in scored:
        finisher.finish(shard, folder)

    second = [pq.read_table(folder / SECOND / shard.name) for shard in scored]
    assert sum(len(part) for part in second) == snapshot.n_customers
    assert sum(finisher.ledger(folder).customers.values()) == snapshot.n_customers


def test_parts_hold_the_same_whatever_the_shards(finisher: ShardFinisher, snapshot: Snapshot, tmp_path: Path) -> None:
    scored = write_shards(tmp_path, snapshot)
    whole = Scored.concatenated([Scored.read(shard) for shard in scored])

    at_once = finisher.maker.finish(whole)
    parts = Scored.concatenated([finisher.maker.finish(Scored.read(shard)) for shard in scored])

    for one, other in zip(vars(at_once).values(), vars(parts).values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_part_that_other_retrievers_explained_is_written_again(
    finisher: ShardFinisher, snapshot: Snapshot, tmp_path: Path
) -> None:
    scored, folder = write_shards(tmp_path, snapshot), tmp_path / "lists"
    folder.mkdir()
    finisher.finish(scored[0], folder)
    n = snapshot.n_articles
    linked = Explanations(snapshot.purchases, {"also_bought": sparse.csr_array((n, n), dtype=np.float32)})
    explaining = ShardFinisher(finisher.maker, ListWriter(snapshot, linked))

    explaining.finish(scored[0], folder)

    assert not finisher.writer.has_written(folder / scored[0].name)
    assert explaining.writer.has_written(folder / scored[0].name)
