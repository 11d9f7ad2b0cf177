"""Batches and order files after an erasure, without Spark."""

from pathlib import Path

import pytest

from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import RECORD, Artifact, ArtifactStore, write_json
from recsys_core.workspace import Workspace
from spark_jobs.batches import batches_by_file, spec_of, spec_without
from spark_jobs.io import Checksum
from spark_jobs.orders import forget_customers
from spark_jobs.raw_file import RawFile
from spark_jobs.schemas import TableSource, kaggle_sources, order_sources

HEADER = "order_number,t_dat,customer_id,article_id,price,sales_channel_id\n"
ANNA, BERT = "N1,2020-09-01,anna,0000000001,0.05,2\n", "N2,2020-09-02,bert,0000000001,0.05,2\n"
(SHOPS,) = (source for source in kaggle_sources() if source.contract.name == "transactions")
OURS = order_sources()[0]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def file_of(workspace: Workspace, name: str, source: TableSource = SHOPS) -> RawFile:
    return RawFile(workspace.root / name, name, Checksum(f"SHA-256 of {name}", 1, 1), source)


def build(store: ArtifactStore, file: RawFile, erased: Erasures, at: str) -> Artifact:
    """A batch without content."""
    spec = spec_without(file, erased)
    with store.build(spec) as draft:
        draft.summary["file_key"] = spec_of(file).key
    made = store.require(spec)
    write_json(made.path / RECORD, made.record | {"created_at": at})
    return made


def test_the_newest_batch_of_each_file_is_found_by_the_file(workspace: Workspace) -> None:
    store = ArtifactStore(workspace)
    first, second = file_of(workspace, "transactions.csv"), file_of(workspace, "transactions_2.csv")
    build(store, first, Erasures(), "2020-09-01T00:00:00Z")
    other = build(store, second, Erasures(), "2020-09-01T00:00:00Z")
    workspace.erase("anna")
    without_anna = build(store, first, workspace.erasures(), "2020-09-02T00:00:00Z")

    found = {key: batch.key for key, batch in batches_by_file(store).items()}
    assert found == {spec_of(first).key: without_anna.key, spec_of(second).key: other.key}
    assert without_anna.key != spec_of(first).key


def test_an_erasure_of_others_leaves_the_batch_of_an_order_file_as_it_is(workspace: Workspace) -> None:
    ours, shops = file_of(workspace, "shop_orders_1.csv", OURS), file_of(workspace, "transactions.csv")
    workspace.erase("anna")
    assert spec_without(ours, workspace.erasures()) == spec_of(ours)
    assert spec_without(shops, workspace.erasures()) != spec_of(shops)


@pytest.mark.parametrize(
    "damaged",
    [
        "N3,2020-09-03,anna\n",
        "N3,2020-09-03,anna,0000000001,0.05,2,7\n",
        'N3,"2020-09-03,anna",bert,0000000001,0.05,2\n',
        'N3,2020-09-03,"anna,0000000001,0.05,2\n',
    ],
)
def test_a_damaged_row_of_an_order_file_that_names_the_customer_goes(workspace: Workspace, damaged: str) -> None:
    workspace.incoming.mkdir()
    file = workspace.incoming / "shop_orders_1.csv"
    file.write_text(HEADER + BERT + damaged)
    workspace.erase("anna")
    forget_customers(workspace, workspace.erasures())
    assert file.read_text() == HEADER + BERT


def test_a_whole_row_is_of_the_customer_in_its_column_alone(workspace: Workspace) -> None:
    workspace.incoming.mkdir()
    file = workspace.incoming / "shop_orders_1.csv"
    file.write_text(HEADER + ANNA + BERT)
    workspace.erase("2")  # a customer called as the sales channel
    forget_customers(workspace, workspace.erasures())
    assert file.read_text() == HEADER + ANNA + BERT
