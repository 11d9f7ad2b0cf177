"""Choices of a person who starts a run: whether it trains."""

from enum import StrEnum


class Training(StrEnum):
    """``--train``: AUTO asks ``recsys training-due``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"
