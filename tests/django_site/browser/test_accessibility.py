"""axe-core looks for barriers on every kind of page. The site's Content-Security-Policy stays in force."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from scripts.shop_pages import DESKTOP, PAGES, PHONE, SCREENS, STAFF, ShopPage, Windows

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GRAVE = ("serious", "critical")
RUN = "only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(found => found.violations)"
EVERYTHING: Final[Mapping[str, object]] = {"type": "tag", "values": TAGS}
SIZES: Final[Mapping[str, object]] = {"type": "rule", "values": ["target-size"]}
NARROWEST: Final[ViewportSize] = {**PHONE, "width": 320}
"""A screen 1280 wide at four times its size (WCAG 2.2, reflow). It shows what a phone does, in less width: `make test`
looks there for what does not fit, `make test-full` for every barrier."""
BEYOND = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((e) => {
    if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
    for (let box = e.parentElement; box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible") return false;
    }
    return true;
  }).map((e) => `${e.tagName} ${e.id} ${e.getAttribute("class")}`).slice(0, 5)"""
"""The first elements that reach beyond the screen, if the page scrolls sideways."""
LEVELS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((e) => e.checkVisibility())
  .map((e) => Number(e.tagName[1]))"""
WITH_LONG_NAMES = """() => { for (const e of document.querySelectorAll(
  "main :is(h1, .card h3 a, .bag-lines h2, .trail [aria-current], .tiles a, .name, dd), .wordmark, .suggestions .name"
)) if (!e.querySelector("code")) e.textContent = "Donaudampfschifffahrtskapitänsmützenbandhalter"; }"""
STAFF_PAGES = (
    "/staff/",
    "/staff/merchandising/pin/add/",
    "/staff/merchandising/boost/add/",
    "/staff/articles/",
    "/staff/articles/0100000001/",
    "/staff/rules/",
    "/staff/what-if/",
    "/staff/experiment/",
    "/staff/search/synonymlist/add/",
    "/staff/search/unansweredsearch/",
)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_has_no_barrier_and_keeps_to_its_policy(windows: Windows, shown: ShopPage) -> None:
    """In one window, made as narrow as a phone and narrower yet: axe looks again at what is loaded."""
    with windows.open(shown.who, SCREENS[shown.screens[0]]) as window:
        page = window.new_page()
        blocked: list[str] = []
        page.on("console", lambda m: blocked.append(m.text) if "Content Security Policy" in m.text else None)
        shown.way(page)
        page.wait_for_load_state("networkidle")
        found = [line for name in shown.screens for line in barriers(page, SCREENS[name])]
        found += barriers(page, NARROWEST, SIZES)
        levels = page.evaluate(LEVELS)
        beyond = page.evaluate(BEYOND)
        page.evaluate(WITH_LONG_NAMES)
        beyond_with_long_names = page.evaluate(BEYOND)
        assert not blocked
    assert not found, "\n".join(found)
    assert not beyond
    assert not beyond_with_long_names
    assert levels[0] == 1 == levels.count(1)
    assert skipped(levels) == []


@pytest.mark.full
@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_at_four_times_its_size_has_no_barrier(windows: Windows, shown: ShopPage) -> None:
    with windows.open(shown.who, SCREENS[shown.screens[0]]) as window:
        page = window.new_page()
        shown.way(page)
        page.wait_for_load_state("networkidle")
        found = barriers(page, NARROWEST)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "screens",
    [(DESKTOP, PHONE), pytest.param((NARROWEST,), marks=pytest.mark.full)],
    ids=["wide-and-phone", "four-times-its-size"],
)
def test_staff_pages_have_no_barrier(windows: Windows, screens: tuple[ViewportSize, ...]) -> None:
    found: list[str] = []
    with windows.open(STAFF, screens[0]) as window:
        page = window.new_page()
        for path in STAFF_PAGES:
            page.set_viewport_size(screens[0])
            page.goto(path)
            found += [f"{path} {line}" for screen in screens for line in barriers(page, screen)]
    assert not found, "\n".join(found)


def skipped(levels: list[int]) -> list[tuple[int, int]]:
    """Headings more than one level below the one before.

    >>> skipped([1, 2, 3, 2, 4])
    [(2, 4)]
    """
    return [(above, below) for above, below in pairwise(levels) if below > above + 1]


def barriers(page: Page, screen: ViewportSize, only: Mapping[str, object] = EVERYTHING) -> list[str]:
    """A line for each element that is a barrier on a screen of this size."""
    page.set_viewport_size(screen)
    return [f"at {screen['width']}: {line}" for violation in violations(page, only) for line in in_words(violation)]


def violations(page: Page, only: Mapping[str, object] = EVERYTHING) -> list[dict[str, Any]]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [violation for violation in page.evaluate(RUN, only) if violation["impact"] in GRAVE]


def in_words(violation: dict[str, Any]) -> list[str]:
    """A line for each element: rule, where it stands, what is wrong with it, where that is explained."""
    return [
        f"{violation['id']} ({violation['impact']}) at {node['target']}: {_why(node)} {violation['helpUrl']}"
        for node in violation["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
