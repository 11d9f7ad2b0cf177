from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from catalog import colours
from catalog.pictures.drawings import draw, mirrored
from catalog.pictures.looks import BY_GROUP, BY_TYPE, BY_WORD, SLEEVES, Look, look_of
from catalog.pictures.silhouettes import PATTERNS, SILHOUETTES
from recsys_core.serving import Article, Release

BLANK = Article(**dict.fromkeys(Article._fields, ""))


@pytest.mark.parametrize("silhouette", SILHOUETTES)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_drawing_is_well_formed_and_shows_the_colour(silhouette: str, pattern: str) -> None:
    document = draw(Look(silhouette, "c23236", pattern))
    root = ET.fromstring(document)  # noqa: S314  our own text
    assert root.attrib["viewBox"] == "0 0 240 360"
    assert "#c23236" in document
    assert ("url(#p)" in document) == (pattern != "solid" and "<pattern" in document and silhouette not in STROKED)


STROKED = {name for name, shape in SILHOUETTES.items() if not (shape.half or shape.whole or shape.parts)}


def test_a_mirrored_outline_is_symmetric() -> None:
    assert mirrored("M120 10 C110 10 100 20 90 30 L120 50") == (
        "M120 10 C110 10 100 20 90 30 L120 50 L150 30 C140 20 130 10 120 10 Z"
    )


def test_all_tables_name_silhouettes_that_exist() -> None:
    named = {*BY_TYPE.values(), *BY_GROUP.values(), *(shape for _, shape in BY_WORD)}
    named |= {shape for table in SLEEVES.values() for shape in table.values()}
    assert named <= set(SILHOUETTES)


@pytest.mark.parametrize(
    ("attributes", "look"),
    [
        ({"product_type_name": "Dress", "colour_group_name": "Dark Blue"}, "dress_2b3a57_solid"),
        ({"product_type_name": "T-shirt", "detail_desc": "A top with long sleeves."}, "longsleeve_b9b2a8_solid"),
        ({"product_type_name": "Dress", "detail_desc": "Narrow shoulder straps."}, "slip_b9b2a8_solid"),
        ({"product_type_name": "Summer dress", "graphical_appearance_name": "Stripe"}, "dress_b9b2a8_stripe"),
        ({"product_type_name": "Mystery", "product_group_name": "Shoes"}, "sneaker_b9b2a8_solid"),
        ({"product_type_name": "Mystery"}, "hanger_b9b2a8_solid"),
        ({"colour_group_name": "Other", "perceived_colour_master_name": "Red"}, "hanger_c23236_solid"),
    ],
)
def test_what_an_article_looks_like(attributes: dict[str, str], look: str) -> None:
    assert str(look_of(BLANK._replace(**attributes))) == look


def test_a_look_reads_back() -> None:
    assert str(Look.parse("dress_2b3a57_stripe")) == "dress_2b3a57_stripe"


@pytest.mark.parametrize(
    "text", ["dress_2b3a57", "dress_red_solid", "ghost_2b3a57_solid", "dress_2b3a57_zigzag", "dress_2b3a57_solid_x"]
)
def test_other_names_are_no_drawings(client: Client, text: str) -> None:
    assert client.get(f"/img/drawn/{text}.svg").status_code == 404


def test_a_drawing_is_kept_by_browsers_and_needs_no_release(client: Client, empty_home: object) -> None:
    response = client.get("/img/drawn/dress_2b3a57_stripe.svg")
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=604800, immutable"


def test_every_article_of_a_catalogue_can_be_drawn(release: Release) -> None:
    for article in release.catalogue.articles(release.catalogue.all_idx):
        assert Look.parse(str(look_of(article)))


@pytest.mark.parametrize(
    ("name", "value"), [("Misty Blue", "#5a86b8"), ("dark blue", "#5a86b8"), ("Nosuch", colours.UNKNOWN)]
)
def test_unknown_colours_go_by_their_last_word(name: str, value: str) -> None:
    assert colours.hex_of(name) == value
