"""Exit statuses of ``recsys``: they tell whoever runs a stage whether another try can help."""

from typing import Final

FAILED: Final = 1
"""The input is fine; another try may help."""
BAD_INPUT: Final = 2
"""The input has to be changed first."""
TOO_LITTLE_TO_LEARN: Final = 3
"""The shop has too few articles, or purchases on too few days, for models: it is served by a first release."""
