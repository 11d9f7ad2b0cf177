"""A catalogue without photographs shows a placeholder by product group and colour."""

from xml.etree import ElementTree as ET

import pytest
from django.template import engines
from django.test import Client
from django.utils.text import slugify
from hypothesis import given
from hypothesis import strategies as st

from catalog import colours
from catalog.images.placeholders import TEMPLATES, Placeholder, draw, placeholder_of
from demo_shop.vocabulary import load
from recsys_core.serving import Article, Release

BLANK = Article(**dict.fromkeys(Article._fields, ""))
ADDRESS = "/img/placeholder/garment-full-body/dark-blue.svg"
HM_GROUPS = (
    "Garment Upper body", "Garment Lower body", "Garment Full body", "Accessories", "Underwear", "Shoes", "Swimwear",
    "Socks & Tights", "Nightwear", "Bags", "Cosmetic", "Interior textile", "Items", "Furniture", "Stationery", "Fun",
    "Garment and Shoe care", "Unknown",
)  # fmt: skip


def named(**attributes: str) -> Placeholder:
    return placeholder_of(BLANK._replace(**attributes))


@pytest.mark.parametrize("group", TEMPLATES)
def test_a_placeholder_is_valid_xml_of_two_by_three_in_every_colour(group: str) -> None:
    for colour, cloth in colours.BY_SLUG.items():
        document = draw(Placeholder(group, colour))
        assert ET.fromstring(document).attrib["viewBox"] == "0 0 240 360"  # noqa: S314  our own text
        assert cloth in document
        assert "$" not in document


def test_each_group_of_hm_has_a_placeholder_of_its_own() -> None:
    assert {slugify(group) for group in HM_GROUPS} == set(TEMPLATES)


def test_each_group_of_the_demo_has_a_placeholder_of_its_own() -> None:
    groups = {group for _, group, *_ in load("types").values()}
    assert {named(product_group_name=group).group for group in groups} == {slugify(group) for group in groups}


@pytest.mark.parametrize(
    ("attributes", "placeholder"),
    [
        ({"product_group_name": "Socks & Tights", "colour_group_name": "Dark Blue"}, ("socks-tights", "dark-blue")),
        ({"product_group_name": "Shoes", "colour_group_name": "Misty Blue"}, ("shoes", "blue")),
        ({"colour_group_name": "Other", "perceived_colour_master_name": "Red"}, ("unknown", "red")),
        ({"product_group_name": "Garden"}, ("unknown", "unknown")),
        ({"product_group_name": "../shoes/red", "colour_group_name": '"><script>'}, ("unknown", "unknown")),
        ({"product_group_name": "\0", "colour_group_name": "\N{RIGHT-TO-LEFT OVERRIDE}"}, ("unknown", "unknown")),
    ],
)
def test_the_placeholder_of_an_article(attributes: dict[str, str], placeholder: tuple[str, str]) -> None:
    assert named(**attributes) == placeholder


@given(group=st.text(), colour=st.text(), master=st.text())
def test_whatever_group_and_colour_are_called_there_is_a_placeholder(group: str, colour: str, master: str) -> None:
    article = BLANK._replace(
        product_group_name=group, colour_group_name=colour, perceived_colour_master_name=master, has_image=False
    )
    wanted, macros = placeholder_of(article), engines["jinja2"].env.get_template("catalog/macros.html").module
    assert draw(wanted)
    assert f'src="/img/placeholder/{wanted.group}/{wanted.colour}.svg"' in str(macros.image(article, "grid"))


@pytest.mark.parametrize(
    "name",
    ["ghost/red", "shoes/mauve", "shoes/c23236", "Shoes/red", "shoes/Red", "shoes", "..%2fshoes/red", "shoes/%22%3E"],
)
def test_other_groups_and_colours_are_not_found(client: Client, name: str) -> None:
    assert client.get(f"/img/placeholder/{name}.svg").status_code == 404


def test_browsers_keep_a_placeholder_and_it_needs_no_release(client: Client, empty_home: object) -> None:
    response = client.get(ADDRESS)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=604800, immutable"
    assert client.get(ADDRESS, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_placeholders_have_etags_of_their_own(client: Client, empty_home: object) -> None:
    others = (ADDRESS, ADDRESS.replace("dark-", ""), ADDRESS.replace("full", "upper"))
    assert len({client.get(address)["ETag"] for address in others}) == 3


def test_every_article_of_a_catalogue_has_a_placeholder(release: Release) -> None:
    for article in release.catalogue.articles(release.catalogue.all_idx):
        assert draw(placeholder_of(article))


@pytest.mark.parametrize(
    ("name", "value", "slug"),
    [
        ("Misty Blue", "#5a86b8", "blue"),
        ("dark blue", "#5a86b8", "blue"),
        ("Dark Blue", "#2b3a57", "dark-blue"),
        ("Nosuch", colours.UNKNOWN, "unknown"),
        ("", colours.UNKNOWN, "unknown"),
    ],
)
def test_unknown_colours_go_by_their_last_word(name: str, value: str, slug: str) -> None:
    assert (colours.hex_of(name), colours.slug_of(name)) == (value, slug)


def test_each_colour_has_a_slug_of_its_own() -> None:
    assert {name: colours.BY_SLUG[colours.slug_of(name)] for name in colours.COLOURS} == colours.COLOURS
