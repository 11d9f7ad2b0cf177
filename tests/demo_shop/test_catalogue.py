import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from demo_shop.catalogue import draw_catalogue
from demo_shop.texts import Copywriter
from demo_shop.vocabulary import colours, load, ranges


@settings(max_examples=20, deadline=None)
@given(articles=st.integers(250, 3000), days=st.integers(7, 400), seed=st.integers(0, 2**31))
def test_any_size_gives_exactly_so_many_articles_with_unique_rising_numbers(articles, days, seed):
    catalogue = draw_catalogue(articles, dt.date(2019, 5, 1), days, np.random.default_rng(seed))
    ids = catalogue.article_ids
    assert len(ids) == len(set(ids)) == articles
    assert ids == sorted(ids)
    assert all(len(i) == 10 and i[0] == "0" and i.isdigit() for i in ids)
    assert (catalogue.end > catalogue.drop).all()
    assert any((catalogue.drop <= days - 1) & (catalogue.end > days - 1))


def test_colours_do_not_repeat_within_a_product_with_a_large_palette(shop):
    catalogue = shop.catalogue
    shirts = [i for i, line in enumerate(catalogue.lines) if line.silhouette == "tshirt"]
    pairs = [(catalogue.product[i], catalogue.colour[i]) for i in shirts]
    assert len(pairs) == len(set(pairs))


def test_jeans_are_dyed_in_denim_colours(shop):
    catalogue = shop.catalogue
    families = {
        colours()[colour].family
        for colour, line in zip(catalogue.colour, catalogue.lines, strict=True)
        if line.silhouette == "jeans"
    }
    assert families <= {"blue", "navy", "black", "grey", "white"}


def test_swimwear_is_brought_before_summer_and_coats_before_winter():
    year = draw_catalogue(40000, dt.date(2020, 1, 1), 365, np.random.default_rng(1))
    first = dt.date(2020, 1, 1)

    def share_dropped(type_name: str, months: set[int]) -> float:
        drops = [
            (first + dt.timedelta(days=int(day))).month
            for day, line in zip(year.drop, year.lines, strict=True)
            if line.type.name == type_name and 0 <= day < 365
        ]
        return sum(month in months for month in drops) / len(drops)

    assert share_dropped("Bikini top", {4, 5, 6}) > 0.5
    assert share_dropped("Coat", {8, 9, 10, 11, 12}) > 0.6


def test_every_range_has_a_design_a_fabric_and_words():
    designs, appearances, phrases = load("designs"), load("appearances"), load("phrases")
    for line in ranges():
        assert line.silhouette in designs
        assert line.wear in appearances["worn"]
        assert phrases["material"][line.wear]
        assert phrases["closing"][line.wear]


def test_description_tells_the_cut_that_the_image_shows():
    line = next(r for r in ranges() if r.silhouette == "tshirt")
    features = {"neck": "v", "sleeve": "short", "fit": "oversized", "length": "regular", "pocket": "chest"}
    text = Copywriter().description(line, features, (0,) * 6)
    assert text == (
        "Oversized T-shirt in cotton jersey with a V-neck, short sleeves and an open chest pocket. "
        "A favourite from the very first wash."
    )


def test_mens_wear_has_no_cropped_tops(shop):
    mens = {p for p, line in zip(shop.catalogue.product, shop.catalogue.lines, strict=True) if line.index == "F"}
    assert mens
    assert all(shop.catalogue.products.features[p].get("length") != "cropped" for p in mens)
