"""axe-core looks for barriers on every kind of page. The site's Content-Security-Policy stays in force."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from scripts.shop_pages import PAGES, SCREENS, ShopPage, Windows

pytestmark = pytest.mark.browser
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GRAVE = ("serious", "critical")
RUN = "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_has_no_barrier_and_keeps_to_its_policy(windows: Windows, shown: ShopPage) -> None:
    """On a wide screen, and in the same window made as narrow as a phone."""
    with windows.open(shown.who, SCREENS[shown.screens[0]]) as window:
        page = window.new_page()
        blocked: list[str] = []
        page.on("console", lambda m: blocked.append(m.text) if "Content Security Policy" in m.text else None)
        shown.way(page)
        page.wait_for_load_state("networkidle")
        barriers = {}
        for screen in shown.screens:
            page.set_viewport_size(SCREENS[screen])
            barriers[screen] = [line for violation in violations(page) for line in in_words(violation)]
        assert not blocked
    assert not any(barriers.values()), "\n".join(f"{on}: {line}" for on, lines in barriers.items() for line in lines)


def violations(page: Page) -> list[dict[str, Any]]:
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate(RUN, TAGS)["violations"]
    return [violation for violation in found if violation["impact"] in GRAVE]


def in_words(violation: dict[str, Any]) -> list[str]:
    """A line for each element: rule, where it stands, what is wrong with it, where that is explained."""
    return [
        f"{violation['id']} ({violation['impact']}) at {node['target']}: {_why(node)} {violation['helpUrl']}"
        for node in violation["nodes"]
    ]


def _why(node: dict[str, Any]) -> str:
    return "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
