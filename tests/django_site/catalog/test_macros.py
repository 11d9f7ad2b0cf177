"""Macros of cards and facet values escape what shops call their articles, and follow the article when cached."""

from html.parser import HTMLParser

import pytest
from django.template import engines
from hypothesis import given
from hypothesis import strategies as st

from catalog.listing import Card, FacetGroup, FacetValue
from catalog.query import FILTERS
from config.jinja import cached
from recsys_core.serving import Article

HOSTILE = "\"'><script>alert(1)</script>&amp;"
PLAIN = Article(
    **dict.fromkeys(Article._fields, "")
    | {"article_idx": 3, "article_id": "0100000003", "prod_name": "Strap top", "colour_group_name": "Black"}
    | {"price": 0.0169, "in_stock": True, "has_image": True}
)


def macro(name: str, *args: object, **named: object) -> str:
    """The HTML of a macro of ``catalog/macros.html``, called as the pages call it."""
    html: str = getattr(engines["jinja2"].env.get_template("catalog/macros.html").module, name)(*args, **named)
    return html


def card_items(cards: list[Card], surface: str, eager: int, saved: set[str]) -> str:
    return macro("card_items", cards, surface, saved, eager=eager)


class Tags(HTMLParser):
    """The tags of a piece of markup, with their attributes, and its texts."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.opened]

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each tag of that name."""
        return [attributes for name, attributes in self.opened if name == tag]


def card(article: Article, reason: str = "", name: str = "a name") -> Card:
    return Card(article, ((name, False),), reason)


def values(*options: FacetValue) -> FacetGroup:
    return FacetGroup(FILTERS[0], list(options), selected=0, hidden=0, toggle_url="", expanded=False)


@given(text=st.one_of(st.just(HOSTILE), st.text(min_size=1)), has_image=st.booleans())
def test_nothing_that_an_article_is_called_is_markup(text: str, has_image: bool) -> None:
    texts = {name: text for name, value in PLAIN._asdict().items() if isinstance(value, str)}
    hostile = PLAIN._replace(**texts, has_image=has_image)
    tags = Tags(card_items([card(hostile, reason=text, name=text)], "grid", 4, {text}))
    assert tags.names == Tags(card_items([card(PLAIN, "why")], "grid", 4, set())).names
    (heart,) = tags.of("button")
    assert (heart["value"], heart["aria-pressed"]) == (text, "true")


@given(text=st.one_of(st.just(HOSTILE), st.text(min_size=1)))
def test_no_value_of_a_facet_is_markup(text: str) -> None:
    tags = Tags(macro("facet_values", values(FacetValue(text, 1204, selected=True))))
    plain = Tags(macro("facet_values", values(FacetValue("Black", 1204, selected=True))))
    assert tags.names == plain.names
    (box,) = tags.of("input")
    assert box["value"] == text
    assert "1,204" in tags.texts


def test_marked_words_of_a_name_stand_in_mark() -> None:
    named = Card(PLAIN, (("Strap", True), (" top & more", False)))
    assert "<mark>Strap</mark> top &amp; more" in card_items([named], "grid", 0, set())


@given(st.lists(st.tuples(st.one_of(st.just(HOSTILE), st.text()), st.booleans())))
def test_marking_lets_no_markup_through(name: list[tuple[str, bool]]) -> None:
    marked = macro("marked", name)
    assert "<" not in marked.replace("<mark>", "").replace("</mark>", "")
    assert marked.count("<mark>") == sum(is_marked for _, is_marked in name)


def test_a_card_is_written_once_for_the_same_article_and_state() -> None:
    article = PLAIN._replace(article_id="0100000005")
    card_items([card(article)], "grid", 0, set())
    before = cached.cache_info()
    card_items([card(article, "another reason")], "grid", 0, set())
    after = cached.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 2)


def test_a_heart_is_pressed_for_who_saved_the_article_alone() -> None:
    def pressed(saved: set[str]) -> str | None:
        (heart,) = Tags(card_items([card(PLAIN)], "grid", 0, saved)).of("button")
        return heart["aria-pressed"]

    saved_by = [{PLAIN.article_id}, {"0100000004"}, set(), {PLAIN.article_id}]
    assert [pressed(saved) for saved in saved_by] == ["true", "false", "false", "true"]


def test_a_card_follows_its_article_into_the_next_release() -> None:
    assert "Out of stock" not in Tags(card_items([card(PLAIN)], "grid", 0, set())).texts
    sold_out = PLAIN._replace(in_stock=False, price=0.0338)
    texts = Tags(card_items([card(sold_out)], "grid", 0, set())).texts
    assert "Out of stock" in texts
    assert "€19.94" in texts


@pytest.mark.parametrize(("eager", "loaded_at_once"), [(0, [False, False]), (1, [True, False]), (4, [True, True])])
def test_the_first_images_are_loaded_at_once(eager: int, loaded_at_once: list[bool]) -> None:
    cards = [card(PLAIN), card(PLAIN._replace(article_id="0100000004"))]
    images = [attributes for name, attributes in Tags(card_items(cards, "rail", eager, set())).opened if name == "img"]
    assert [each.get("fetchpriority") == "high" for each in images] == loaded_at_once
    assert 'loading="lazy"' in macro("image", PLAIN, "rail")
