import numpy as np
import pytest

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.contracts.release import CATALOGUE_EXTRA
from recsys_core.serving import Article, Catalogue, Release


def test_an_article_has_the_contracts_columns_in_order() -> None:
    assert list(Article._fields) == ["article_idx", *ARTICLE_COLUMNS, *CATALOGUE_EXTRA]


def test_every_article_is_found_by_its_id(release: Release) -> None:
    for idx, article in enumerate(release.catalogue.articles(release.catalogue.all_idx)):
        assert article.article_idx == idx
        assert release.catalogue.index_of(article.article_id) == idx


@pytest.mark.parametrize("unknown", ["", "0", "9999999999", "01000000011", "0100000001 ", "ü" * 10, "\x00"])
def test_an_unknown_id_is_none(release: Release, unknown: str) -> None:
    assert release.catalogue.index_of(unknown) is None


def test_articles_come_in_the_order_asked_for(release: Release) -> None:
    assert [a.article_idx for a in release.catalogue.articles([7, 2, 7])] == [7, 2, 7]
    assert release.catalogue.articles([]) == []


def test_articles_read_before_are_kept_up_to_a_bound(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsys_core.serving.catalogue.MAX_CACHED_ARTICLES", 3)
    catalogue = Catalogue(release.path / "catalogue")
    first = catalogue.article(7)
    assert catalogue.articles([7, 2])[0] is first  # 7 and 2 are kept
    assert [a.article_idx for a in catalogue.articles([5, 6, 8, 9])] == [5, 6, 8, 9]  # too many: nothing changes
    assert catalogue.article(7) is first
    assert [a.article_idx for a in catalogue.articles([5, 6])] == [5, 6]  # one too many: these alone are kept
    assert catalogue.article(7) is not first
    assert catalogue.article(7) == first


def test_numbers_beside_the_rows_agree_with_them(release: Release) -> None:
    articles = release.catalogue.articles(release.catalogue.all_idx)
    for name in ("price", "in_stock", "sold_7d", "sold_30d", "days_since_first_sale"):
        np.testing.assert_array_equal(getattr(release.catalogue, name), [getattr(a, name) for a in articles])


@pytest.mark.parametrize("idx", [-1, 300])
def test_a_row_that_does_not_exist_is_an_error(release: Release, idx: int) -> None:
    with pytest.raises(IndexError, match=r"outside 0\.\.299"):
        release.catalogue.article(idx)


def test_the_shared_row_numbers_cannot_be_changed(release: Release) -> None:
    with pytest.raises(ValueError, match="read-only"):
        release.catalogue.all_idx[0] = 5
