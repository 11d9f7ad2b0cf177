"""Releases that differ in everything that an answer shows: names, colours, prices and their unit, most ids, lists."""

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.colours import BY_SLUG
from tests.support.release_fixture import article_rows, build_release

CUSTOMERS = 30
SHARED = tuple(row["article_id"] for row in article_rows(12))
"""Ids that every release knows; each release has other ones beside."""


@dataclass(frozen=True)
class Marks:
    """Words, colours, ids and prices that tell the answers of a release from those of the others."""

    word: str
    """In the name and the text of every article."""
    colour: str
    """Of every article."""
    digit: str
    """First of the ids that only this release knows."""
    euros: int
    """Every price is so many euros and some cents."""
    units: float
    """Units of the data that are a euro."""


MARKS = (
    Marks("Quorra", "Black", "3", 11, 1 / 590),
    Marks("Zephyl", "Red", "5", 22, 1.0),
    Marks("Vimbly", "Blue", "7", 33, 1 / 590),
)


@dataclass(frozen=True)
class Marked:
    id: str
    marks: Marks


def build_marked(root: Path) -> tuple[Marked, ...]:
    """Make and publish a release for each of ``MARKS`` in one workspace; the last one is live."""
    return tuple(_build(root, marks, 90 + 3 * number) for number, marks in enumerate(MARKS))


def _build(root: Path, marks: Marks, articles: int) -> Marked:
    rows = [_marked(row, marks) for row in article_rows(articles)]
    prices = [(marks.euros + number / (articles + 1)) * marks.units for number in range(articles)]
    made = build_release(root, customers=CUSTOMERS, seed=marks.euros, catalogue=rows, prices=prices)
    return Marked(made.release.id, marks)


def _marked(row: dict[str, str], marks: Marks) -> dict[str, str]:
    article_id = row["article_id"]
    return row | {
        "article_id": article_id if article_id in SHARED else marks.digit + article_id[1:],
        "prod_name": f"{marks.word} {row['prod_name']}",
        "detail_desc": f"{marks.word}: {row['detail_desc']}",
        "colour_group_name": marks.colour,
        "perceived_colour_master_name": marks.colour,
    }


def faults_of(release: str, content_type: str, body: str, releases: Sequence[Marked]) -> tuple[list[str], int]:
    """Parts of another release in an answer, and the number of marks in it."""
    one = next((one for one in releases if one.id == release), None)
    if one is None:
        return [f"it is of release {release!r}"], 0
    found = list(_marks_of(content_type, body))
    others = [text for other in releases if other is not one for text in (other.id, other.marks.word)]
    wrong = [mark for mark in found if mark not in _expected(one)] + [text for text in others if text in body]
    return [f"{mark!r} in an answer of {one.marks.word}" for mark in wrong], len(found)


def _expected(one: Marked) -> frozenset[str]:
    marks = one.marks
    colour = marks.colour.lower()
    return frozenset({one.id, marks.word, marks.digit, "shared", f"€{marks.euros}", colour, BY_SLUG[colour]})


def _marks_of(content_type: str, body: str) -> Iterator[str]:
    """Every mark in an answer, of whatever release."""
    if content_type.startswith("image/svg"):
        yield from {colour for colour in (BY_SLUG[one.colour.lower()] for one in MARKS) if colour in body}
    elif content_type.startswith("application/json"):
        said = json.loads(body)
        yield said["release"]
        for item in said["items"]:
            yield _whose(item["article_id"])
            yield item["name"].split()[0]
            yield item["colour"].lower()
            yield f"€{int(float(item['price']))}"
    else:
        yield from re.findall(r'data-release="([^"]*)"', body)
        yield from re.findall(r"<p>Release <code>([^<]*)</code>", body)
        yield from map(_whose, re.findall(r'href="/p/([^/]*)/"', body))
        yield from re.findall(r'/img/placeholder/[^/"]*/([^"]*)\.svg', body)
        yield from (f"€{euros}" for euros in re.findall(r'class="price">€(\d+)', body))
        for name in re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", body):
            yield html.unescape(re.sub("<[^>]*>", "", name)).split()[0]


def _whose(article_id: str) -> str:
    return "shared" if article_id in SHARED else article_id[0]
