"""Placeholder images for articles without a photograph: one SVG file a product group, in the article's colour."""

from functools import cache
from pathlib import Path
from string import Template
from typing import Final, NamedTuple

from django.utils.text import slugify

from catalog import colours
from recsys_core.serving import Article

FILES: Final = sorted(Path(__file__).with_name("svg").glob("*.svg"))
TEMPLATES: Final = {file.stem: Template(file.read_text(encoding="utf-8")) for file in FILES}
"""Templates by the slug of H&M's product group; each has the tones of ``_tones`` to fill in."""
NEUTRAL_GROUP: Final = "unknown"
BLACK, WHITE = "#000000", "#ffffff"


class Placeholder(NamedTuple):
    """Both are slugs: ``garment-upper-body`` in ``dark-blue``."""

    group: str
    colour: str


def placeholder_of(article: Article) -> Placeholder:
    """The placeholder of the article's product group, for groups of other shops the neutral one."""
    group = _group_slug(article.product_group_name)
    colour = article.colour_group_name
    if not colours.is_known(colour):
        colour = article.perceived_colour_master_name
    return Placeholder(group, colours.slug_of(colour))


@cache
def _group_slug(name: str) -> str:
    slug = slugify(name)
    return slug if slug in TEMPLATES else NEUTRAL_GROUP


@cache
def draw(placeholder: Placeholder) -> str:
    """The whole SVG document.

    Raises
    ------
    LookupError
        If there is no such group or no such colour.
    """
    template, cloth = TEMPLATES.get(placeholder.group), colours.BY_SLUG.get(placeholder.colour)
    if template is None or cloth is None:
        raise LookupError(f"no placeholder {placeholder}: expected slugs of a product group and of a colour")
    return template.substitute(_tones(cloth))


def _tones(cloth: str) -> dict[str, str]:
    """The cloth's colour with its tones: lines are lighter on dark cloth and darker on light cloth."""
    is_dark = colours.luminance(cloth) < 0.3
    return {
        "cloth": cloth,
        "line": colours.mixed(cloth, WHITE, 0.3) if is_dark else colours.mixed(cloth, BLACK, 0.3),
        "shade": colours.mixed(cloth, BLACK, 0.4 if is_dark else 0.2),
        "light": colours.mixed(cloth, WHITE, 0.14 if is_dark else 0.45),
    }
