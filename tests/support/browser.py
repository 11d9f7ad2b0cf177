"""The browser of the tests that are about pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.browser import NoChromiumError, chromium


@contextmanager
def system_browser() -> Iterator[Browser]:
    """The system's Chromium; without one the tests that ask for it are skipped, in CI they fail."""
    with sync_playwright() as playwright:
        try:
            browser = chromium(playwright)
        except NoChromiumError as missing:
            pytest.fail(str(missing)) if in_ci() else pytest.skip(str(missing))
        yield browser
        browser.close()


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"
