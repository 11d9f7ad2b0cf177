import itertools
from decimal import Decimal

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from catalog.formats import element_id
from catalog.listing import ListingContext, build_listing
from catalog.query import FILTERS, ListingQuery
from recsys_core.serving import Article, Release

CONTEXT = ListingContext(path="/c/")
CHOICES = [
    ListingQuery(),
    ListingQuery(values={"colour_group_name": frozenset({"Black", "Red"})}),
    ListingQuery(values={"colour_group_name": frozenset({"Black"}), "product_type_name": frozenset({"Dress"})}),
    ListingQuery(values={"index_group_name": frozenset({"Ladieswear"})}, price_max=Decimal(20), in_stock=True),
    ListingQuery(price_min=Decimal("10.03"), price_max=Decimal("25.37")),
]


def fits(article: Article, query: ListingQuery, without: str = "") -> bool:
    """The rules of filtering, article by article."""
    low, high = query.selection.price_min, query.selection.price_max
    in_range = (low is None or article.price >= low) and (high is None or article.price <= high)
    values = all(getattr(article, column) in chosen for column, chosen in query.values.items() if column != without)
    return in_range and values and (article.in_stock or not query.in_stock)


@pytest.mark.parametrize("query", CHOICES)
def test_counts_and_total_equal_counting_one_by_one(release: Release, query: ListingQuery) -> None:
    listing = build_listing(release, release.catalogue.all_idx, query, CONTEXT)
    everything = release.catalogue.articles(release.catalogue.all_idx)
    assert listing.total == sum(fits(article, query) for article in everything)
    for group in listing.facets:
        for option in group.values:
            expected = sum(
                fits(a, query, without=group.filter.column) and getattr(a, group.filter.column) == option.value
                for a in everything
            )
            assert option.count == expected, (group.filter.title, option.value)


def test_a_chosen_value_leaves_the_other_values_of_its_facet_their_counts(release: Release) -> None:
    plain = build_listing(release, release.catalogue.all_idx, ListingQuery(), CONTEXT)
    black = build_listing(release, release.catalogue.all_idx, CHOICES[1], CONTEXT)
    assert counts(plain, "colour") == counts(black, "colour")
    assert counts(plain, "type") != counts(black, "type")


def counts(listing: object, param: str) -> dict[str, int]:
    group = next(g for g in listing.facets if g.filter.param == param)  # type: ignore[attr-defined]
    return {option.value: option.count for option in group.values}


def test_pages_partition_the_articles_in_order(release: Release, shop: Settings) -> None:
    shop.PAGE_SIZE = 7
    first = build_listing(release, release.catalogue.all_idx[:30], ListingQuery(), CONTEXT)
    pages = [
        build_listing(release, release.catalogue.all_idx[:30], ListingQuery(page=n), CONTEXT)
        for n in range(1, first.pages + 1)
    ]
    shown = [card.article.article_idx for page in pages for card in page.cards]
    assert shown == list(range(30))
    assert [page.last for page in pages] == [7, 14, 21, 28, 30]
    assert pages[0].previous_url == "" == pages[-1].next_url
    assert pages[1].next_url == "/c/?page=3"


def test_a_page_behind_the_last_is_the_last(release: Release) -> None:
    listing = build_listing(release, release.catalogue.all_idx[:30], ListingQuery(page=99), CONTEXT)
    assert (listing.page, len(listing.cards)) == (2, 6)


@pytest.mark.parametrize("sort", ["price-up", "price-down"])
def test_sorting_by_price_puts_what_is_sold_out_last(release: Release, shop: Settings, sort: str) -> None:
    shop.PAGE_SIZE = release.catalogue.size
    listing = build_listing(release, release.catalogue.all_idx, ListingQuery(sort=sort), CONTEXT)
    shown = [card.article for card in listing.cards]
    there = [article.price for article in shown if article.in_stock]
    gone = [article.price for article in shown if not article.in_stock]
    assert [article.in_stock for article in shown] == [True] * len(there) + [False] * len(gone)
    for prices in (there, gone):
        assert len(prices) > 1
        assert prices == sorted(prices, reverse=sort == "price-down")


def test_newest_in_stock_first_and_never_sold_last(release: Release, shop: Settings) -> None:
    shop.PAGE_SIZE = release.catalogue.size
    listing = build_listing(release, release.catalogue.all_idx, ListingQuery(sort="newest"), CONTEXT)
    shown = [card.article for card in listing.cards]
    assert [article.in_stock for article in shown] == sorted((article.in_stock for article in shown), reverse=True)
    for in_stock in (True, False):
        ages = [article.days_since_first_sale for article in shown if article.in_stock == in_stock]
        sold = list(itertools.takewhile(lambda age: age >= 0, ages))
        assert sold == sorted(sold)
        assert set(ages[len(sold) :]) <= {-1}


def test_equal_prices_keep_their_order_of_relevance(release: Release) -> None:
    price = release.catalogue.price
    value, times = np.unique(price[release.catalogue.in_stock], return_counts=True)
    same = np.flatnonzero((price == value[times.argmax()]) & release.catalogue.in_stock)[::-1].astype(np.int32)
    listing = build_listing(release, same, ListingQuery(sort="price-up"), CONTEXT)
    assert [card.article.article_idx for card in listing.cards] == same.tolist()


def test_an_empty_result_says_which_filter_to_give_up_and_what_that_brings(release: Release) -> None:
    query = ListingQuery(
        values={"product_type_name": frozenset({"Dress"}), "index_group_name": frozenset({"Menswear"})}
    )
    listing = build_listing(release, release.catalogue.all_idx, query, CONTEXT)
    everything = release.catalogue.articles(release.catalogue.all_idx)
    dresses = sum(a.product_type_name == "Dress" for a in everything)
    mens = sum(a.index_group_name == "Menswear" for a in everything)
    assert listing.total == 0
    assert {(chip.title, chip.count) for chip in listing.relaxations} == {
        ("Collection", dresses),
        ("Product type", mens),
    }
    assert next(c for c in listing.relaxations if c.title == "Collection").url == "/c/?type=Dress"


def test_a_long_facet_shows_ten_values_until_asked_for_all(release: Release) -> None:
    short = build_listing(release, release.catalogue.all_idx, ListingQuery(), CONTEXT)
    group = next(g for g in short.facets if g.filter.param == "type")
    assert (len(group.values), group.hidden, group.toggle_url) == (10, 2, "/c/?show=type")
    query = ListingQuery(show=frozenset({"type"}))
    whole = next(
        g for g in build_listing(release, release.catalogue.all_idx, query, CONTEXT).facets if g.filter.param == "type"
    )
    assert (len(whole.values), whole.hidden, whole.toggle_url) == (12, 0, "/c/")


def test_a_chosen_value_is_shown_however_rare(release: Release) -> None:
    rarest = release.catalogue.facet(release.catalogue.all_idx, ListingQuery().selection).counts["product_type_name"]
    query = ListingQuery(values={"product_type_name": frozenset({rarest[-1][0]})})
    group = build_listing(release, release.catalogue.all_idx, query, CONTEXT).facets[0]
    assert [option.value for option in group.values if option.selected] == [rarest[-1][0]]


def test_element_ids_are_unique(release: Release) -> None:
    query = ListingQuery(show=frozenset(f.param for f in FILTERS))
    listing = build_listing(release, release.catalogue.all_idx, query, CONTEXT)
    ids = [element_id(option.value, group.filter.param) for group in listing.facets for option in group.values]
    assert len(ids) == len(set(ids))
