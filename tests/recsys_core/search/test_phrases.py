import json
from typing import Any

import pyarrow as pa

from recsys_core.search.phrases import named_words, phrase_table

TEXTS = (
    "prod_name",
    "product_type_name",
    "colour_group_name",
    "index_group_name",
    "section_name",
    "department_name",
)


def catalogue(*articles: dict[str, Any]) -> pa.Table:
    defaults = dict.fromkeys(TEXTS, "Unknown") | {"in_stock": True, "has_image": True, "sold_30d": 1}
    return pa.Table.from_pylist([defaults | article for article in articles])


def phrase(table: pa.Table, text: str) -> dict[str, Any]:
    (found,) = (row for row in table.to_pylist() if row["text"] == text)
    return dict(found) | {"filters": json.loads(found["filters"])}


SHOP = catalogue(
    {"prod_name": "Alma", "product_type_name": "Dress", "colour_group_name": "Blue", "sold_30d": 5},
    {"prod_name": "Alma", "product_type_name": "Dress", "colour_group_name": "Red", "sold_30d": 9, "in_stock": False},
    {"prod_name": "Bea", "product_type_name": "Dress", "colour_group_name": "Blue", "sold_30d": 7, "has_image": False},
    {"prod_name": "Carl", "product_type_name": "Coat", "colour_group_name": "Blue", "sold_30d": 30},
)


def test_a_kind_counts_its_articles_and_is_found_by_its_values() -> None:
    blue_dress = phrase(phrase_table(SHOP), "Blue Dress")

    assert blue_dress["count"] == 2
    assert blue_dress["filters"] == {"colour_group_name": "Blue", "product_type_name": "Dress"}


def test_the_cover_is_in_stock_with_an_image_and_sells() -> None:
    assert phrase(phrase_table(SHOP), "Dress")["cover"] == 0


def test_products_have_no_filters() -> None:
    alma = phrase(phrase_table(SHOP), "Alma")

    assert (alma["filters"], alma["count"], alma["sold"]) == ({}, 2, 14)


def test_what_sells_most_comes_first() -> None:
    texts = phrase_table(SHOP)["text"].to_pylist()

    assert texts[:3] == ["Coat", "Blue Coat", "Carl"], "of equals the wider kind first, products last"
    assert texts.index("Coat") < texts.index("Dress") < texts.index("Bea")


def test_what_nobody_knows_is_no_phrase() -> None:
    assert not [text for text in phrase_table(SHOP)["text"].to_pylist() if "Unknown" in text]


def test_a_department_called_as_a_kind_is_offered_once() -> None:
    shop = catalogue({"product_type_name": "Blouse", "department_name": "Blouse", "prod_name": "blouse"})

    assert phrase_table(shop)["text"].to_pylist() == ["Blouse"]


def test_named_words_are_those_of_kinds_and_colours() -> None:
    assert named_words(SHOP) == ["blue", "coat", "dress", "red"]
