import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from recsys_core.contracts.release import DEMO_CUSTOMERS, LEDGER, LISTS, RECOMMENDATIONS, SECOND
from recsys_core.search.synonyms import Synonyms
from recsys_core.serving import FacetSelection, Release, open_live
from recsys_core.serving.arrays import read_json
from recsys_core.testing.hostile import assert_nothing_is_unpickled
from tests.support.release_fixture import FixtureRelease


def test_a_hostile_file_in_a_release_is_refused_and_never_run(published: FixtureRelease, tmp_path: Path) -> None:
    """Also where its digest is that of the manifest: whoever can write files can write that one too."""
    folder = Path(shutil.copytree(published.workspace.live.resolve(), tmp_path / "release"))

    def read_all() -> None:
        release = Release(folder)
        release.search_engine().search("dress")
        release.lists.for_customer(published.customer_ids[0])
        pq.read_table(folder / RECOMMENDATIONS, columns=["article_ids"])
        read_json(folder / DEMO_CUSTOMERS)

    assert_nothing_is_unpickled(folder, read_all, optional=(LEDGER, LISTS, SECOND))


def test_every_customer_gets_the_list_that_was_published(published: FixtureRelease, release: Release) -> None:
    rows = pq.read_table(published.release.path / RECOMMENDATIONS).to_pylist()
    assert [row["customer_id"] for row in rows] == list(published.customer_ids)
    for row in rows:
        found = release.lists.for_customer(row["customer_id"])
        assert found is not None
        assert [a.article_id for a in release.catalogue.articles(found.article_idx)] == row["article_ids"]
        assert list(found.reasons) == row["reasons"]


@pytest.mark.parametrize("unknown", ["", "nobody", "0" * 64, "f" * 64, "0" * 65, "é"])
def test_an_unknown_customer_has_no_list(release: Release, unknown: str) -> None:
    assert release.lists.for_customer(unknown) is None


def test_fallback_prefers_the_segment(published: FixtureRelease, release: Release) -> None:
    stored = json.loads((published.release.path / "fallbacks.json").read_text())
    for age, expected in ((None, stored["global"]), ("-19", stored["segments"]["age_interval=-19"])):
        shown = release.catalogue.articles(release.fallback(age).article_idx)
        assert [article.article_id for article in shown] == expected
    assert release.fallback("no such age").article_idx.tolist() == release.fallback().article_idx.tolist()


def test_similar_articles_are_others_in_stock(release: Release) -> None:
    for idx in range(release.catalogue.size):
        similar = release.related(idx, "similar")
        assert len(similar) == 24
        assert idx not in similar
        assert release.catalogue.in_stock[similar].all()


def test_search_finds_what_the_words_say(release: Release) -> None:
    found = release.search_engine().search("blue cotton shirt")
    first = release.catalogue.article(int(found.all_words[np.argmax(found.all_scores)]))
    assert (first.colour_group_name, first.product_type_name) == ("Blue", "Shirt")
    assert "cotton" in first.detail_desc
    assert np.all(found.all_scores > 0)


def test_a_release_of_a_former_version_can_be_searched(published: FixtureRelease, tmp_path: Path) -> None:
    shutil.copytree(published.release.path, tmp_path / "former")
    for name in ("name_indices.npy", "name_indptr.npy", "plain_words.json"):
        (tmp_path / "former" / "search" / name).unlink()
    former = Release(tmp_path / "former")
    assert len(former.search_engine().search("navy trousers").all_words) > 0


def test_threads_make_one_search_engine(release: Release) -> None:
    synonyms = Synonyms.of("frobnicator => dress")
    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(lambda _: release.search_engine(synonyms), range(16))))) == 1


def test_threads_share_a_release(published: FixtureRelease) -> None:
    release = open_live(published.workspace)
    expected = release.search_engine().search("black dress").all_words.tolist()

    def read(_: int) -> bool:
        mine = open_live(published.workspace)
        page = mine.catalogue.facet(mine.catalogue.all_idx, FacetSelection({"colour_group_name": {"Black"}}))
        names = {article.colour_group_name for article in mine.catalogue.articles(page.article_idx)}
        found = mine.search_engine().search("black dress").all_words.tolist()
        return mine is release and found == expected and names == {"Black"}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(64)))


def test_reading_a_release_loads_nothing_heavy(published: FixtureRelease) -> None:
    program = f"""
import sys
from pathlib import Path
from recsys_core.workspace import Workspace
from recsys_core.serving import FacetSelection, open_live
release = open_live(Workspace(Path({str(published.workspace.root)!r})))
idx = release.search_engine().search("blue shirt").all_words
release.catalogue.articles(release.catalogue.facet(idx, FacetSelection(in_stock=True)).article_idx)
release.lists.for_customer({published.customer_ids[0]!r}), release.fallback("20-24"), release.related(0, "similar")
heavy = ["pandas", "sklearn", "scipy", "mlflow", "tensorflow", "torch", "pyspark", "pymilvus", "pydantic"]
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
