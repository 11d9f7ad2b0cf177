"""The system's Chromium, driven by playwright."""

import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Names of the program, the leanest first: it has no interface of its own to draw for each window."""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoChromiumError(RuntimeError):
    """No Chromium was found on this machine."""


def chromium(playwright: Playwright) -> Browser:
    """A new one without windows.

    Raises
    ------
    NoChromiumError
        If none is installed, saying how to install it.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise NoChromiumError("no Chromium here: sudo apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=FLAGS)
