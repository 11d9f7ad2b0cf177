import numpy as np

from demo_shop.vocabulary import KIDS_AUDIENCES
from tests.demo_shop.conftest import DAYS, FIRST_DAY


def audience_of(shop):
    return np.array([line.audience for line in shop.catalogue.lines])[shop.article]


def test_only_articles_on_sale_are_bought(shop):
    assert (shop.catalogue.drop[shop.article] <= shop.day).all()
    assert (shop.catalogue.end[shop.article] > shop.day).all()


def test_nobody_buys_while_away(shop):
    c = shop.customers
    assert (c.joined[shop.customer] <= shop.day).all()
    assert (c.left[shop.customer] > shop.day).all()
    away = (c.lapsed[shop.customer] <= shop.day) & (shop.day < c.returned[shop.customer])
    assert not away.any()


def test_lapsed_customers_return(shop):
    c = shop.customers
    back = np.unique(shop.customer[shop.day >= c.returned[shop.customer]])
    before = np.unique(shop.customer[shop.day < c.lapsed[shop.customer]])
    assert len(np.intersect1d(back, before)) > 20


def test_volume_follows_the_plan(shop):
    planned = shop.customers.size * 22.5 * (1 - np.exp(-DAYS / 60))
    assert abs(len(shop.day) / planned - 1) < 0.02


def test_prices_are_scaled_and_channels_two(shop):
    assert shop.price.min() > 0
    assert shop.price.max() < 0.6
    assert set(np.unique(shop.channel)) == {1, 2}
    assert 0.55 < (shop.channel == 2).mean() < 0.8


def test_popularity_has_a_long_tail(shop):
    sold = np.sort(np.bincount(shop.article[shop.day >= DAYS - 28], minlength=shop.catalogue.size))[::-1]
    selling = sold[sold > 0]
    tenth = len(selling) // 10
    assert selling[:tenth].sum() > 0.25 * selling.sum()
    assert selling[0] > 8 * np.median(selling)


def test_swimwear_sells_in_june_and_hardly_in_march(shop):
    swim = audience_of(shop) == "swim"
    month = np.array([(FIRST_DAY + np.timedelta64(int(d), "D").astype(object)).month for d in range(DAYS)])[shop.day]
    assert swim[month == 6].mean() > 3 * swim[month == 3].mean()


def test_children_are_dressed_by_families(shop):
    kids = np.isin(audience_of(shop), KIDS_AUDIENCES)
    family = shop.customers.kids_share[shop.customer] > 0
    assert kids[family].mean() > 0.15
    assert kids[~family].mean() < 0.03


def test_a_child_that_grows_gets_other_sizes(shop):
    """Babies' wear is bought for babies: the youngest child at workspace is no older than three."""
    baby = np.isin(audience_of(shop), ("newborn", "baby_girl", "baby_boy"))
    family = shop.customers.kids_share[shop.customer] > 0
    born = shop.customers.kid_born[shop.customer]
    youngest = shop.day - np.where(born < 10**5, born, -(10**5)).max(axis=1)
    assert (youngest[baby & family] < 4 * 365).mean() > 0.8


def test_age_tells_taste(shop):
    age = shop.customers.profile.age[shop.customer]
    divided = np.char.startswith(audience_of(shop), "divided")
    young, grown = (age > 0) & (age < 25), age > 45
    assert divided[young].mean() > 2.5 * divided[grown].mean()


def test_trend_turns(shop):
    """Lilac rises to its peak at a third of the time, and falls, beside what else is on sale."""
    from demo_shop.vocabulary import colours

    lilac = np.array([c.family for c in colours()])[shop.catalogue.colour] == "lilac"

    def lift(first, last):
        """Lilac's share of the sales over its share of what is on sale, both summed over the days."""
        sold = lilac[shop.article[(shop.day >= first) & (shop.day < last)]].mean()
        days = np.arange(first, last)[:, None]
        on_sale = (shop.catalogue.drop <= days) & (days < shop.catalogue.end)
        return sold / (on_sale[:, lilac].sum() / on_sale.sum())

    assert lift(45, 90) > 1.5 * lift(144, DAYS)


def test_baskets_match_in_style_more_than_chance(shop):
    style = shop.catalogue.products.style[shop.catalogue.product][shop.article]
    basket = shop.day * shop.customers.size + shop.customer
    same_basket = basket[1:] == basket[:-1]
    other_product = shop.catalogue.product[shop.article][1:] != shop.catalogue.product[shop.article][:-1]
    together = (style[1:] == style[:-1])[same_basket & other_product].mean()
    shuffled = np.random.default_rng(0).permutation(style)
    assert together > 1.5 * (shuffled == style).mean()


def test_some_rows_are_equal_and_some_articles_are_bought_again(shop):
    keys = (shop.day * shop.customers.size + shop.customer) * shop.catalogue.size + shop.article
    assert 0.04 < 1 - len(np.unique(keys)) / len(keys) < 0.2
    on_days = np.unique(keys)
    pairs = (on_days // shop.catalogue.size % shop.customers.size) * shop.catalogue.size + on_days % shop.catalogue.size
    again = 1 - len(np.unique(pairs)) / len(pairs)
    assert 0.05 < again < 0.4
