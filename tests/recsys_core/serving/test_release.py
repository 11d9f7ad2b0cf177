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
from recsys_core.serving import FacetSelection, NoLiveReleaseError, Release, open_live
from recsys_core.serving.arrays import read_json
from recsys_core.serving.release import open_release
from recsys_core.store.artifacts import DamagedArtifactError
from recsys_core.testing.damage import flip_byte
from recsys_core.testing.hostile import assert_nothing_is_unpickled
from recsys_core.workspace import Workspace, flip_link
from tests.support.release_fixture import FixtureRelease, build_release


def in_a_process(program: str) -> str:
    """Output of a program in a process that has imported as little as a worker of the shop."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_without_a_release_the_error_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NoLiveReleaseError, match=r"make demo.*recsys run"):
        open_live(Workspace(tmp_path))


def test_a_pointer_to_a_removed_release_is_no_live_release(tmp_path: Path) -> None:
    flip_link(Workspace(tmp_path).live, "2020-09-20-gone")
    with pytest.raises(NoLiveReleaseError):
        open_live(Workspace(tmp_path))


def test_a_release_that_is_dropped_just_after_the_pointer_was_read_is_no_missing_release(
    published: FixtureRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    for name in ("old", "new"):
        shutil.copytree(published.workspace.live.resolve(), workspace.releases / name)
    flip_link(workspace.live, "old")

    def switched_meanwhile(folder: Path) -> Release:
        if folder.name == "old":
            flip_link(workspace.live, "new")
            shutil.rmtree(folder)
        return open_release(folder)

    monkeypatch.setattr("recsys_core.serving.release.open_release", switched_meanwhile)
    assert open_live(workspace).path.name == "new"


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


def test_a_release_is_opened_once(published: FixtureRelease, release: Release) -> None:
    assert open_live(published.workspace) is release


def test_the_garbage_collector_is_spared_an_open_release(published: FixtureRelease) -> None:
    program = f"""
import gc
from pathlib import Path
from recsys_core.serving.release import open_release
release = open_release(Path({str(published.release.path)!r}))
print(any(each is release.catalogue for each in gc.get_objects()))
"""
    assert in_a_process(program) == "False"


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


def test_threads_share_a_release(published: FixtureRelease, release: Release) -> None:
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
    assert in_a_process(program) == "[]"


def test_a_release_with_a_changed_byte_is_not_shown_until_it_is_made_again(tmp_path: Path) -> None:
    built = build_release(tmp_path, articles=200, customers=12)
    folder = built.release.path
    for name in ("catalogue/article_ids.npy", "catalogue/articles.arrow", "related/similar.npy"):
        flip_byte(folder / name)
        with pytest.raises(DamagedArtifactError, match=rf"{name} has SHA-256 .*`recsys publish` makes it again"):
            open_live(built.workspace)
        flip_byte(folder / name)
        shutil.copytree(folder, tmp_path / "again")
        shutil.rmtree(folder)
        (tmp_path / "again").rename(folder)

    for lists in (folder / "lists", folder / "second" / "lists"):
        flip_byte(lists / "article_idx.npy")
    shown = open_live(built.workspace)
    assert len(shown.lists) == len(shown.second_lists) == 0
    assert len(shown.fallback())


def test_what_is_replaced_goes(tmp_path: Path) -> None:
    """Search engines are cycles; frozen with the rest they would stay for ever."""
    built = build_release(tmp_path / "home", articles=60, customers=5)
    folders = [str(shutil.copytree(built.release.path, tmp_path / f"copy{number}")) for number in range(5)]
    program = f"""
import weakref
from pathlib import Path
from recsys_core.serving.release import open_release
engines = [weakref.ref(open_release(Path(folder)).search_engine()) for folder in {folders!r}]
print([each() is None for each in engines[:3]])
"""
    assert in_a_process(program) == "[True, True, True]"
