import numpy as np

from recsys_core.serving.search.article_set import ArticleSet


def test_sets_are_what_masks_say() -> None:
    first = np.array([True, False, True] * 7)
    second = np.array([True, True, False] * 7)
    ones, others = ArticleSet.of(first), ArticleSet.of(second)
    assert len(ones) == 14
    assert ones.mask().tolist() == first.tolist()
    assert (ones & others).mask().tolist() == (first & second).tolist()
    assert (ones | others).mask().tolist() == (first | second).tolist()
    assert not ArticleSet.of(np.zeros(21, bool))
