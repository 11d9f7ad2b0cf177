from decimal import Decimal

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from catalog.query import BY_PARAM, FILTERS, SORTS, ListingQuery

VALUES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
WORDS = st.lists(st.text("abcæø'&=+%", min_size=1, max_size=8), max_size=3).map(" ".join)
PRICES = st.none() | st.decimals(0, 10_000, places=2)
QUERIES = st.builds(
    ListingQuery,
    values=st.dictionaries(
        st.sampled_from([f.column for f in FILTERS]), st.frozensets(VALUES, min_size=1, max_size=3), max_size=4
    ),
    price_min=PRICES,
    price_max=PRICES,
    in_stock=st.booleans(),
    sort=st.sampled_from(SORTS),
    page=st.integers(1, 9999),
    text=WORDS,
    show=st.frozensets(st.sampled_from(sorted(BY_PARAM)), max_size=2),
)


def read(address: str) -> ListingQuery:
    return ListingQuery.read(QueryDict(address.partition("?")[2]))


@given(QUERIES)
def test_an_address_reads_back_as_the_same_query(query: ListingQuery) -> None:
    assert read(query.address("/c/")) == query


def test_equal_choices_give_one_address() -> None:
    one, other = read("?colour=Red&colour=Black&type=Dress"), read("?type=Dress&colour=Black&colour=Red&page=1&sort=")
    assert one.address("/") == other.address("/") == "/?type=Dress&colour=Black&colour=Red"


def test_no_choice_is_the_plain_path() -> None:
    assert ListingQuery().address("/c/") == "/c/"


def test_nonsense_in_the_address_is_left_out() -> None:
    query = read("?page=-3&sort=random&price_min=cheap&price_max=-5&in_stock=maybe&show=everything&colour=&unknown=1")
    assert query == ListingQuery()


def test_infinite_and_absurd_prices_are_left_out() -> None:
    assert not read("?price_min=NaN&price_max=Infinity").has_price
    assert not read("?price_max=1e40").has_price


def test_a_comma_is_a_decimal_point() -> None:
    assert read("?price_max=19,99").price_max == Decimal("19.99")


def test_at_most_fifty_values_of_a_facet_count() -> None:
    query = read("?" + "&".join(f"colour=c{n}" for n in range(500)))
    assert len(query.chosen("colour_group_name")) == 50


def test_removing_a_value_keeps_the_others_and_starts_at_the_first_page() -> None:
    query = read("?colour=Red&colour=Black&type=Dress&page=3").without_value("colour_group_name", "Red")
    assert query.address("/") == "/?type=Dress&colour=Black"


def test_removing_all_filters_keeps_words_and_order() -> None:
    query = read("?q=linen&colour=Red&price_max=10&in_stock=1&sort=newest").without_filters()
    assert query.address("/search") == "/search?q=linen&sort=newest"
