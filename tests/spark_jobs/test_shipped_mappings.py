"""Each mapping that ships makes the purchases, articles and profiles that its sample holds, worked out by hand."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from recsys_core.config import Config
from recsys_core.data.config import DataConfig
from recsys_core.data.mappings import description, mapping_path, shipped_mappings
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace, flip_link
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from tests.spark_jobs.conftest import rows
from tests.spark_jobs.sample_tables import EXPECTED, SAMPLES


def read_sample(folder: Path, name: str, mapping: Path | None = None) -> Artifact:
    workspace = Workspace(folder / "workspace")
    flip_link(workspace.raw, SAMPLES / name)
    lenient = Config(data=DataConfig(max_bad_share=0.1))
    return ingest(workspace, lenient, load_sources(mapping or mapping_path(name)))


def purchases_of(tables: Artifact) -> Counter[tuple[Any, ...]]:
    return Counter(
        (str(row["t_dat"]), row["customer_id"], row["article_id"], row["price"])
        for row in rows(tables.path / "transactions")
    )


SOON = ("online_retail", "shopify_orders")
"""Mappings of ``make test``: a query with returns over one file, and one that fills down; all are in the long tests."""


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    "name", [name if name in SOON else pytest.param(name, marks=pytest.mark.full) for name in sorted(EXPECTED)]
)
def test_a_sample_makes_the_tables_of_its_shop(name: str, tmp_path: Path) -> None:
    expected, tables = EXPECTED[name], read_sample(tmp_path, name)
    assert purchases_of(tables) == expected.purchases
    articles = rows(tables.path / "articles")
    assert {a["article_id"]: (a["prod_name"], a["product_type_name"]) for a in articles} == expected.articles
    customers = rows(tables.path / "customers")
    profiles = {c["customer_id"]: (c["age"], c["postal_code"]) for c in customers if c["has_profile"]}
    assert profiles == expected.profiles
    assert {row["line"]: row["reason"] for row in rows(tables.path / "quarantine")} == expected.quarantined
    assert tables.summary["quarantined"] == len(expected.quarantined)


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_returns_may_be_left_out_alone(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping_path("online_retail").read_text().replace("returns = true", "returns = false"))
    found = purchases_of(read_sample(tmp_path, "online_retail", mapping))
    more = {
        ("2010-12-01", "17002", "22752", 7.65): 3,
        ("2011-01-18", "12346", "23166", 1.04): 100,
        ("2011-02-01", "17004", "85123A", 2.95): 1,
        ("2011-02-03", "17001", "22138", 4.95): 2,
        ("2011-02-03", "17003", "21730", 4.25): 6,
    }
    assert found == EXPECTED["online_retail"].purchases | more


def test_every_mapping_that_ships_has_a_sample_and_says_what_it_leaves_out() -> None:
    assert sorted(shipped_mappings()) == sorted(EXPECTED)
    for path in shipped_mappings().values():
        load_sources(path)
        text = description(path)
        assert "Left out:" in text, path
        assert "Change:" in text, path


def test_a_name_that_does_not_ship_is_answered_with_those_that_do(tmp_path: Path) -> None:
    assert mapping_path("olist").name == "olist.toml"
    own = tmp_path / "olist"
    own.write_text("")
    assert mapping_path(own) == own
    with pytest.raises(
        ValueError, match=r"column mapping olits does not exist: expected a file, or one that ships: .*olist"
    ):
        mapping_path("olits")
