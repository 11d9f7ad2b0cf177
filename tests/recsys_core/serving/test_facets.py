from collections import Counter
from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.contracts.columns import FACETS
from recsys_core.serving import Article, FacetSelection, Release


def matches(article: Article, selection: FacetSelection, but_for: str = "") -> bool:
    """The rule, one article at a time."""
    chosen: Mapping[str, set[str]] = {k: set(v) for k, v in selection.values.items() if k in FACETS and v}
    in_facets = all(getattr(article, name) in values for name, values in chosen.items() if name != but_for)
    low = selection.price_min if selection.price_min is not None else -np.inf
    high = selection.price_max if selection.price_max is not None else np.inf
    in_price = but_for == "price" or low <= article.price <= high
    return in_facets and in_price and (article.in_stock or not selection.in_stock)


def selections(release: Release) -> st.SearchStrategy[FacetSelection]:
    names = st.sampled_from([*FACETS, "no_such_facet"])
    values = {name: release.catalogue.facet_values(name) for name in FACETS}
    any_value = st.sampled_from(sorted({value for some in values.values() for value in some} | {"no such value"}))
    price = st.none() | st.floats(0, 0.125, width=32)
    return st.builds(
        FacetSelection,
        values=st.dictionaries(names, st.frozensets(any_value, max_size=12), max_size=4),
        price_min=price,
        price_max=price,
        in_stock=st.booleans(),
    )


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_counts_equal_counting_by_hand(release: Release, data: st.DataObject) -> None:
    selection = data.draw(selections(release))
    n = release.catalogue.size
    some = st.lists(st.integers(0, n - 1), max_size=60, unique=True)
    everything = st.integers(0, 99).map(lambda seed: np.random.default_rng(seed).permutation(n))
    candidates = np.array(data.draw(some | everything), dtype=np.int32)
    articles = release.catalogue.articles(candidates)

    page = release.catalogue.facet(candidates, selection)

    assert page.article_idx.tolist() == [a.article_idx for a in articles if matches(a, selection)]
    for name in FACETS:
        expected = Counter(getattr(a, name) for a in articles if matches(a, selection, but_for=name))
        shown = dict(page.counts[name])
        assert {value: n for value, n in shown.items() if n} == expected
        assert {value for value, n in shown.items() if not n} <= set(selection.values.get(name, ()))
        assert page.counts[name] == sorted(page.counts[name], key=lambda pair: (-pair[1], pair[0]))
    prices = [a.price for a in articles if matches(a, selection, but_for="price")]
    assert page.price_range == ((min(prices), max(prices)) if prices else None)


def test_a_selected_value_without_candidates_stays_visible(release: Release) -> None:
    selection = FacetSelection({"colour_group_name": {"Black"}, "product_type_name": {"Dress"}})
    blue = [i for i in range(release.catalogue.size) if release.catalogue.article(i).colour_group_name == "Blue"]
    page = release.catalogue.facet(np.array(blue), selection)
    assert ("Black", 0) in page.counts["colour_group_name"]
    assert len(page) == 0


def test_an_unknown_value_alone_selects_nothing_and_an_unknown_facet_is_ignored(release: Release) -> None:
    everything = release.catalogue.all_idx
    assert len(release.catalogue.facet(everything, FacetSelection({"colour_group_name": {"Ultraviolet"}}))) == 0
    assert len(release.catalogue.facet(everything, FacetSelection({"shoe_size": {"42"}}))) == len(everything)


def test_order_of_candidates_is_kept(release: Release) -> None:
    candidates = release.catalogue.all_idx[::-1]
    page = release.catalogue.facet(candidates, FacetSelection(in_stock=True))
    assert np.all(np.diff(page.article_idx) < 0)
