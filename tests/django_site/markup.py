"""Reads the pages: elements with their attributes and text, by tag and class."""

import re
from html.parser import HTMLParser

from django.http import HttpResponse

from recsys_core.contracts.article_ids import decode

PRODUCT = re.compile(r"/p/[^/]+/")
VOID = frozenset({"img", "input", "link", "meta", "br", "hr"})


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], within: frozenset[str] = frozenset()) -> None:
        self.tag, self.attributes, self._texts = tag, attributes, list[str]()
        self.within = within
        """ids and aria-labelledby of what it lies in."""

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts).split())

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]


class Page(HTMLParser):
    """All elements of an answer, in order."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = (e.attributes.get(name) for e in self._open for name in ("id", "aria-labelledby"))
        element = Element(tag, {name: value or "" for name, value in attrs}, frozenset(filter(None, named)))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element._texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements of a tag whose attributes hold these values (``class_`` for class, as one of its words)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.elements if e.tag == tag and all(_has(e, *pair) for pair in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag}> with {attributes}"
        return found[0]

    def articles(self, within: str = "") -> list[str]:
        """article_ids of the cards, in order: of the grid, if there is one, or of a row."""
        links = [e for e in self.all("a") if PRODUCT.fullmatch(e.attributes.get("href", ""))]
        list_id = within or ("grid" if any("grid" in e.within for e in links) else "")
        return [decode(e["href"].split("/")[2]) for e in links if not list_id or list_id in e.within]

    def click(self, position: int) -> dict[str, str]:
        """Data that the browser sends when the grid's card at ``position`` (1 is the first on the page) is opened."""
        grid = self.one("ul", id="grid")
        card = [element for element in self.all("li", class_="card") if "grid" in element.within][position - 1]
        return {
            "article": self.articles("grid")[position - 1],
            "position": str(int(grid["data-first"]) + position - 1),
            "surface": grid["data-surface"],
            "release": grid["data-release"],
            "retriever": card.attributes.get("data-retriever", ""),
        }

    def checked(self) -> set[str]:
        return {e["value"] for e in self.all("input", type="checkbox") if "checked" in e.attributes}


def _has(element: Element, name: str, value: str) -> bool:
    held = element.attributes.get(name)
    return held is not None and (value in held.split() if name == "class" else value == held)
